"""Looking through a queue of dead letters, replaying them and dropping them.

A letter that is looked at is taken and not answered: when the channel closes, the broker puts all of them back in their
old order. So nothing is lost by a look, whatever ends it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import ChannelNotFoundEntity

from zavhoz_messaging.connection import own_channel
from zavhoz_messaging.dead_letter import DeadLetter, Selection, read
from zavhoz_messaging.errors import NoSuchQueue
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.topology import ALL, WorkQueue

_GET_SECONDS: Final = 10.0


@dataclass(slots=True)
class Done:
    """What became of the letters of a queue: `there` when it began, of which so many were `looked_at`."""

    there: int = 0
    looked_at: int = 0
    taken: list[DeadLetter] = field(default_factory=list)
    refused: list[tuple[DeadLetter, str]] = field(default_factory=list)

    @property
    def skipped(self) -> int:
        """Those that were not meant."""
        return self.looked_at - len(self.taken) - len(self.refused)


def work_queue(name: str, known: Iterable[WorkQueue] = ALL) -> WorkQueue:
    """The work queue of this name; the name of its dead letters will do, too.

    Raises:
        NoSuchQueue: there is none; the text names those there are.
    """
    for work in known:
        if name in {work.name, work.dead}:
            return work
    raise NoSuchQueue(f"there is no queue {name}; choose from {', '.join(work.name for work in known)}")


async def looking(
    connection: AbstractConnection, work: WorkQueue, limit: int, done: Done
) -> AsyncGenerator[tuple[AbstractIncomingMessage, DeadLetter]]:
    """The dead letters of a queue from the oldest on, at most `limit`, and never more than were there at the beginning:
    one that is replayed and dies again comes to the end, and would be met for ever.

    What is not answered goes back when it is over. `done` counts.

    Raises:
        NoSuchQueue: the broker does not have it: no service has declared it yet.
    """
    async with own_channel(connection) as channel:
        try:
            queue = await channel.declare_queue(work.dead, passive=True)
        except ChannelNotFoundEntity as error:
            raise NoSuchQueue(f"the broker has no queue {work.dead}: no service has declared it yet") from error
        done.there = queue.declaration_result.message_count or 0
        while done.looked_at < min(limit, done.there):
            message = await queue.get(fail=False, timeout=_GET_SECONDS)
            if message is None:
                return
            done.looked_at += 1
            yield message, read(message, message.body, work.name)


async def replay(
    connection: AbstractConnection, publisher: Publisher, work: WorkQueue, wanted: Selection, limit: int, done: Done
) -> None:
    """Send the letters that are meant to their work queue again, as if they were new: without a count of attempts.

    Each is published, confirmed, and only then answered: a crash in between doubles the message, and the receiver's
    inbox drops the second. It goes without the broker's headers: with `x-death` RabbitMQ 3.10 sees a cycle, and the
    message sticks unreadable. One that is older than the inbox's memory is refused.

    Raises:
        BrokerUnavailable, Unroutable, Refused: what was not answered stays a dead letter.
    """
    async with aclosing(looking(connection, work, limit, done)) as letters:
        async for message, letter in letters:
            if not wanted.takes(letter):
                continue
            if (why := letter.too_old(datetime.now(UTC))) is not None:
                done.refused.append((letter, why))
                continue
            await publisher.send(Outgoing(letter.body, "", work.name))
            await reached(Point.MOVED)
            await message.ack()
            done.taken.append(letter)


async def drop(connection: AbstractConnection, work: WorkQueue, wanted: Selection, limit: int, done: Done) -> None:
    """Forget the letters that are meant, for ever."""
    async with aclosing(looking(connection, work, limit, done)) as letters:
        async for message, letter in letters:
            if wanted.takes(letter):
                await message.ack()
                done.taken.append(letter)
