"""What people type and send, made fit to keep, or the reason why it is not kept."""

from __future__ import annotations

from zavhoz_contracts import limits
from zavhoz_contracts.message import Attachment
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean, length, shorten
from zavhoz_requests.domain.decision import Context, Refusal


def title_from(description: str) -> str:
    """The first line that makes a title, cut at a word; when it is too short to be one, the words of all lines."""
    first = description.split("\n", 1)[0].strip()
    words = first if length(first) >= limits.TITLE_MIN else " ".join(description.split())
    return shorten(words, limits.TITLE_MAX)


def wrong_description(description: str, *, files: bool) -> Refusal | None:
    """What is wrong with a cleaned description; where there are files, it may be short or missing."""
    size = length(description)
    if size == 0 and not files:
        return Refusal(RefusalReason.EMPTY)
    if size > limits.DESCRIPTION_MAX:
        return Refusal(RefusalReason.DESCRIPTION_TOO_LONG, limit=limits.DESCRIPTION_MAX, size=size)
    if size < limits.DESCRIPTION_MIN and not files:
        return Refusal(RefusalReason.DESCRIPTION_TOO_SHORT, limit=limits.DESCRIPTION_MIN, size=size)
    return None


def wrong_title(title: str) -> Refusal | None:
    """What is wrong with a cleaned title."""
    size = length(title)
    if size > limits.TITLE_MAX:
        return Refusal(RefusalReason.TITLE_TOO_LONG, limit=limits.TITLE_MAX, size=size)
    if size < limits.TITLE_MIN:
        return Refusal(RefusalReason.TITLE_TOO_SHORT, limit=limits.TITLE_MIN, size=size)
    return None


def wrong_reason(reason: str, *, files: bool = False) -> Refusal | None:
    """What is wrong with a cleaned reason; where there are files, it may be missing."""
    size = length(reason)
    if size < limits.REASON_MIN and not (files and size == 0):
        return Refusal(RefusalReason.REASON_TOO_SHORT, limit=limits.REASON_MIN, size=size)
    if size > limits.REASON_MAX:
        return Refusal(RefusalReason.REASON_TOO_LONG, limit=limits.REASON_MAX, size=size)
    return None


def distinct(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """Each file once, under a name that can be stored."""
    named = (
        attachment.model_copy(update={"file_name": clean(attachment.file_name or "") or None})
        for attachment in attachments
    )
    return tuple({attachment.attachment_id: attachment for attachment in named}.values())


def further(attachments: tuple[Attachment, ...], context: Context) -> tuple[Attachment, ...] | Refusal:
    """Those files that the request does not have yet, or why there are too many."""
    files = tuple(file for file in distinct(attachments) if file.attachment_id not in context.attached)
    if len(files) > limits.ATTACHMENTS_MAX:
        return Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=limits.ATTACHMENTS_MAX, size=len(files))
    total = len(context.attached) + len(files)
    if files and total > limits.ATTACHMENTS_IN_ALL_MAX:
        return Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=limits.ATTACHMENTS_IN_ALL_MAX, size=total)
    return files
