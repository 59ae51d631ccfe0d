"""What managers have chosen for the whole organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_requests.store.tables import UNFINISHED

_VALUES: Final = text("SELECT name, value FROM settings")
_ALL: Final = text("SELECT name, value, changed_at, changed_by FROM settings")
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(:key)")
_CHANGING: Final = 0x7A73
_WRITE: Final = text(
    """
    INSERT INTO settings (name, value, changed_at, changed_by) VALUES (:name, :value, :at, :by)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at,
                                     changed_by = excluded.changed_by
    """
)
_UNFINISHED: Final = text(f"SELECT count(*) FROM requests WHERE {UNFINISHED}")  # noqa: S608  # nosec B608
_FORGET: Final = text("DELETE FROM settings WHERE name = :name")


async def values(connection: AsyncConnection) -> dict[str, str]:
    """What was chosen, by name."""
    return {row.name: row.value for row in await connection.execute(_VALUES)}


async def every(connection: AsyncConnection) -> Mapping[str, Any]:
    """The rows of what was chosen, by name."""
    return {row.name: row for row in await connection.execute(_ALL)}


async def unfinished(connection: AsyncConnection) -> int:
    """How many requests are not closed, whose due times come of what is chosen."""
    return int((await connection.execute(_UNFINISHED)).scalar_one())


async def lock(connection: AsyncConnection) -> None:
    """Have the settings to oneself for changing them, until the transaction ends."""
    await connection.execute(_ONE_AT_A_TIME, {"key": _CHANGING})


async def write(connection: AsyncConnection, changed: Sequence[tuple[str, str | None, datetime, UUID]]) -> None:
    """Write what was chosen: the name, the value or none for the default, when, and by whom."""
    for name, value, at, by in changed:
        if value is None:
            await connection.execute(_FORGET, {"name": name})
        else:
            await connection.execute(_WRITE, {"name": name, "value": value, "at": at, "by": by})
