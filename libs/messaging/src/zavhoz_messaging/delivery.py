"""A message as a handler gets it, and the headers that we add when a message is moved."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from opentelemetry.trace import Span

from zavhoz_contracts.envelope import Envelope, parse
from zavhoz_contracts.tracing import current, onward
from zavhoz_messaging.transport import Taken

ATTEMPT: Final = "x-zavhoz-attempt"
REASON: Final = "x-zavhoz-reason"
ERROR: Final = "x-zavhoz-error"
QUEUE: Final = "x-zavhoz-queue"
DIED_AT: Final = "x-zavhoz-died-at"
_DELIVERIES: Final = "x-delivery-count"
_ERROR_MAX: Final = 500


class Headed(Protocol):
    """Whatever has the headers of a message."""

    @property
    def headers(self) -> Mapping[str, Any]:
        """They may hold what the broker and others set, too."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message taken from a queue. `attempt` counts the failed attempts before this one, from 0."""

    envelope: Envelope[Any]
    attempt: int
    message: Taken

    @classmethod
    def read(cls, message: Taken) -> Delivery:
        """Decode a message.

        Raises:
            MalformedMessage, UnknownMessage: it is none of ours.
        """
        return cls(parse(message.body), attempt(message), message)


def continuing(span: Span, group: Sequence[Delivery]) -> Sequence[Delivery]:
    """The group as its handler gets it: what is written because of a message continues its trace from `span`."""
    if not span.is_recording():
        return group
    here = current(span)
    goes_on = [onward(delivery.envelope.traceparent, here) for delivery in group]
    return [
        delivery
        if traceparent == delivery.envelope.traceparent
        else replace(delivery, envelope=delivery.envelope.model_copy(update={"traceparent": traceparent}))
        for delivery, traceparent in zip(group, goes_on, strict=True)
    ]


def attempt(message: Headed) -> int:
    """How often handling the message has failed. Counted by ourselves: from RabbitMQ 4.3 on a nack no longer counts."""
    value = message.headers.get(ATTEMPT, 0)
    return value if isinstance(value, int) else 0


def returns(message: Headed) -> int:
    """How often the message came back to its queue unanswered: crashes, closes, lost connections."""
    value = message.headers.get(_DELIVERIES, 0)
    return value if isinstance(value, int) else 0


def moved(message: Headed) -> dict[str, str | int]:
    """The headers that a fresh copy keeps: the attempts.

    Not the broker's own `x-death`: with it 3.10 sees a cycle, and the message sticks unreadable.
    """
    return {ATTEMPT: attempt(message)}


def died(message: Headed, queue: str, reason: str, error: BaseException) -> dict[str, str | int]:
    """The headers that tell why a message is a dead letter, for whoever reads it later."""
    return {
        **moved(message),
        REASON: reason,
        ERROR: f"{type(error).__name__}: {error}"[:_ERROR_MAX],
        QUEUE: queue,
        DIED_AT: int(time.time() * 1000),
    }
