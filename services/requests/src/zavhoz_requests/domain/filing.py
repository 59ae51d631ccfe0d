"""A request is filed, and says something else later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from zavhoz_contracts import limits
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.commands import Answer, CreateRequest, EditRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean, length, shorten
from zavhoz_requests.domain.contents import distinct, title_from, wrong_description, wrong_title
from zavhoz_requests.domain.deadlines import allowed, at_work, begun
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.hindrance import hindrance
from zavhoz_requests.domain.permissions import STAFF
from zavhoz_requests.domain.state import Assigned, Attached, Created, Edited, Request

_Where = tuple[str, frozenset[str]]
"""The path of a place or the words for one, and the codes of what it is in."""


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
    place = _place(command.place_code, command.place, context)
    if isinstance(place, Refusal):
        return place
    path, within = place
    most = context.terms.open_limit
    if context.open >= most and context.person.role not in STAFF:
        return Refusal(RefusalReason.TOO_MANY_OPEN, limit=most, size=context.open + 1)
    category = None if command.category_id is None else context.categories.get(command.category_id)
    if command.category_id is not None and (category is None or category.archived):
        return Refusal(RefusalReason.CATEGORY_NOT_FOUND)
    answers = _answers(command.answers)
    if isinstance(answers, Refusal):
        return answers
    by, at, request_id = context.person.id, context.now, command.request_id
    priority = command.priority or (category and category.priority) or Priority.MEDIUM
    deadlines, code, files = begun(priority, at, context.terms), command.place_code, len(attachments)
    created = Created(request_id, by, at, title, description, priority, files, deadlines, path, code, within)
    created = replace(created, category_id=command.category_id, answers=answers)
    return (
        created,
        *(Attached(request_id, by, at, attachment) for attachment in attachments),
        *(() if category is None else _given(created, context)),
    )


def _answers(answers: Sequence[Answer]) -> tuple[tuple[str, str], ...] | Refusal:
    """What was said to what was asked; nothing of what was not answered."""
    said = [(" ".join(clean(one.question).split()), clean(one.text)) for one in answers[: limits.QUESTIONS_MAX]]
    longest = max((length(text) for _, text in said), default=0)
    if longest > limits.ANSWER_MAX:
        return Refusal(RefusalReason.ANSWER_TOO_LONG, limit=limits.ANSWER_MAX, size=longest)
    return tuple((shorten(question, limits.QUESTION_MAX), text) for question, text in said if text)


def _given(created: Created, context: Context) -> tuple[Assigned, ...]:
    """To whom it goes at once, for its category says so and they work where it is."""
    assignee = context.assignee
    if assignee is None or not assignee.active or assignee.role not in STAFF:
        return ()
    if assignee.areas and assignee.areas.isdisjoint(created.within):
        return ()
    deadlines = at_work(created.deadlines, created.at, context.terms)
    return (Assigned(created.request_id, None, created.at, assignee.id, None, deadlines),)


def _place(code: str | None, said: str | None, context: Context) -> _Where | Refusal:
    """The path of the place with this code, or the person's own words for one; empty when it was not said."""
    if code is not None:
        place = context.places.get(code)
        if place is None or place.archived:
            return Refusal(RefusalReason.PLACE_NOT_FOUND)
        return place.path, place.within
    words = " ".join(clean(said or "").split())
    size = length(words)
    if 0 < size < limits.PLACE_MIN:
        return Refusal(RefusalReason.PLACE_TOO_SHORT, limit=limits.PLACE_MIN, size=size)
    if size > limits.PLACE_MAX:
        return Refusal(RefusalReason.PLACE_TOO_LONG, limit=limits.PLACE_MAX, size=size)
    return words, frozenset()


def edit(command: EditRequest, request: Request | None, context: Context) -> Decision:
    """Change its words, with which its title changes, its place, or how urgent it is, which allows another time."""
    hindered = hindrance(Action.EDIT, request, context)
    if hindered is not None or request is None:
        return hindered or ()
    words, place = _reworded(command, request), _moved(command, request, context)
    if isinstance(words, Refusal):
        return words
    if isinstance(place, Refusal):
        return place
    title, description = words
    priority = command.priority or request.priority
    category_id = _recategorised(command, request, context)
    if isinstance(category_id, Refusal):
        return category_id
    after = (description, priority, category_id, place)
    if after == (request.description, request.priority, request.category_id, None):
        return ()
    deadlines = request.deadlines
    if priority is not request.priority:
        deadlines = allowed(deadlines, priority, context.terms)
    by, at = context.person.id, context.now
    edited = Edited(request.id, by, at, title, description, priority, request.title, request.priority, deadlines)
    edited = replace(edited, category_id=category_id, former_category_id=request.category_id)
    if place is not None:
        path, within = place
        former = request.place
        edited = replace(edited, place=path, place_code=command.place_code, former_place=former, within=within)
    return (edited,)


def _recategorised(command: EditRequest, request: Request, context: Context) -> UUID | Refusal | None:
    """The category that it has from now on."""
    if command.category is None or command.category == request.category_id:
        return request.category_id
    if command.category == "":
        return None
    category = context.categories.get(command.category)
    if category is None or category.archived:
        return Refusal(RefusalReason.CATEGORY_NOT_FOUND)
    return category.id


def _reworded(command: EditRequest, request: Request) -> tuple[str, str] | Refusal:
    """The title and the description that it has from now on."""
    if command.description is None:
        return request.title, request.description
    description = clean(command.description)
    title = title_from(description)
    # Without words a request is what its files show; words are only ever replaced by words.
    wrong = wrong_description(description, files=False) or wrong_title(title)
    return wrong or (title, description)


def _moved(command: EditRequest, request: Request, context: Context) -> _Where | Refusal | None:
    """Where it is from now on; none when it stays where it is."""
    if command.place is None and command.place_code is None:
        return None
    where = _place(command.place_code, command.place, context)
    if isinstance(where, Refusal):
        return where
    same_code = request.place_id == (None if command.place_code is None else place_id(command.place_code))
    return None if same_code and where[0] == request.place else where
