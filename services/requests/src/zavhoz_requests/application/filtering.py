"""What a list is narrowed to: by its filters, and by the parts of the places that somebody is limited to."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_chassis import clock
from zavhoz_contracts.api import filters as v1
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection
from zavhoz_requests.store.narrowing import Narrowed, places_inside


async def narrow(
    connection: Connection, person: Person, filters: v1.Filters, zone: ZoneInfo, *, limited: bool = True
) -> Narrowed:
    """What the filters say, in the organisation's time zone; if `limited`, what is inside for this person alone."""
    nobody = filters.assignee == v1.NOBODY
    assignee = None
    if filters.assignee is not None and not nobody:
        assignee = person.id if filters.assignee == v1.ME else UUID(filters.assignee)
    return Narrowed(
        statuses=filters.statuses,
        priorities=filters.priorities,
        places=await places_inside(connection, person.areas if limited else (), filters.place),
        assignee=assignee,
        nobody=nobody,
        requester=filters.requester,
        category=filters.category,
        since=None if filters.since is None else begins(await clock.now(connection), filters.since, zone),
        overdue=filters.overdue,
    )


def begins(now: datetime, since: v1.Since, zone: ZoneInfo) -> datetime:
    """Midnight, today or six days ago: a day there may have another length than 24 hours."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=6 if since is v1.Since.WEEK else 0)
