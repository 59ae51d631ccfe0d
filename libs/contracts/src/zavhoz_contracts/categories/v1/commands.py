"""What the gateway asks about categories."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.message import Actor, Message, Origin


class CategoryField(StrEnum):
    """What can be changed about a category, and what its value is."""

    NAME = "name"  # in one language; the first one makes the category
    PRIORITY = "priority"  # that requests have unless another is chosen; or none
    ASSIGNEE = "assignee"  # the person id of whom they are given to; or none
    QUESTIONS = "questions"  # in one language, one a line; or none
    ARCHIVED = "archived"  # "yes" or none: whether nobody can choose it any more


class ChangeCategory(Message):
    """Change one thing about a category of requests. The name and the questions are those in `language`."""

    TYPE: ClassVar[str] = "zavhoz.category.change.v1"

    actor: Actor
    origin: Origin
    category_id: UUID
    field: CategoryField
    value: str | None = Field(default=None, max_length=16_384)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
