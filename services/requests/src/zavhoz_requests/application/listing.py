"""Lists of requests, page by page, cut to what the person asking may see."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api import v1
from zavhoz_contracts.api.filters import Filters
from zavhoz_contracts.api.people import Assignee, AssigneePage
from zavhoz_contracts.limits import BULK_MAX
from zavhoz_requests.application.filtering import narrow
from zavhoz_requests.application.reading import Denied, brief, visible
from zavhoz_requests.domain.lifecycle import UNFINISHED
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, lists, people, requests, staff
from zavhoz_requests.store.narrowing import places_inside


async def listing(
    connection: Connection, person: Person, view: v1.View, filters: Filters, zone: ZoneInfo, number: int, size: int
) -> v1.RequestPage:
    """Page `number` of a list, narrowed by the filters, or its last page when there are fewer.

    Raises:
        Denied: `forbidden`, the queue or the archive for who is no technician and no manager.
    """
    own = view in lists.OWN
    if not own:
        demand_queue(person)
    narrowed = await narrow(connection, person, filters, zone, limited=not own)
    shown = await page(connection, await lists.page(connection, view, person, number, size, narrowed), number, size)
    many = view is v1.View.QUEUE and has(person, Right.CHANGE_MANY)
    return shown.model_copy(update={"may_change_many": True}) if many else shown


async def ids(connection: Connection, person: Person, filters: Filters, zone: ZoneInfo) -> v1.RequestIds:
    """Those of the queue, narrowed by the filters, that can be changed at once.

    Raises:
        Denied: `forbidden`, for who may not change many.
    """
    if not has(person, Right.CHANGE_MANY):
        raise Denied("forbidden")
    narrowed = await narrow(connection, person, filters, zone)
    found = await lists.page(connection, v1.View.QUEUE, person, 1, BULK_MAX, narrowed)
    return v1.RequestIds(ids=tuple(row.id for row in found.rows), total=found.total, more=found.more)


def demand_queue(person: Person) -> None:
    """Be of the staff.

    Raises:
        Denied: `forbidden`.
    """
    if not has(person, Right.READ_QUEUE):
        raise Denied("forbidden")


async def page(connection: Connection, found: lists.Page, number: int, size: int) -> v1.RequestPage:
    """A page as the API shows it."""
    known = await people.many(connection, {row.assignee_id for row in found.rows})
    pages = max(1, math.ceil(found.total / size))
    items = tuple(line(row, known, overdue=row.overdue) for row in found.rows)
    return v1.RequestPage(items=items, page=min(number, pages), pages=pages, total=found.total, more=found.more)


async def assignees(connection: Connection, person: Person, number: int, size: int) -> AssigneePage:
    """Page `number` of those who have something in the queue, as far as this person sees it, or its last page.

    Raises:
        Denied: `forbidden`, for who is no technician and no manager.
    """
    demand_queue(person)
    inside = await places_inside(connection, person.areas, None)
    rows, total = await staff.assigned(connection, inside, number, size)
    pages = max(1, math.ceil(total / size))
    items = tuple(Assignee(person_id=row.id, name=row.name, assigned=row.assigned) for row in rows)
    return AssigneePage(items=items, page=min(number, pages), pages=pages, total=total)


async def by_number(connection: Connection, number: int, person: Person) -> v1.RequestLine:
    """The request with a public number.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    request = visible(await requests.by_number(connection, number), person)
    due = request.due_at if request.status in UNFINISHED else None
    known = await people.many(connection, {request.assignee_id})
    return line(request, known, overdue=due is not None and due < datetime.now(UTC))


def line(row: Any, known: dict[UUID, Person], *, overdue: bool) -> v1.RequestLine:
    """One request as lists show it."""
    return v1.RequestLine(
        request_id=row.id,
        number=row.number,
        title=row.title,
        status=row.status,
        priority=row.priority,
        created_at=row.created_at,
        react_by=row.react_by,
        due_at=row.due_at,
        place=row.place,
        assignee=brief(row.assignee_id, known) if row.assignee_id else None,
        overdue=overdue,
    )
