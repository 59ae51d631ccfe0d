"""Until when a request is put on hold: by a press, or by a day that was typed."""

from __future__ import annotations

import re
from datetime import date
from typing import Final
from uuid import UUID

from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_telegram.callbacks import HoldPress, QuestionPress
from zavhoz_telegram.screens import Screen, fit
from zavhoz_telegram.texts import Translator

DAYS: Final = {1: "tomorrow", 3: "in_3_days", 7: "in_a_week", 14: "in_2_weeks", 0: "no_day"}
"""What the buttons say; 0: without a day."""
_IN_A_ROW: Final = 2
_REASON_UNITS: Final = 500
_TYPED: Final = (
    re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})(?:\.(?P<year>[0-9]{4}))?\.?"),
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"),
)


def draw_until(reason: str, request_id: UUID, t: Translator) -> Screen:
    """The question until when, after the reason."""
    buttons = [
        (t.plain(f"hold.{name}"), HoldPress(request_id=request_id, days=days).pack()) for days, name in DAYS.items()
    ]
    cancel = (t.plain("question.cancel"), QuestionPress(action=Action.HOLD, request_id=request_id).pack())
    rows = tuple(tuple(buttons[at : at + _IN_A_ROW]) for at in range(0, len(buttons), _IN_A_ROW))
    return Screen(t("hold.until", reason=fit(reason, _REASON_UNITS)), (*rows[:-1], (*rows[-1], cancel)))


def typed_day(words: str, today: date) -> date | None:
    """The day that was typed, `25.12`, `25.12.2026` or `2026-12-25`; without a year the next such day from `today` on.

    None when it is no day of the calendar.
    """
    found = next((match for form in _TYPED if (match := form.fullmatch(words.strip()))), None)
    if found is None:
        return None
    day, month, year = int(found["day"]), int(found["month"]), found["year"]
    try:
        if year is not None:
            return date(int(year), month, day)
        # The 29th of February comes again within eight years.
        return next(one for y in range(today.year, today.year + 9) if (one := _day(y, month, day)) and one >= today)
    except (ValueError, StopIteration):
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
