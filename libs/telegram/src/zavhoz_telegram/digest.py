"""How things stand, for a manager, once a day."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.digest import Digest
from zavhoz_contracts.api.v1 import RequestLine, View
from zavhoz_telegram.callbacks import ListPress, OpenLine
from zavhoz_telegram.cards import STATUS_SIGN
from zavhoz_telegram.moments import in_words
from zavhoz_telegram.screens import Row, Screen, escaped
from zavhoz_telegram.texts import Translator

_TITLE_UNITS: Final = 100
_IN_A_ROW: Final = 5


def draw_digest(digest: Digest, t: Translator, time_zone: ZoneInfo, now: datetime) -> Screen:
    """What is waited for, what happened since yesterday, and what is urgent and late, which can be opened."""
    lines = [
        f"☀️ <b>{t('digest.title')}</b>",
        "",
        "🆕 " + t("digest.waiting", n=digest.waiting),
        "🔧 " + t("digest.in_work", n=digest.in_work),
        "⏸ " + t("digest.on_hold", n=digest.on_hold),
        "⏰ " + t("digest.late", n=digest.late),
        "",
        t("digest.day", filed=digest.filed, closed=digest.closed),
    ]
    if digest.unreachable:
        lines.append("📵 " + t.plural("digest.unreachable", digest.unreachable))
    if digest.stuck:
        lines += ["", "🔴 <b>" + t.plural("digest.stuck", digest.stuck_total) + "</b>"]
        lines += [_line(one, t, time_zone, now) for one in digest.stuck]
    opens = [(f"#{one.number}", OpenLine(request_id=one.request_id).pack()) for one in digest.stuck]
    rows: list[Row] = [tuple(opens[at : at + _IN_A_ROW]) for at in range(0, len(opens), _IN_A_ROW)]
    queue = ("📋 " + t.plain("digest.queue"), ListPress(view=View.QUEUE, page=0).pack())
    return Screen("\n".join(lines), (*rows, (queue,)))


def _line(line: RequestLine, t: Translator, time_zone: ZoneInfo, now: datetime) -> str:
    since = min(moment for moment in (line.react_by, line.due_at, now) if moment is not None)
    title = escaped(line.title, _TITLE_UNITS)
    said = t("digest.since", when=in_words(since, now, t, time_zone))
    return f"<b>#{line.number}</b> {STATUS_SIGN[line.status]} {title} — {said}"
