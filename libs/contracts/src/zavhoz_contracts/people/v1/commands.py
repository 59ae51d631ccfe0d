"""What the gateway asks about people."""

from __future__ import annotations

from typing import ClassVar

from zavhoz_contracts.message import Actor, Message, Origin


class RegisterPerson(Message):
    """Make the sender known, by /start or by their first private message. Done without effect when they are."""

    TYPE: ClassVar[str] = "zavhoz.person.register.v1"

    actor: Actor
    origin: Origin
