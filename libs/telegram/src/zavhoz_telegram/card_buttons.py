"""The buttons under a card, and those of them that a notice has."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_contracts.api.v1 import AttachmentStatus, Card
from zavhoz_contracts.limits import RATING_MAX, RATING_MIN
from zavhoz_contracts.message import AttachmentKind, Priority
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_telegram.callbacks import PhotosPress, PriorityPress, RatePress, RequestPress
from zavhoz_telegram.screens import PRIORITY_SIGN, Row
from zavhoz_telegram.texts import Translator

SIGN: Final = {
    Action.TAKE: "🔧",
    Action.ASSIGN: "👷",
    Action.HOLD: "⏸",
    Action.RESUME: "▶️",
    Action.COMPLETE: "✅",
    Action.REJECT: "🚫",
    Action.REOPEN: "↩️",
    Action.EDIT: "✏️",
    Action.CANCEL: "🗑",
    Action.MERGE: "🔗",
    Action.COMMENT: "💬",
    Action.NOTE: "🔒",
    Action.LEAVE: "🔕",
}
_ORDER: Final = (
    *(Action.TAKE, Action.COMPLETE, Action.RESUME, Action.REOPEN, Action.HOLD, Action.ASSIGN),
    *(Action.COMMENT, Action.NOTE, Action.EDIT, Action.REJECT, Action.MERGE, Action.CANCEL, Action.LEAVE),
)
"""What is pressed most comes first. The others are said by a rating, and under a draft."""
_IN_A_ROW: Final = 2
_SEEN: Final = {AttachmentKind.PHOTO, AttachmentKind.VIDEO}


def card_buttons(card: Card, t: Translator) -> tuple[Row, ...]:
    """Exactly what this person may do: [Fixed, 1 to 5] first, for it is asked for."""
    buttons = [_button(action, card, t) for action in _ORDER if action in card.allowed_actions]
    return (
        *_rating(card),
        *(tuple(buttons[first : first + _IN_A_ROW]) for first in range(0, len(buttons), _IN_A_ROW)),
        *_files(card, t),
    )


def _files(card: Card, t: Translator) -> tuple[Row, ...]:
    """What shows the files. A card is not drawn again when they are found good, so those that may be count too."""
    there = (AttachmentStatus.STORED, AttachmentStatus.PENDING)
    kinds = {file.kind for file in card.attachments if file.status in there}
    if not kinds:
        return ()
    label = f"🖼 {t.plain('talking.photos')}" if kinds & _SEEN else f"📎 {t.plain('talking.files')}"
    return (((label, PhotosPress(request_id=card.request_id).pack()),),)


def afterwards_buttons(card: Card, t: Translator) -> tuple[Row, ...]:
    """The answers to "is it fixed?", of who may give them."""
    reopen = ((_button(Action.REOPEN, card, t),),) if Action.REOPEN in card.allowed_actions else ()
    return (*_rating(card), *reopen) if Action.CONFIRM in card.allowed_actions else ()


def priority_row(request_id: UUID, version: int, t: Translator) -> Row:
    """A choice of how urgent a request is."""
    return tuple(
        (
            f"{PRIORITY_SIGN[priority]} {t.plain(f'priority_button.{priority.value}')}",
            PriorityPress(priority=priority, request_id=request_id, version=version).pack(),
        )
        for priority in Priority
    )


def _button(action: Action, card: Card, t: Translator) -> tuple[str, str]:
    refused = action is Action.REOPEN and card.status is Status.REJECTED
    name = t.plain("action.reopen_rejected") if refused else t.plain(f"action.{action.value}")
    return f"{SIGN[action]} {name}", RequestPress(
        action=action, request_id=card.request_id, version=card.version
    ).pack()


def _rating(card: Card) -> tuple[Row, ...]:
    if Action.CONFIRM not in card.allowed_actions:
        return ()
    press = RatePress(rating=RATING_MIN, request_id=card.request_id, version=card.version)
    return (
        tuple(
            (f"{rating} ⭐", press.model_copy(update={"rating": rating}).pack())
            for rating in range(RATING_MIN, RATING_MAX + 1)
        ),
    )
