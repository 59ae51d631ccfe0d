"""The whole service, made by its own bootstrap, between a real RabbitMQ and a real PostgreSQL."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY
from requests_support import ANNA, MARINA, OLEG, Desk, Sender, TestSettings, photo, service, settings

from zavhoz_chassis.process import Process
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.files.v1.events import AttachmentStored
from zavhoz_contracts.people.v1.events import PersonReachability
from zavhoz_contracts.registry import Exchange, Queue
from zavhoz_messaging import delivery
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.publisher import Publisher, publishing
from zavhoz_messaging.testing import Subscriber, subscribed, take_one, wait_until
from zavhoz_messaging.topology import WorkQueue

COMMANDS = WorkQueue(Queue.REQUESTS_COMMANDS)
DONE, REFUSED = "zavhoz.command.done.v1", "zavhoz.command.refused.v1"
OUTCOMES = (DONE, REFUSED)


@dataclass(frozen=True)
class Outside:
    """What others have: a way to publish, and a subscription to everything that comes out."""

    settings: TestSettings
    publisher: Publisher
    seen: Subscriber
    desk: Desk

    async def send(self, *commands: Envelope[Any]) -> None:
        assert not any(await self.publisher.publish_many(commands))

    async def outcomes(self, *commands: Envelope[Any]) -> list[Envelope[Any]]:
        """The outcome of each command, once there is one for all of them."""
        await self.seen.wait_for(len(commands), *OUTCOMES, timeout=60)
        found = {outcome.causationid: outcome for outcome in self.seen.of(*OUTCOMES)}
        return [found[command.id] for command in commands]

    async def settled(self) -> None:
        """Wait until everything that was committed is published, and marked."""

        async def nothing_left() -> bool:
            left = await self.desk.value(
                "SELECT (SELECT count(*) FROM events WHERE published_at IS NULL)"
                " + (SELECT count(*) FROM inbox WHERE outcome IS NOT NULL AND outcome_published_at IS NULL)"
            )
            return bool(left == 0)

        await wait_until(nothing_left, "everything published and marked")


@pytest.fixture
async def outside(migrated_url: str, amqp_vhost_url: str, desk: Desk) -> AsyncIterator[Outside]:
    async with (
        subscribed(amqp_vhost_url, Exchange.EVENTS, Exchange.PRIVATE) as seen,
        publishing(amqp_vhost_url, "outside") as publisher,
    ):
        yield Outside(settings(migrated_url, amqp_vhost_url), publisher, seen, desk)


async def test_a_request_is_filed_and_taken(outside: Outside) -> None:
    request_id = uuid4()
    create = ANNA.create(request_id, attachments=(photo(request_id),))
    take = MARINA.take(request_id)
    async with service(outside.settings):
        await outside.send(create)
        (filed,) = await outside.outcomes(create)
        await outside.send(take)
        (_, taken) = await outside.outcomes(create, take)
        events = await outside.seen.wait_for(3, *_REQUEST_EVENTS)
    assert (filed.type, filed.data.number, filed.data.version) == (DONE, 1, 2)
    assert (taken.type, taken.data.number, taken.data.version) == (DONE, 1, 3)
    assert (taken.source, taken.subject, taken.correlationid) == ("/zavhoz/requests", take.subject, take.id)
    assert [(event.type, event.version) for event in events] == [
        ("zavhoz.request.created.v1", 1),
        ("zavhoz.attachment.added.v1", 2),
        ("zavhoz.request.taken.v1", 3),
    ]
    assert [event.causationid for event in events] == [create.id, create.id, take.id]
    body = b"".join(event.to_json() for event in events)
    assert b"Anna" not in body
    assert str(ANNA.telegram_id).encode() not in body


_REQUEST_EVENTS = (
    "zavhoz.request.created.v1",
    "zavhoz.attachment.added.v1",
    "zavhoz.request.taken.v1",
    "zavhoz.request.completed.v1",
    "zavhoz.request.rejected.v1",
    "zavhoz.request.commented.v1",
)


async def test_the_words_of_a_comment_are_in_texts_and_in_no_event(outside: Outside) -> None:
    """Nothing that leaves the service holds them: neither events nor outcomes, nor a row that is published from."""
    request_id = uuid4()
    create, comment = ANNA.create(request_id), ANNA.comment(request_id, "The dripping keeps me awake")
    async with service(outside.settings):
        await outside.send(create, *[comment] * 5)
        outcomes = await outside.outcomes(create, comment)
        await outside.settled()
    assert {outcome.type for outcome in outcomes} == {DONE}
    (event,) = outside.seen.of("zavhoz.request.commented.v1")
    assert len(outside.seen.of(*OUTCOMES)) == 2
    body = await outside.desk.value("SELECT body FROM texts WHERE id = :id", id=event.data.text_id)
    assert body == "The dripping keeps me awake"
    assert len(outside.seen.messages) == 5
    assert not any(b"dripping" in message.to_json() for message in outside.seen.messages)
    for kept in (
        "SELECT count(*) FROM events WHERE CAST(events AS text) LIKE '%dripping%'",
        "SELECT count(*) FROM inbox WHERE CAST(inbox AS text) LIKE '%dripping%'",
    ):
        assert await outside.desk.value(kept) == 0, kept


async def test_two_hundred_creates_at_once_take_far_fewer_transactions(outside: Outside) -> None:
    commands = [Sender(10_000 + n % 20, f"Person {n % 20}").create(description=f"Broken: {n:04}") for n in range(200)]
    async with service(outside.settings, "relay"):
        pass  # declares the queues
    await outside.send(*commands)
    async with service(outside.settings):
        outcomes = await outside.outcomes(*commands)
        events = await outside.seen.wait_for(200, "zavhoz.request.created.v1")
        await outside.settled()
    # Each row remembers the transaction that wrote it: no other counter is as hard to disturb.
    transactions = await outside.desk.value("SELECT count(DISTINCT xmin::text) FROM requests")
    assert transactions <= 20, f"{transactions} transactions for 200 commands"
    assert sorted(outcome.data.number for outcome in outcomes) == list(range(1, 201))
    assert {outcome.type for outcome in outcomes} == {DONE}
    assert len(outside.seen.of(*OUTCOMES)) == 200
    assert Counter(event.data.request_id for event in events) == Counter(c.data.request_id for c in commands)
    assert await outside.desk.value("SELECT count(*) FROM requests") == 200
    assert len(outside.seen.of("zavhoz.person.registered.v1")) == 20


async def test_a_command_delivered_often_has_one_effect_and_one_outcome(outside: Outside) -> None:
    create = ANNA.create()
    last = MARINA.register()
    async with service(outside.settings):
        await outside.send(*[create] * 5)
        await outside.outcomes(create)
        await outside.send(*[create] * 5, last)
        await outside.outcomes(create, last)
        await outside.settled()
    assert len(outside.seen.of(*OUTCOMES)) == 2
    assert len(outside.seen.of("zavhoz.request.created.v1")) == 1


async def test_two_managers_press_take_at_once(outside: Outside) -> None:
    request_ids = [uuid4() for _ in range(10)]
    creates = [ANNA.create(id) for id in request_ids]
    takes = [who.take(id) for id in request_ids for who in (MARINA, OLEG)]
    # Two processes, so that the two really meet in the database.
    async with service(outside.settings), service(outside.settings, "worker"):
        await outside.send(*creates)
        await outside.outcomes(*creates)
        await outside.send(*takes)
        outcomes = (await outside.outcomes(*creates, *takes))[len(creates) :]
        await outside.settled()
    for n in range(10):
        pair = outcomes[2 * n : 2 * n + 2]
        assert sorted(outcome.type for outcome in pair) == [DONE, REFUSED]
        lost = next(outcome for outcome in pair if outcome.type == REFUSED)
        won = next(outcome for outcome in pair if outcome.type == DONE)
        first = "Marina" if won.data.origin.chat_id == MARINA.telegram_id else "Oleg"
        assert (lost.data.reason, lost.data.who) == ("already_taken", first)
    assert len(outside.seen.of("zavhoz.request.taken.v1")) == 10


async def test_the_same_request_created_in_two_processes_at_once(outside: Outside) -> None:
    request_ids = [uuid4() for _ in range(20)]
    commands = [ANNA.create(id, attachments=(photo(id),)) for id in request_ids for _ in range(2)]
    async with service(outside.settings), service(outside.settings, "worker"):
        await outside.send(*commands)
        outcomes = await outside.outcomes(*commands)
        await outside.settled()
    assert Counter(outcome.data.changed for outcome in outcomes) == {True: 20, False: 20}
    assert len(outside.seen.of("zavhoz.request.created.v1")) == 20
    for id in request_ids:
        assert await outside.desk.history(id) == ["request.created", "attachment.added"]
    numbers = await outside.desk.rows("SELECT number FROM requests ORDER BY number")
    assert [row.number for row in numbers] == list(range(1, 21))


async def test_malformed_neighbours_go_to_the_dead_letters_and_hold_nobody(outside: Outside) -> None:
    good = [ANNA.create() for _ in range(5)]
    broken = json.loads(good[0].to_json())
    broken["data"]["actor"]["telegram_id"] = "nobody"
    stranger = json.loads(good[0].to_json())
    stranger["type"] = "zavhoz.request.vanish.v1"
    stray = wrap(
        PersonReachability(person_id=uuid4(), reachable=True, occurred_at=ANNA.seen_at), source="/x", subject="person"
    )
    bad = {
        "malformed": [b"not json", json.dumps(broken).encode()],
        "unknown_type": [json.dumps(stranger).encode(), stray.to_json()],
    }
    async with service(outside.settings):
        for n, body in enumerate(body for bodies in bad.values() for body in bodies):
            await outside.send(good[n])
            await outside.publisher.send(Outgoing(body, "", COMMANDS.name))
        await outside.send(good[4])
        outcomes = await outside.outcomes(*good)
        dead = [await take_one(outside.settings.amqp_url.get_secret_value(), COMMANDS.dead) for _ in range(4)]
    assert {outcome.type for outcome in outcomes} == {DONE}
    assert Counter(str(message.headers[delivery.REASON]) for message in dead) == {"malformed": 2, "unknown_type": 2}
    assert sorted(message.body for message in dead) == sorted(body for bodies in bad.values() for body in bodies)


async def test_one_that_the_database_refuses_does_not_hold_its_neighbours(outside: Outside) -> None:
    await outside.desk.change("ALTER TABLE attachments ADD CONSTRAINT broken CHECK (file_name <> 'broken')")
    request_id = uuid4()
    bad = ANNA.create(request_id, attachments=(photo(request_id).model_copy(update={"file_name": "broken"}),))
    good = [ANNA.create() for _ in range(10)]
    async with service(outside.settings):
        await outside.send(*good[:5], bad, *good[5:])
        await outside.outcomes(*good)
        # It is tried again after each step of the ladder: after a second, or on a slow machine some more.
        await outside.desk.change("ALTER TABLE attachments DROP CONSTRAINT broken")
        outcomes = await outside.outcomes(*good, bad)
        await outside.settled()
    assert {outcome.type for outcome in outcomes} == {DONE}
    assert len(outside.seen.of(*OUTCOMES)) == 11


async def test_what_others_say_is_noted(outside: Outside) -> None:
    request_id = uuid4()
    create = ANNA.create(request_id, attachments=(photo(request_id),))
    async with service(outside.settings):
        await outside.send(create)
        (outcome,) = await outside.outcomes(create)
        stored = AttachmentStored(
            attachment_id=photo(request_id).attachment_id,
            request_id=request_id,
            sha256="0" * 64,
            size=1,
            media_type="image/png",
            key="k",
            occurred_at=ANNA.seen_at,
        )
        gone = PersonReachability(person_id=outcome.data.person_id, reachable=False, occurred_at=ANNA.seen_at)
        await outside.send(
            wrap(stored, source="/zavhoz/files", subject="attachment"),
            wrap(gone, source="/zavhoz/notifier", subject="person"),
        )

        async def noted() -> bool:
            return bool(
                await outside.desk.value(
                    "SELECT (SELECT status FROM attachments) = 'stored' AND NOT (SELECT reachable FROM people)"
                )
            )

        await wait_until(noted, "both are noted")


async def test_what_was_committed_before_a_crash_is_published_afterwards(outside: Outside) -> None:
    """A worker without a relay stands for a process that ended between its commit and its publishing."""
    commands = [ANNA.create(), MARINA.take(uuid4())]
    async with service(outside.settings, "worker"):
        await outside.send(*commands)

        async def committed() -> bool:
            return bool(await outside.desk.value("SELECT count(*) = 2 FROM inbox WHERE outcome IS NOT NULL"))

        await wait_until(committed, "both are committed")
    assert outside.seen.of() == []
    async with service(outside.settings, "relay"):
        outcomes = await outside.outcomes(*commands)
        await outside.settled()
    assert [outcome.type for outcome in outcomes] == [DONE, REFUSED]
    assert len(outside.seen.of("zavhoz.request.created.v1")) == 1


async def test_the_versions_of_each_request_arrive_in_order(outside: Outside) -> None:
    request_ids = [uuid4() for _ in range(15)]
    commands: list[Envelope[Any]] = []
    for id in request_ids:
        files = tuple(photo(id, str(n)) for n in range(5))
        commands += [ANNA.create(id, attachments=files), MARINA.take(id), MARINA.complete(id)]
    async with service(outside.settings):
        await outside.send(*commands)
        await outside.outcomes(*commands)
        events = await outside.seen.wait_for(15 * 8, *_REQUEST_EVENTS)
        await outside.settled()
    versions: dict[UUID, list[int | None]] = {}
    for event in events:
        versions.setdefault(event.data.request_id, []).append(event.version)
    assert versions == {id: list(range(1, 9)) for id in request_ids}


async def test_a_stop_in_the_middle_loses_nothing(outside: Outside) -> None:
    commands = [ANNA.create() for _ in range(60)]
    async with service(outside.settings, "relay"):
        pass
    await outside.send(*commands)
    async with service(outside.settings):
        await outside.seen.wait_for(1, *OUTCOMES)
    async with service(outside.settings):
        await outside.outcomes(*commands)
        await outside.settled()
    assert len(outside.seen.of(*OUTCOMES)) == 60
    assert await outside.desk.value("SELECT count(*) FROM requests") == 60


async def test_commands_are_counted_by_how_they_ended(outside: Outside) -> None:
    def count(type: str, result: str) -> float:
        return REGISTRY.get_sample_value("zavhoz_commands_total", {"type": type, "result": result}) or 0.0

    before = count("zavhoz.request.create.v1", "done"), count("zavhoz.request.take.v1", "not_found")
    commands = [ANNA.create(), ANNA.create(), MARINA.take(uuid4())]
    async with service(outside.settings):
        await outside.send(*commands)
        await outside.outcomes(*commands)
    assert count("zavhoz.request.create.v1", "done") == before[0] + 2
    assert count("zavhoz.request.take.v1", "not_found") == before[1] + 1


async def _ready(process: Process) -> bool:
    return bool(process.health.ready)


async def test_it_is_ready_only_with_all_it_needs(outside: Outside) -> None:
    async with service(outside.settings) as process:
        assert not process.health.ready
        await wait_until(lambda: _ready(process), "ready")
        checks = ["clock", "consumers", "postgres", "publisher", "relay", "requests.commands", "requests.events"]
        assert sorted(process.health.report()) == checks
    assert not process.health.ready, "drained"


async def test_the_api_alone_needs_no_broker(migrated_url: str) -> None:
    async with service(settings(migrated_url, "amqp://127.0.0.1:1/"), "api") as process:
        await wait_until(lambda: _ready(process), "ready")
        assert len(process.routers) == 1
