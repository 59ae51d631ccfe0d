"""The audit at the end: what was promised (G1 to G6 of docs/reliability.md), counted over a whole run.

It looks from outside: at the people's chats and the calls at the stand-in, at what an independent subscriber heard, at
the tables and the queues; and it trusts none of them alone.
"""

import contextlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aio_pika

from zavhoz_contracts.registry import ROUTES, Queue, bindings
from zavhoz_devstack.environment import MIGRATING
from zavhoz_devstack.evidence import System, connect, settled
from zavhoz_devstack.faults.chats import MARK, Chats
from zavhoz_devstack.faults.crowd import Crowd, Intent
from zavhoz_devstack.faults.subscriber import Heard
from zavhoz_messaging.testing import wait_until
from zavhoz_messaging.topology import WorkQueue

_REFUSED = "zavhoz.command.refused.v1"
_HEARD_SECONDS = 20.0
_LONGEST = 40
"""Sentences of one kind that are shown."""


@dataclass(slots=True)
class Audit:
    """The books. What people meant to do is `commands`; each is in exactly one of the four that follow, or lost."""

    commands: int = 0
    applied: int = 0
    refused: int = 0
    dead_lettered: int = 0
    answered: int = 0
    """Not done, and the person was told so."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Whatever else breaks a promise: order, leftovers, events that nobody heard."""
    events: int = 0
    deliveries: int = 0
    unknown: int = 0
    """Deliveries of which nobody knows whether they were said: only those may have been said twice."""

    @property
    def problems(self) -> list[str]:
        """Everything that must not be, one sentence each; the first of each kind, when there are many."""
        return [*self.lost[:_LONGEST], *self.doubled[:_LONGEST], *self.wrong[:_LONGEST]]

    def counts(self) -> dict[str, int]:
        """The figures."""
        return {
            "commands": self.commands,
            "applied": self.applied,
            "refused": self.refused,
            "dead_lettered": self.dead_lettered,
            "answered": self.answered,
            "lost": len(self.lost),
            "doubled": len(self.doubled),
            "wrong": len(self.wrong),
            "events": self.events,
            "deliveries": self.deliveries,
            "unknown": self.unknown,
        }


async def audit(
    stack: System, crowd: Crowd, chats: Chats, heard: Heard, *, dead_letters: bool = False, timeout: float = 90.0
) -> Audit:
    """Wait until all is at rest, at most `timeout` seconds, and count. Dead letters are wrong unless they are expected.

    Raises:
        AssertionError: it does not come to rest.
    """

    async def confirmed() -> bool:
        return chats.pending == 0

    await wait_until(confirmed, f"every update to be confirmed ({chats.pending} are not)", timeout=timeout)
    await settled(stack, timeout=timeout)
    dead = await _dead(stack.amqp_url)

    async def handled() -> bool:
        return not await _in_hand(stack, dead)

    # What a service has in hand is in no queue; then there may be something to say once more.
    await wait_until(handled, "every message to be handled", timeout=timeout)
    await settled(stack, timeout=timeout)
    found = Audit(commands=len(crowd.intents))
    dead = await _dead(stack.amqp_url)
    outcomes = await _requests(stack, crowd, found)
    _account(crowd, chats, outcomes, dead, found)
    await _published(stack, heard, found, patience=min(_HEARD_SECONDS, timeout))
    await _said(stack, chats, found, timeout)
    if dead and not dead_letters:
        found.wrong += [f"{id} is a dead letter" for id in dead]
    return found


_EVENTS_OF = {"requests": Queue.REQUESTS_EVENTS, "notifier": Queue.NOTIFIER_EVENTS, "files": Queue.FILES_EVENTS}


async def _in_hand(stack: System, dead: Mapping[str, str]) -> set[str]:
    """Events and outcomes that some service is to handle, and that are not in its inbox."""
    events: dict[str, str] = {}
    inboxes: dict[str, set[str]] = {}
    outcomes: set[str] = set()
    for service in MIGRATING:
        connection = await connect(stack, service)
        try:
            events |= {str(id): type for id, type in await connection.fetch("SELECT event_id, type FROM events")}
            inboxes[service] = {str(row[0]) for row in await connection.fetch("SELECT message_id FROM inbox")}
            outcomes |= {
                str(row[0])
                for row in await connection.fetch("SELECT outcome->>'id' FROM inbox WHERE outcome IS NOT NULL")
            }
        finally:
            await connection.close()
    missing = outcomes - inboxes["notifier"]
    for service, queue in _EVENTS_OF.items():
        wanted = {key for _, key in bindings(queue)}
        missing |= {id for id, type in events.items() if type in wanted} - inboxes[service]
    return missing - dead.keys()


def _account(crowd: Crowd, chats: Chats, outcomes: dict[UUID, str], dead: dict[str, str], found: Audit) -> None:
    """G1 and G6: where each thing that somebody did has gone."""
    for intent in crowd.intents:
        if (outcome := outcomes.get(intent.command_id)) is not None:
            found.refused += outcome == _REFUSED
            found.applied += outcome != _REFUSED
        elif str(intent.command_id) in dead:
            found.dead_lettered += 1
        elif _told(intent, chats):
            found.answered += 1
        else:
            found.lost.append(f"{intent.kind} {intent.mark} by {intent.chat} ({intent.cause}) became nothing")
    for chat, message, mark in crowd.drafts:
        if mark not in chats.shown and not chats.honest(chat, message):
            found.lost.append(f"{mark} by {chat} never became a draft")


def _told(intent: Intent, chats: Chats) -> bool:
    """Whether the person was told that it was not done; who is known already is not registered again."""
    if intent.kind == "register":
        return chats.chats[intent.chat].newest(lambda _: True, int(intent.cause)) is not None
    if isinstance(intent.cause, str):
        return intent.cause in chats.answers
    return chats.honest(intent.chat, intent.cause) is not None


async def _requests(stack: System, crowd: Crowd, found: Audit) -> dict[UUID, str]:
    """The type of each command's outcome; and G2, one command, one effect."""
    connection = await connect(stack, "requests")
    try:
        rows = await connection.fetch(
            "SELECT message_id, outcome->>'type' AS type, outcome_published_at FROM inbox WHERE outcome IS NOT NULL"
        )
        transitions = await connection.fetch(
            "SELECT command_id, count(*) AS count FROM events WHERE type LIKE 'zavhoz.request.%' GROUP BY 1"
            " HAVING count(*) > 1"
        )
        silent = await connection.fetchval(
            "SELECT count(*) FROM inbox WHERE outcome IS NULL AND type IN"
            " (SELECT DISTINCT type FROM inbox WHERE outcome IS NOT NULL)"
        )
        bodies = await connection.fetch("SELECT body, count(*) AS count FROM texts WHERE kind = 'comment' GROUP BY 1")
        titles = await connection.fetch("SELECT title, count(*) AS count FROM requests GROUP BY 1")
        held = await connection.fetch(
            "SELECT id, version, (SELECT count(*) FROM events WHERE aggregate_id = requests.id) AS count,"
            " (SELECT max(version) FROM events WHERE aggregate_id = requests.id) AS last FROM requests"
        )
    finally:
        await connection.close()
    found.doubled += [f"command {row['command_id']} had {row['count']} transitions" for row in transitions]
    counts = {row["body"].split(":")[0]: row["count"] for row in bodies}
    counts |= {row["title"].split(":")[0]: row["count"] for row in titles}
    found.doubled += [
        f"{mark} is there {count} times" for mark, count in counts.items() if count > 1 and MARK.fullmatch(mark)
    ]
    if silent:
        found.wrong.append(f"{silent} commands were taken and have no outcome")
    found.wrong += [f"the outcome of {row['message_id']} is not published" for row in rows if not row[2]]
    found.wrong += [
        f"request {row['id']} is at version {row['version']} and has {row['count']} events up to {row['last']}"
        for row in held
        if not row["version"] == row["count"] == row["last"]
    ]
    outcomes = {row["message_id"]: row["type"] for row in rows}
    found.lost += [
        f"comment {one.mark} is done and nowhere"
        for one in crowd.intents
        if one.kind == "comment" and outcomes.get(one.command_id) not in (None, _REFUSED) and one.mark not in counts
    ]
    return outcomes


async def _published(stack: System, heard: Heard, found: Audit, patience: float) -> None:
    """G3 and G4: what was committed is what an outsider heard, each aggregate in its order."""
    public = [route.type for route in ROUTES if route.public]
    committed: set[str] = set()
    for service in MIGRATING:
        connection = await connect(stack, service)
        try:
            rows = await connection.fetch("SELECT event_id FROM events WHERE type = ANY($1)", public)
            committed |= {str(row[0]) for row in rows}
        finally:
            await connection.close()

    async def all_heard() -> bool:
        return committed <= heard.events.keys()

    try:
        await wait_until(all_heard, "every event", timeout=patience)
    except AssertionError:
        found.lost += [f"event {id} was committed and never heard" for id in committed - heard.events.keys()]
    found.wrong += [f"event {id} was heard and never committed" for id in heard.events.keys() - committed]
    found.wrong += heard.disordered()
    found.events = len(heard.events)


async def _said(stack: System, chats: Chats, found: Audit, patience: float) -> None:
    """G5: what was said to whom, against what was to be said."""
    rows = await _deliveries(stack)

    async def all_said() -> bool:
        rows[:] = await _deliveries(stack)
        return not any(_unsaid(rows, chats))

    # Rest does not last: at a manager's hour something is said that no command has asked for.
    with contextlib.suppress(AssertionError):
        await wait_until(all_said, "all to be said", timeout=patience)
    lost, unfinished = _unsaid(rows, chats)
    found.deliveries = len(rows)
    found.unknown = sum(1 for row in rows if row["unknown"])
    found.lost += lost
    found.wrong += unfinished
    allowed: Counter[int] = Counter()
    for row in rows:
        allowed[row["chat_id"]] += row["unknown"]
    told: Counter[tuple[int, str]] = Counter()
    for one in chats.said:
        if (one.chat, one.message_id) in chats.deleted:
            continue  # what shows the same goes on in a new message
        if MARK.search(one.text) and one.text.startswith("#"):
            told[one.chat, one.text] += 1
    for (chat, text), count in told.items():
        if count - 1 > allowed[chat]:
            found.doubled.append(f"chat {chat} was told {count} times: {text}")
        else:
            allowed[chat] -= count - 1


def _unsaid(rows: list[Any], chats: Chats) -> tuple[list[str], list[str]]:
    """What counts as said and nobody was told, and what is not over."""
    states = Counter(row["state"] for row in rows if row["state"] not in ("sent", "refused", "unknown"))
    taken = {(one.chat, one.message_id) for one in chats.said}
    lost = [
        f"chat {row['chat_id']} was to be told message {row['message_id']}, and was not"
        for row in rows
        if row["kind"] == "notice" and row["state"] == "sent" and (row["chat_id"], row["message_id"]) not in taken
    ]
    return lost, [f"{count} deliveries are {state}" for state, count in states.items()]


async def _deliveries(stack: System) -> list[Any]:
    connection = await connect(stack, "notifier")
    try:
        return await connection.fetch(
            # Of what is over and nobody's no chat is kept.
            "SELECT state, chat_id, kind, message_id, unknown FROM deliveries WHERE chat_id <> 0"
        )
    finally:
        await connection.close()


async def _dead(amqp_url: str) -> dict[str, str]:
    """The dead letters: ids and queues. Looking at them leaves them where they are."""
    found: dict[str, str] = {}
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        for queue in Queue:
            channel = await connection.channel()
            source = await channel.get_queue(WorkQueue(queue).dead, ensure=False)
            while (message := await source.get(fail=False)) is not None:
                found[_id(message.body)] = queue.value
            await channel.close()  # which gives them back
    return found


def _id(body: bytes) -> str:
    try:
        said: Any = json.loads(body)
        return str(said["id"])
    except (ValueError, KeyError, TypeError):
        return repr(body[:40])


def shown(found: Audit) -> str:
    """The figures of an audit, as lines."""
    return "\n".join(f"  {name:15}{count:>9,}" for name, count in found.counts().items())
