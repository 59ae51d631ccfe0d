"""A message on its way to the broker: bytes, where they go, and what is said of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from pamqp.commands import Basic

from zavhoz_contracts import tracing
from zavhoz_contracts.envelope import CONTENT_TYPE, Envelope, UnknownMessage, checked_size
from zavhoz_contracts.registry import by_type

Headers = Mapping[str, str | int]
_PERSISTENT: Final = 2
_PROCESS: Final = uuid4().hex
_attempts: Final = itertools.count()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Bytes on their way to an exchange; the default exchange (empty) takes a queue's name as routing key."""

    body: bytes
    exchange: str
    routing_key: str
    headers: Headers | None = None
    traceparent: str | None = None

    @classmethod
    def of(cls, envelope: Envelope[Any]) -> Outgoing:
        """A message to its own exchange, as the registry says. Raises as `to_its_exchange` does."""
        return cls.to_its_exchange(envelope.type, envelope.to_json(), envelope.traceparent)

    @classmethod
    def to_its_exchange(cls, type: str, body: bytes, traceparent: str | None = None) -> Outgoing:
        """The bytes of an envelope of this type with this `traceparent`, to the exchange that the registry says.

        Raises:
            MessageTooLarge: over 64 KiB.
            UnknownMessage: the type is not in the registry.
        """
        route = by_type(type)
        if route is None:
            raise UnknownMessage(f"{type} is not in the registry")
        return cls(checked_size(body, type), route.exchange.value, route.type, traceparent=traceparent)

    def carried(self, here: str | None) -> Outgoing:
        """The message with its trace context as it goes `onward` from `here`."""
        goes_on = tracing.onward(self.traceparent, here)
        if goes_on is None or goes_on == self.traceparent:
            return self
        if self.traceparent is None:
            body = checked_size(b'{"traceparent":"' + goes_on.encode() + b'",' + self.body[1:], self.routing_key)
        else:  # 128 random bits that nobody could have typed: it is in the body once
            body = self.body.replace(self.traceparent.encode(), goes_on.encode(), 1)
        return replace(self, body=body, traceparent=goes_on)

    def properties(self) -> Basic.Properties:
        """Persistent, with a `message_id` that is fresh each time: the client matches what is returned by it."""
        return Basic.Properties(
            content_type=CONTENT_TYPE,
            delivery_mode=_PERSISTENT,
            message_id=f"{_PROCESS}-{next(_attempts)}",
            headers=dict(self.headers) if self.headers else None,
        )
