"""What managers choose for the whole organisation: the words that messages, the API and the bot share."""

from __future__ import annotations

from enum import StrEnum


class Setting(StrEnum):
    """One choice. Every value is a text; what it looks like is said beside each."""

    HOURS = "hours"  # mon-fri 09:00-18:00, sat 10:00-14:00; or 24/7: time simply passes
    HOLIDAYS = "holidays"  # 2026-01-01..2026-01-08, 2026-03-08; or empty
    WORKING_DAYS = "working_days"  # days that are open in spite of their weekday; or empty
    REACTION_HIGH = "reaction_high"  # minutes of open time until it is taken
    REACTION_MEDIUM = "reaction_medium"
    REACTION_LOW = "reaction_low"
    RESOLUTION_HIGH = "resolution_high"  # minutes of open time until it is completed
    RESOLUTION_MEDIUM = "resolution_medium"
    RESOLUTION_LOW = "resolution_low"
    CONFIRMATION_DAYS = "confirmation_days"  # days after which what is completed confirms itself
    OPEN_LIMIT = "open_limit"  # requests of one person who is not of the staff, open at a time
