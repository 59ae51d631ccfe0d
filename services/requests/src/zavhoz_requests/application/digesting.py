"""How things stand, for managers."""

from __future__ import annotations

from zavhoz_chassis import clock
from zavhoz_contracts.api import digest as v1
from zavhoz_contracts.api.v1 import AudienceMember, Relation
from zavhoz_contracts.message import Role
from zavhoz_requests.application.listing import line
from zavhoz_requests.application.reading import Denied
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, digest, people
from zavhoz_requests.store.narrowing import places_inside


async def standing(connection: Connection, person: Person) -> v1.Digest:
    """How things stand where this manager is.

    Raises:
        Denied: `forbidden`.
    """
    if not has(person, Right.READ_DIGEST):
        raise Denied("forbidden")
    now = await clock.now(connection)
    inside = await places_inside(connection, person.areas, None)
    row, stuck, unreachable = await digest.standing(connection, person.areas, inside, now, v1.STUCK_MOST)
    known = await people.many(connection, {one.assignee_id for one in stuck})
    return v1.Digest(
        filed=row.filed,
        closed=row.closed,
        waiting=row.waiting,
        in_work=row.in_work,
        on_hold=row.on_hold,
        late=row.late,
        stuck=tuple(line(one, known, overdue=True) for one in stuck),
        stuck_total=row.stuck,
        unreachable=unreachable,
    )


async def managers(connection: Connection) -> v1.Managers:
    """Every active manager."""
    return v1.Managers(
        tuple(
            AudienceMember(
                person_id=person.id,
                relation=Relation.MANAGER,
                role=person.role,
                limited=bool(person.areas),
                chat_id=person.telegram_id,
                language=person.language,
                reachable=person.reachable,
            )
            for person in await people.staff(connection)
            if person.role is Role.MANAGER
        )
    )
