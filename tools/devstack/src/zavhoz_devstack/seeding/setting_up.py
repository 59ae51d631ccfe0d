"""The commands by which the school's managers have set their desk up, and what they did with it today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from zavhoz_contracts.categories.v1.commands import CategoryField, ChangeCategory
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.groups.v1.commands import BindGroup, GroupBy
from zavhoz_contracts.message import Role
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.people.v1.commands import SetAreas, SetRole
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.requests.v1.commands import EditRequest
from zavhoz_devstack.seeding.commands import category_id, command, named, request_id
from zavhoz_devstack.seeding.desk import (
    CATEGORIES,
    GROUPS,
    REPLIES,
    SORTED,
    TECHNICIANS,
    Category,
    Group,
    settings,
)
from zavhoz_devstack.seeding.people import GRACE, MARINA
from zavhoz_devstack.seeding.school import CASES

_BIND_AGO = timedelta(minutes=100)
_SORT_AGO = timedelta(minutes=90)


def setting_up(at: datetime, now: datetime, people: Mapping[int, UUID]) -> list[Envelope[Any]]:
    """Everything that was set up before the first request, at that time; `people` are ids by Telegram's."""
    return [*_staff(at, people), *_settings(at, now), *_categories(at, people), *_replies(at)]


def sorting(now: datetime) -> list[Envelope[Any]]:
    """What was done today: the groups were bound, and what is still open was put where it is."""
    numbers = {case.words: number for number, case in enumerate(CASES, start=1)}
    edits = [
        command(
            MARINA,
            EditRequest,
            now - _SORT_AGO,
            f"sort {words}",
            request_id=request_id(numbers[words]),
            seen_version=1,
            place_code=code,
        )
        for words, (_, code) in SORTED.items()
    ]
    return [*(bind(group, now - _BIND_AGO, f"bind {group.id}") for group in GROUPS), *edits]


def bind(group: Group, at: datetime, name: str) -> Envelope[Any]:
    """/desk in a group, and a topic for each category."""
    given: dict[str, Any] = {"chat_id": group.id, "by": GroupBy.CATEGORY, "title": group.title, "forum": True}
    return command(group.by, BindGroup, at, name, chat=group.id, **given)


def _staff(at: datetime, people: Mapping[int, UUID]) -> Iterator[Envelope[Any]]:
    for who, areas in TECHNICIANS.items():
        id = people[who.id]
        yield command(MARINA, SetRole, at, f"technician {who.id}", person_id=id, role=Role.TECHNICIAN)
        if areas:
            yield command(MARINA, SetAreas, at, f"areas {who.id}", person_id=id, areas=areas)


def _settings(at: datetime, now: datetime) -> Iterator[Envelope[Any]]:
    for setting, value in settings(now.date()).items():
        yield command(MARINA, SetSetting, at, f"setting {setting}", setting=setting, value=value)


def _categories(at: datetime, people: Mapping[int, UUID]) -> Iterator[Envelope[Any]]:
    for one in CATEGORIES:
        for field, value, language in _fields(one, people):
            name = f"category {one.key} {field} {language}"
            given: dict[str, Any] = {
                "category_id": category_id(one),
                "field": field,
                "value": value,
                "language": language,
            }
            yield command(MARINA, ChangeCategory, at, name, **given)


def _fields(one: Category, people: Mapping[int, UUID]) -> Iterator[tuple[CategoryField, str, str | None]]:
    for language, name in one.names.items():
        yield CategoryField.NAME, name, language
    for language, questions in one.questions.items():
        yield CategoryField.QUESTIONS, "\n".join(questions), language
    if one.priority is not None:
        yield CategoryField.PRIORITY, one.priority.value, None
    if one.assignee is not None:
        yield CategoryField.ASSIGNEE, str(people[one.assignee.id]), None


def _replies(at: datetime) -> Iterator[Envelope[Any]]:
    for language, texts in REPLIES.items():
        for number, text in enumerate(texts):
            who, name = GRACE if language == GRACE.language else MARINA, f"reply {language} {number}"
            yield command(who, ChangeReply, at, name, reply_id=named(name), language=language, text=text)
