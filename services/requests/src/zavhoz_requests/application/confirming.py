"""Completed requests of which nobody says anything confirm themselves."""

from __future__ import annotations

from uuid import uuid4

from zavhoz_chassis import clock
from zavhoz_messaging import outbox
from zavhoz_requests.application.messages import request_message
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.state import Request
from zavhoz_requests.domain.steps import confirm_in_time
from zavhoz_requests.store import Connection, requests

AT_ONCE = 100


async def confirm_due(connection: Connection) -> int:
    """Confirm at most `AT_ONCE` of those whose time has come, in the transaction of `connection`; returns how many."""
    now = await clock.now(connection)
    confirmed: list[Request] = []
    events: list[outbox.Event] = []
    for request in await requests.lock_due(connection, now, AT_ONCE):
        after = request
        for event in confirm_in_time(request, now):
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
        confirmed.append(after)
    await requests.write(connection, sorted(confirmed, key=lambda one: one.id))
    await outbox.append(connection, events)
    return len(confirmed)
