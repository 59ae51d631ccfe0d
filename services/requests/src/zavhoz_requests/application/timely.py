"""What happens to requests because its time has come: completed ones confirm themselves, those on hold go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from zavhoz_chassis import clock
from zavhoz_messaging import outbox
from zavhoz_requests.application.messages import request_message
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.state import Request, RequestEvent
from zavhoz_requests.domain.steps import confirm_in_time
from zavhoz_requests.domain.working import resume_in_time
from zavhoz_requests.store import Connection, requests

AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Timely:
    """Those that `due` locks, at most so many, whose time has come, and what `happens` to each of them then."""

    what: str
    due: Callable[[Connection, datetime, int], Awaitable[list[Request]]]
    happens: Callable[[Request, datetime], Sequence[RequestEvent]]

    async def settle(self, connection: Connection) -> int:
        """Do it to at most `AT_ONCE` of them in the transaction of `connection`; returns to how many."""
        now = await clock.now(connection)
        changed: list[Request] = []
        events: list[outbox.Event] = []
        for request in await self.due(connection, now, AT_ONCE):
            after = request
            for event in self.happens(request, now):
                after = evolve(after, event)
                event_id = uuid4()
                events.append(
                    outbox.Event(
                        event_id=event_id,
                        aggregate_type="request",
                        aggregate_id=request.id,
                        version=after.version,
                        data=request_message(event, request.number),
                        occurred_at=now,
                        correlation_id=event_id,
                    )
                )
            changed.append(after)
        await requests.write(connection, sorted(changed, key=lambda one: one.id))
        await outbox.append(connection, events)
        return len(changed)


CONFIRMING: Final = Timely("confirmed", requests.lock_due, confirm_in_time)
RESUMING: Final = Timely("resumed", requests.lock_held, resume_in_time)
