"""People from the bot: lists and profiles are read, what changes somebody is published."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from gateway_support import EDIT, System

from zavhoz_contracts.api.people import PeopleView
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Role, Shows
from zavhoz_contracts.people.v1.commands import SetActive, SetAreas, SetRole
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Answer, Person, SeenMessage
from zavhoz_telegram.callbacks import (
    CallbackData,
    FiledPress,
    ListPress,
    PlaceAction,
    QueueAct,
    QueuePress,
    RequestPress,
)
from zavhoz_telegram.managed_callbacks import (
    AreaPress,
    ManyAct,
    ManyPress,
    PeopleAction,
    PeoplePress,
    ProfileAction,
    ProfilePress,
)
from zavhoz_telegram.profiles import ON, area_key

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080010001001011100ffd9")
SEARCH = "🔎 Поиск"
DENIED = "Людьми управляют только завхозы, которые не ограничены местами."
AWAY = "Сейчас не получается узнать о людях. Попробуйте через минуту."


@pytest.fixture(autouse=True)
def tree(around: System) -> None:
    around.api.grow(("school", None, "Школа"), ("r214", "school", "Кабинет 214"), ("dorm", None, "Общежитие"))


async def manager(gate: System) -> Person:
    marina = await gate.someone("Марина")
    gate.api.know(marina.id, role=Role.MANAGER)
    return marina


async def listed(marina: Person) -> SeenMessage:
    asked = await marina.text("/people")
    return await marina.wait_for("👥 Люди", after=asked.id)


async def now(person: Person, message: SeenMessage) -> SeenMessage:
    return next(one for one in await person.chat() if one.id == message.id)


async def tap(person: Person, message: SeenMessage, press: CallbackData) -> SeenMessage:
    """Press what is answered by the gateway; the message as it is then."""
    answer = await pressed(person, message, press)
    assert not answer.text, answer
    return await now(person, message)


async def pressed(person: Person, message: SeenMessage, press: CallbackData) -> Answer:
    answer = await person.press(message, data=press.pack())
    assert answer is not None
    return answer


def about(person_id: UUID, action: ProfileAction, value: str = "") -> ProfilePress:
    return ProfilePress(action=action, person_id=person_id, value=value)


async def test_what_somebody_filed_is_shown_from_their_profile(gate: System) -> None:
    marina = await manager(gate)
    anna = gate.api.employ("Анна <b>", role=Role.REQUESTER).person_id
    gate.api.file(marina.id, 2, View.QUEUE)
    page = await listed(marina)
    profile = await tap(marina, page, about(anna, ProfileAction.OPEN))
    answer = await marina.press(profile, "✍️ Заявки этого человека")
    assert answer is not None
    shown = await marina.wait_for("🛠 Очередь", after=page.id)
    assert "⚙️ ✍️ Анна <b>\n" in shown.text
    assert gate.api.narrowed[-1] == {"requester": [str(anna)]}
    many = await tap(marina, shown, ManyPress(act=ManyAct.CHOOSE))
    assert many.text.startswith("☑️ 2 заявки сразу\n⚙️ ✍️ Анна <b>\n")
    filters = await tap(marina, shown, QueuePress(act=QueueAct.FILTERS))
    await tap(marina, filters, QueuePress(act=QueueAct.ANYBODY))
    await tap(marina, filters, ListPress(view=View.QUEUE, page=1))
    assert gate.api.narrowed[-1] == {}
    gone = await pressed(marina, shown, FiledPress(person_id=uuid4()))
    assert gone.alert


async def test_lists_are_turned_and_a_profile_leads_back_to_its_page(gate: System) -> None:
    marina = await manager(gate)
    for number in range(9):
        gate.api.employ(f"Сотрудник {number}", username=f"n{number}")
    page = await listed(marina)
    assert "9 человек" in page.text
    assert page.labels[:5] == ("● Штат", "Все", "Заявители", "Отключённые", "Без связи")
    assert page.labels[5] == "🔧 Сотрудник 0 @n0"
    second = await tap(marina, page, PeoplePress(action=PeopleAction.SHOW, view=PeopleView.ALL, page=2))
    assert second.labels[1] == "● Все"
    assert second.labels[5:] == ("🔧 Сотрудник 8 @n8", "‹", "2/2", SEARCH)
    answer = await marina.press(second, "🔧 Сотрудник 8 @n8")
    assert answer is not None
    profile = await now(marina, page)
    assert "Сотрудник 8 @n8 — исполнитель" in profile.text
    back = await marina.press(profile, "‹ К списку")
    assert back is not None
    assert (await now(marina, page)).labels == second.labels


async def test_without_a_memory_the_way_back_is_the_first_page(gate: System) -> None:
    marina = await manager(gate)
    one = gate.api.employ("Борис")
    page = await listed(marina)
    await tap(marina, page, PeoplePress(action=PeopleAction.SHOW, view=PeopleView.ALL))
    gate.redis.cut()
    shown = await tap(marina, page, PeoplePress(action=PeopleAction.SHOW, view=PeopleView.INACTIVE))
    assert "● Отключённые" in shown.labels, "lists go on"
    await tap(marina, page, about(one.person_id, ProfileAction.OPEN))
    back = await tap(marina, page, PeoplePress(action=PeopleAction.BACK))
    assert "● Штат" in back.labels
    for press in (PeoplePress(action=PeopleAction.SEARCH), about(one.person_id, ProfileAction.ADD)):
        said = await pressed(marina, page, press)
        assert (said.alert, said.text) == (True, "Сейчас спросить не получается. Попробуйте через минуту.")
    found = await pressed(marina, page, PeoplePress(action=PeopleAction.FOUND, page=2))
    assert "Не помню, кого здесь искали" in found.text
    gate.redis.mend()


async def test_a_search_is_asked_for_and_remembered_by_its_message(gate: System) -> None:
    marina = await manager(gate)
    for number in range(9):
        gate.api.employ(f"Иван {number}")
    gate.api.employ("Борис")
    page = await listed(marina)
    await marina.press(page, SEARCH)
    asked = await marina.wait_for("Кого найти?")
    await marina.text("  иван  ")
    found = await marina.wait_for("Поиск людей: иван")
    assert "9 человек" in found.text
    await marina.wait_for(lambda one: one.id == asked.id and one.text == "Кого найти? Ищу.")
    await marina.press(found, "›")
    assert "2/2" in (await now(marina, found)).labels
    await tap(marina, found, about(next(iter(gate.api.profiles)), ProfileAction.OPEN))
    back = await tap(marina, found, PeoplePress(action=PeopleAction.BACK))
    assert back.text.startswith("🔎 Поиск людей: иван")
    assert "2/2" in back.labels
    # The list that was there before is another message, and stays a list.
    assert "Не помню" in (await pressed(marina, page, PeoplePress(action=PeopleAction.FOUND))).text
    # Given up, what is typed is no name.
    await marina.press(back, SEARCH)
    again = await marina.wait_for("Кого найти?", after=found.id)
    await marina.press(again, "Отмена")
    assert (await now(marina, again)).text == "Поиск людей отменён."
    said = await marina.text("Течёт кран в подвале")
    await marina.wait_for("Новая заявка", after=said.id)


async def test_who_may_not_is_told_so_and_so_is_that_the_api_is_away(gate: System) -> None:
    anna = await gate.someone()
    boris = gate.api.employ("Борис")
    await anna.text("/people")
    said = await anna.wait_for(DENIED)
    for press in (
        PeoplePress(action=PeopleAction.SHOW),
        PeoplePress(action=PeopleAction.BACK),
        about(boris.person_id, ProfileAction.OPEN),
        about(boris.person_id, ProfileAction.ASK, "manager"),
        about(boris.person_id, ProfileAction.AREAS),
        about(boris.person_id, ProfileAction.ADD),
        about(boris.person_id, ProfileAction.REMOVE, area_key("school")),
    ):
        answer = await pressed(anna, said, press)
        assert (answer.alert, answer.text) == (True, DENIED), press
    assert (await now(anna, said)).text == DENIED, "the message stays as it is"
    marina = await manager(gate)
    page = await listed(marina)
    unknown = await pressed(marina, page, about(uuid4(), ProfileAction.OPEN))
    assert (unknown.alert, unknown.text) == (True, "Такого человека нет.")
    far = await pressed(marina, page, PeoplePress(action=PeopleAction.SHOW, page=10**9))
    assert "устарела" in far.text
    gate.api.status = 503
    await marina.text("/people")
    await marina.wait_for(AWAY)
    for press in (PeoplePress(action=PeopleAction.SHOW), about(boris.person_id, ProfileAction.ADD)):
        answer = await pressed(marina, page, press)
        assert (answer.alert, answer.text) == (True, AWAY), press


async def test_a_role_and_access_are_asked_about_and_then_published(gate: System) -> None:
    marina = await manager(gate)
    boris = gate.api.employ("Борис <b>", in_work=2)
    page = await tap(marina, await listed(marina), about(boris.person_id, ProfileAction.OPEN))
    for label, sentence, yes in (
        ("🗝 В завхозы", "Борис <b>: сделать завхозом?", "Да, сделать завхозом"),
        ("👤 В заявители", "В работе 2 заявки: поручите их другому.", "Да, сделать заявителем"),
        ("🚫 Отключить", "отключить доступ?", "Да, отключить"),
    ):
        await marina.press(page, label)
        asked = await now(marina, page)
        assert sentence in asked.text
        no = await marina.press(asked, "Нет, оставить как есть")
        assert no is not None
        assert (await now(marina, page)).labels == page.labels
        await marina.press(page, label)
        await marina.begin_press(page, yes)
        assert (await now(marina, page)).text == asked.text, "what becomes of it is for the outcome to show"
        await tap(marina, page, about(boris.person_id, ProfileAction.OPEN))
    roles = await gate.commands.wait_for(2, SetRole.TYPE)
    assert [(one.data.person_id, one.data.role) for one in roles] == [
        (boris.person_id, Role.MANAGER),
        (boris.person_id, Role.REQUESTER),
    ]
    assert {(one.data.origin.message_id, one.data.origin.shows) for one in roles} == {(page.id, Shows.PERSON)}
    (off,) = await gate.commands.wait_for(1, SetActive.TYPE)
    assert (off.data.person_id, off.data.active, off.data.origin.shows) == (boris.person_id, False, Shows.PERSON)
    assert off.data.origin.callback_query_id is not None
    gone = gate.api.employ("Ушла", active=False)
    page = await tap(marina, page, about(gone.person_id, ProfileAction.OPEN))
    await marina.begin_press(page, "✅ Включить доступ")
    _, on = await gate.commands.wait_for(2, SetActive.TYPE)
    assert (on.data.person_id, on.data.active) == (gone.person_id, True)


async def test_what_no_button_says_is_outdated(gate: System) -> None:
    marina = await manager(gate)
    boris = gate.api.employ("Борис")
    page = await listed(marina)
    before = len(gate.commands.messages)
    for press in (
        about(boris.person_id, ProfileAction.ASK, "owner"),
        about(boris.person_id, ProfileAction.ASK, ON),
        about(boris.person_id, ProfileAction.SET, ""),
        about(boris.person_id, ProfileAction.SET, "Manager"),
    ):
        answer = await pressed(marina, page, press)
        assert answer.alert, press
        assert "устарела" in answer.text, press
    for data in (f"pp:burn:{boris.person_id.hex}:", "pp:open:x:", "pl:show:nobody:1", "pl:show:all:x", "pa:z:school"):
        forged = await marina.press(page, data=data)
        assert forged is not None
        assert forged.alert, data
    gone = await pressed(marina, page, AreaPress(action=PlaceAction.CHOOSE, value="school"))
    assert "уже закончен" in gone.text
    assert len(gate.commands.messages) == before


async def test_the_whole_new_set_of_places_is_published(gate: System) -> None:
    marina = await manager(gate)
    school, dorm = gate.api.places["school"], gate.api.places["dorm"]
    boris = gate.api.employ("Борис", areas=(school, dorm))
    page = await tap(marina, await listed(marina), about(boris.person_id, ProfileAction.AREAS))
    assert page.labels == (
        "✖ Школа",
        "✖ Общежитие",
        "➕ Добавить место",
        "🌐 Все места, без ограничений",
        "‹ К профилю",
    )
    await marina.begin_press(page, "✖ Школа")
    await marina.begin_press(page, data=about(boris.person_id, ProfileAction.REMOVE, area_key("r214")).pack())
    await marina.begin_press(page, "🌐 Все места, без ограничений")
    sets = await gate.commands.wait_for(3, SetAreas.TYPE)
    assert [one.data.areas for one in sets] == [("dorm",), ("dorm", "school"), ()]
    assert {(one.data.origin.message_id, one.data.origin.shows) for one in sets} == {(page.id, Shows.AREAS)}

    # Level by level; where others filed requests is beside the point.
    gate.api.recent[marina.id] = ["r214"]
    choice = await tap(marina, page, about(boris.person_id, ProfileAction.ADD))
    assert choice.labels == ("Школа ›", "Общежитие", "‹ К местам")
    assert "Какое место добавить?" in choice.text
    await marina.press(choice, "Школа ›")
    assert (await now(marina, page)).labels == ("✓ Здесь: Школа", "‹ Назад", "Кабинет 214", "‹ К местам")
    await marina.press(page, "‹ К местам")
    assert "➕ Добавить место" in (await now(marina, page)).labels
    # By words; words that are no place limit nobody.
    await tap(marina, page, about(boris.person_id, ProfileAction.ADD))
    await marina.text("214")
    found = await marina.wait_for(lambda one: one.id == page.id and "Кабинет 214 · Школа" in one.labels)
    assert found.labels == ("Кабинет 214 · Школа", "🗂 Все места", "‹ К местам")
    for action in (PlaceAction.WORDS, PlaceAction.CLEAR):
        assert (await pressed(marina, page, AreaPress(action=action))).alert
    await marina.begin_press(found, "Кабинет 214 · Школа")
    last = (await gate.commands.wait_for(4, SetAreas.TYPE))[-1]
    assert last.data.areas == ("dorm", "r214", "school")
    # It has been chosen: the same choice is over, and what is typed is a request again.
    over = await pressed(marina, page, AreaPress(action=PlaceAction.CHOOSE, value="dorm"))
    assert "уже закончен" in over.text
    said = await marina.text("Течёт кран в подвале")
    await marina.wait_for("Новая заявка", after=said.id)


async def test_a_choice_gives_way_to_another_question_and_to_cancel(gate: System) -> None:
    marina = await manager(gate)
    boris = gate.api.employ("Борис")
    page = await listed(marina)
    await tap(marina, page, about(boris.person_id, ProfileAction.ADD))
    # A file is no answer to it: it begins a request, and the choice waits on.
    photo = await marina.photo(JPEG, caption="Течёт кран")
    await marina.wait_for("Новая заявка", after=photo.id)
    assert "‹ К местам" in (await now(marina, page)).labels
    request = RequestPress(action=Action.REJECT, request_id=uuid4(), version=1)
    await tap(marina, page, request)
    over = await now(marina, page)
    assert (over.text, over.labels) == ("Место не выбрано.", ("‹ К профилю",))
    # The other way round the question is withdrawn.
    asked = await marina.wait_for("Почему")
    await tap(marina, page, about(boris.person_id, ProfileAction.ADD))
    assert (await now(marina, asked)).labels == ()
    await marina.text("/cancel")
    await marina.wait_for(lambda one: one.id == page.id and one.text == "Место не выбрано.")
    await marina.press(page, "‹ К профилю")
    assert "Борис — исполнитель" in (await now(marina, page)).text
    assert not [one for one in gate.commands.messages if one.type == EDIT]


async def test_somebody_activated_again_is_let_in_at_once(gate: System) -> None:
    anna = await gate.someone()
    gate.api.know(anna.id, active=False)
    await anna.text("/my")
    await anna.wait_for("доступ отключён")
    gate.api.know(anna.id)

    async def let_in() -> bool:
        said = await anna.text("/my")
        return "Открытых заявок у вас нет" in (await anna.wait_for(lambda one: one.id > said.id)).text

    await wait_until(let_in, "she is not remembered as deactivated", timeout=20)
