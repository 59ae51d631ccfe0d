"""What managers do to people: the press is answered, whom it concerns hears of it, and their cards follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from notifier_support import REQUESTS, Someone, Town, delete

from zavhoz_contracts.api.places import Place, PlaceKind
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Origin, Role, Shows
from zavhoz_contracts.people.v1.commands import SetActive, SetAreas, SetRole
from zavhoz_contracts.people.v1.events import (
    PersonActivated,
    PersonAreasChanged,
    PersonDeactivated,
    PersonRoleChanged,
)
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason

MARINA = uuid4()
"""Some manager, of whom only the id matters."""


def happened(kind: Any, about: Someone, *, by: UUID | None = MARINA, ago: float = 0, **given: Any) -> Envelope[Any]:
    at = datetime.now(UTC) - timedelta(seconds=ago)
    data = kind(person_id=about.known.person_id, actor_id=by, occurred_at=at, **given)
    return wrap(data, source=REQUESTS, subject=f"person/{about.known.person_id}", version=2)


def changed_role(about: Someone, previous: Role = Role.REQUESTER, **given: Any) -> Envelope[Any]:
    return happened(PersonRoleChanged, about, role=about.known.role, previous=previous, **given)


def limited(about: Someone, *areas: str, previous: tuple[str, ...] = (), **given: Any) -> Envelope[Any]:
    return happened(PersonAreasChanged, about, areas=areas, previous=previous, **given)


def outcome(by: Someone, about: UUID, type: str, *, why: RefusalReason | None = None, **given: Any) -> Envelope[Any]:
    """How a manager's command about somebody ended; `given` are the outcome's, or the origin's."""
    names = set(given) & set(Origin.model_fields)
    origin = {"shows": Shows.PERSON, **{name: given.pop(name) for name in names}}
    kind: Any = CommandDone if why is None else CommandRefused
    data = kind(
        command_id=uuid4(),
        command_type=type,
        person_id=by.known.person_id,
        about_id=about,
        origin=Origin(chat_id=by.chat_id, **origin),
        language=by.known.language,
        **({} if why is None else {"reason": why}),
        **given,
    )
    return wrap(data, source=REQUESTS, subject=f"person/{by.known.person_id}")


async def said(person: Someone) -> list[str]:
    return [one.text for one in await person.chat()]


async def menus(town: Town, person: Someone) -> list[str]:
    """What became of the menu of somebody's chat."""
    calls = [call for call in await town.writes() if call["method"].endswith("MyCommands")]
    return [call["method"] for call in calls if str(person.chat_id) in str(call["arguments"]["scope"])]


async def answered(town: Town, query: str) -> tuple[str, bool]:
    answer = await town.sandbox.answer(query, 10)
    assert answer is not None
    return answer.text, answer.alert


@pytest.mark.parametrize(
    ("role", "language", "begins"),
    [
        (Role.REQUESTER, "ru", "👤 Теперь вы заявитель"),
        (Role.TECHNICIAN, "en", "🔧 You are a technician"),
        (Role.MANAGER, "ru", "🗝 Теперь вы завхоз"),
    ],
)
async def test_a_new_role_is_told_once_with_what_it_means(town: Town, role: Role, language: str, begins: str) -> None:
    boris = await town.someone(21, "Борис", role, language)
    event = changed_role(boris)
    async with town.notifier():
        await town.settle(event)
        await town.settle(event)
        assert [text.startswith(begins) for text in await said(boris)] == [True]


async def test_what_is_no_news_is_not_told(town: Town) -> None:
    boris = await town.someone(21, "Борис", Role.TECHNICIAN)
    async with town.notifier():
        me = boris.known.person_id
        await town.settle(changed_role(boris, by=me), limited(boris, by=me))
        await town.settle(changed_role(boris, ago=2 * 86400), limited(boris, ago=2 * 86400))
        # Something else has happened since: another event tells that.
        was = happened(PersonRoleChanged, boris, role=Role.MANAGER, previous=Role.REQUESTER)
        await town.settle(was, happened(PersonDeactivated, boris))
        assert await said(boris) == []
        gone = boris.changed(reachable=False)
        await town.settle(changed_role(gone))
        assert await said(gone) == []
        # Who leaves the staff hears of that, and not that their limits are gone.
        less = gone.changed(reachable=True, role=Role.REQUESTER)
        await town.settle(limited(less, previous=("school",)))
        assert await said(less) == []


async def test_places_are_told_by_their_names(town: Town) -> None:
    boris = await town.someone(21, "Борис", Role.TECHNICIAN)
    town.desk.places["r1"] = Place(code="r1", kind=PlaceKind.ROOM, name="<214>", path="Школа › <214>")
    async with town.notifier():
        await town.settle(limited(boris, "r1", "archived"))
        await town.settle(limited(boris, "archived"))
        await town.settle(limited(boris, previous=("r1",)))
    assert await said(boris) == [
        "📍 Теперь вы работаете только с этими местами:\n• Школа › <214>",
        "📍 Теперь вы работаете только с этими местами:\n• archived",
        "🌐 Теперь вы работаете со всеми местами, без ограничений.",
    ]


async def test_who_is_deactivated_hears_one_sentence_and_has_the_menu_of_everybody(town: Town) -> None:
    boris = await town.someone(21, "Борис", Role.MANAGER)
    anna = await town.someone(22, "Анна")
    async with town.notifier():
        created = town.desk.created(anna.known)
        await town.settle(created)
        (card,) = await boris.chat()
        boris = boris.changed(active=False)
        await town.settle(happened(PersonDeactivated, boris))
        (told,) = (await said(boris))[1:]
        assert told.startswith("🚫 Ваш доступ отключён: бот больше не принимает от вас заявок и не будет вам писать.")
        assert await menus(town, boris) == ["deleteMyCommands"]
        # Whatever else becomes of them or of requests is not told to them, nor shown.
        taken = town.desk.taken(created.data.request_id, await _taker(town))
        await town.settle(taken, limited(boris), changed_role(boris))
        assert len(await boris.chat()) == 2
        assert set(await menus(town, boris)) == {"deleteMyCommands"}
        assert (await boris.chat())[0].text == card.text
        # Activated again, a manager has it all again.
        boris = boris.changed(active=True)
        await town.settle(happened(PersonActivated, boris))
        assert (await said(boris))[2].startswith("✅ Ваш доступ снова включён (завхоз).")
        assert "🔧 В работе" in (await boris.chat())[0].text
        assert (await menus(town, boris))[-1] == "setMyCommands"


async def _taker(town: Town) -> Any:
    return (await town.someone(29, "Олег", Role.TECHNICIAN)).known


async def test_cards_that_somebody_may_see_no_more_are_hidden_and_shown_again(town: Town) -> None:
    boris = await town.someone(21, "Борис", Role.TECHNICIAN)
    anna = await town.someone(22, "Анна")
    async with town.notifier():
        here, there = town.desk.created(anna.known, "Скрипит дверь"), town.desk.created(anna.known, "Не горит лампа")
        await town.settle(here, there)
        before = {one.id: one for one in await boris.chat()}
        pair = (there.data.request_id, boris.known.person_id)
        town.desk.hidden.add(pair)
        await town.settle(limited(boris, by=boris.known.person_id))
        shown, hidden = await boris.chat()
        assert (shown.text, shown.labels) == (before[shown.id].text, before[shown.id].labels)
        assert (hidden.text, hidden.labels) == ("Эта заявка вам больше не видна.", ())
        # What is hidden is not drawn again, and it is not what other changes draw.
        calls = len(await town.writes(chat=21))
        await town.settle(limited(boris, by=boris.known.person_id), town.desk.taken(pair[0], await _taker(town)))
        assert len(await town.writes(chat=21)) == calls
        town.desk.hidden.clear()
        await town.settle(limited(boris, by=boris.known.person_id))
        again = (await boris.chat())[1]
        assert again.id == hidden.id
        assert "🔧 В работе" in again.text
        # Deleted meanwhile, there is nothing to hide.
        town.desk.hidden.add(pair)
        await delete(town, boris.chat_id, again.id)
        await town.settle(limited(boris, by=boris.known.person_id))
        assert len(await boris.chat()) == 1
        assert set(await town.states()) == {"sent"}


async def test_the_same_version_is_shown_again_too(town: Town) -> None:
    boris = await town.someone(21, "Борис", Role.TECHNICIAN)
    async with town.notifier():
        created = town.desk.created((await town.someone(22, "Анна")).known)
        await town.settle(created)
        (card,) = await boris.chat()
        town.desk.hidden.add((created.data.request_id, boris.known.person_id))
        await town.settle(limited(boris, by=boris.known.person_id))
        assert (await said(boris)) == ["Эта заявка вам больше не видна."]
        town.desk.hidden.clear()
        await town.settle(limited(boris, by=boris.known.person_id))
        (again,) = await boris.chat()
        assert (again.text, again.labels) == (card.text, card.labels)


async def test_who_is_demoted_loses_the_buttons_of_the_staff(town: Town) -> None:
    boris = await town.someone(21, "Борис", Role.TECHNICIAN)
    anna = await town.someone(22, "Анна", Role.TECHNICIAN)
    async with town.notifier():
        own, others = town.desk.created(boris.known, "Своя"), town.desk.created(anna.known, "Чужая")
        await town.settle(own, others)
        (card,) = await boris.chat()
        assert card.text.startswith("#2 ")
        less = boris.changed(role=Role.REQUESTER)
        await town.settle(changed_role(less, previous=Role.TECHNICIAN))
        assert (await said(less))[0] == "Эта заявка вам больше не видна."
        assert (await boris.chat())[0].labels == ()


@pytest.mark.parametrize(
    ("type", "shows", "toast", "begins"),
    [
        (SetRole.TYPE, Shows.PERSON, "Роль изменена.", "🔧 Борис — исполнитель"),
        (SetActive.TYPE, Shows.PERSON, "Доступ изменён.", "🔧 Борис — исполнитель"),
        (
            SetAreas.TYPE,
            Shows.AREAS,
            "Места изменены.",
            "🔧 Борис — исполнитель\n\n📍 Работает только здесь:\n• Школа\n",
        ),
    ],
)
async def test_what_is_done_is_answered_and_shown_in_the_message(
    town: Town, type: str, shows: Shows, toast: str, begins: str
) -> None:
    marina, boris = await town.someone(20, "Марина", Role.MANAGER), await town.someone(21, "Борис", Role.TECHNICIAN)
    town.desk.places["s"] = Place(code="s", kind=PlaceKind.SITE, name="Школа", path="Школа")
    async with town.notifier():
        page = await marina.draft()
        given = {"message_id": page.id, "shows": shows}
        query = await marina.press(page)
        about = boris.known.person_id
        await town.settle(outcome(marina, about, type, callback_query_id=query, **given))
        assert await answered(town, query) == (toast, False)
        (shown,) = await marina.chat()
        assert shown.text.startswith(begins)
        assert ("✖ Школа" in shown.labels) is (shows is Shows.AREAS)
        query = await marina.press(shown)
        await town.settle(outcome(marina, about, type, callback_query_id=query, changed=False, **given))
        assert await answered(town, query) == ("Так уже и есть.", False)
        # What limits nobody any more has no page of places.
        boris.changed(role=Role.REQUESTER)
        query = await marina.press(shown)
        await town.settle(outcome(marina, about, type, callback_query_id=query, **given))
        assert (await said(marina))[0].startswith("👤 Борис — заявитель")
        assert "📍 Места" not in (await marina.chat())[0].labels


async def test_a_refusal_is_an_alert_and_the_profile_as_it_is(town: Town) -> None:
    marina, boris = await town.someone(20, "Марина", Role.MANAGER), await town.someone(21, "Борис", Role.TECHNICIAN)
    async with town.notifier():
        page = await marina.draft()
        query = await marina.press(page)
        why, about = RefusalReason.LISTED_MANAGER, boris.known.person_id
        given = {"callback_query_id": query, "message_id": page.id, "who": "Борис"}
        await town.settle(outcome(marina, about, SetRole.TYPE, why=why, **given))
        text, alert = await answered(town, query)
        assert alert
        assert text.startswith("Борис — завхоз по настройкам сервера")
        assert (await said(marina))[0].startswith("🔧 Борис — исполнитель")
        # Whoever may not see it keeps the message that was under their forged press.
        theirs = await boris.draft()
        query = await boris.press(theirs)
        given = {"callback_query_id": query, "message_id": theirs.id}
        await town.settle(outcome(boris, about, SetRole.TYPE, why=RefusalReason.NOT_ALLOWED, **given))
        assert (await answered(town, query))[1]
        assert await said(boris) == [theirs.text]
        # There is nobody like that any more.
        query = await marina.press(page)
        given = {"callback_query_id": query, "message_id": page.id}
        await town.settle(outcome(marina, uuid4(), SetRole.TYPE, why=RefusalReason.PERSON_NOT_FOUND, **given))
        assert await answered(town, query) == ("Такого человека нет.", True)


async def test_who_makes_less_of_themselves_sees_no_people_any_more(town: Town) -> None:
    marina = await town.someone(20, "Марина", Role.MANAGER, "en")
    async with town.notifier():
        page = await marina.draft()
        less = marina.changed(role=Role.TECHNICIAN)
        query = await marina.press(page)
        given = {"callback_query_id": query, "message_id": page.id}
        done = outcome(less, less.known.person_id, SetRole.TYPE, **given)
        await town.settle(done, changed_role(less, Role.MANAGER, by=less.known.person_id))
        (shown,) = await marina.chat()
        assert shown.text == "People are managed only by facility managers who are not limited to places."
        assert shown.labels == ()


async def test_the_menu_of_managers_has_people(town: Town) -> None:
    boris = await town.someone(21, "Борис", Role.MANAGER)
    async with town.notifier():
        await town.settle(changed_role(boris))
        less = boris.changed(role=Role.TECHNICIAN)
        await town.settle(changed_role(less, Role.MANAGER))
    manager, technician = [str(call["arguments"]) for call in await town.writes("setMyCommands")]
    assert "people" in manager
    assert "people" not in technician


async def test_the_menu_of_a_manager_who_is_limited_has_what_such_a_one_may_do(town: Town) -> None:
    boris = await town.someone(21, "Борис", Role.MANAGER)
    async with town.notifier():
        await town.settle(limited(boris.changed(limited=True), "dorm"))
        await town.settle(limited(boris.changed(limited=False), previous=("dorm",)))
    here, everywhere = [str(call["arguments"]) for call in await town.writes("setMyCommands")]
    for command in ("queue", "places"):
        assert f'"{command}"' in here.replace("'", '"')
    for command in ("people", "categories", "organisation", "replies"):
        assert command not in here
        assert command in everywhere
