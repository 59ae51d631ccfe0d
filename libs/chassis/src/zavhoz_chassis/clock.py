"""The database's clock: the one that every process of a service shares."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_NOW: Final = text("SELECT clock_timestamp()")


async def now(connection: AsyncConnection) -> datetime:
    """The time now, in UTC."""
    time: datetime = (await connection.execute(_NOW)).scalar_one()
    return time
