"""Lists of requests, page by page, cut to what the person asking may see."""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

from zavhoz_contracts.api import v1
from zavhoz_requests.application.reading import Denied, brief, visible
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, lists, people, requests


async def listing(connection: Connection, person: Person, view: v1.View, number: int, size: int) -> v1.RequestPage:
    """Page `number` of a list, or its last page when there are fewer.

    Raises:
        Denied: `forbidden`, the queue for who is no technician and no manager.
    """
    if view is v1.View.QUEUE and not has(person, Right.READ_QUEUE):
        raise Denied("forbidden")
    rows, total = await lists.page(connection, view, person, number, size)
    known = await people.many(connection, {row.assignee_id for row in rows})
    pages = max(1, math.ceil(total / size))
    return v1.RequestPage(
        items=tuple(line(row, known) for row in rows), page=min(number, pages), pages=pages, total=total
    )


async def by_number(connection: Connection, number: int, person: Person) -> v1.RequestLine:
    """The request with a public number.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    request = visible(await requests.by_number(connection, number), person)
    return line(request, await people.many(connection, {request.assignee_id}))


def line(row: Any, known: dict[UUID, Person]) -> v1.RequestLine:
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
    )
