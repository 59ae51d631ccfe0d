"""Settings, one's data, and being forgotten, against a real database, broker and stand-in for Telegram."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession
from notifier_support import REQUESTS, Someone, Town, command, delete, done

from zavhoz_contracts.api.own import PAGE, DataPage, DataPart, OwnText
from zavhoz_contracts.api.v1 import Person
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Origin, Role, Shows
from zavhoz_contracts.people.v1.commands import ErasePerson, SetLanguage
from zavhoz_contracts.people.v1.events import PersonErased
from zavhoz_contracts.requests.v1.outcomes import CommandDone
from zavhoz_contracts.settings.v1.commands import MuteRequest, OpenSettings, SendData, SetQuietHours, SettingsPage
from zavhoz_messaging.testing import wait_until
from zavhoz_notifier.application.exporting import Exporting
from zavhoz_telegram.texts import Texts


def about(someone: Someone, type: str, language: str = "ru", **origin: Any) -> Envelope[Any]:
    """The outcome of a command about oneself."""
    data = CommandDone(
        command_id=uuid4(),
        command_type=type,
        person_id=someone.known.person_id,
        origin=Origin(chat_id=someone.chat_id, **origin),
        language=language,
    )
    return wrap(data, source=REQUESTS, subject=f"person/{someone.known.person_id}")


def erased(someone: Someone) -> Envelope[Any]:
    data = PersonErased(person_id=someone.known.person_id, occurred_at=datetime.now(UTC))
    return wrap(data, source=REQUESTS, subject=f"person/{someone.known.person_id}", version=2)


async def kept(town: Town) -> str:
    tables = await town.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [await town.rows(f'SELECT CAST(t AS text) FROM "{row.tablename}" AS t') for row in tables]  # noqa: S608
    return "\n".join(row[0] for table in rows for row in table)


async def answered(town: Town, query: str) -> tuple[str, bool]:
    answer = await town.sandbox.answer(query, 10)
    assert answer is not None
    return answer.text, answer.alert


async def test_every_page_is_shown_in_the_message_pressed(town: Town) -> None:
    anna = await town.someone(11, "Анна")
    created = town.desk.created(anna.known, "Скрипит <дверь>")
    async with town.notifier():
        await town.settle(created, command(OpenSettings, anna))
        page = (await anna.chat())[-1]
        assert page.text.startswith("⚙️ Настройки")
        await town.settle(command(MuteRequest, anna, request_id=created.data.request_id, muted=True))
        for wanted, begins in (
            (SettingsPage.LANGUAGE, "🌐 Язык"),
            (SettingsPage.QUIET, "🌙 Тихие часы"),
            (SettingsPage.MUTED, "🔕 Заявки без уведомлений"),
            (SettingsPage.ERASE, "🗑 Удалить меня"),
            (SettingsPage.ERASE_SURE, "❗ Точно удалить"),
            (SettingsPage.MAIN, "⚙️ Настройки"),
        ):
            query = await anna.press(page, data="s:open:x")
            await town.settle(command(OpenSettings, anna, query=query, message=page.id, page=wanted))
            shown = next(one for one in await anna.chat() if one.id == page.id)
            assert shown.text.startswith(begins)
            assert await answered(town, query) == ("", False)
            assert ("‹ Настройки" in shown.labels) is (wanted not in (SettingsPage.MAIN, SettingsPage.ERASE_SURE))
            if wanted is SettingsPage.MUTED:
                assert "🆕 #1 Скрипит <дверь>" in shown.labels


async def test_a_page_whose_message_is_gone_comes_anew_and_only_once(town: Town) -> None:
    anna = await town.someone(11, "Анна")
    async with town.notifier():
        await town.settle(command(OpenSettings, anna))
        page = (await anna.chat())[-1]
        query = await anna.press(page, data="s:quiet:off")
        await delete(town, anna.chat_id, page.id)
        await town.settle(command(SetQuietHours, anna, query=query, message=page.id))
        (again,) = [one for one in await anna.chat() if one.id > page.id]
        assert again.text.startswith("🌙 Тихие часы")
        (row,) = await town.rows("SELECT content ->> 'message_id' FROM deliveries WHERE message_id = :id", id=again.id)
        assert row[0] is None, "from now on it was a new message, which is not repeated as an edit may be"


async def test_a_language_redraws_what_it_was_chosen_under(town: Town) -> None:
    anna = await town.someone(11, "Анна")
    async with town.notifier():
        greeting = await anna.draft()
        query = await anna.press(greeting, data="s:greet:en")
        origin = {"message_id": greeting.id, "callback_query_id": query, "shows": Shows.GREETING}
        await town.settle(about(anna, SetLanguage.TYPE, "en", **origin))
        shown = next(one for one in await anna.chat() if one.id == greeting.id)
        assert shown.text.startswith("Hello, Анна!")
        assert "● English" in shown.labels
        assert await answered(town, query) == ("Language: English", False)
        await town.settle(about(anna, SetLanguage.TYPE, "ru", message_id=greeting.id, shows=Shows.SETTINGS))
        shown = next(one for one in await anna.chat() if one.id == greeting.id)
        assert "Язык: Русский" in shown.text


async def test_the_staffs_menu_speaks_the_language_too(town: Town) -> None:
    marina = await town.someone(12, "Марина", Role.MANAGER)
    async with town.notifier():
        await town.settle(about(marina, SetLanguage.TYPE, "en", shows=Shows.SETTINGS))
        (call,) = await town.writes("setMyCommands")
        assert "Settings: language, quiet hours" in str(call["arguments"])


async def test_who_is_not_known_yet_is_answered_when_they_are_and_a_stranger_with_a_sentence(town: Town) -> None:
    known = await town.someone(11, "Анна")
    at_telegram = await town.sandbox.person(13, "Никто", language_code="ru")
    await at_telegram.text("/start")
    stranger = Someone(town, at_telegram, known.known.model_copy(update={"telegram_id": 13}))
    async with town.notifier():
        opening = command(OpenSettings, stranger)
        await town.publish(opening)

        async def asked() -> bool:
            return "/v1/people/tg:13" in town.desk.asked

        await wait_until(asked, "the first attempt")
        late = town.desk.person(13, "Никто")
        await town.idle(opening)
        assert [one.text.split("\n")[0] for one in await stranger.chat()] == ["⚙️ Настройки"]
        del town.desk.people[late.person_id]
        await town.settle(command(OpenSettings, stranger))
        assert (await stranger.chat())[-1].text == "Я вас ещё не знаю. Напишите /start."
        rows = await town.rows("SELECT chat_id FROM deliveries WHERE person_id IS NULL")
        assert [row.chat_id for row in rows] == [0], "what is over and nobody's is not kept with a chat"


async def test_an_erased_person_leaves_nothing_and_hears_nothing_after_the_farewell(town: Town) -> None:
    anna, marina = await town.someone(987_654_321_987, "Анна"), await town.someone(12, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        draft = await anna.draft()
        await town.settle(created, done(anna.known, request, message_id=draft.id), command(OpenSettings, anna))
        page = (await anna.chat())[-1]
        now = datetime.now(UTC).hour
        await town.settle(
            command(SetQuietHours, anna, start=(now - 1) % 24, end=(now + 2) % 24),
            command(MuteRequest, anna, request_id=request.id, muted=True),
        )
        await town.settle(town.desk.taken(request.id, marina.known))
        assert str(anna.chat_id) in await kept(town)
        assert await town.rows("SELECT 1 FROM live_cards WHERE chat_id = :id", id=anna.chat_id)

        query = await anna.press(page, data="x:0:0")
        goodbye = about(anna, ErasePerson.TYPE, message_id=page.id, callback_query_id=query)
        theirs = next(one for one in await marina.chat() if one.text.startswith("#1"))
        assert "Заявитель: Анна" in theirs.text
        nobody = anna.changed(name="", active=False)
        request.requester = nobody.known
        comes_late = done(anna.known, request, command="zavhoz.request.comment.v1")
        taken = town.desk.commented(request.id, marina.known, "Готово")
        await town.settle(goodbye)
        theirs = next(one for one in await marina.chat() if one.id == theirs.id)
        assert "Заявитель: удалённый профиль" in theirs.text
        await town.settle(erased(anna), comes_late, taken, erased(anna))
        assert (await anna.chat())[-1].id >= page.id
        shown = next(one for one in await anna.chat() if one.id == page.id)
        assert shown.text.startswith("Готово: я вас забыл")
        assert shown.labels == ()
        assert str(anna.chat_id) not in await kept(town)
        person = {"person": anna.known.person_id}
        for table in ("live_cards", "mutes", "preferences", "held", "reachability"):
            assert await town.rows(f"SELECT 1 FROM {table} WHERE person_id = :person", **person) == []  # noqa: S608
        assert [one.id for one in await anna.chat() if one.id > page.id and "комментарий" in one.text] == []


async def test_what_is_being_said_while_its_person_is_erased_is_not_written_down(town: Town) -> None:
    anna = await town.someone(987_654_321_987, "Анна")
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        draft = await anna.draft()
        await town.sandbox.fault("slow", chat=anna.chat_id, seconds=2)
        drawn = done(anna.known, request, message_id=draft.id)
        await town.publish(drawn)

        async def under_way() -> bool:
            return bool(await town.rows("SELECT 1 FROM deliveries WHERE state = 'attempting' AND kind = 'card'"))

        await wait_until(under_way, "the card is on its way")
        erasing = erased(anna)
        await town.publish(erasing)
        await town.taken(erasing)

        async def shown() -> bool:
            return any(one.id == draft.id and one.text.startswith("#1") for one in await anna.chat())

        await wait_until(shown, "it arrived")

        async def over() -> bool:
            return bool(await town.rows("SELECT 1 FROM deliveries WHERE message_id = :id", id=draft.id))

        await wait_until(over, "its end is written down")
        assert await town.rows("SELECT * FROM live_cards") == []
        assert str(anna.chat_id) not in await kept(town)


async def test_ones_data_is_complete_however_much_it_is(town: Town) -> None:
    anna = await town.someone(11, "Анна <b>")
    town.desk.own = [
        OwnText(number=number, kind="comment", text=f"<слова> {number}", written_at=datetime.now(UTC))
        for number in range(2 * PAGE + 7)
    ]
    async with town.notifier():
        query = await anna.press(await anna.draft(), data="s:data:")
        await town.sandbox.fault("5xx", chat=anna.chat_id, times=1)
        await town.settle(command(SendData, anna, query=query))
        assert await answered(town, query) == ("Собираю ваши данные: придут два файла.", False)
        files = {one.raw["document"]["file_name"]: one.raw for one in await anna.chat() if "document" in one.raw}
        data = json.loads(await downloaded(town, files["zavhoz.json"]))
        page = (await downloaded(town, files["zavhoz.html"])).decode()
    assert [one["text"] for one in data["texts"]] == [one.text for one in town.desk.own]
    assert data["person"]["name"] == "Анна <b>"
    assert page.count("&lt;слова&gt;") == 2 * PAGE + 7
    assert "<слова>" not in page
    assert "Анна &lt;b&gt;" in page


class Talker:
    """The read API of somebody who has said a great deal."""

    def __init__(self, person: Person, comments: int) -> None:
        self._person, self._comments = person, comments

    async def person(self, as_: str) -> Person:
        assert as_ == str(self._person.person_id)
        return self._person

    async def own(self, as_: str, part: DataPart, after: str = "") -> DataPage:
        assert as_
        if part is not DataPart.TEXTS:
            return DataPage()
        first = int(after or "0")
        words = "слово " * 80
        said = [
            OwnText(number=number, kind="comment", text=words, written_at=datetime.now(UTC))
            for number in range(first, min(first + PAGE, self._comments))
        ]
        return DataPage(texts=tuple(said), next=str(first + PAGE) if first + PAGE < self._comments else None)


@pytest.mark.parametrize("form", ["json", "html"])
async def test_memory_stays_flat_for_ten_thousand_comments(town: Town, form: str) -> None:
    talker = Talker(town.desk.person(11, "Анна"), 10_000)
    exporting = Exporting(town.database, talker, Texts.load(), ZoneInfo("Europe/Moscow"))
    id = next(iter(town.desk.people))
    async with exporting.file(id, form, "ru"):  # what is loaded once is loaded
        pass
    tracemalloc.start()
    try:
        async with exporting.file(id, form, "ru") as (name, file):
            size = file.seek(0, 2)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert name == f"zavhoz.{form}"
    assert size > 8_000_000
    assert peak < 4_000_000, f"{peak} bytes for {size}"


async def downloaded(town: Town, message: dict[str, Any]) -> bytes:
    base = town.settings.telegram_api_url.get_secret_value()
    token = town.settings.bot_token.get_secret_value()
    async with ClientSession() as session:
        given = {"file_id": message["document"]["file_id"]}
        async with session.post(f"{base}/bot{token}/getFile", json=given) as response:
            path = (await response.json())["result"]["file_path"]
        async with session.get(f"{base}/file/bot{token}/{path}") as response:
            return await response.read()
