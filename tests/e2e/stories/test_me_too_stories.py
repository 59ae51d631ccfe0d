"""Me too, and my requests: joining what somebody else has filed already, lists, and the search in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_support import Running, button, complete, file_request, load_places, number_of, somebody
from redis.asyncio import Redis

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person, SeenMessage

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system
_PLACES = "code;parent;kind;name\nschool;;site;Школа\nr214;school;room;Кабинет 214\nr301;school;room;Кабинет 301\n"


async def draft_of(person: Person, words: str, code: str | None = None) -> SeenMessage:
    """A draft with a place, as the code in the room gives it, and these words."""
    if code is not None:
        await person.text(f"/start loc_{code}")
    said = await person.text(words)
    await person.wait_for(lambda one: words in one.text and "📨" in "".join(one.labels))
    return next(one for one in reversed(await person.chat()) if words in one.text and one.id != said.id)


def offers(message: SeenMessage) -> list[str]:
    return [label for label in message.labels if label.startswith("🙋")]


async def filed_in(person: Person, words: str, code: str) -> SeenMessage:
    draft = await draft_of(person, words, code)
    answer = await person.press(draft, button(draft, "📨"))
    assert answer is not None
    assert not answer.alert, answer
    return await person.wait_for(lambda one: one.id == draft.id and one.text.startswith("#"))


@pytest.mark.story(
    "Me too",
    "Somebody about to file what is filed already joins it instead, hears how it goes, comments, and leaves it",
    languages="ru, en",
    refusals=["joining what was closed meanwhile", "opening a request one has left"],
)
async def test_joining_instead_of_filing_again(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    anna, boris = await somebody(running), await somebody(running, "Борис")
    john, marina = await somebody(running, "John", language="en"), await running.person(MANAGER_ID, "Марина")
    card = await filed_in(anna, "Течёт кран, на полу вода", "r214")
    number = number_of(card)

    # Other trouble in the same room, and the same in another room, are not taken for it.
    assert offers(await draft_of(boris, "Не горит свет", "r214")) == []
    await boris.text("/cancel")
    assert offers(await draft_of(boris, "Кран протекает, вода", "r301")) == []
    await boris.text("/cancel")

    draft = await draft_of(boris, "Кран протекает уже второй день", "r214")
    assert offers(draft) == [f"🙋 Я тоже · #{number}"]
    assert f"Похоже на #{number} «Течёт кран, на полу вода»: открыта сегодня" in draft.text
    assert "в том же месте" in draft.text
    joined = await boris.press(draft, f"🙋 Я тоже · #{number}")
    assert joined is not None
    assert joined.text == f"#{number}: вы присоединились, буду сообщать обо всём"
    his = await boris.wait_for(lambda one: one.id == draft.id and one.text.startswith(f"#{number}"))
    assert "То же самое ещё у 1 человека" in his.text
    # What he had typed is not lost: it is a comment.
    await anna.wait_for("Кран протекает уже второй день")
    assert await running.values("requests", "SELECT count(*) FROM requests") == [1]

    draft = await draft_of(john, "Кран течёт", "r214")
    assert offers(draft) == [f"🙋 Me too · #{number}"]
    assert "1 more person has this too" in draft.text
    await john.press(draft, offers(draft)[0])
    hers = await john.wait_for(lambda one: one.id == draft.id and one.text.startswith(f"#{number}"))
    assert "2 more people have this too" in hers.text
    assert [label for label in hers.labels if "Stop following" in label]

    # They hear of it as she does, and may talk about it.
    queue = await marina.wait_for(lambda one: one.text.startswith(f"#{number}") and "Взять" in "".join(one.labels))
    await marina.press(queue, button(queue, "Взять"))
    await boris.wait_for(f"#{number} 🔧 В работе")
    await john.wait_for(f"#{number} 🔧")
    await boris.text("Ключ у вахтёра", reply_to=his.id)
    await anna.wait_for(lambda one: "💬 Борис: Ключ у вахтёра" in one.text)
    await john.wait_for(lambda one: "💬 Борис: Ключ у вахтёра" in one.text)

    # Who leaves hears no more, and sees it no more.
    live = next(
        one for one in reversed(await john.chat()) if "🔕" in "".join(one.labels) and "Stop" in "".join(one.labels)
    )
    left = await john.press(live, button(live, "Stop following"))
    assert left is not None
    assert left.text == f"#{number}: you no longer follow it"
    await john.wait_for(lambda one: one.id == live.id and one.text == "You no longer follow this request.")
    notice = next(one for one in await john.chat() if one.text.startswith(f"#{number} 🔧"))
    denied = await john.press(notice, notice.labels[0])
    assert denied is not None
    assert denied.alert
    assert "not" in denied.text

    # The one who has joined is told that it is done; the one who filed it is asked whether it is.
    taken = await marina.wait_for(lambda one: one.text.startswith(f"#{number}") and "✅ Выполнено" in one.labels)
    await complete(marina, taken)
    done = await boris.wait_for(f"#{number} ✅ Выполнено")
    assert not [label for label in done.labels if "⭐" in label]
    asked = await anna.wait_for(f"#{number} ✅ Выполнено")
    assert len([label for label in asked.labels if "⭐" in label]) == 5

    # Closed between the offer and the press: the draft stays, and can be sent.
    second = number_of(await filed_in(anna, "Скрипит дверь кабинета", "r214"))
    draft = await draft_of(john, "Дверь скрипит", "r214")
    assert offers(draft) == [f"🙋 Me too · #{second}"]
    hers = next(one for one in reversed(await anna.chat()) if one.text.startswith(f"#{second}"))
    await anna.press(hers, "🗑 Отозвать")
    await anna.press(await anna.wait_for("Отозвать заявку?"), "Да, отозвать")
    await anna.wait_for(lambda one: one.text.startswith(f"#{second}") and "Отозвана" in one.text)
    refused = await john.press(draft, offers(draft)[0])
    assert refused is not None
    assert refused.alert
    sent = await john.press(draft, button(draft, "📨"))
    assert sent is not None
    assert not sent.alert, sent


@pytest.mark.story(
    "My requests",
    "One's own requests: open, closed, joined, in pages; found by words in any form, mistyped, or by number",
    languages="ru, en",
    refusals=["turning the pages of a search that is forgotten"],
)
async def test_my_requests(running: Running) -> None:
    anna, john = await somebody(running), await somebody(running, "John", language="en")
    numbers = [number_of(await file_request(anna, f"Течёт кран на {n} этаже")) for n in range(1, 11)]
    lamp = number_of(await file_request(anna, "Не горит лампа в коридоре"))
    await anna.text("/my")
    shown = await anna.wait_for(lambda one: "11 открытых заявок" in one.text)
    assert shown.labels[:3] == ("● Открытые", "Закрытые", "Я тоже")
    await anna.press(shown, "›")
    await anna.wait_for(lambda one: one.id == shown.id and "2/2" in one.labels)
    await anna.press(shown, "Я тоже")
    await anna.wait_for(lambda one: one.id == shown.id and "не присоединились" in one.text)

    # Words in another form, in pages; the message keeps what was looked for.
    await anna.press(shown, "🔎 Поиск")
    await anna.wait_for("Что найти в ваших заявках?")
    await anna.text("краны")
    found = await anna.wait_for("Поиск: краны")
    assert "Нашлось 10 заявок" in found.text
    await anna.press(found, "›")
    second = await anna.wait_for(lambda one: one.id == found.id and "2/2" in one.labels)
    assert "Поиск: краны" in second.text
    assert f"🆕 #{numbers[0]} Течёт кран на 1 этаже" in second.labels
    # A line opens its card.
    await anna.press(second, f"🆕 #{numbers[0]} Течёт кран на 1 этаже")
    await anna.wait_for(lambda one: one.id > second.id and one.text.startswith(f"#{numbers[0]}"))

    async def search(person: Person, ask: str, words: str) -> SeenMessage:
        shown = next(one for one in reversed(await person.chat()) if ask in one.labels)
        before = len(await person.chat())
        await person.press(shown, ask)
        await wait_until(lambda: _longer(person, before), "the question", timeout=20)
        said = await person.text(words)
        return await person.wait_for(lambda one: words in one.text and ask in one.labels, after=said.id)

    async def _longer(person: Person, than: int) -> bool:
        return len(await person.chat()) > than

    for words in ("корридор", f"#{lamp}", str(lamp)):
        one = await search(anna, "🔎 Поиск", words)
        assert [label for label in one.labels if label.startswith("🆕")] == [f"🆕 #{lamp} Не горит лампа в коридоре"]
    nothing = await search(anna, "🔎 Поиск", "лифт")
    assert "Ничего не нашлось" in nothing.text

    # Others' requests are not found, whatever one asks for.
    await john.text("/my")
    await john.wait_for("You have no open requests")
    assert "Nothing found" in (await search(john, "🔎 Search", f"#{lamp}")).text
    # The question can be given up.
    listed = next(one for one in reversed(await john.chat()) if "🔎 Search" in one.labels)
    await john.press(listed, "🔎 Search")
    asked = await john.wait_for(lambda one: "Cancel" in one.labels)
    await john.press(asked, "Cancel")
    await john.wait_for(lambda one: one.id == asked.id and one.text == "Search cancelled.")

    # Without its memory the bot says so.
    async with Redis.from_url(running.stack.addresses.redis_url) as redis:
        for key in await redis.keys("*:query:*"):
            await redis.delete(key)
    forgotten = await anna.press(second, "‹")
    assert forgotten is not None
    assert forgotten.alert
    assert "Не помню, что искали" in forgotten.text
