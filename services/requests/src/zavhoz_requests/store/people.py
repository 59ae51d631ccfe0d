"""People in the database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.message import Role
from zavhoz_requests.domain.state import Person

_COLUMNS = (
    "id, telegram_id, name, username, language, language_chosen, role, active, reachable, seen_at, registered_at,"
    " version, areas, erased_at IS NOT NULL AS erased"
)
_INSERT = text(
    """
    INSERT INTO people (id, telegram_id, name, username, language, seen_at, registered_at)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:telegram_id AS bigint[]), CAST(:name AS text[]),
                         CAST(:username AS text[]), CAST(:language AS text[]), CAST(:seen_at AS timestamptz[]),
                         CAST(:registered_at AS timestamptz[])) AS p (id, telegram_id)
    ORDER BY p.telegram_id
    ON CONFLICT (telegram_id) DO NOTHING
    """
)
_LOCK = text(
    f"SELECT {_COLUMNS} FROM people WHERE telegram_id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE"  # noqa: S608  # nosec B608: a constant
)
# Together, for whoever locks people does so in the order of their ids.
_LOCK_MORE = text(
    f"""
    SELECT {_COLUMNS} FROM people
    WHERE telegram_id = ANY(CAST(:ids AS bigint[])) OR id = ANY(CAST(:more AS uuid[])) ORDER BY id FOR UPDATE
    """  # noqa: S608  # nosec B608: a constant
)
_UPDATE = text(
    """
    UPDATE people SET name = p.name, username = p.username, language = p.language,
                      language_chosen = p.language_chosen, role = p.role, active = p.active,
                      reachable = p.reachable, seen_at = p.seen_at, version = p.version,
                      areas = string_to_array(p.areas, ' ')
    FROM unnest(CAST(:id AS uuid[]), CAST(:name AS text[]), CAST(:username AS text[]), CAST(:language AS text[]),
                CAST(:language_chosen AS boolean[]), CAST(:role AS text[]), CAST(:active AS boolean[]),
                CAST(:reachable AS boolean[]), CAST(:seen_at AS timestamptz[]), CAST(:version AS int[]),
                CAST(:areas AS text[]))
         AS p (id, name, username, language, language_chosen, role, active, reachable, seen_at, version, areas)
    WHERE people.id = p.id
    """
)
_OUTSIDE_MANAGER = text(
    "SELECT EXISTS (SELECT 1 FROM people WHERE role = 'manager' AND active"
    " AND NOT telegram_id = ANY(CAST(:listed AS bigint[])))"
)
_ONE = text(f"SELECT {_COLUMNS} FROM people WHERE id = :id")  # noqa: S608  # nosec B608: a constant
_ONE_BY_TELEGRAM = text(f"SELECT {_COLUMNS} FROM people WHERE telegram_id = :id")  # noqa: S608  # nosec B608
_MANY = text(f"SELECT {_COLUMNS} FROM people WHERE id = ANY(CAST(:ids AS uuid[]))")  # noqa: S608  # nosec B608
_STAFF = text(f"SELECT {_COLUMNS} FROM people WHERE role <> 'requester' AND active ORDER BY id")  # noqa: S608  # nosec B608
_REACHABLE = text(
    """
    WITH said AS (
        SELECT DISTINCT ON (id) id, reachable, at
        FROM unnest(CAST(:id AS uuid[]), CAST(:reachable AS boolean[]), CAST(:at AS timestamptz[]))
             AS u (id, reachable, at)
        ORDER BY id, at DESC
    ), locked AS (
        SELECT people.id, said.reachable FROM people JOIN said ON said.id = people.id AND people.seen_at <= said.at
        AND people.erased_at IS NULL
        ORDER BY people.id FOR UPDATE OF people
    )
    UPDATE people SET reachable = locked.reachable FROM locked WHERE people.id = locked.id
    """
)


def _person(row: Any) -> Person:
    return Person(
        id=row.id,
        telegram_id=row.telegram_id or 0,
        name=row.name,
        username=row.username,
        language=row.language,
        language_chosen=row.language_chosen,
        role=Role(row.role),
        active=row.active,
        reachable=row.reachable,
        seen_at=row.seen_at,
        registered_at=row.registered_at,
        version=row.version,
        erased=row.erased,
        areas=frozenset(row.areas),
    )


async def lock(
    connection: AsyncConnection,
    telegram_ids: Collection[int],
    newcomer: Callable[[int], Person],
    more: Collection[UUID] = (),
) -> dict[int, Person]:
    """Lock the people with these Telegram ids, by id; who is not known yet is inserted and locked then. By Telegram id.

    People whose ids are among `more` are locked as well, those that there are and that are not erased.

    Someone inserted just now has version 0: nothing was said about them yet. Two groups that meet the same newcomers
    at once may deadlock; the transaction is run again then.
    """
    known = await _lock(connection, telegram_ids, more)
    new = [newcomer(id) for id in telegram_ids if id not in known]
    if new:
        await connection.execute(
            _INSERT,
            {
                "id": [person.id for person in new],
                "telegram_id": [person.telegram_id for person in new],
                "name": [person.name for person in new],
                "username": [person.username for person in new],
                "language": [person.language for person in new],
                "seen_at": [person.seen_at for person in new],
                "registered_at": [person.registered_at for person in new],
            },
        )
        known |= await _lock(connection, [person.telegram_id for person in new])
    return known


async def _lock(
    connection: AsyncConnection, telegram_ids: Collection[int], more: Collection[UUID] = ()
) -> dict[int, Person]:
    ids: dict[str, Any] = {"ids": list(telegram_ids)}
    locked = connection.execute(_LOCK_MORE, ids | {"more": list(more)}) if more else connection.execute(_LOCK, ids)
    return {row.telegram_id: _person(row) for row in await locked if not row.erased}


async def update(connection: AsyncConnection, people: Sequence[Person]) -> None:
    """Write people that are locked."""
    if not people:
        return
    await connection.execute(
        _UPDATE,
        {
            "id": [person.id for person in people],
            "name": [person.name for person in people],
            "username": [person.username for person in people],
            "language": [person.language for person in people],
            "language_chosen": [person.language_chosen for person in people],
            "role": [person.role.value for person in people],
            "active": [person.active for person in people],
            "reachable": [person.reachable for person in people],
            "seen_at": [person.seen_at for person in people],
            "version": [person.version for person in people],
            "areas": [" ".join(sorted(person.areas)) for person in people],
        },
    )


async def outside_manager_exists(connection: AsyncConnection, listed: Iterable[int]) -> bool:
    """Whether there is an active manager who is not one of the listed first managers."""
    return bool((await connection.execute(_OUTSIDE_MANAGER, {"listed": list(listed)})).scalar_one())


async def by_id(connection: AsyncConnection, person_id: UUID) -> Person | None:
    """The person with this id."""
    row = (await connection.execute(_ONE, {"id": person_id})).one_or_none()
    return None if row is None else _person(row)


async def by_telegram_id(connection: AsyncConnection, telegram_id: int) -> Person | None:
    """The person with this Telegram id; nobody has one of more than 64 bits."""
    if not -(2**63) <= telegram_id < 2**63:
        return None
    row = (await connection.execute(_ONE_BY_TELEGRAM, {"id": telegram_id})).one_or_none()
    return None if row is None else _person(row)


async def many(connection: AsyncConnection, ids: Iterable[UUID | None]) -> dict[UUID, Person]:
    """The people with these ids."""
    wanted = [id for id in ids if id is not None]
    return {row.id: _person(row) for row in await connection.execute(_MANY, {"ids": wanted})} if wanted else {}


async def staff(connection: AsyncConnection) -> list[Person]:
    """Every active technician and manager."""
    return [_person(row) for row in await connection.execute(_STAFF)]


async def set_reachable(connection: AsyncConnection, said: Sequence[tuple[UUID, bool, object]]) -> None:
    """Note who can be reached (id, whether, when); not over somebody's own newer update."""
    if said:
        ids, reachable, at = zip(*said, strict=True)
        await connection.execute(_REACHABLE, {"id": list(ids), "reachable": list(reachable), "at": list(at)})
