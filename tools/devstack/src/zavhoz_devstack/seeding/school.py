"""Two weeks at a small school: what broke, who said so, and what became of it."""

from __future__ import annotations

from typing import Final

from zavhoz_devstack.seeding.first_week import FIRST_WEEK
from zavhoz_devstack.seeding.second_week import SECOND_WEEK

CASES: Final = (*FIRST_WEEK, *SECOND_WEEK)
"""In the order in which they were filed; each ends before now, at whatever time of the day that is."""
