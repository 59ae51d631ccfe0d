"""What happened to categories."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from zavhoz_contracts.categories.v1.commands import CategoryField
from zavhoz_contracts.message import Message, Moment


class CategoryChanged(Message):
    """A manager changed one thing about a category, of which there was none before its first name."""

    TYPE: ClassVar[str] = "zavhoz.category.changed.v1"

    category_id: UUID
    field: CategoryField
    value: str | None = None
    previous: str | None = None
    language: str | None = None
    actor_id: UUID
    occurred_at: Moment
