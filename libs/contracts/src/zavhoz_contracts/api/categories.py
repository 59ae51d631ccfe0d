"""Categories of requests, as the read API shows them."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field, RootModel

from zavhoz_contracts.message import DEFAULT_LANGUAGE, Payload, Priority


def in_language(by_language: dict[str, str], language: str) -> str:
    """A text in this language, else in the default one, else in the first there is; empty when there is none."""
    return by_language.get(language) or by_language.get(DEFAULT_LANGUAGE) or next(iter(by_language.values()), "")


class Category(Payload):
    """A kind of trouble. `names` and `questions` are by language, the questions one a line.

    `priority` is what its requests have unless another is chosen, `assignee_id` whom they are given to.
    """

    category_id: UUID
    names: dict[str, str]
    questions: dict[str, str] = Field(default_factory=dict)
    priority: Priority | None = None
    assignee_id: UUID | None = None
    archived: bool = False

    def name(self, language: str) -> str:
        """Its name in a language, or in another one."""
        return in_language(self.names, language)

    def asks(self, language: str) -> tuple[str, ...]:
        """What is asked about its requests, in a language, or in another one."""
        return tuple(in_language(self.questions, language).splitlines())


class Categories(RootModel[tuple[Category, ...]]):
    """Categories in the order in which they were made."""
