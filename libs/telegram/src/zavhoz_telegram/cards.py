"""A request drawn for one person: everything they may know of it, and exactly the buttons they may press."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from zavhoz_contracts.api.v1 import AttachmentStatus, Card, Comment
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_telegram.callbacks import RequestPress
from zavhoz_telegram.screens import TEXT_MAX_UNITS, Screen, escaped, fit, tail, units
from zavhoz_telegram.texts import Translator

STATUS_SIGN: Final = {
    Status.OPEN: "🆕",
    Status.IN_PROGRESS: "🔧",
    Status.COMPLETED: "✅",
    Status.REJECTED: "🚫",
}
PRIORITY_SIGN: Final = {Priority.HIGH: "🔴", Priority.MEDIUM: "🟡", Priority.LOW: "🟢"}
_ACTION_SIGN: Final = {Action.TAKE: "🔧", Action.COMPLETE: "✅", Action.REJECT: "🚫", Action.COMMENT: "💬"}
_TITLE_UNITS: Final = 300
_DESCRIPTION_UNITS: Final = 1200
_REASON_UNITS: Final = 500
_PLACE_UNITS: Final = 300
_NAME_UNITS: Final = 64
_SHOWN_STEPS: Final = 6
_BUTTONS_IN_A_ROW: Final = 2
_COMMENT_MIN_UNITS: Final = 60
"""With the limits above, the fullest card leaves as much for each of five comments."""


def draw_card(card: Card, t: Translator, time_zone: ZoneInfo, now: datetime) -> Screen:
    """The card of a request. Words are cut so that the whole never exceeds 4096 UTF-16 units."""
    sign = STATUS_SIGN[card.status]
    lines = [
        f"<b>#{card.number}</b> {sign} {t(f'status.{card.status.value}')}",
        f"<b>{escaped(card.title, _TITLE_UNITS)}</b>",
    ]
    if card.description and card.description != card.title:
        lines += ["", escaped(card.description, _DESCRIPTION_UNITS)]
    lines += ["", "📍 " + (html.escape(tail(card.place, _PLACE_UNITS), quote=False) or t("place.not_said"))]
    lines += [f"{PRIORITY_SIGN[card.priority]} {t(f'priority.{card.priority.value}')}"]
    if card.attachments:
        lines.append("📎 " + t.plural("card.attachments", len(card.attachments)))
        refused = sum(attachment.status is AttachmentStatus.REFUSED for attachment in card.attachments)
        if refused:
            lines.append("⚠️ " + t.plural("card.attachments_refused", refused))
    lines.append("👤 " + t("card.requester", name=_name(card.requester.name)))
    if card.assignee is not None:
        lines.append("🛠 " + t("card.assignee", name=_name(card.assignee.name)))
    if card.rejection is not None:
        lines += ["", "💬 " + t("card.rejection", reason=fit(card.rejection, _REASON_UNITS))]
    lines.append("")
    for step in card.timeline[-_SHOWN_STEPS:]:
        lines.append(
            t(
                f"timeline.{step.status.value}",
                when=in_words(step.at, now, t, time_zone),
                name=_name(step.by.name),
            )
        )
    if card.comments:
        lines += ["", "💬 <b>" + t.plural("card.comments", card.comments_total) + "</b>"]
        room = (TEXT_MAX_UNITS - units(html.unescape("\n".join(lines)))) // len(card.comments)
        lines += [_comment(comment, room, now, t, time_zone) for comment in card.comments]
    buttons = tuple(
        (
            f"{_ACTION_SIGN[action]} {t.plain(f'action.{action.value}')}",
            RequestPress(action=action, request_id=card.request_id, version=card.version).pack(),
        )
        for action in card.allowed_actions
    )
    rows = tuple(buttons[first : first + _BUTTONS_IN_A_ROW] for first in range(0, len(buttons), _BUTTONS_IN_A_ROW))
    return Screen("\n".join(lines), rows)


def _comment(comment: Comment, room: int, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    """One line of at most `room` UTF-16 units, its end included; the words are cut to what the rest leaves."""
    when, name = in_words(comment.at, now, t, time_zone), _name(comment.author.name)
    files = f"📎 {t.plural('card.attachments', comment.attachments)}" if comment.attachments else ""
    rest = units(t.plain("card.comment", when=when, name=name, text=f" {files}")) + 1
    words = fit(" ".join(comment.text.split()), max(room - rest, _COMMENT_MIN_UNITS))
    text = " ".join(part for part in (words, files) if part)
    return t("card.comment", when=when, name=name, text=text or "—")


def _name(name: str) -> str:
    return fit(name, _NAME_UNITS)


def in_words(moment: datetime, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    """A moment as people say it: today 14:05, yesterday 09:10, 12 Nov 18:00; with the year when it is another."""
    local, today = moment.astimezone(time_zone), now.astimezone(time_zone).date()
    time = format_time(local.time(), "HH:mm", locale=t.language)
    if local.date() == today:
        return t.plain("time.today", time=time)
    if local.date() == today - timedelta(days=1):
        return t.plain("time.yesterday", time=time)
    pattern = "d MMM" if local.year == today.year else "d MMM y"
    return t.plain("time.other", date=format_date(local.date(), pattern, locale=t.language), time=time)
