"""How long things may take, and how many there may be: what an organisation may choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_contracts.message import Priority
from zavhoz_requests.domain.calendar import BusinessCalendar

REACTION: Final = MappingProxyType(
    {Priority.HIGH: timedelta(hours=4), Priority.MEDIUM: timedelta(hours=8), Priority.LOW: timedelta(hours=24)}
)
"""Within so long a request is to be taken."""
RESOLUTION: Final = MappingProxyType(
    {Priority.HIGH: timedelta(hours=24), Priority.MEDIUM: timedelta(hours=48), Priority.LOW: timedelta(days=7)}
)
"""Within so long a request is to be completed."""
_UTC: Final = ZoneInfo("UTC")
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """`confirmation`: so long a completed request can be reopened; then it confirms itself.

    `open_limit`: as many requests of one person may be unfinished, if they are neither technician nor manager.
    `reaction` and `resolution` are open time by the `calendar`; `zone` says which day it is. `version` is another one
    whenever any of it is.
    """

    confirmation: timedelta = timedelta(days=7)
    open_limit: int = 20
    reaction: Mapping[Priority, timedelta] = field(default_factory=lambda: REACTION)
    resolution: Mapping[Priority, timedelta] = field(default_factory=lambda: RESOLUTION)
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar.always)
    zone: ZoneInfo = _UTC
    version: int = 0

    def begins(self, day: date) -> datetime:
        """When work begins on a day, or on the next one that is open."""
        midnight = datetime.combine(day, time(0), tzinfo=self.zone).astimezone(UTC)
        return self.calendar.add(midnight, _INSTANT) - _INSTANT
