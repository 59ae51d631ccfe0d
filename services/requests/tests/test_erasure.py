"""Somebody is forgotten: nothing of theirs is left but a random id; and what is held about them can be read before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, NOW, OLEG, Desk, Sender, Served, photo, tg

from zavhoz_contracts.api.client import InvalidQuery, NotFound
from zavhoz_contracts.api.own import PAGE, DataPart
from zavhoz_contracts.api.v1 import AttachmentStatus
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.files.v1.events import AttachmentStored
from zavhoz_contracts.message import Attachment, AttachmentKind, Role
from zavhoz_contracts.people.v1.commands import ErasePerson, SetLanguage
from zavhoz_contracts.people.v1.events import PersonReachability
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_messaging.testing import wait_until
from zavhoz_requests.application.commands import ErasedJustNow
from zavhoz_requests.application.foreign_events import note
from zavhoz_requests.domain.people import CONFIRM_WITHIN, erased, hindrance_to_erase, newcomer
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store.outcomes import OutcomesSource

PERSON = replace(newcomer(uuid4(), ANNA.actor, NOW), version=1)
COMMENT = "My grandmother Praskovya saw it"


def _hindrance(person: Person = PERSON, *, ago: timedelta = timedelta(0), other: bool = False) -> RefusalReason | None:
    return hindrance_to_erase(person, PERSON.id, NOW - ago, NOW, other_manager=other)


@pytest.mark.parametrize("ago", [timedelta(0), CONFIRM_WITHIN, timedelta(seconds=-59)])
def test_a_question_answered_in_time_is_a_confirmation(ago: timedelta) -> None:
    assert _hindrance(ago=ago) is None


@pytest.mark.parametrize("ago", [CONFIRM_WITHIN + timedelta(seconds=1), timedelta(minutes=-2), timedelta(days=400)])
def test_another_question_is_none(ago: timedelta) -> None:
    assert _hindrance(ago=ago) is RefusalReason.NOT_CONFIRMED
    assert _hindrance(replace(PERSON, id=uuid4())) is RefusalReason.NOT_CONFIRMED


def test_the_only_manager_cannot_go() -> None:
    manager = replace(PERSON, role=Role.MANAGER)
    assert _hindrance(manager) is RefusalReason.LAST_MANAGER
    assert _hindrance(manager, other=True) is None


def test_what_is_left_says_nothing() -> None:
    nobody, _ = erased(replace(PERSON, username="anna", role=Role.MANAGER), NOW + timedelta(days=1))
    kept = {"id": PERSON.id, "version": 2, "erased": True}
    assert {name: getattr(nobody, name) for name in kept} == kept
    assert (nobody.name, nobody.username, nobody.telegram_id, nobody.language) == ("", None, 0, "")
    assert nobody.registered_at == nobody.seen_at == NOW + timedelta(days=1)
    assert not nobody.active


def erase(sender: Sender, person_id: UUID, *, asked_at: datetime | None = None) -> Envelope[ErasePerson]:
    at = asked_at or datetime.now(UTC)
    data = ErasePerson(actor=sender.actor, origin=sender.origin, person_id=person_id, asked_at=at)
    return wrap(data, source="/zavhoz/gateway", subject="person")


def speak(sender: Sender, language: str) -> Envelope[SetLanguage]:
    data = SetLanguage(actor=sender.actor, origin=sender.origin, language=language)
    return wrap(data, source="/zavhoz/gateway", subject="person")


async def erased_now(desk: Desk, sender: Sender) -> UUID:
    person_id = await desk.person_id(sender)
    (outcome,) = await desk.handle(erase(sender, person_id))
    assert isinstance(outcome, CommandDone), outcome
    return person_id


async def everything(desk: Desk) -> str:
    tables = await desk.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
    )
    rows = [await desk.rows(f'SELECT CAST(t AS text) FROM "{row.table_name}" AS t') for row in tables]  # noqa: S608
    return "\n".join(row[0] for table in rows for row in table)


async def published(desk: Desk) -> None:
    """The relay has published every outcome."""
    source = OutcomesSource()
    async with desk.database.transaction() as connection:
        await source.mark(connection, [one.key for one in await source.fetch(connection, range(16), 500)])


ANNA_WITH_NAME = replace(ANNA, name="Anna Forgetmenot", username="anna_forgetmenot")


@pytest.fixture
async def filed(desk: Desk) -> UUID:
    """Anna has filed a request with a named file, and commented; Marina has taken it and rejected nothing."""
    request_id = uuid4()
    named = Attachment(
        attachment_id=uuid4(),
        kind=AttachmentKind.DOCUMENT,
        file_id="file-of-anna",
        file_unique_id="unique-of-anna",
        file_name="last-will.pdf",
    )
    await desk.handle(ANNA_WITH_NAME.create(request_id, attachments=(named,)))
    await desk.handle(ANNA_WITH_NAME.comment(request_id, COMMENT))
    stored = AttachmentStored(
        attachment_id=named.attachment_id, request_id=request_id, sha256="a" * 64, size=3, media_type="application/pdf",
        key="aa/key", occurred_at=NOW,
    )  # fmt: skip
    message: Envelope[Any] = wrap(stored, source="/zavhoz/files", subject="attachment/x", version=1)
    await desk.database.run(lambda connection: note(connection, [message]))
    await desk.handle(MARINA.take(request_id))
    # Her name is in others' outcomes: Oleg is told who was first.
    theirs = uuid4()
    await desk.technician(ANNA_WITH_NAME)
    await desk.handle(BORIS.create(theirs), ANNA_WITH_NAME.take(theirs))
    (late,) = await desk.handle(OLEG.take(theirs))
    assert isinstance(late, CommandRefused)
    assert late.who == ANNA_WITH_NAME.name
    return request_id


async def test_nothing_is_left_but_the_request_and_a_random_id(desk: Desk, served: Served, filed: UUID) -> None:
    traces = ["Forgetmenot", str(ANNA.telegram_id), "anna_forgetmenot", "Praskovya", "last-will", "file-of-anna"]
    before = await everything(desk)
    assert [one for one in traces if one not in before] == []
    person_id = await erased_now(desk, ANNA_WITH_NAME)
    await published(desk)
    after = await everything(desk)
    assert [one for one in [*traces, "unique-of-anna", "aa/key", "a" * 64] if one in after] == []

    (person,) = await desk.rows("SELECT * FROM people WHERE id = :id", id=person_id)
    assert (person.name, person.language, person.active, person.version) == ("", "", False, 2)
    card = await served.api.card(filed, tg(MARINA))
    assert card.description.startswith("Water drips")
    assert card.requester.person_id == person_id
    assert card.requester.name == ""
    assert [comment.text for comment in card.comments] == [""]
    assert [one.status for one in card.attachments] == [AttachmentStatus.ERASED]
    for as_ in (str(person_id), tg(ANNA)):
        with pytest.raises(NotFound):
            await served.api.person(as_)
    assert person_id not in {member.person_id for member in (await served.api.audience(filed)).members}
    events = await served.api.request_events(filed)
    assert len(events) == await desk.value("SELECT version FROM requests WHERE id = :id", id=filed)


async def test_what_is_said_of_them_later_changes_nothing(desk: Desk, filed: UUID) -> None:
    person_id = await erased_now(desk, ANNA_WITH_NAME)
    file_id = await desk.value("SELECT id FROM attachments WHERE request_id = :id", id=filed)
    at = datetime.now(UTC)
    stored = AttachmentStored(
        attachment_id=file_id, request_id=filed, sha256="b" * 64, size=3, media_type="x", key="k", occurred_at=at
    )
    reachable = PersonReachability(person_id=person_id, reachable=True, occurred_at=at)
    late: list[Envelope[Any]] = [
        wrap(stored, source="/zavhoz/files", subject="attachment/x", version=2),
        wrap(reachable, source="/zavhoz/notifier", subject="person/x", version=1),
    ]
    await desk.database.run(lambda connection: note(connection, late))
    assert await desk.value("SELECT status FROM attachments WHERE id = :id", id=file_id) == "erased"
    assert not await desk.value("SELECT reachable FROM people WHERE id = :id", id=person_id)


async def test_who_writes_again_is_somebody_new(desk: Desk, filed: UUID) -> None:
    person_id = await erased_now(desk, ANNA_WITH_NAME)
    again = replace(ANNA_WITH_NAME, seen_at=NOW + timedelta(days=1))
    await desk.handle(again.register())
    assert await desk.person_id(ANNA) != person_id
    (outcome,) = await desk.handle(again.comment(filed, "It is mine"))
    assert isinstance(outcome, CommandRefused)
    assert outcome.reason is RefusalReason.NOT_ALLOWED


@pytest.mark.usefixtures("filed")
async def test_the_same_command_again_erases_nobody_else(desk: Desk) -> None:
    command = erase(ANNA_WITH_NAME, await desk.person_id(ANNA))
    await desk.handle(command)
    await desk.handle(ANNA.register())
    await desk.handle(command)
    new = await desk.person_id(ANNA)
    (outcome,) = await desk.handle(erase(ANNA, command.data.person_id))
    assert isinstance(outcome, CommandRefused), "that question was asked of who she was"
    assert outcome.reason is RefusalReason.NOT_CONFIRMED
    assert await desk.person_id(ANNA) == new


async def test_what_they_did_in_the_same_group_goes_too_and_what_follows_waits(desk: Desk) -> None:
    await desk.handle(ANNA.register())
    person_id, request_id = await desk.person_id(ANNA), uuid4()
    await desk.handle(
        ANNA.create(request_id, attachments=(photo(request_id, "secret-file"),)),
        ANNA.comment(request_id, COMMENT),
        erase(ANNA, person_id),
    )
    assert "Praskovya" not in await everything(desk)
    assert "secret-file" not in await everything(desk)
    await desk.handle(BORIS.register())
    with pytest.raises(ErasedJustNow):
        await desk.handle(erase(BORIS, await desk.person_id(BORIS)), BORIS.create())
    assert await desk.value("SELECT name FROM people WHERE telegram_id = :id", id=BORIS.telegram_id) == "Boris"


async def test_of_two_managers_who_go_at_once_one_stays(desk: Desk) -> None:
    await desk.handle(MARINA.register(), OLEG.register())
    first, second = [erase(one, await desk.person_id(one)) for one in (MARINA, OLEG)]
    waiting = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
    )
    async with asyncio.TaskGroup() as group, desk.database.transaction() as connection:
        await desk.handler.handle(connection, [first])
        other = group.create_task(desk.handle(second))

        async def held_up() -> bool:
            return other.done() or bool(await desk.value(waiting))

        await wait_until(held_up, "the second one sees that there is a first, or is through")
    (outcome,) = await desk.outcomes([first])
    assert isinstance(outcome.data, CommandDone)
    (refused,) = await other
    assert isinstance(refused, CommandRefused)
    assert refused.reason is RefusalReason.LAST_MANAGER
    assert await desk.value("SELECT count(*) FROM people WHERE role = 'manager' AND active") == 1


async def test_of_two_managers_in_one_group_the_first_goes(desk: Desk) -> None:
    await desk.handle(MARINA.register(), OLEG.register())
    first, second = await desk.handle(*[erase(one, await desk.person_id(one)) for one in (MARINA, OLEG)])
    assert isinstance(first, CommandDone)
    assert isinstance(second, CommandRefused)


async def test_a_deactivated_person_cannot_even_do_that(desk: Desk) -> None:
    await desk.handle(ANNA.register())
    person_id = await desk.person_id(ANNA)
    await desk.change("UPDATE people SET active = false WHERE id = :id", id=person_id)
    for command in (erase(ANNA, person_id), speak(ANNA, "en")):
        (outcome,) = await desk.handle(command)
        assert isinstance(outcome, CommandRefused)
        assert outcome.reason is RefusalReason.DEACTIVATED


async def test_a_chosen_language_is_answered_in_and_stays(desk: Desk, served: Served) -> None:
    (outcome,) = await desk.handle(speak(ANNA, "en"))
    assert isinstance(outcome, CommandDone)
    assert outcome.language == "en"
    await desk.handle(replace(ANNA, language="ru", seen_at=NOW + timedelta(days=1)).register())
    assert (await served.api.person(tg(ANNA))).language == "en"
    (again,) = await desk.handle(speak(ANNA, "en"))
    assert isinstance(again, CommandDone)
    assert not again.changed


async def test_one_has_all_that_is_ones_own_page_by_page(desk: Desk, served: Served, filed: UUID) -> None:
    await desk.handle(*[ANNA.comment(filed, f"comment {number}") for number in range(PAGE + 5)])
    his = uuid4()
    await desk.handle(BORIS.create(his), MARINA.comment(filed, "not hers"), ANNA.join(his))
    things: dict[DataPart, list[Any]] = {part: [] for part in DataPart}
    for part in DataPart:
        after: str | None = ""
        while after is not None:
            page = await served.api.own(tg(ANNA), part, after)
            assert len(page.things) <= PAGE
            things[part] += page.things
            after = page.next
    assert [one.number for one in things[DataPart.REQUESTS]] == [1]
    words = {one.text for one in things[DataPart.TEXTS]}
    assert words == {COMMENT, *(f"comment {number}" for number in range(PAGE + 5))}
    assert len(things[DataPart.TEXTS]) == PAGE + 6
    number = await desk.value("SELECT number FROM requests WHERE id = :id", id=his)
    assert [one.number for one in things[DataPart.JOINED]] == [number]
    (file,) = things[DataPart.FILES]
    assert (file.file_name, file.status, file.size) == ("last-will.pdf", AttachmentStatus.STORED, 3)
    with pytest.raises(InvalidQuery):
        await served.api.own(tg(ANNA), DataPart.TEXTS, "x")
    with pytest.raises(InvalidQuery):
        await served.api.own(tg(ANNA), DataPart.REQUESTS, "99999999999")
