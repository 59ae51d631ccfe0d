"""The notifier's sentences: notices, toasts, and a reason for every refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.v1 import Card, Comment
from zavhoz_contracts.files.v1.events import AttachmentRefusalReason
from zavhoz_contracts.requests.v1.events import (
    RequestAlarm,
    RequestAssigned,
    RequestCommented,
    RequestCompleted,
    RequestEvent,
    RequestHeld,
    RequestMerged,
    RequestNoted,
    RequestRejected,
    RequestReopened,
    RequestResumed,
    RequestTaken,
)
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_notifier.application.alarm_words import running_out
from zavhoz_notifier.application.work_words import Rows, opening, worked_on
from zavhoz_telegram.callbacks import PhotosPress
from zavhoz_telegram.card_buttons import afterwards_buttons
from zavhoz_telegram.moments import until
from zavhoz_telegram.screens import fit
from zavhoz_telegram.texts import Translator

_TITLE_UNITS = 300
_REASON_UNITS = 1000
_COMMENT_UNITS = 2000
_NAME_UNITS = 64
_ANSWER_UNITS = 200
_FILE_NAME_UNITS = 100


def notice_text(
    event: RequestEvent,
    card: Card,
    t: Translator,
    time_zone: ZoneInfo,
    comment: Comment | None = None,
    *,
    reader_id: UUID | None = None,
) -> tuple[str, Rows]:
    """What somebody is told of an event, beginning with the request's number, and the buttons: one opens it.

    `comment` is the one, or the note, that the event is about, as they may read it; `reader_id` who is told.
    """
    rows = opening(card, t)
    title = fit(card.title, _TITLE_UNITS)
    match event:
        case RequestTaken() | RequestAssigned() | RequestHeld() | RequestResumed() | RequestMerged():
            return worked_on(event, card, t, time_zone, reader_id)
        case RequestAlarm():
            return running_out(event, card, t, time_zone, datetime.now(UTC))
        case RequestCompleted():
            text = t("notice.completed", number=card.number, title=title)
            if card.completion and event.text_id is not None:
                text += "\n" + t("card.completion", note=fit(card.completion, _REASON_UNITS))
            if event.attachments:
                rows = [[["🖼 " + t.plain("talking.photos"), PhotosPress(request_id=card.request_id).pack()], *rows[0]]]
            if answers := afterwards_buttons(card, t):
                text += f"\n\n{_is_it_fixed(card, t, time_zone)}"
                rows = [[list(button) for button in row] for row in answers] + rows
        case RequestReopened():
            key = "notice.reopened" if event.assignee_id else "notice.reopened_after_refusal"
            name = card.timeline[-1].by.name if card.timeline and card.timeline[-1].by else "?"
            reason = fit(card.reopening or "📎", _REASON_UNITS)
            text = t(key, number=card.number, title=title, name=fit(name, _NAME_UNITS), reason=reason)
        case RequestRejected():
            reason = fit(card.rejection or "—", _REASON_UNITS)
            text = t("notice.rejected", number=card.number, title=title, reason=reason)
        case RequestCommented() | RequestNoted() if comment is not None:
            key = "notice.noted" if isinstance(event, RequestNoted) else "notice.commented"
            name = fit(comment.author.name, _NAME_UNITS) or t.plain("person.erased")
            text = t(key, number=card.number, title=title, name=name, text=_said(comment, t))
        case _:
            raise TypeError(f"there is no notice about {type(event).__name__}")
    return text, rows


def attachment_refused(
    reason: AttachmentRefusalReason, card: Card, file_name: str | None, t: Translator
) -> tuple[str, Rows]:
    """What the uploader is told of a file that is not kept: why, and what to do; and the button that opens the card."""
    if file_name:
        what = t.plain("attachment.named", name=fit(file_name, _FILE_NAME_UNITS))
    else:
        what = t.plain("attachment.unnamed")
    return t(
        "notice.attachment_refused", number=card.number, what=what, why=t.plain(f"attachment.why.{reason.value}")
    ), opening(card, t)


def _is_it_fixed(card: Card, t: Translator, time_zone: ZoneInfo) -> str:
    now = datetime.now(UTC)
    return t("notice.is_it_fixed", until=until(card.confirms_at or now, now, t, time_zone))


def _said(comment: Comment, t: Translator) -> str:
    files = f"📎 {t.plural('card.attachments', comment.attachments)}" if comment.attachments else ""
    return "\n".join(part for part in (fit(comment.text, _COMMENT_UNITS), files) if part) or "—"


def done_toast(done: CommandDone, t: Translator) -> str:
    """What pops up, or is said, when a command was done."""
    verb = _verb(done.command_type)
    key = f"done.{verb}" if t.has(f"done.{verb}") else "done.other"
    return fit(t.plain(key, number=done.number or ""), _ANSWER_UNITS)


def refusal(refused: CommandRefused, t: Translator) -> str:
    """Why a command was refused, in one sentence."""
    key = f"refusal.{refused.reason.value}"
    told = f"{key}.{refused.problem}"
    sentence = t.plain(
        told if t.has(told) else key,
        who=refused.who or "?",
        limit=refused.limit or 0,
        length=refused.length or 0,
        piece=refused.piece or "—",
    )
    return fit(f"#{refused.number}: {sentence}" if refused.number else sentence, _ANSWER_UNITS)


def _verb(command_type: str) -> str:
    return command_type.split(".")[-2]
