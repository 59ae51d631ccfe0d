"""What others filed already, offered under a draft before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.v1 import SimilarRequest
from zavhoz_telegram.callbacks import JoinPress
from zavhoz_telegram.moments import in_words
from zavhoz_telegram.screens import BUTTON_MAX, Screen, fit
from zavhoz_telegram.texts import Translator

_TITLE_UNITS: Final = 120


def with_similar(
    draft: Screen, found: Sequence[SimilarRequest], t: Translator, time_zone: ZoneInfo, now: datetime
) -> Screen:
    """The card of a draft, what looks like it, and a button for each, above the last row with [Send]."""
    if not found:
        return draft
    said = [
        "👥 "
        + t(
            "similar.looks_like",
            number=one.number,
            title=fit(one.title, _TITLE_UNITS),
            when=in_words(one.created_at, now, t, time_zone),
            where=t.plain("similar.here" if one.same_place else "similar.nowhere"),
        )
        + (f" {t.plural('card.joined', one.joined)}." if one.joined else "")
        for one in found
    ]
    rows = tuple(
        (
            (
                fit("🙋 " + t.plain("similar.join", number=one.number), BUTTON_MAX),
                JoinPress(request_id=one.request_id).pack(),
            ),
        )
        for one in found
    )
    text = "\n".join([draft.text, "", *said, t("similar.hint")])
    return Screen(text, (*draft.rows[:-1], *rows, *draft.rows[-1:]))
