"""The staff group: requests appear in its topics, and are worked on there; what becomes of the group."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from e2e_support import Running, become, button, file_request, load_places, number_of, somebody

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Answer, Group, Person, SeenMessage

_SETTINGS = {"CHAT_RATE": "20", "GROUP_RATE": "1200", "LEASE_SECONDS": "2"}
pytestmark = [
    pytest.mark.timeout(240),  # the first one waits for the whole system
    pytest.mark.parametrize("shared_stack", [{"admins": [MANAGER_ID], "settings": _SETTINGS}], indirect=True),
]
_PLACES = "code;parent;kind;name\nschool;;site;Школа № 7\nr214;school;room;Кабинет 214\ngym;;site;Спортзал\n"
_chats = itertools.count(1)


async def staff_group(running: Running, *, forum: bool = True, type: str = "supergroup") -> Group:
    """A group with the bot in it."""
    low = 0 if type == "group" else 1_000_000_000_000
    return await running.sandbox.group(-low - next(_chats), "Хозчасть", is_forum=forum, type=type)


async def bound(group: Group, person: Person, command: str = "/desk") -> SeenMessage:
    """Have requests appear there."""
    said = await person.text(command, chat=group.id)
    return await group.wait_for(lambda one: one.text.startswith("📌"), after=said.id)


async def unbound(group: Group, person: Person) -> None:
    """Let the next test have the stage for itself."""
    shown = await bound(group, person)
    await pressed(group, person, shown, "✖️")
    await group.wait_for(lambda one: one.id == shown.id and not one.labels)


async def pressed(group: Group, person: Person, card: SeenMessage, part: str) -> Answer:
    answer = await person.press(card, button(card, part), chat=group.id)
    assert answer is not None
    return answer


async def filed_in(person: Person, words: str, code: str) -> SeenMessage:
    """File a request from the code in a room."""
    await person.text(f"/start loc_{code}")
    draft = await person.wait_for(lambda one: "📨" in "".join(one.labels))
    await person.text(words)
    await person.wait_for(lambda one: one.id == draft.id and words in one.text)
    answer = await person.press(draft, button(draft, "📨"))
    assert answer is not None
    assert not answer.alert, answer
    return await person.wait_for(lambda one: one.id == draft.id and one.text.startswith("#"))


async def in_group(group: Group, number: int, *parts: str, after: int = 0) -> SeenMessage:
    """The card of a request there, when it says so much."""
    return await group.wait_for(
        lambda one: one.text.startswith(f"#{number} ") and all(part in one.text for part in parts), after=after
    )


@pytest.mark.story(
    "Staff group",
    "A manager binds a group; requests appear in the topic of their site, are taken there, rejected in words that are"
    " asked for in private, and stay as they ended",
    languages="ru",
    refusals=[
        "/desk by a technician", "a place that is not there", "a requester's press", "a stranger's press",
        "who was second", "words from who never pressed Start",
    ],
)  # fmt: skip
async def test_work_in_a_group(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    boris = await somebody(running, "Борис")
    await become(running, boris, "technician")
    oleg = await running.sandbox.person(719_001, "Олег", language_code="ru")
    staff = await staff_group(running)

    said = await boris.text("/desk", chat=staff.id)
    await staff.wait_for("завхоз, не ограниченный частью мест", after=said.id)
    said = await marina.text("/desk nowhere", chat=staff.id)
    await staff.wait_for("Места с таким кодом нет", after=said.id)
    shown = await bound(staff, marina)
    assert "Тема на каждую площадку" in shown.text

    # It appears in the topic of its site, without a name, and what is said about it is only counted.
    number = number_of(await filed_in(anna, "Течёт кран, на полу вода", "r214"))
    card = await in_group(staff, number, "🆕")
    topics = await staff.topics()
    assert topics[card.raw["message_thread_id"]] == "Школа № 7"
    assert "Анна" not in card.text
    elsewhere = await in_group(staff, number_of(await file_request(anna, "Не горит фонарь у ворот")))
    assert (await staff.topics())[elsewhere.raw["message_thread_id"]] == "Прочее"

    # Whoever presses is who acts; who may not is told so alone.
    for person in (anna, oleg):
        refused = await pressed(staff, person, card, "🔧")
        assert refused == Answer(f"#{number}: Вам это действие недоступно.", alert=True)
    take = card.data(button(card, "🔧"))
    taken = await pressed(staff, boris, card, "🔧")
    assert not taken.alert
    card = await in_group(staff, number, "🔧 В работе")
    assert "Борис" not in card.text
    await anna.wait_for(f"#{number} 🔧 В работе")
    late = await marina.press(card, data=take, chat=staff.id)
    assert late is not None
    assert late.alert
    assert "Борис" in late.text

    # A comment in words: asked for in the technician's own chat.
    asked = await pressed(staff, boris, card, "💬")
    assert asked == Answer("Спросил вас в нашем чате.", alert=False)
    await boris.wait_for(f"#{number}")
    said = await boris.text("Перекрыл воду, жду деталь")
    await boris.wait_for(f"#{number}: ", after=said.id)
    card = await in_group(staff, number, "💬 1 комментарий")
    assert "деталь" not in card.text
    await anna.wait_for(f"#{number} 💬 Борис: Перекрыл воду")

    # The manager rejects the other one; a technician who never wrote to the bot is told what to do.
    other = number_of(elsewhere)
    vera = await running.sandbox.person(719_002, "Вера", language_code="ru")
    await pressed(staff, vera, elsewhere, "🔧")
    await become(running, vera, "technician")
    no_chat = await pressed(staff, vera, elsewhere, "💬")
    assert no_chat.alert
    assert "Я не могу вам написать" in no_chat.text
    assert not (await pressed(staff, marina, elsewhere, "🚫")).alert
    await marina.wait_for(f"#{other} Почему")
    said = await marina.text("Фонарь городской")
    await marina.wait_for(f"#{other}", after=said.id)
    closed = await in_group(staff, other, "🚫 Отклонена")
    assert (closed.id, closed.labels) == (elsewhere.id, ())
    assert "городской" not in closed.text
    await anna.wait_for("Фонарь городской")

    # The whole card opens in one's own chat.
    before = (await boris.chat())[-1].id
    await pressed(staff, boris, card, "📋")
    whole = await boris.wait_for("Заявитель: Анна", after=before)
    assert number_of(whole) == number
    assert whole.labels
    await unbound(staff, marina)


@pytest.mark.story(
    "Staff group",
    "By category or a part of the places, in English; a deleted topic is made anew; a group that becomes a supergroup"
    " is followed",
    languages="en",
    refusals=["a press in a group that shows the request no more"],
)
async def test_a_group_that_changes(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    john = await somebody(running, "John", language="en")
    await become(running, john, "manager")
    staff = await staff_group(running)
    shown = await bound(staff, john, "/desk gym")
    assert "📍 Спортзал" in shown.text
    assert "A topic for each site" in shown.text

    # Only what is there appears; with the button, everything.
    here = number_of(await filed_in(anna, "Сломана скамейка", "gym"))
    await in_group(staff, here, "🆕 Open")
    await pressed(staff, john, shown, "everywhere")
    shown = await staff.wait_for(lambda one: one.id == shown.id and "Requests from everywhere" in one.text)
    number = number_of(await filed_in(anna, "Течёт кран в кабинете", "r214"))
    card = await in_group(staff, number, "🆕 Open")
    names = set((await staff.topics()).values())
    assert names == {"Спортзал", "Школа № 7"}

    # Somebody deletes the topic: it is made anew, with the card.
    await staff.delete_topic(card.raw["message_thread_id"])
    whole = await marina.wait_for(lambda one: one.text.startswith(f"#{number} ") and "🔧 Взять в работу" in one.labels)
    await marina.press(whole, "🔧 Взять в работу")
    again = await in_group(staff, number, "🔧 In progress", after=card.id)
    assert (await staff.topics())[again.raw["message_thread_id"]] == "Школа № 7"

    # By category: what is sorted anew goes to another topic with what happens next to it.
    await pressed(staff, john, shown, "By category")
    await staff.wait_for(lambda one: one.id == shown.id and "A topic for each category" in one.text)
    assert (await pressed(staff, john, again, "✅")).text == "I have asked you in our chat."
    asked = await john.wait_for(lambda one: one.text.startswith(f"#{number} ") and "✅" in "".join(one.labels))
    await john.press(asked, button(asked, "✅"))
    await in_group(staff, number, "✅ Completed")
    await unbound(staff, john)
    refused = await pressed(staff, john, await in_group(staff, here), "🔧")
    assert refused.alert
    assert "not shown in this group any more" in refused.text

    # A small group has no topics; it becomes a supergroup, and is followed.
    small = await staff_group(running, forum=False, type="group")
    shown = await bound(small, john)
    assert "This group has no topics" in shown.text
    number = number_of(await file_request(anna, "Скрипит дверь"))
    await in_group(small, number, "🆕 Open")
    new = await small.migrate(-1_000_000_000_000 - 5_000)
    moved = await in_group(new, number, "🆕 Open")
    assert not (await pressed(new, john, moved, "🔧")).alert
    await in_group(new, number, "🔧 In progress")
    assert await running.values("requests", "SELECT chat_id FROM staff_groups") == [new.id]
    told = [one for one in await new.chat() if one.text.startswith(f"#{number} ")]
    assert len(told) == 1
    await unbound(new, john)


@pytest.mark.story(
    "Staff group",
    "The bot is removed from the group, or may not manage its topics: the managers are told once",
    languages="ru, en",
)
async def test_a_group_that_is_lost(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    john = await somebody(running, "John", language="en")
    await become(running, john, "manager")
    staff = await staff_group(running)
    await staff.allow(manages_topics=False)
    await bound(staff, marina)
    number = number_of(await file_request(anna, "Не закрывается окно"))
    card = await in_group(staff, number, "🆕 Открыта")
    assert "message_thread_id" not in card.raw
    await marina.wait_for("В группе «Хозчасть» у меня нет права управлять темами")
    await john.wait_for("I have no right to manage topics in the group “Хозчасть”")
    await file_request(anna, "Не открывается форточка")

    await staff.kick(by=anna.id)
    await marina.wait_for("Анна убирает меня из группы «Хозчасть»")
    await john.wait_for("Анна removed me from the group “Хозчасть”")

    async def let_go() -> bool:
        return await running.values("requests", "SELECT count(*) FROM staff_groups") == [0]

    await wait_until(let_go, "the group is bound no more")
    await file_request(anna, "Мигает лампа")
    for person, words in ((marina, "нет права"), (john, "no right"), (marina, "убирает меня"), (john, "removed me")):
        assert sum(words in one.text for one in await person.chat()) == 1, words
    # Taken in again, /desk has requests appear again.
    await staff.add(by=marina.id)
    await staff.allow(manages_topics=True)
    await bound(staff, marina)
    number = number_of(await file_request(anna, "Протекает крыша"))
    card = await in_group(staff, number, "🆕 Открыта")
    assert (await staff.topics())[card.raw["message_thread_id"]] == "Прочее"
    await unbound(staff, marina)
