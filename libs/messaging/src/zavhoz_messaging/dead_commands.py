"""What the command line for dead letters does: each command gives its answer as text and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aio_pika.abc import AbstractConnection

from zavhoz_contracts.errors import ZavhozError
from zavhoz_messaging.connection import LOST
from zavhoz_messaging.dead_letter import Selection, age
from zavhoz_messaging.dead_queue import Done, drop, looking, replay
from zavhoz_messaging.dead_text import ago, as_json, printable, shown
from zavhoz_messaging.errors import NoSuchQueue
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.topology import WorkQueue


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found or did: the exit status, lines for people, and the same for programs."""

    status: int
    lines: Sequence[str]
    data: dict[str, Any]


async def list_all(connection: AbstractConnection, queues: Iterable[WorkQueue], limit: int) -> Answer:
    """How many dead letters there are: by queue, and there by reason and type; how old the oldest is."""
    lines: list[str] = []
    found: list[dict[str, Any]] = []
    for work in queues:
        try:
            said, data = await _list_one(connection, work, limit)
        except NoSuchQueue:
            said, data = [f"{work.name}: not declared yet"], {"queue": work.name, "letters": 0, "declared": False}
        lines += said
        found.append(data)
    return Answer(0, lines, {"queues": found})


async def _list_one(connection: AbstractConnection, work: WorkQueue, limit: int) -> tuple[list[str], dict[str, Any]]:
    done, now = Done(), datetime.now(UTC)
    oldest: datetime | None = None
    kinds: Counter[tuple[str, str | None]] = Counter()
    async with aclosing(looking(connection, work, limit, done)) as letters:
        async for _, letter in letters:
            kinds[letter.reason, letter.type] += 1
            since = letter.died_at or letter.written_at
            oldest = min(filter(None, (oldest, since)), default=None)
    seconds = age(oldest, now).total_seconds() if oldest else None
    head = f"{work.name}: {_letters(done.there)}"
    if oldest is not None:
        head += f", the oldest died {ago(age(oldest, now))}"
    lines = [head]
    for (reason, type), count in kinds.most_common():
        lines.append(f"    {count:>7}  {printable(reason):<16}  {printable(type or '(no message of ours)')}")
    if done.looked_at < done.there:
        lines.append(f"    only the first {done.looked_at} were looked at; --limit for more")
    by = [{"reason": reason, "type": type, "count": count} for (reason, type), count in kinds.most_common()]
    return lines, {
        "queue": work.name,
        "letters": done.there,
        "declared": True,
        "looked_at": done.looked_at,
        "oldest_seconds": seconds,
        "by": by,
    }


async def show(connection: AbstractConnection, work: WorkQueue, wanted: Selection, most: int, look_at: int) -> Answer:
    """The first `most` of the letters that are meant, whole."""
    done, now = Done(), datetime.now(UTC)
    lines: list[str] = []
    found: list[dict[str, Any]] = []
    async with aclosing(looking(connection, work, look_at, done)) as letters:
        async for _, letter in letters:
            if wanted.takes(letter):
                lines += [*shown(letter, now), ""]
                found.append(as_json(letter))
            if len(found) == most:
                break
    lines.append(f"{len(found)} shown of {_letters(done.there)} of {work.name}, {done.looked_at} looked at")
    data = {"queue": work.name, "letters": done.there, "looked_at": done.looked_at, "shown": found}
    return Answer(1 if wanted.keys and not found else 0, lines, data)


async def replay_some(
    connection: AbstractConnection, publisher: Publisher, work: WorkQueue, wanted: Selection, limit: int
) -> Answer:
    """Send those that are meant to their work queue again."""
    done = Done()
    problem = ""
    try:
        await replay(connection, publisher, work, wanted, limit, done)
    except (ZavhozError, *LOST) as error:
        problem = f"{type(error).__name__}: {error}"[:300]
    lines = [f"{letter.key}: refused: {why}" for letter, why in done.refused]
    lines.append(f"{work.name}: {len(done.taken)} replayed, {len(done.refused)} refused, {done.skipped} skipped")
    return _outcome(lines, done, "replayed", wanted, problem)


async def drop_some(
    connection: AbstractConnection, work: WorkQueue, wanted: Selection, limit: int, *, really: bool
) -> Answer:
    """Forget those that are meant; unless it is `really` wanted, only say which."""
    done = Done()
    problem = ""
    if really:
        try:
            await drop(connection, work, wanted, limit, done)
        except LOST as error:
            problem = f"{type(error).__name__}: {error}"[:300]
    else:
        problem = "nothing was dropped: --yes is missing"
        async with aclosing(looking(connection, work, limit, done)) as letters:
            done.taken += [letter async for _, letter in letters if wanted.takes(letter)]
    verb = "dropped" if really else "would be dropped"
    lines = [f"{letter.key}  {printable(letter.reason)}  {printable(letter.type or '')}" for letter in done.taken]
    lines.append(f"{work.name}: {len(done.taken)} {verb}, {done.skipped} skipped")
    return _outcome(lines, done, verb.replace(" ", "_"), wanted, problem)


def _outcome(lines: list[str], done: Done, verb: str, wanted: Selection, problem: str) -> Answer:
    missing = sorted(wanted.keys - {letter.key for letter in [*done.taken, *(one for one, _ in done.refused)]})
    lines += [f"{key}: not found" for key in missing]
    if done.looked_at < done.there and not problem:
        lines.append(f"only the first {done.looked_at} of {done.there} were looked at; --limit for more")
    if problem:
        lines.append(problem)
    data = {
        verb: [letter.key for letter in done.taken],
        "refused": [{"id": letter.key, "why": why} for letter, why in done.refused],
        "not_found": missing,
        "skipped": done.skipped,
        "letters": done.there,
        "looked_at": done.looked_at,
        "problem": problem or None,
    }
    return Answer(1 if problem or done.refused or missing else 0, lines, data)


def _letters(count: int) -> str:
    return f"{count or 'no'} dead letter{'' if count == 1 else 's'}"
