"""What happened to people. A person is a random id here; the name and the chat stay in the requests service."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from zavhoz_contracts.message import Message, Moment, Role


class PersonRegistered(Message):
    """Somebody became known."""

    TYPE: ClassVar[str] = "zavhoz.person.registered.v1"

    person_id: UUID
    role: Role
    occurred_at: Moment


class PersonRoleChanged(Message):
    """Somebody may do more, or less, than before. `actor_id` is the manager who said so; none: they are listed."""

    TYPE: ClassVar[str] = "zavhoz.person.role_changed.v1"

    person_id: UUID
    role: Role
    previous: Role
    actor_id: UUID | None = None
    occurred_at: Moment


class PersonAreasChanged(Message):
    """One of the staff is limited to these parts of the tree of places, by the codes of their topmost places.

    None: to nothing. `previous` are those before.
    """

    TYPE: ClassVar[str] = "zavhoz.person.areas_changed.v1"

    person_id: UUID
    areas: tuple[str, ...]
    previous: tuple[str, ...]
    actor_id: UUID
    occurred_at: Moment


class PersonDeactivated(Message):
    """Somebody may do nothing any more."""

    TYPE: ClassVar[str] = "zavhoz.person.deactivated.v1"

    person_id: UUID
    actor_id: UUID
    occurred_at: Moment


class PersonActivated(Message):
    """Somebody who was deactivated may do again what their role allows."""

    TYPE: ClassVar[str] = "zavhoz.person.activated.v1"

    person_id: UUID
    actor_id: UUID
    occurred_at: Moment


class PersonErased(Message):
    """Somebody had themselves erased: whoever keeps anything of this person deletes it. Nothing follows about them."""

    TYPE: ClassVar[str] = "zavhoz.person.erased.v1"

    person_id: UUID
    occurred_at: Moment


class PersonReachability(Message):
    """Private: the bot was blocked by a person or their chat is gone (`reachable` false), or they are back."""

    TYPE: ClassVar[str] = "zavhoz.person.reachability.v1"

    person_id: UUID
    reachable: bool
    occurred_at: Moment
