"""What the gateway asks about people."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.message import Actor, Message, Moment, Origin, Role


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


class PersonCommand(Message):
    """What a manager does to somebody: `person_id`."""

    actor: Actor
    origin: Origin
    person_id: UUID


class SetRole(PersonCommand):
    """Let somebody do more, or less. Who is no longer of the staff is limited to no part of the places either."""

    TYPE: ClassVar[str] = "zavhoz.person.set_role.v1"

    role: Role


class SetAreas(PersonCommand):
    """Limit one of the staff to parts of the tree of places, by the codes of their topmost places; none: to nothing."""

    TYPE: ClassVar[str] = "zavhoz.person.set_areas.v1"

    areas: tuple[str, ...] = Field(max_length=1000)


class SetActive(PersonCommand):
    """Deactivate somebody, or activate them again."""

    TYPE: ClassVar[str] = "zavhoz.person.set_active.v1"

    active: bool


class ErasePerson(Message):
    """Forget the sender. `person_id` is whom the confirmation was drawn for, `asked_at` when."""

    TYPE: ClassVar[str] = "zavhoz.person.erase.v1"

    actor: Actor
    origin: Origin
    person_id: UUID
    asked_at: Moment
