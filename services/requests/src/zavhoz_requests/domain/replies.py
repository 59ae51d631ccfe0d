"""Canned replies: what managers have ready for the staff to say by a press. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from zavhoz_contracts import limits
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean, length
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.state import Person


@dataclass(frozen=True, slots=True)
class ReplyChange:
    """A reply says something else now, or, without a text, is there no more."""

    reply_id: UUID
    language: str
    text: str | None
    previous: str | None
    at: datetime
    by: UUID


def change(
    command: ChangeReply, by: Person, now: datetime, replies: Mapping[UUID, tuple[str, str]]
) -> ReplyChange | Refusal | None:
    """What `command` does to the `replies` there are, each a language and a text; none: it is so already."""
    if not has(by, Right.MANAGE_REPLIES):
        return Refusal(RefusalReason.NOT_ALLOWED)
    language, previous = replies.get(command.reply_id, (command.language, None))
    text = None if command.text is None else clean(command.text)
    if text is not None and not limits.REASON_MIN <= (size := length(text)) <= limits.COMMENT_MAX:
        return Refusal(RefusalReason.REPLY_LENGTH, limit=limits.COMMENT_MAX, size=size)
    there = sum(one == language for one, _ in replies.values())
    if previous is None and text is not None and there >= limits.REPLIES_MAX:
        return Refusal(RefusalReason.TOO_MANY_REPLIES, limit=limits.REPLIES_MAX, size=there + 1)
    if text == previous:
        return None
    return ReplyChange(command.reply_id, language, text, previous, now, by.id)
