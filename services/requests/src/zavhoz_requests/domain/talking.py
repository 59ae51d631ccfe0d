"""What is said about a request, to all whom it concerns or to the staff alone; and the files that come with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from zavhoz_contracts import limits
from zavhoz_contracts.requests.v1.commands import AttachToRequest, CommentRequest, EditComment, NoteRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean, length
from zavhoz_requests.domain.contents import further
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.hindrance import hindrance
from zavhoz_requests.domain.state import Attached, Commented, CommentEdited, Noted, Request

EDITED_WITHIN: Final = timedelta(seconds=limits.COMMENT_EDIT_SECONDS)
"""After so long a comment stays as it is: others have read it."""


def comment(command: CommentRequest, request: Request | None, context: Context) -> Decision:
    """Say something, send something, or both."""
    hindered = hindrance(Action.COMMENT, request, context)
    if hindered is not None:
        return hindered
    words = clean(command.text)
    if (wrong := _wrong_words(words, files=bool(command.attachments))) is not None:
        return wrong
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


def edit(command: EditComment, request: Request | None, context: Context) -> Decision:
    """Put one's own comment into other words, while it is fresh; the time that counts is that of the change itself."""
    hindered = hindrance(Action.COMMENT, request, context)
    if hindered is not None:
        return hindered
    comment = context.comment
    if comment is None or comment.request_id != command.request_id:
        return Refusal(RefusalReason.NOT_FOUND)
    if comment.author_id != context.person.id:
        return Refusal(RefusalReason.NOT_ALLOWED)
    words = clean(command.text)
    if words == comment.words:
        return ()
    if command.actor.seen_at - comment.at > EDITED_WITHIN:
        return Refusal(RefusalReason.COMMENT_EDITED_TOO_LATE)
    if (wrong := _wrong_words(words, files=comment.attachments > 0)) is not None:
        return wrong
    return (CommentEdited(command.request_id, context.person.id, context.now, comment.text_id, words),)


def note(command: NoteRequest, request: Request | None, context: Context) -> Decision:
    """Write down what only the staff reads."""
    hindered = hindrance(Action.NOTE, request, context)
    if hindered is not None:
        return hindered
    words = clean(command.text)
    size = length(words)
    if size == 0:
        return Refusal(RefusalReason.NOTE_EMPTY)
    if size > limits.NOTE_MAX:
        return Refusal(RefusalReason.NOTE_TOO_LONG, limit=limits.NOTE_MAX, size=size)
    return (Noted(command.request_id, context.person.id, context.now, context.text_id, words),)


def _wrong_words(words: str, *, files: bool) -> Refusal | None:
    """Why nobody may say so; files may come without words."""
    size = length(words)
    if size == 0 and not files:
        return Refusal(RefusalReason.COMMENT_EMPTY)
    if size > limits.COMMENT_MAX:
        return Refusal(RefusalReason.COMMENT_TOO_LONG, limit=limits.COMMENT_MAX, size=size)
    return None


def attach(command: AttachToRequest, request: Request | None, context: Context) -> Decision:
    """Add files to what was said already."""
    hindered = hindrance(Action.COMMENT, request, context)
    if hindered is not None:
        return hindered
    files = further(command.attachments, context)
    if isinstance(files, Refusal):
        return files
    return tuple(Attached(command.request_id, context.person.id, context.now, file, alone=True) for file in files)
