"""How long things may take, and how many there may be: what an organisation may choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_contracts.message import Priority

RESOLUTION: Final = MappingProxyType(
    {Priority.HIGH: timedelta(hours=24), Priority.MEDIUM: timedelta(hours=48), Priority.LOW: timedelta(days=7)}
)
"""Within so long a request is to be completed."""


_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Terms:
    """`confirmation`: so long a completed request can be reopened; then it confirms itself.

    `open_limit`: as many requests of one person may be unfinished, if they are neither technician nor manager.
    """

    confirmation: timedelta = timedelta(days=7)
    open_limit: int = 20
    resolution: Mapping[Priority, timedelta] = field(default_factory=lambda: RESOLUTION)
    zone: ZoneInfo = _UTC

    def due(self, priority: Priority, since: datetime) -> datetime:
        """When it should be completed."""
        return since + self.resolution[priority]

    def begins(self, day: date) -> datetime:
        """When a day begins."""
        return datetime.combine(day, time(0), tzinfo=self.zone).astimezone(UTC)
