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
    """Somebody may do more, or less, than before."""

    TYPE: ClassVar[str] = "zavhoz.person.role_changed.v1"

    person_id: UUID
    role: Role
    previous: Role
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
