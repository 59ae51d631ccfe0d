"""What the gateway asks about people."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.message import Actor, Message, Moment, Origin


class RegisterPerson(Message):
    """Make the sender known, by /start or by their first private message. Done without effect when they are."""

    TYPE: ClassVar[str] = "zavhoz.person.register.v1"

    actor: Actor
    origin: Origin


class SetLanguage(Message):
    """Choose the language one is spoken to in: a code without a region. What Telegram says does not change it again."""

    TYPE: ClassVar[str] = "zavhoz.person.set_language.v1"

    actor: Actor
    origin: Origin
    language: str = Field(pattern=r"^[a-z]{2,3}$")


class ErasePerson(Message):
    """Forget the sender. `person_id` is whom the confirmation was drawn for, `asked_at` when."""

    TYPE: ClassVar[str] = "zavhoz.person.erase.v1"

    actor: Actor
    origin: Origin
    person_id: UUID
    asked_at: Moment
