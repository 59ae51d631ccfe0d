"""Each server as an installed program or as a container: one place to ask for either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zavhoz_devstack.servers.postgresql import PostgreSQL
from zavhoz_devstack.servers.rabbitmq import Management, RabbitMQ
from zavhoz_devstack.servers.redis import Redis
from zavhoz_devstack.servers.server import Server
from zavhoz_devstack.state import StateFolder

if TYPE_CHECKING:
    from zavhoz_devstack.servers.containers import RabbitMQContainer


class Broker(Protocol):
    """A RabbitMQ of either kind."""

    @property
    def url(self) -> str:
        """`amqp://…/`: the default virtual host."""

    @property
    def management_url(self) -> str:
        """`http://…`: its management API, with user and password."""

    def management(self) -> Management:
        """A client of its management API."""

    def control(self, *arguments: str) -> None:
        """`rabbitmqctl` with these arguments."""

    def start(self) -> None:
        """Start and wait until ready."""

    def kill(self) -> None:
        """End at once, as in a power cut."""


def make(name: str, state: StateFolder, *, contained: bool) -> Server:
    """A server of this name, not started yet: "PostgreSQL", "RabbitMQ" or "Redis"."""
    if name == "RabbitMQ":
        return make_broker(state, contained=contained)
    if not contained:
        return PostgreSQL(state) if name == "PostgreSQL" else Redis(state)
    from zavhoz_devstack.servers import containers

    return containers.PostgreSQLContainer(state) if name == "PostgreSQL" else containers.RedisContainer(state)


def make_broker(state: StateFolder, *, contained: bool) -> RabbitMQ | RabbitMQContainer:
    """A RabbitMQ, not started yet."""
    if not contained:
        return RabbitMQ(state)
    from zavhoz_devstack.servers import containers

    return containers.RabbitMQContainer(state)
