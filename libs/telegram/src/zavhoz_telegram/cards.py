"""A request drawn for one person: everything they may know of it, and exactly the buttons they may press."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.v1 import AttachmentStatus, Card, Comment, TimelineEntry
from zavhoz_contracts.limits import RATING_MAX
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_telegram.card_buttons import card_buttons
from zavhoz_telegram.moments import day, in_words, until
from zavhoz_telegram.screens import PRIORITY_SIGN, TEXT_MAX_UNITS, Screen, escaped, fit, tail, units
from zavhoz_telegram.texts import Translator

STATUS_SIGN: Final = {
    Status.OPEN: "🆕",
    Status.IN_PROGRESS: "🔧",
    Status.ON_HOLD: "⏸",
    Status.COMPLETED: "✅",
    Status.REJECTED: "🚫",
    Status.CANCELLED: "🗑",
    Status.MERGED: "🔗",
}
_TITLE_UNITS: Final = 300
_DESCRIPTION_UNITS: Final = 1200
_REASON_UNITS: Final = 500
_REASONS_UNITS: Final = 800
"""Of all of them together."""
_PLACE_UNITS: Final = 300
_NOTE_UNITS: Final = 160
_NAME_UNITS: Final = 64
_SHOWN_STEPS: Final = 6
_CATEGORY_UNITS: Final = 60
_QUESTION_UNITS: Final = 100
_ANSWER_UNITS: Final = 200
_ANSWER_MIN_UNITS: Final = 60
_AROUND_UNITS: Final = 8
"""Of an answer with its question, and of what is around them."""
_COMMENT_MIN_UNITS: Final = 60
_COMMENT_LEAST_UNITS: Final = _COMMENT_MIN_UNITS + _NAME_UNITS + 36
"""The description leaves as much for each comment, with when and by whom it was said, whatever else there is."""
_HEADING_UNITS: Final = 60


def draw_card(card: Card, t: Translator, time_zone: ZoneInfo, now: datetime) -> Screen:
    """The card of a request. Words are cut so that the whole never exceeds 4096 UTF-16 units."""
    sign = STATUS_SIGN[card.status]
    lines = [
        f"<b>#{card.number}</b> {sign} {t(f'status.{card.status.value}')}",
        f"<b>{escaped(card.title, _TITLE_UNITS)}</b>",
    ]
    rest = [*_facts(card, t), *_afterwards(card, now, t, time_zone), *_reasons(card, now, t, time_zone), ""]
    rest += [_step(step, now, t, time_zone) for step in card.timeline[-_SHOWN_STEPS:]]
    if card.notes:
        rest += ["", "🔒 <b>" + t.plural("card.notes", card.notes_total) + "</b>"]
        rest += [_note(note, now, t, time_zone) for note in card.notes]
    left = _room(lines + rest) - len(card.comments) * _COMMENT_LEAST_UNITS - _HEADING_UNITS
    answers = _answers(card, left - _COMMENT_MIN_UNITS, t)
    if card.description and card.description != card.title:
        room = left - units(html.unescape("\n".join(answers))) - 1
        lines += ["", escaped(card.description, min(room, _DESCRIPTION_UNITS))]
    lines += answers
    lines += rest
    if card.comments:
        lines += ["", "💬 <b>" + t.plural("card.comments", card.comments_total) + "</b>"]
        room = _room(lines) // len(card.comments)
        lines += [_comment(comment, room, now, t, time_zone) for comment in card.comments]
    return Screen("\n".join(lines), card_buttons(card, t))


def _answers(card: Card, room: int, t: Translator) -> list[str]:
    """What was asked about it and said, together of at most `room` units: each has as much of it."""
    each = room // max(len(card.answers), 1)
    if not card.answers or each < _ANSWER_MIN_UNITS:
        return []
    asked = min(_QUESTION_UNITS, (each - _AROUND_UNITS) // 2)
    said = min(_ANSWER_UNITS, (each - _AROUND_UNITS) // 2)
    return [
        "",
        *(
            "❓ " + t("card.answer", question=fit(one.question, asked), text=fit(" ".join(one.text.split()), said))
            for one in card.answers
        ),
    ]


def _room(lines: Sequence[str]) -> int:
    """UTF-16 units that are left beside these lines."""
    return TEXT_MAX_UNITS - units(html.unescape("\n".join(lines)))


def _facts(card: Card, t: Translator) -> list[str]:
    """Where it is, of which category, how urgent, its files, and who is concerned."""
    lines = ["", "📍 " + (html.escape(tail(card.place, _PLACE_UNITS), quote=False) or t("place.not_said"))]
    if card.category is not None:
        lines.append("🏷 " + escaped(card.category.name(t.language), _CATEGORY_UNITS))
    lines += [f"{PRIORITY_SIGN[card.priority]} {t(f'priority.{card.priority.value}')}"]
    if card.attachments:
        lines.append("📎 " + t.plural("card.attachments", len(card.attachments)))
        refused = sum(attachment.status is AttachmentStatus.REFUSED for attachment in card.attachments)
        if refused:
            lines.append("⚠️ " + t.plural("card.attachments_refused", refused))
        erased = sum(attachment.status is AttachmentStatus.ERASED for attachment in card.attachments)
        if erased:
            lines.append("🗑 " + t.plural("card.attachments_erased", erased))
    lines.append("👤 " + t("card.requester", name=_name(card.requester.name, t)))
    if card.assignee is not None:
        lines.append("🛠 " + t("card.assignee", name=_name(card.assignee.name, t)))
    if card.joined:
        lines.append("👥 " + t.plural("card.joined", card.joined))
    return lines


def _reasons(card: Card, now: datetime, t: Translator, time_zone: ZoneInfo) -> list[str]:
    """What was typed when something happened, and which one goes on for it."""
    there = sum(one is not None for one in (card.hold, card.completion, card.rejection, card.reopening))
    limit = min(_REASON_UNITS, _REASONS_UNITS // max(there, 1))

    def said(words: str) -> str:
        return fit(words, limit) or t.plain("person.words_erased")

    lines = []
    if card.hold is not None and card.held_until is not None:
        lines += ["⏸ " + t("card.held_until", until=day(card.held_until, now, t, time_zone), reason=said(card.hold))]
    elif card.hold is not None:
        lines += ["⏸ " + t("card.hold", reason=said(card.hold))]
    if card.completion is not None:
        lines += ["✅ " + t("card.completion", note=said(card.completion))]
    if card.rejection is not None:
        lines += ["💬 " + t("card.rejection", reason=said(card.rejection))]
    if card.reopening is not None:
        lines += ["↩️ " + t("card.reopening", reason=said(card.reopening))]
    if card.merged_into is not None:
        lines += ["🔗 " + t("card.merged_into", number=card.merged_into)]
    return [one for line in lines for one in ("", line)]


def _note(note: Comment, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    words = fit(" ".join(note.text.split()), _NOTE_UNITS) or t.plain("person.words_erased")
    when = in_words(note.at, now, t, time_zone)
    return t("card.note", when=when, name=_name(note.author.name, t), text=words)


def _comment(comment: Comment, room: int, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    """One line of at most `room` UTF-16 units, its end included; the words are cut to what the rest leaves."""
    when, name = in_words(comment.at, now, t, time_zone), _name(comment.author.name, t)
    if comment.edited:
        when += " " + t.plain("talking.edited")
    files = f"📎 {t.plural('card.attachments', comment.attachments)}" if comment.attachments else ""
    rest = units(t.plain("card.comment", when=when, name=name, text=f" {files}")) + 1
    words = fit(" ".join(comment.text.split()), max(room - rest, _COMMENT_MIN_UNITS))
    text = " ".join(part for part in (words, files) if part)
    nothing = "—" if comment.author.name else t.plain("person.words_erased")
    return t("card.comment", when=when, name=name, text=text or nothing)


def _afterwards(card: Card, now: datetime, t: Translator, time_zone: ZoneInfo) -> list[str]:
    """When it is due, until it is closed; and what the requester says of it then."""
    lines = []
    if card.react_by is not None and Action.TAKE in card.allowed_actions:
        late = card.react_by < now
        when = in_words(card.react_by, now, t, time_zone) if late else until(card.react_by, now, t, time_zone)
        lines.append(("⏰ " if late else "✋ ") + t("card.untaken" if late else "card.take", when=when))
    if card.due_at is not None:
        late = card.due_at < now
        when = in_words(card.due_at, now, t, time_zone) if late else until(card.due_at, now, t, time_zone)
        lines.append(("⏰ " if late else "⏱ ") + t("card.late" if late else "card.due", when=when))
    if card.rating is not None:
        lines.append("⭐ " + t("card.rating", rating=card.rating, most=RATING_MAX))
    return lines


def _step(step: TimelineEntry, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    key = f"timeline.{step.step.value}"
    name = _name(step.by.name, t) if step.by else ""
    assignee = _name(step.assignee.name, t) if step.assignee else ""
    if step.by is None and t.has(f"{key}_in_time"):
        key += "_in_time"
    return t(key, when=in_words(step.at, now, t, time_zone), name=name, assignee=assignee, other=step.other)


def _name(name: str, t: Translator) -> str:
    return fit(name, _NAME_UNITS) or t.plain("person.erased")
