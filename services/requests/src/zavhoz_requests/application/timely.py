"""What happens to requests because its time has come: they confirm themselves, go on, are late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from zavhoz_chassis import clock
from zavhoz_messaging import outbox
from zavhoz_requests.application.messages import request_message
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.domain.alarms import catch_up, reschedule
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.state import Request, RequestEvent
from zavhoz_requests.domain.steps import confirm_in_time
from zavhoz_requests.domain.terms import Terms
from zavhoz_requests.domain.working import resume_in_time
from zavhoz_requests.store import Connection, requests

AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Timely:
    """Those that `due` locks, at most so many, whose time has come, and what `happens` to each of them then."""

    what: str
    due: Callable[[Connection, datetime, Terms], Awaitable[list[Request]]]
    happens: Callable[[Request, datetime, Terms], Sequence[RequestEvent]]

    async def settle(self, connection: Connection, organisation: Organisation) -> int:
        """Do it to at most `AT_ONCE` of them in the transaction of `connection`; returns to how many."""
        now = await clock.now(connection)
        terms = await organisation.terms(connection)
        changed: list[Request] = []
        events: list[outbox.Event] = []
        for request in await self.due(connection, now, terms):
            after = request
            for event in self.happens(request, now, terms):
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


async def _confirming(connection: Connection, now: datetime, _: Terms) -> list[Request]:
    return await requests.lock_due(connection, now, AT_ONCE)


async def _held(connection: Connection, now: datetime, _: Terms) -> list[Request]:
    return await requests.lock_held(connection, now, AT_ONCE)


async def _alarmed(connection: Connection, now: datetime, _: Terms) -> list[Request]:
    return await requests.lock_alarms(connection, now, AT_ONCE)


async def _other_terms(connection: Connection, _: datetime, terms: Terms) -> list[Request]:
    return await requests.lock_other_terms(connection, terms.version, AT_ONCE)


CONFIRMING: Final = Timely("confirmed", _confirming, confirm_in_time)
RESUMING: Final = Timely("resumed", _held, resume_in_time)
RESCHEDULING: Final = Timely("rescheduled", _other_terms, reschedule)
ALARMING: Final = Timely("alarmed", _alarmed, catch_up)
ALL: Final = (CONFIRMING, RESUMING, RESCHEDULING, ALARMING)
"""What has other times now gets them before anybody is alarmed by the former ones."""
