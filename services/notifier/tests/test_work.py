"""What is told of the work on a request: to whom, in which words; and of notes, to nobody but who may read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from notifier_support import Desk, Someone, Town, done, refused
from sqlalchemy import text

from zavhoz_contracts.api.v1 import AudienceMember, Person, Relation
from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.commands import (
    AssignRequest,
    CompleteRequest,
    HoldRequest,
    LeaveRequest,
    MergeRequest,
    NoteRequest,
    ResumeRequest,
)
from zavhoz_contracts.requests.v1.events import (
    RequestAbsorbed,
    RequestAssigned,
    RequestCompleted,
    RequestHeld,
    RequestMerged,
    RequestResumed,
)
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_messaging.testing import wait_until
from zavhoz_notifier.application.words import done_toast
from zavhoz_notifier.domain.audience import told_of
from zavhoz_notifier.domain.quiet import QuietHours
from zavhoz_notifier.store import personal
from zavhoz_telegram.callbacks import OpenNotice, PhotosPress
from zavhoz_telegram.texts import Texts

NOW = datetime.now(UTC)


class Crew:
    """Anna asked for it, Vera joined; Pyotr and Oleg are technicians, Marina and Igor managers."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.anna, self.vera = self.desk.person(1, "Анна"), self.desk.person(2, "Вера")
        self.pyotr, self.oleg = (self.desk.person(n, name, Role.TECHNICIAN) for n, name in ((3, "Пётр"), (4, "Олег")))
        self.marina, self.igor = (self.desk.person(n, name, Role.MANAGER) for n, name in ((5, "Марина"), (6, "Игорь")))
        self.request_id = self.desk.created(self.anna).data.request_id

    def told(self, event: Any, *with_card: Person, without: Iterable[Person] = ()) -> set[str]:
        """The names of those who hear of it."""
        audience = self.desk.audience(self.desk.requests[self.request_id])
        watcher = AudienceMember(
            person_id=self.vera.person_id, relation=Relation.WATCHER, role=Role.REQUESTER, chat_id=2, language="ru",
            reachable=True,
        )  # fmt: skip
        gone = {one.person_id for one in without}
        members = (*(one for one in audience.members if one.person_id not in gone), watcher)
        audience = audience.model_copy(update={"members": members})
        heard = told_of(event, audience, NOW, frozenset(one.telegram_id for one in with_card))
        return {self.desk.people[one.person_id].name for one in heard}

    def assigned(self, by: Person | None, to: Person, former: Person | None = None) -> Any:
        former_id = former.person_id if former else None
        given: dict[str, Any] = {"assignee_id": to.person_id, "former_assignee_id": former_id}
        return self.desk.worked(self.request_id, by, RequestAssigned, Status.IN_PROGRESS, **given).data

    def happened(self, by: Person | None, event: Any, status: Status, **data: Any) -> Any:
        return self.desk.worked(self.request_id, by, event, status, **data).data


def test_who_is_to_do_it_and_who_no_more_are_told() -> None:
    crew = Crew()
    assert crew.told(crew.assigned(crew.marina, crew.pyotr)) == {"Анна", "Вера", "Пётр"}
    assert crew.told(crew.assigned(crew.marina, crew.oleg, crew.pyotr)) == {"Анна", "Вера", "Пётр", "Олег"}
    assert crew.told(crew.assigned(crew.marina, crew.marina, crew.oleg)) == {"Анна", "Вера", "Олег"}
    assert crew.told(crew.assigned(None, crew.pyotr, crew.marina)) == {"Анна", "Вера", "Пётр", "Марина"}


def test_who_was_demoted_or_deactivated_hears_nothing_of_work() -> None:
    crew = Crew()
    event = crew.assigned(crew.marina, crew.oleg, crew.pyotr)
    assert crew.told(event, without=[crew.pyotr]) == {"Анна", "Вера", "Олег"}, "the API leaves him out"
    # Who has filed it hears as who has filed it.
    crew.desk.change(crew.anna, role=Role.TECHNICIAN)
    event = crew.assigned(crew.marina, crew.oleg, crew.desk.people[crew.anna.person_id])
    crew.desk.change(crew.anna, role=Role.REQUESTER)
    held = crew.happened(crew.marina, RequestHeld, Status.ON_HOLD, text_id=uuid4())
    assert crew.told(event) == {"Анна", "Вера", "Олег"}
    assert crew.told(held) == {"Анна", "Вера", "Олег"}


def test_that_work_stops_and_goes_on_is_told_to_whom_it_concerns() -> None:
    crew = Crew()
    crew.assigned(crew.marina, crew.pyotr)
    held = crew.happened(crew.pyotr, RequestHeld, Status.ON_HOLD, text_id=uuid4())
    assert crew.told(held, crew.marina, crew.igor) == {"Анна", "Вера"}
    held = crew.happened(crew.igor, RequestHeld, Status.ON_HOLD, text_id=uuid4())
    assert crew.told(held) == {"Анна", "Вера", "Пётр"}
    resumed = crew.happened(None, RequestResumed, Status.IN_PROGRESS, assignee_id=crew.pyotr.person_id)
    assert crew.told(resumed) == {"Анна", "Вера", "Пётр"}
    merged = crew.happened(crew.igor, RequestMerged, Status.MERGED, into_id=uuid4(), into_number=9)
    assert crew.told(merged) == {"Анна", "Вера", "Пётр"}
    absorbed = crew.happened(crew.igor, RequestAbsorbed, Status.OPEN, duplicate_id=uuid4(), duplicate_number=9)
    assert crew.told(absorbed, crew.marina, crew.pyotr) == set()


def test_a_note_is_told_to_those_of_the_staff_who_have_the_card() -> None:
    crew = Crew()
    everybody = (crew.anna, crew.vera, crew.pyotr, crew.oleg, crew.marina, crew.igor)
    event = crew.desk.written_down(crew.request_id, crew.pyotr, "Ключ у вахтёра").data
    assert crew.told(event, *everybody) == {"Олег", "Марина", "Игорь"}
    assert crew.told(event, crew.anna, crew.marina) == {"Марина"}
    crew.assigned(crew.marina, crew.oleg)
    assert crew.told(event, crew.anna) == {"Олег"}, "who is to do it needs no card"
    # A technician who filed it reads notes; once he is none, he does not, whatever he has on his screen.
    crew.desk.change(crew.anna, role=Role.TECHNICIAN)
    assert crew.told(event, *everybody) == {"Анна", "Олег", "Марина", "Игорь"}
    crew.desk.change(crew.anna, role=Role.REQUESTER)
    assert crew.told(event, *everybody) == {"Олег", "Марина", "Игорь"}


@pytest.mark.parametrize("language", Texts.load().languages)
def test_what_was_done_is_said_in_words_of_its_own(language: str) -> None:
    crew, t = Crew(), Texts.load().for_language(language)
    request = crew.desk.requests[crew.request_id]
    kinds = (AssignRequest, HoldRequest, ResumeRequest, MergeRequest, NoteRequest)
    said = {done_toast(done(crew.marina, request, command=kind.TYPE).data, t) for kind in kinds}
    assert len(said) == len(kinds)
    assert all(one.startswith("#1: ") for one in said)


async def heard(somebody: Someone) -> list[str]:
    """What they were told; cards beside it say who has filed it."""
    return [one.text for one in await somebody.chat() if "👤" not in one.text]


async def test_two_managers_assign_at_once_and_everybody_is_told_what_was_done(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    pyotr = await town.someone(2, "Пётр", Role.TECHNICIAN)
    oleg = await town.someone(3, "Oleg", Role.TECHNICIAN, "en")
    marina, igor = await town.someone(4, "Марина", Role.MANAGER), await town.someone(5, "Игорь", Role.MANAGER)
    request_id = town.desk.created(anna.known, "Течёт <кран>").data.request_id
    first = town.desk.worked(
        request_id, marina.known, RequestAssigned, Status.IN_PROGRESS, assignee_id=pyotr.known.person_id
    )
    second = town.desk.worked(
        request_id, igor.known, RequestAssigned, Status.IN_PROGRESS,
        assignee_id=oleg.known.person_id, former_assignee_id=pyotr.known.person_id,
    )  # fmt: skip
    async with town.notifier():
        await town.settle(first, second)
    assert await heard(pyotr) == [
        "#1 👷 Поручено вам: Течёт <кран>\nПоручает Марина",
        "#1 👷 Больше не ваша: Течёт <кран>\nИгорь поручает её другому: Oleg",
    ]
    assert await heard(oleg) == ["#1 👷 Given to you: Течёт <кран>\nИгорь asks you to do it"]
    assert await heard(anna) == [
        "#1 🔧 В работе: Течёт <кран>\nИсполнитель: Пётр",
        "#1 🔧 В работе: Течёт <кран>\nИсполнитель: Oleg",
    ]
    assert await heard(marina) == await heard(igor) == []


async def test_on_hold_and_on_again(town: Town) -> None:
    anna, pyotr = await town.someone(1, "Анна"), await town.someone(2, "Пётр", Role.TECHNICIAN)
    request_id = town.desk.created(anna.known).data.request_id
    taken = town.desk.taken(request_id, pyotr.known)
    town.desk.requests[request_id].more = {"hold": "Жду <деталь>"}
    until = datetime(2031, 3, 5, tzinfo=UTC)
    held = [
        town.desk.worked(request_id, pyotr.known, RequestHeld, Status.ON_HOLD, text_id=uuid4(), until=day)
        for day in (until, None)
    ]
    on = town.desk.worked(request_id, None, RequestResumed, Status.IN_PROGRESS, assignee_id=pyotr.known.person_id)
    async with town.notifier():
        await town.settle(taken, *held, on)
    assert (await heard(anna))[1:] == [
        "#1 ⏸ На паузе до 5 мар. 2031: Течёт кран в 214\nПричина: Жду <деталь>",
        "#1 ⏸ На паузе: Течёт кран в 214\nПричина: Жду <деталь>",
        "#1 ▶️ Снова в работе: Течёт кран в 214",
    ]
    assert await heard(pyotr) == ["#1 ▶️ Снова в работе: Течёт кран в 214\nСрок паузы вышел, заявка снова ждёт вас"]


async def test_what_was_done_and_where_it_goes_on(town: Town) -> None:
    anna, marina = await town.someone(1, "Анна"), await town.someone(2, "Марина", Role.MANAGER)
    request_id = town.desk.created(anna.known).data.request_id
    taken = town.desk.taken(request_id, marina.known)
    town.desk.requests[request_id].more = {"completion": "Сменил <прокладку>"}
    completed = town.desk.worked(
        request_id, marina.known, RequestCompleted, Status.COMPLETED, text_id=uuid4(), attachments=2
    )
    other = town.desk.created(anna.known, "Капает кран").data.request_id
    merged = town.desk.worked(other, marina.known, RequestMerged, Status.MERGED, into_id=request_id, into_number=1)
    async with town.notifier():
        await town.settle(taken, completed, merged)
    _, done_, same = await anna.chat()
    assert done_.text.startswith(
        "#1 ✅ Выполнено: Течёт кран в 214\nЧто сделано: Сменил <прокладку>\n\nВсё исправлено?"
    )
    assert done_.labels[-2:] == ("🖼 Фото", "📋 Открыть заявку")
    assert PhotosPress.unpack(done_.data("🖼 Фото")).request_id == request_id
    assert same.text == "#2 🔗 Объединена: Капает кран\nО том же сообщили в #1: продолжение там"
    assert same.labels == ("📋 Открыть #1",)
    assert OpenNotice.unpack(same.data("📋 Открыть #1")).request_id == request_id


async def test_a_note_that_has_left_the_card_already_is_still_told(town: Town) -> None:
    anna, pyotr = await town.someone(1, "Анна"), await town.someone(2, "Пётр", Role.TECHNICIAN)
    marina = await town.someone(3, "Марина", Role.MANAGER)
    request_id = town.desk.created(anna.known).data.request_id
    taken = town.desk.taken(request_id, pyotr.known)
    notes = [town.desk.written_down(request_id, marina.known, words) for words in ("Ключ <у вахтёра>", "И код 12")]
    async with town.notifier():
        await town.settle(taken, *notes)
    assert await heard(pyotr) == [
        "#1 🔒 Марина: Ключ <у вахтёра>\nЗаметка для своих: Течёт кран в 214",
        "#1 🔒 Марина: И код 12\nЗаметка для своих: Течёт кран в 214",
    ]
    assert len(await heard(anna)) == 1
    assert not any("Ключ" in str(call) for call in await town.writes(chat=anna.chat_id))


async def test_in_the_morning_nobody_hears_of_notes_they_may_not_read_any_more(town: Town) -> None:
    """A technician who filed it himself was told of a note at night, and is none in the morning."""
    boris = await town.someone(1, "Борис", Role.TECHNICIAN)
    marina = await town.someone(2, "Марина", Role.MANAGER)
    hour = datetime.now(UTC).hour
    await _quiet(town, boris.known.person_id, QuietHours(hour, (hour + 2) % 24))
    request_id = town.desk.created(boris.known, "Дверь скрипит").data.request_id
    other = town.desk.created(boris.known, "Окно дует").data.request_id
    assigned = town.desk.worked(
        request_id, marina.known, RequestAssigned, Status.IN_PROGRESS, assignee_id=boris.known.person_id
    )
    note = town.desk.written_down(request_id, marina.known, "Тайна")
    theirs = town.desk.worked(
        other, marina.known, RequestAssigned, Status.IN_PROGRESS, assignee_id=boris.known.person_id
    )
    only = town.desk.written_down(other, marina.known, "Тайна")
    town.desk.requests[other].timeline.clear()
    async with town.notifier():
        await town.settle(assigned, note, theirs, only)
        held = await town.rows(
            "SELECT what FROM (SELECT unnest(ARRAY(SELECT CAST(held AS text) FROM held)) AS what) AS h"
        )
        assert sum("noted" in row.what for row in held) == 2
        boris.changed(role=Role.REQUESTER)
        async with town.database.transaction() as connection:
            await connection.execute(text("UPDATE held SET due_at = clock_timestamp()"))

        async def told() -> bool:
            return bool(await heard(boris))

        await wait_until(told, "the summary")
        (summary,) = await heard(boris)
    assert "заметк" not in summary
    assert "Тайна" not in summary
    assert "#1 🔧 В работе: Дверь скрипит — поручена" in summary


async def _quiet(town: Town, person_id: UUID, hours: QuietHours) -> None:
    async with town.database.transaction() as connection:
        await personal.set_quiet(connection, person_id, hours, datetime.now(UTC) + timedelta(hours=1))


@pytest.mark.parametrize("left", [False, True])
async def test_a_card_that_may_not_be_seen_any_more_says_so_when_it_is_pressed(town: Town, left: bool) -> None:
    anna, marina = await town.someone(1, "Анна"), await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        await town.settle(created)
        (card,) = await marina.chat()
        marina = marina.changed(role=Role.REQUESTER)
        query = await marina.press(card, label=card.labels[0])
        where: dict[str, Any] = {"message_id": card.id, "query": query}
        if left:
            await town.settle(done(marina.known, request, command=LeaveRequest.TYPE, **where))
        else:
            await town.settle(
                refused(marina.known, RefusalReason.NOT_ALLOWED, request, command=CompleteRequest.TYPE, **where)
            )
        (hidden,) = await marina.chat()
    assert hidden.text == ("Вы больше не следите за этой заявкой." if left else "Эта заявка вам больше не видна.")
    assert not hidden.labels
    assert Action.NOTE not in town.desk.card(request, marina.known).allowed_actions
