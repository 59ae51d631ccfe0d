"""The three servers in containers, by testcontainers: the same addresses, users and promises as the installed ones.

A container is in the stack's record before it is made, and removed with its data by whoever ends the stack: also by the
watcher, or by the next stack. So no reaper container is needed.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from docker.errors import DockerException, NotFound
from docker.models.containers import Container
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from zavhoz_devstack.engine import image
from zavhoz_devstack.errors import DevstackError, StartFailed
from zavhoz_devstack.ports import LOOPBACK, free_port
from zavhoz_devstack.servers import postgresql, rabbitmq, redis
from zavhoz_devstack.servers.server import STOP_SECONDS, Server
from zavhoz_devstack.state import StateFolder

testcontainers_config.ryuk_disabled = True
_USER = "zavhoz"


class ContainerServer(Server):
    """A server in a container: killed and started again it keeps its data and its address."""

    software: ClassVar[str]
    """As `engine.IMAGES` calls it."""
    user: ClassVar[str | None] = None
    """Whom to run as from the beginning, where the image itself would not."""

    def __init__(self, state: StateFolder, *ports: int) -> None:
        super().__init__(state)
        self._ports = {port: free_port() for port in ports}
        self._password = secrets.token_urlsafe(18)
        self._container: Container | None = None
        self._name = f"zavhoz-{state.run}-{self.name}-{secrets.token_hex(2)}"

    @property
    def running(self) -> bool:
        """Whether the container runs, ready or not."""
        if self._container is None:
            return False
        with contextlib.suppress(DockerException):
            self._container.reload()
            return bool(self._container.status == "running")
        return False

    def prepare(self) -> None:
        """Make the container."""
        self.state.record.add_container(self._name)
        made = DockerContainer(image(self.software)).with_name(self._name).with_envs(**self.environment())
        if command := list(self.command()):
            made.with_command(command)
        for inside, outside in self._ports.items():
            made.ports[f"{inside}/tcp"] = (LOOPBACK, outside)  # type: ignore[assignment]  # the engine's library takes it
        try:
            self._container = made.with_kwargs(user=self.user).start().get_wrapped_container()
        except (DockerException, OSError) as error:
            raise StartFailed(f"{self.software} did not start in a container: {error}") from error

    def command(self) -> Sequence[str]:
        """What to run instead of the image's own command, if anything."""
        return ()

    def _start_process(self) -> None:
        if not self.wanted:
            raise StartFailed(f"{self.name} was stopped while it was being started")
        container = self._container
        if container is None:
            raise AssertionError("it is prepared before it is started")
        if not self.running:
            container.start()
        log = self.state.log(self.name)
        threading.Thread(target=_follow, args=[container, log], daemon=True, name=f"log {self.name}").start()
        self._wait_ready(log)

    def _end(self, *, gently: bool) -> None:
        if self._container is None:
            return
        with contextlib.suppress(NotFound):
            if gently:
                self._container.stop(timeout=int(STOP_SECONDS))
            elif self.running:
                self._container.kill()
                self._container.wait(timeout=STOP_SECONDS)


class PostgreSQLContainer(ContainerServer):
    """PostgreSQL with a superuser `zavhoz` and a random password; fsync stays on."""

    name = "postgresql"
    software = "PostgreSQL"

    def __init__(self, state: StateFolder) -> None:
        super().__init__(state, 5432)

    @property
    def url(self) -> str:
        """`postgresql://…/postgres`: the server; each service makes its own database on it."""
        return f"postgresql://{_USER}:{self._password}@{LOOPBACK}:{self._ports[5432]}/postgres"

    def command(self) -> Sequence[str]:
        """As many connections as the installed one has."""
        return ["postgres", "-c", "max_connections=200", "-c", "timezone=UTC", "-c", "log_timezone=UTC"]

    def environment(self) -> Mapping[str, str]:
        """User and password."""
        return {"POSTGRES_USER": _USER, "POSTGRES_PASSWORD": self._password, "POSTGRES_DB": "postgres"}

    def ready(self) -> bool:
        """Accepts connections; while its image prepares the cluster, it listens on a socket of its own only."""
        return postgresql.accepts_clients(self._ports[5432])


class RabbitMQContainer(ContainerServer):
    """RabbitMQ with the management plugin; user `zavhoz` with a random password."""

    name = "rabbitmq"
    software = "RabbitMQ"

    def __init__(self, state: StateFolder) -> None:
        super().__init__(state, 5672, 15672)

    @property
    def url(self) -> str:
        """`amqp://…/`: the default virtual host."""
        return f"amqp://{_USER}:{self._password}@{LOOPBACK}:{self._ports[5672]}/"

    @property
    def management_url(self) -> str:
        """`http://…`: the management API, with user and password."""
        return f"http://{_USER}:{self._password}@{LOOPBACK}:{self._ports[15672]}"

    @property
    def node(self) -> str:
        """The node's name, which lasts as long as the container."""
        return f"zavhoz-{self.state.run}@localhost"

    def control(self, *arguments: str) -> None:
        """`rabbitmqctl` with these arguments; some seconds."""
        if self._container is None:
            raise AssertionError("it is started before it is controlled")
        done = self._container.exec_run(["rabbitmqctl", "-n", self.node, *arguments], user="rabbitmq")
        if done.exit_code != 0:
            raise DevstackError(f"rabbitmqctl {' '.join(arguments)}: {done.output.decode(errors='replace')}")

    def management(self) -> rabbitmq.Management:
        """A client of this node's management API."""
        return rabbitmq.Management(self.management_url)

    def environment(self) -> Mapping[str, str]:
        """User and password, a node name that lasts, and schedulers that sleep instead of spinning."""
        return {
            "RABBITMQ_DEFAULT_USER": _USER,
            "RABBITMQ_DEFAULT_PASS": self._password,
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none +Q 65536"
            " -rabbit disk_free_limit 50000000",
        }

    def ready(self) -> bool:
        """Answers an AMQP greeting, and the management API answers too."""
        return rabbitmq.greets(self._ports[5672]) and rabbitmq.manages(self._ports[15672])


class RedisContainer(ContainerServer):
    """Redis with a random password and an append-only file."""

    name = "redis"
    software = "Redis"
    user = "redis"

    def __init__(self, state: StateFolder) -> None:
        super().__init__(state, 6379)

    @property
    def url(self) -> str:
        """`redis://…/0`."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._ports[6379]}/0"

    def command(self) -> Sequence[str]:
        """Its configuration stands in a file in the container, not among the arguments, which all can read."""
        return ["sh", "-c", 'umask 077; printf %s "$CONFIGURATION" >/tmp/redis.conf; exec redis-server /tmp/redis.conf']

    def environment(self) -> Mapping[str, str]:
        """The configuration."""
        lines = (f"requirepass {self._password}", "appendonly yes", "appendfsync everysec", 'save ""', "dir /data")
        return {"CONFIGURATION": "\n".join(lines) + "\n"}

    def ready(self) -> bool:
        """Answers PING."""
        return redis.answers(self._ports[6379], self._password)


def _follow(container: Container, log: Path) -> None:
    """Write what it prints from now on into the log; ends with the container."""
    with log.open("ab") as file, contextlib.suppress(DockerException, OSError):
        for line in container.logs(stream=True, follow=True):
            file.write(line)
            file.flush()
