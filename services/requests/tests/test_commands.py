"""Groups of commands against a real PostgreSQL: what is committed, and what is answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from requests_support import ANNA, BORIS, FIRST_MANAGERS, LEAK, MARINA, NOW, OLEG, Desk, Sender, photo
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from zavhoz_contracts.cards.v1.commands import OpenCard
from zavhoz_contracts.envelope import UnknownMessage, wrap
from zavhoz_contracts.errors import Transient
from zavhoz_contracts.message import Role
from zavhoz_contracts.people.v1.events import PersonReachability
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_messaging.testing import wait_until
from zavhoz_requests.store import requests


async def test_a_whole_story_in_one_group(desk: Desk) -> None:
    request_id = uuid4()
    create = ANNA.create(request_id, attachments=(photo(request_id, "a"), photo(request_id, "b")))
    outcomes = await desk.handle(create, MARINA.take(request_id), MARINA.complete(request_id))
    assert all(isinstance(outcome, CommandDone) and outcome.changed for outcome in outcomes)
    assert await desk.history(request_id) == [
        "request.created",
        "attachment.added",
        "attachment.added",
        "request.taken",
        "request.completed",
    ]
    row = (await desk.rows("SELECT * FROM requests"))[0]
    assert (row.status, row.version, row.number, row.title, row.description) == ("completed", 5, 1, LEAK, LEAK)
    assert row.assignee_id == row.closed_by == await desk.person_id(MARINA)


async def test_a_history_is_decided_when_its_commands_were_given(desk: Desk) -> None:
    told = Desk(desk.database, clock=lambda command, _: command.time)
    request_id, filed, taken = uuid4(), NOW - timedelta(days=9), NOW - timedelta(days=2)
    create = ANNA.create(request_id).model_copy(update={"time": filed})
    take = MARINA.take(request_id).model_copy(update={"time": taken})
    await told.handle(create, take)
    (row,) = await desk.rows("SELECT created_at, updated_at FROM requests")
    assert (row.created_at, row.updated_at) == (filed, taken)
    events = await desk.rows("SELECT DISTINCT occurred_at FROM events ORDER BY 1")
    assert [event.occurred_at for event in events] == [filed, taken]
    people = await desk.rows("SELECT registered_at FROM people ORDER BY 1")
    assert [person.registered_at for person in people] == [filed, taken]


async def test_an_outcome_can_be_answered_without_knowing_the_person(desk: Desk) -> None:
    create = ANNA.create()
    await desk.handle(create)
    (outcome,) = await desk.outcomes([create])
    assert outcome.data == CommandDone(
        command_id=create.id,
        command_type="zavhoz.request.create.v1",
        person_id=await desk.person_id(ANNA),
        origin=ANNA.origin,
        language="ru",
        request_id=create.data.request_id,
        number=1,
        version=1,
        changed=True,
    )
    assert (outcome.causationid, outcome.correlationid) == (create.id, create.correlationid)
    assert (outcome.source, outcome.subject) == ("/zavhoz/requests", create.subject)
    register = BORIS.register()
    await desk.handle(register)
    (outcome,) = await desk.outcomes([register])
    assert outcome.subject == f"person/{await desk.person_id(BORIS)}"


async def test_events_carry_what_caused_them(desk: Desk) -> None:
    create = ANNA.create()
    await desk.handle(create)
    rows = await desk.rows("SELECT * FROM events ORDER BY aggregate_type")
    assert [row.aggregate_type for row in rows] == ["person", "request"]
    for row in rows:
        assert (row.command_id, row.causation_id, row.correlation_id) == (create.id, create.id, create.correlationid)
        assert row.actor_id == await desk.person_id(ANNA)
        assert row.published_at is None


async def test_a_command_has_its_effect_once_however_often_it_comes(desk: Desk) -> None:
    create = ANNA.create()
    await desk.handle(create, create)
    first = await desk.outcomes([create])
    await desk.handle(create, MARINA.register())
    assert await desk.history(create.data.request_id) == ["request.created"]
    assert await desk.value("SELECT count(*) FROM requests") == 1
    assert await desk.outcomes([create]) == first


async def test_state_event_and_outcome_are_one_transaction(desk: Desk) -> None:
    await desk.handle(ANNA.create(), MARINA.register())
    written = await desk.rows(
        """
        SELECT DISTINCT CAST(xmin AS text) FROM (
            SELECT xmin FROM inbox UNION ALL SELECT xmin FROM people UNION ALL
            SELECT xmin FROM requests UNION ALL SELECT xmin FROM events
        ) AS rows
        """
    )
    assert len(written) == 1, "xmin names the transaction that wrote a row"


WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def test_who_decides_about_the_same_request_waits_for_the_first(desk: Desk) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id), MARINA.register(), OLEG.register())
    async with asyncio.TaskGroup() as group:
        async with desk.database.transaction() as first:
            await desk.handler.handle(first, [OLEG.take(request_id)])
            second = group.create_task(desk.handle(MARINA.take(request_id)))

            async def it_waits() -> bool:
                return second.done() or bool(await desk.rows(WAITING))

            await wait_until(it_waits, "the second one waits")
        (lost,) = await second
    assert isinstance(lost, CommandRefused)
    assert (lost.reason, lost.who) == (RefusalReason.ALREADY_TAKEN, "Oleg")
    assert await desk.history(request_id) == ["request.created", "request.taken"]


async def test_an_older_version_is_never_written_over_a_newer(desk: Desk) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id))
    async with desk.database.transaction() as connection:
        older = (await requests.lock(connection, [request_id]))[request_id]
    await desk.handle(MARINA.take(request_id))
    async with desk.database.transaction() as connection:
        await requests.write(connection, [older])
    assert await desk.value("SELECT status FROM requests") == "in_progress"


async def test_a_second_create_for_a_request_is_done_without_effect(desk: Desk) -> None:
    request_id = uuid4()
    first, second, later = (ANNA.create(request_id) for _ in range(3))
    outcomes = [*await desk.handle(first, second), *await desk.handle(later)]
    assert [(outcome.changed, outcome.number) for outcome in outcomes if isinstance(outcome, CommandDone)] == [
        (True, 1),
        (False, 1),
        (False, 1),
    ]
    assert await desk.history(request_id) == ["request.created"]


async def test_two_managers_take_at_once_and_one_is_told_who_was_first(desk: Desk) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id))
    won, lost = await desk.handle(OLEG.take(request_id), MARINA.take(request_id))
    again = (await desk.handle(OLEG.take(request_id)))[0]
    assert isinstance(won, CommandDone)
    assert isinstance(lost, CommandRefused)
    assert (lost.reason, lost.who, lost.number, lost.version) == (RefusalReason.ALREADY_TAKEN, "Oleg", 1, 2)
    assert isinstance(again, CommandDone)
    assert not again.changed
    late = (await desk.handle(MARINA.take(request_id)))[0]
    assert isinstance(late, CommandRefused)
    assert late.who == "Oleg"
    assert await desk.history(request_id) == ["request.created", "request.taken"]


async def test_a_refusal_registers_its_sender_and_changes_nothing_else(desk: Desk) -> None:
    missing, short = MARINA.take(uuid4()), BORIS.create(description="short")
    not_found, too_short = await desk.handle(missing, short)
    assert isinstance(not_found, CommandRefused)
    assert isinstance(too_short, CommandRefused)
    assert (not_found.reason, not_found.number) == (RefusalReason.NOT_FOUND, None)
    assert (too_short.reason, too_short.limit, too_short.length) == (RefusalReason.DESCRIPTION_TOO_SHORT, 10, 5)
    assert too_short.request_id == short.data.request_id
    assert too_short.language == "en"
    rows = await desk.rows("SELECT type, data FROM events ORDER BY data ->> 'role'")
    assert [(row.type, row.data["role"]) for row in rows] == [
        ("zavhoz.person.registered.v1", "manager"),
        ("zavhoz.person.registered.v1", "requester"),
    ]
    assert await desk.rows("SELECT id FROM requests UNION SELECT id FROM texts") == []
    assert await desk.rows("SELECT last FROM numbers") == []


async def test_the_words_of_a_rejection_are_in_texts_alone(desk: Desk) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id), MARINA.reject(request_id, "  The landlord repairs this  "))
    row = (await desk.rows("SELECT * FROM texts"))[0]
    assert (row.request_id, row.author_id, row.kind, row.body) == (
        request_id,
        await desk.person_id(MARINA),
        "rejection",
        "The landlord repairs this",
    )
    assert await desk.value("SELECT rejection_text_id FROM requests") == row.id
    rejected = await desk.value("SELECT data FROM events WHERE type = 'zavhoz.request.rejected.v1'")
    assert rejected["text_id"] == str(row.id)
    assert await desk.value("SELECT count(*) FROM events WHERE data::text LIKE '%landlord%'") == 0


async def test_a_deactivated_person_is_refused_and_nothing_of_them_changes(desk: Desk) -> None:
    await desk.handle(ANNA.register())
    await desk.change("UPDATE people SET active = false, reachable = false")
    before = await desk.rows("SELECT * FROM people")
    renamed = replace(ANNA, name="Other", seen_at=NOW + timedelta(hours=1))
    outcomes = await desk.handle(renamed.create(), renamed.register())
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, CommandRefused)] == [
        RefusalReason.DEACTIVATED,
        RefusalReason.DEACTIVATED,
    ]
    assert await desk.rows("SELECT * FROM people") == before
    assert await desk.value("SELECT count(*) FROM events") == 1


async def test_registering_again_is_done_without_effect(desk: Desk) -> None:
    outcomes = [*await desk.handle(ANNA.register()), *await desk.handle(ANNA.register())]
    assert [outcome.changed for outcome in outcomes if isinstance(outcome, CommandDone)] == [True, False]
    assert await desk.value("SELECT count(*) FROM events") == 1


async def _role(desk: Desk, sender: Sender) -> Role:
    return Role(await desk.value("SELECT role FROM people WHERE telegram_id = :id", id=sender.telegram_id))


async def test_everyone_listed_becomes_a_manager_by_whatever_they_send_first(desk: Desk) -> None:
    await desk.handle(MARINA.create(), OLEG.register(), BORIS.register())
    assert [await _role(desk, who) for who in (MARINA, OLEG, BORIS)] == [Role.MANAGER, Role.MANAGER, Role.REQUESTER]


async def test_the_list_counts_only_while_no_other_manager_exists(desk: Desk) -> None:
    await desk.handle(MARINA.register(), BORIS.register())
    await desk.change("UPDATE people SET role = 'manager' WHERE name = 'Boris'")
    await desk.handle(OLEG.register())
    assert await _role(desk, OLEG) is Role.REQUESTER
    assert await _role(desk, MARINA) is Role.MANAGER
    await desk.change("UPDATE people SET role = 'requester' WHERE name = 'Marina'")
    await desk.handle(MARINA.create())
    assert await _role(desk, MARINA) is Role.REQUESTER, "afterwards the stored role alone counts"


async def test_somebody_listed_after_they_were_registered_becomes_a_manager(desk: Desk) -> None:
    await Desk(desk.database, frozenset()).handle(MARINA.register())
    assert await _role(desk, MARINA) is Role.REQUESTER
    await Desk(desk.database, FIRST_MANAGERS).handle(MARINA.register())
    assert await _role(desk, MARINA) is Role.MANAGER
    rows = await desk.rows("SELECT type, version, data FROM events ORDER BY version")
    assert [(row.type, row.version) for row in rows] == [
        ("zavhoz.person.registered.v1", 1),
        ("zavhoz.person.role_changed.v1", 2),
    ]
    assert (rows[1].data["previous"], rows[1].data["role"]) == ("requester", "manager")


async def test_people_are_described_anew_by_newer_updates_only(desk: Desk) -> None:
    newer = replace(ANNA, name="Anna-Maria", username="annam", seen_at=NOW + timedelta(hours=1))
    await desk.handle(ANNA.register(), newer.register())
    await desk.handle(replace(ANNA, name="Old name").register())
    row = (await desk.rows("SELECT * FROM people"))[0]
    assert (row.name, row.username, row.seen_at, row.version) == ("Anna-Maria", "annam", newer.seen_at, 1)


async def test_a_chosen_language_is_kept_and_answered_in(desk: Desk) -> None:
    await desk.handle(ANNA.register())
    await desk.change("UPDATE people SET language = 'en', language_chosen = true")
    (outcome,) = await desk.handle(replace(ANNA, name="Anya", seen_at=NOW + timedelta(hours=1)).create())
    assert isinstance(outcome, CommandDone)
    assert outcome.language == "en"
    assert await desk.value("SELECT language FROM people") == "en"


async def test_numbers_are_dense_though_transactions_fail(desk: Desk) -> None:
    await desk.handle(ANNA.create(), ANNA.create())
    await desk.change("ALTER TABLE attachments ADD CONSTRAINT broken CHECK (file_name <> 'broken') NOT VALID")
    request_id = uuid4()
    bad = photo(request_id).model_copy(update={"file_name": "broken"})
    with pytest.raises(DBAPIError):
        await desk.handle(ANNA.create(), ANNA.create(request_id, attachments=(bad,)))
    await desk.handle(ANNA.create(), BORIS.create())
    rows = await desk.rows("SELECT number FROM requests ORDER BY number")
    assert [row.number for row in rows] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "stray",
    [
        wrap(OpenCard(request_id=uuid4(), actor=ANNA.actor, origin=ANNA.origin), source="/test", subject="request"),
        wrap(PersonReachability(person_id=uuid4(), reachable=True, occurred_at=NOW), source="/test", subject="person"),
    ],
    ids=["card.open", "person.reachability"],
)
async def test_a_message_that_is_no_command_of_ours_never_will_be(desk: Desk, stray: Any) -> None:
    with pytest.raises(UnknownMessage):
        await desk.handle(ANNA.create(), stray)
    assert await desk.value("SELECT count(*) FROM inbox") == 0


async def test_a_group_takes_as_many_statements_however_large_it_is(desk: Desk) -> None:
    statements: list[str] = []
    event.listen(
        desk.database.engine.sync_engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: statements.append(statement),
    )
    await desk.handle(MARINA.register(), OLEG.register())

    async def group(size: int) -> int:
        commands: list[Any] = []
        for n in range(size):
            request_id, sender = uuid4(), Sender(5_000 + 1_000 * size + n, f"Person {n}")
            commands.append(sender.create(request_id, attachments=(photo(request_id),)))
            commands.append(MARINA.reject(request_id))
            commands.append(OLEG.take(request_id))
            commands.append(sender.comment(request_id, f"Comment {n}", photo(request_id, "more")))
        statements.clear()
        await desk.database.run(lambda connection: desk.handler.handle(connection, commands))
        return len(statements)

    few, many = await group(2), await group(60)
    assert few == many
    assert many < 20


async def test_what_is_refused_twice_is_answered_twice(desk: Desk) -> None:
    take, again = MARINA.take(uuid4()), MARINA.take(uuid4())
    outcomes = await desk.handle(take, again)
    assert [type(outcome) for outcome in outcomes] == [CommandRefused, CommandRefused]
    assert await desk.value("SELECT count(*) FROM inbox WHERE outcome IS NOT NULL") == 2


async def test_comments_are_kept_in_order_with_their_files(desk: Desk) -> None:
    request_id = uuid4()
    again, new = photo(request_id, "first"), photo(request_id, "second")
    outcomes = await desk.handle(
        ANNA.create(request_id, attachments=(again,)),
        ANNA.comment(request_id, "  It drips faster now  "),
        MARINA.comment(request_id, "On my way", again, new),
        ANNA.attach(request_id, photo(request_id, "third")),
    )
    assert all(isinstance(outcome, CommandDone) and outcome.changed for outcome in outcomes)
    assert await desk.history(request_id) == [
        "request.created",
        "attachment.added",
        "request.commented",
        "request.commented",
        "attachment.added",
        "attachment.added",
    ]
    texts = await desk.rows("SELECT * FROM texts ORDER BY version")
    assert [(row.kind, row.body, row.version, row.attachments) for row in texts] == [
        ("comment", "It drips faster now", 3, 0),
        ("comment", "On my way", 4, 1),
    ]
    assert [row.author_id for row in texts] == [await desk.person_id(ANNA), await desk.person_id(MARINA)]
    commented = await desk.rows("SELECT data FROM events WHERE type = 'zavhoz.request.commented.v1' ORDER BY version")
    assert [row.data["text_id"] for row in commented] == [str(row.id) for row in texts]
    files = await desk.rows("SELECT id, position FROM attachments ORDER BY position")
    assert [(row.id, row.position) for row in files] == [
        (again.attachment_id, 2),
        (new.attachment_id, 5),
        (photo(request_id, "third").attachment_id, 6),
    ]
    alone = await desk.rows("SELECT data FROM events WHERE type = 'zavhoz.attachment.added.v1' ORDER BY version")
    assert [row.data["alone"] for row in alone] == [False, False, True]


async def test_files_of_former_groups_are_known(desk: Desk) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id, attachments=(photo(request_id),)))
    (again,) = await desk.handle(ANNA.comment(request_id, "", photo(request_id)))
    assert isinstance(again, CommandDone)
    assert not again.changed
    await desk.handle(*(ANNA.attach(request_id, photo(request_id, f"more {n}")) for n in range(49)))
    (refused,) = await desk.handle(ANNA.comment(request_id, "One more", photo(request_id, "last")))
    assert isinstance(refused, CommandRefused)
    assert (refused.reason, refused.limit) == (RefusalReason.TOO_MANY_ATTACHMENTS, 50)
    assert await desk.rows("SELECT id FROM texts") == []


async def test_a_comment_delivered_twice_is_one_comment(desk: Desk) -> None:
    request_id = uuid4()
    comment = ANNA.comment(request_id, "Any news?", photo(request_id))
    await desk.handle(ANNA.create(request_id), comment, comment)
    await desk.handle(comment, MARINA.register())
    assert await desk.history(request_id) == ["request.created", "request.commented", "attachment.added"]
    assert await desk.value("SELECT count(*) FROM texts") == 1


async def test_a_refused_comment_leaves_nothing(desk: Desk) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id), BORIS.register())
    outcomes = await desk.handle(
        ANNA.comment(request_id, "x" * 501, photo(request_id)),
        ANNA.comment(request_id, "\x07"),
        BORIS.comment(request_id, "Not mine"),
    )
    assert [(outcome.reason, outcome.number) for outcome in outcomes if isinstance(outcome, CommandRefused)] == [
        (RefusalReason.COMMENT_TOO_LONG, 1),
        (RefusalReason.COMMENT_EMPTY, 1),
        (RefusalReason.NOT_ALLOWED, 1),
    ]
    assert await desk.rows("SELECT id FROM texts UNION SELECT id FROM attachments") == []
    assert await desk.history(request_id) == ["request.created"]


async def test_a_file_that_comes_before_its_request_is_tried_again(desk: Desk) -> None:
    request_id = uuid4()
    attach = ANNA.attach(request_id, photo(request_id))
    with pytest.raises(Transient):
        await desk.handle(attach)
    assert await desk.value("SELECT count(*) FROM inbox") == 0
    await desk.handle(ANNA.create(request_id))
    await desk.handle(attach)
    assert await desk.history(request_id) == ["request.created", "attachment.added"]
