"""What lists and searches are narrowed to, as conditions. Another filter is a field, and a condition for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.store.tables import UNFINISHED

OVERDUE: Final = f"({UNFINISHED} AND due_at < clock_timestamp())"
"""Should have been completed by now."""
_INSIDE: Final = text(
    """
    SELECT id FROM places
    WHERE (CAST(:areas AS text[]) IS NULL OR lineage && CAST(:areas AS text[]))
      AND (CAST(:place AS text) IS NULL OR lineage @> ARRAY[CAST(:place AS text)])
    """
)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Each narrows further; of `statuses`, `priorities` and `places` one has to fit, and with none given any does.

    `nobody`: it has no assignee. `since`: filed then or later.
    """

    statuses: Sequence[Status] = ()
    priorities: Sequence[Priority] = ()
    places: Sequence[UUID] | None = None
    assignee: UUID | None = None
    nobody: bool = False
    requester: UUID | None = None
    category: UUID | None = None
    since: datetime | None = None
    overdue: bool = False

    def conditions(self) -> tuple[str, dict[str, Any]]:
        """What follows a condition, and its parameters.

        States and priorities stand in it as they are, for they decide which index is read.
        """
        said: list[str] = []
        given: dict[str, Any] = {}
        if self.statuses:
            said.append(f"status IN ({_quoted(self.statuses)})")
        if self.priorities:
            said.append(f"priority IN ({_quoted(self.priorities)})")
        if self.places is not None:
            said.append("place_id = ANY(CAST(:places AS uuid[]))")
            given["places"] = self.places
        if self.nobody:
            said.append("assignee_id IS NULL")
        if self.overdue:
            said.append(OVERDUE)
        for column, sign, value in (
            ("assignee_id", "=", self.assignee),
            ("requester_id", "=", self.requester),
            ("category_id", "=", self.category),
            ("created_at", ">=", self.since),
        ):
            if value is not None:
                said.append(f"{column} {sign} :its_{column}")
                given[f"its_{column}"] = value
        return "".join(f" AND {one}" for one in said), given


EVERYTHING: Final = Narrowed()


async def places_inside(
    connection: AsyncConnection, areas: Collection[str], place: str | None
) -> Sequence[UUID] | None:
    """The places, archived ones too, that are in one of the `areas` and in `place`; none when neither is given."""
    if not areas and place is None:
        return None
    given = {"areas": sorted(areas) or None, "place": place}
    return (await connection.execute(_INSIDE, given)).scalars().all()


def _quoted(values: Sequence[Status] | Sequence[Priority]) -> str:
    return ", ".join(f"'{value}'" for value in sorted({one.value for one in values}))
