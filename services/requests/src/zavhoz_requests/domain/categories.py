"""Categories of requests: what a manager changes about them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from zavhoz_contracts import limits
from zavhoz_contracts.categories.v1.commands import CategoryField, ChangeCategory
from zavhoz_contracts.message import DEFAULT_LANGUAGE, Priority
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean, length
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.permissions import STAFF, Right, has
from zavhoz_requests.domain.state import Category, Person


@dataclass(frozen=True, slots=True)
class CategoryChange:
    """One thing about a category is another one now; the name and the questions are those in `language`."""

    category_id: UUID
    field: CategoryField
    value: str | None
    previous: str | None
    language: str | None
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is decided by: all the categories there are, who changes them when, and whom work may be given to."""

    by: Person
    now: datetime
    categories: Mapping[UUID, Category] = field(default_factory=dict)
    assignee: Person | None = None


Changed = tuple[Category, CategoryChange | None]
"""What becomes of a category, and what happened to it; nothing when it is so already."""


def change(command: ChangeCategory, shelf: Shelf) -> Changed | Refusal:
    """What `command` does to a category."""
    if not has(shelf.by, Right.MANAGE_CATEGORIES):
        return Refusal(RefusalReason.NOT_ALLOWED)
    category = shelf.categories.get(command.category_id)
    if command.field is CategoryField.NAME:
        return _named(category or Category(command.category_id), command, shelf)
    if category is None:
        return Refusal(RefusalReason.CATEGORY_NOT_FOUND)
    match command.field:
        case CategoryField.PRIORITY:
            return _prioritised(category, command, shelf)
        case CategoryField.ASSIGNEE:
            return _assigned(category, command, shelf)
        case CategoryField.QUESTIONS:
            return _asking(category, command, shelf)
        case CategoryField.ARCHIVED:
            return _archived(category, command, shelf)


def _named(category: Category, command: ChangeCategory, shelf: Shelf) -> Changed | Refusal:
    language, name = command.language or DEFAULT_LANGUAGE, " ".join(clean(command.value or "").split())
    size = length(name)
    if not limits.CATEGORY_MIN <= size <= limits.CATEGORY_MAX:
        return Refusal(RefusalReason.CATEGORY_NAME_WRONG, limit=limits.CATEGORY_MAX, size=size)
    others = [one for id, one in shelf.categories.items() if id != category.id and not one.archived]
    if any(name.casefold() == other.names.get(language, "").casefold() for other in others):
        return Refusal(RefusalReason.CATEGORY_EXISTS)
    if category.id not in shelf.categories and len(others) >= limits.CATEGORIES_MAX:
        return Refusal(RefusalReason.TOO_MANY_CATEGORIES, limit=limits.CATEGORIES_MAX, size=len(others) + 1)
    previous = category.names.get(language)
    return _become(
        category, replace(category, names={**category.names, language: name}), command, shelf, name, previous
    )


def _prioritised(category: Category, command: ChangeCategory, shelf: Shelf) -> Changed | Refusal:
    if command.value is not None and command.value not in set(Priority):
        return Refusal(RefusalReason.CATEGORY_NOT_FOUND)
    priority = None if command.value is None else Priority(command.value)
    previous = category.priority and category.priority.value
    return _become(category, replace(category, priority=priority), command, shelf, command.value, previous)


def _assigned(category: Category, command: ChangeCategory, shelf: Shelf) -> Changed | Refusal:
    assignee = shelf.assignee
    if command.value is not None and (assignee is None or not assignee.active or assignee.role not in STAFF):
        return Refusal(RefusalReason.ASSIGNEE_NOT_STAFF)
    id = assignee.id if command.value is not None and assignee is not None else None
    previous = str(category.assignee_id) if category.assignee_id else None
    return _become(category, replace(category, assignee_id=id), command, shelf, str(id) if id else None, previous)


def _asking(category: Category, command: ChangeCategory, shelf: Shelf) -> Changed | Refusal:
    language = command.language or DEFAULT_LANGUAGE
    lines = [" ".join(line.split()) for line in clean(command.value or "").splitlines()]
    questions = [line for line in lines if line]
    wrong = [one for one in questions if not limits.QUESTION_MIN <= length(one) <= limits.QUESTION_MAX]
    if wrong or len(questions) > limits.QUESTIONS_MAX:
        return Refusal(RefusalReason.QUESTIONS_WRONG, limit=limits.QUESTIONS_MAX, size=len(questions))
    value, previous = "\n".join(questions) or None, category.questions.get(language)
    kept = {one: said for one, said in category.questions.items() if one != language}
    asked = kept if value is None else {**kept, language: value}
    return _become(category, replace(category, questions=asked), command, shelf, value, previous)


def _archived(category: Category, command: ChangeCategory, shelf: Shelf) -> Changed | Refusal:
    archived = command.value is not None
    value, previous = ("yes" if one else None for one in (archived, category.archived))
    return _become(category, replace(category, archived=archived), command, shelf, value, previous)


def _become(
    before: Category, after: Category, command: ChangeCategory, shelf: Shelf, value: str | None, previous: str | None
) -> Changed:
    if value == previous and before.id in shelf.categories:
        return before, None
    spoken = command.field in (CategoryField.NAME, CategoryField.QUESTIONS)
    language = (command.language or DEFAULT_LANGUAGE) if spoken else None
    event = CategoryChange(before.id, command.field, value, previous, language, shelf.now, shelf.by.id)
    return replace(after, version=before.version + 1), event
