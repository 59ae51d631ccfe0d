"""What can go wrong between us and the broker."""

from __future__ import annotations

from zavhoz_contracts.errors import Outage, Permanent, Transient


class BrokerUnavailable(Outage):
    """The broker did not confirm within the time given; whether it has the message is unknown."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency="rabbitmq")


class Unroutable(Transient):
    """The broker returned the message: no queue is bound for it."""


class Refused(Transient):
    """The broker said no (a full queue under `reject-publish`)."""


class NoSuchQueue(Permanent):
    """A queue that the topology, or the broker, does not have."""

    reason = "no_such_queue"
