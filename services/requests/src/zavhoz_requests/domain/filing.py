"""A request is filed, and says something else later."""

from __future__ import annotations

from zavhoz_contracts import limits
from zavhoz_contracts.requests.v1.commands import CreateRequest, EditRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean, length
from zavhoz_requests.domain.contents import distinct, title_from, wrong_description, wrong_title
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.hindrance import hindrance
from zavhoz_requests.domain.lifecycle import STAFF
from zavhoz_requests.domain.state import Attached, Created, Edited, Request


def create(command: CreateRequest, context: Context) -> Decision:
    """File it."""
    description, attachments = clean(command.description), distinct(command.attachments)
    wrong = wrong_description(description, files=bool(attachments))
    if wrong is not None:
        return wrong
    if len(attachments) > limits.ATTACHMENTS_MAX:
        return Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=limits.ATTACHMENTS_MAX, size=len(attachments))
    title = clean(command.title or "").replace("\n", " ") or title_from(description)
    if (wrong := wrong_title(title)) is not None:
        return wrong
    place = _place(command, context)
    if isinstance(place, Refusal):
        return place
    most = context.terms.open_limit
    if context.open >= most and context.person.role not in STAFF:
        return Refusal(RefusalReason.TOO_MANY_OPEN, limit=most, size=context.open + 1)
    by, at, request_id = context.person.id, context.now, command.request_id
    priority, files = command.priority, len(attachments)
    due_at = context.terms.due(priority, at)
    return (
        Created(request_id, by, at, title, description, priority, files, due_at, place, command.place_code),
        *(Attached(request_id, by, at, attachment) for attachment in attachments),
    )


def _place(command: CreateRequest, context: Context) -> str | Refusal:
    """The path of the place it names, or the person's own words for it; empty when it was not said."""
    if command.place_code is not None:
        place = context.places.get(command.place_code)
        return Refusal(RefusalReason.PLACE_NOT_FOUND) if place is None or place.archived else place.path
    words = " ".join(clean(command.place or "").split())
    size = length(words)
    if 0 < size < limits.PLACE_MIN:
        return Refusal(RefusalReason.PLACE_TOO_SHORT, limit=limits.PLACE_MIN, size=size)
    if size > limits.PLACE_MAX:
        return Refusal(RefusalReason.PLACE_TOO_LONG, limit=limits.PLACE_MAX, size=size)
    return words


def edit(command: EditRequest, request: Request | None, context: Context) -> Decision:
    """Change its words, with which its title changes, or how urgent it is: it is due so long after it was filed."""
    hindered = hindrance(Action.EDIT, request, context)
    if hindered is not None or request is None:
        return hindered or ()
    title, description = request.title, request.description
    if command.description is not None:
        description = clean(command.description)
        # Without words a request is what its files show; words are only ever replaced by words.
        if (wrong := wrong_description(description, files=False)) is not None:
            return wrong
        title = title_from(description)
        if (wrong := wrong_title(title)) is not None:
            return wrong
    priority = command.priority or request.priority
    if (description, priority) == (request.description, request.priority):
        return ()
    due_at = request.due_at if priority is request.priority else context.terms.due(priority, request.created_at)
    by, at = context.person.id, context.now
    edited = Edited(request.id, by, at, title, description, priority, request.title, request.priority, due_at)
    return (edited,)
