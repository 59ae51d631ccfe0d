"""What is held about a person, for themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from zavhoz_contracts.api.own import PAGE, DataPage, DataPart
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, own

_NUMBER_MAX = 2**31 - 1


async def data(connection: Connection, person: Person, part: DataPart, after: str) -> DataPage:
    """A page of one part, behind `after`, which is empty or the `next` of the page before.

    Raises:
        ValueError: `after` is neither.
    """
    rows = await own.page(connection, part, person.id, _key(part, after), PAGE + 1)
    things: list[dict[str, Any]] = [dict(row) for row in rows[:PAGE]]
    following = str(things[-1]["key"]) if len(rows) > PAGE else None
    return DataPage.model_validate({part.value: things, "next": following})


def _key(part: DataPart, after: str) -> int | UUID:
    if part is not DataPart.REQUESTS:
        return UUID(after) if after else UUID(int=0)
    number = int(after or "0")
    if not 0 <= number <= _NUMBER_MAX:
        raise ValueError("no number of a request")
    return number
