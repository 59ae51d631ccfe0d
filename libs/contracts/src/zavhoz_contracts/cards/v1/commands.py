"""What the gateway asks of the notifier, which owns all cards."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from zavhoz_contracts.message import Actor, Message, Origin


class OpenCard(Message):
    """Show this request's card in the actor's chat, as a new message."""

    TYPE: ClassVar[str] = "zavhoz.card.open.v1"

    request_id: UUID
    actor: Actor
    origin: Origin


class SendPhotos(Message):
    """Send this request's files to the actor's chat. `origin.message_id` is the card whose button asked for them."""

    TYPE: ClassVar[str] = "zavhoz.card.photos.v1"

    request_id: UUID
    actor: Actor
    origin: Origin
