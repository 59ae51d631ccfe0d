"""Which request is the same as another, and whether it is to be merged into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.v1 import Card, RequestLine, SimilarRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_telegram.callbacks import MergePress, QuestionPress
from zavhoz_telegram.moments import in_words
from zavhoz_telegram.screens import BUTTON_MAX, Row, Screen, fit
from zavhoz_telegram.texts import Translator

_TITLE_UNITS: Final = 200


def draw_merging(
    likely: Sequence[SimilarRequest],
    request_id: UUID,
    version: int,
    t: Translator,
    time_zone: ZoneInfo,
    now: datetime,
) -> Screen:
    """The question which request is the same, with a button for each that is likely."""
    lines = [t("question.merge")]
    if likely:
        lines += ["", t("merge.likely")]
    rows: list[Row] = []
    for one in likely:
        when, title = in_words(one.created_at, now, t, time_zone), fit(one.title, _TITLE_UNITS)
        lines.append(t("merge.one", number=one.number, title=title, when=when))
        label = fit(f"🔗 #{one.number} {one.title}", BUTTON_MAX)
        press = MergePress(request_id=request_id, version=version, into=one.number, sure=0)
        rows.append(((label, press.pack()),))
    rows.append((_cancel("question.cancel", request_id, t),))
    return Screen("\n".join(lines), tuple(rows))


def draw_merge_sure(card: Card, into: RequestLine, version: int, t: Translator) -> Screen:
    """What is about to be done, which cannot be undone."""
    yes = MergePress(request_id=card.request_id, version=version, into=into.number, sure=1).pack()
    text = t(
        "merge.sure",
        number=card.number,
        title=fit(card.title, _TITLE_UNITS),
        other=into.number,
        into=fit(into.title, _TITLE_UNITS),
    )
    rows = (((t.plain("merge.yes", number=into.number), yes),), (_cancel("question.cancel_not", card.request_id, t),))
    return Screen(text, rows)


def _cancel(key: str, request_id: UUID, t: Translator) -> tuple[str, str]:
    return t.plain(key), QuestionPress(action=Action.MERGE, request_id=request_id).pack()
