"""What is told of time that runs out for a request."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.v1 import Card
from zavhoz_contracts.requests.v1.events import RequestAlarm, RequestWarned
from zavhoz_notifier.application.work_words import Rows, opening
from zavhoz_telegram.moments import in_words, until
from zavhoz_telegram.screens import PRIORITY_SIGN, fit
from zavhoz_telegram.texts import Translator

_TITLE_UNITS: Final = 300


def running_out(event: RequestAlarm, card: Card, t: Translator, time_zone: ZoneInfo, now: datetime) -> tuple[str, Rows]:
    """The notice: what is waited for, and until when, or since when in vain."""
    when = until if isinstance(event, RequestWarned) and event.due_at > now else in_words
    text = t(
        f"alarm.{event.TYPE.split('.')[-2]}.{event.clock.value}",
        number=card.number,
        title=fit(card.title, _TITLE_UNITS),
        sign=PRIORITY_SIGN[event.priority],
        when=when(event.due_at, now, t, time_zone),
        name=card.assignee.name if card.assignee else "—",
    )
    return text, opening(card, t)
