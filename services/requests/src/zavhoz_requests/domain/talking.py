"""What is said about a request, and the files that come with it or after it."""

from __future__ import annotations

from zavhoz_contracts import limits
from zavhoz_contracts.requests.v1.commands import AttachToRequest, CommentRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean, length
from zavhoz_requests.domain.contents import further
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.hindrance import hindrance
from zavhoz_requests.domain.state import Attached, Commented, Request


def comment(command: CommentRequest, request: Request | None, context: Context) -> Decision:
    """Say something, send something, or both."""
    hindered = hindrance(Action.COMMENT, request, context)
    if hindered is not None:
        return hindered
    words = clean(command.text)
    size = length(words)
    if size == 0 and not command.attachments:
        return Refusal(RefusalReason.COMMENT_EMPTY)
    if size > limits.COMMENT_MAX:
        return Refusal(RefusalReason.COMMENT_TOO_LONG, limit=limits.COMMENT_MAX, size=size)
    files = further(command.attachments, context)
    if isinstance(files, Refusal):
        return files
    if not words and not files:
        return ()  # nothing but files that are there already
    by, at, request_id = context.person.id, context.now, command.request_id
    return (
        Commented(request_id, by, at, context.text_id, words, len(files)),
        *(Attached(request_id, by, at, file) for file in files),
    )


def attach(command: AttachToRequest, request: Request | None, context: Context) -> Decision:
    """Add files to what was said already."""
    hindered = hindrance(Action.COMMENT, request, context)
    if hindered is not None:
        return hindered
    files = further(command.attachments, context)
    if isinstance(files, Refusal):
        return files
    return tuple(Attached(command.request_id, context.person.id, context.now, file, alone=True) for file in files)
