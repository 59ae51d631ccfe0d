"""A private RabbitMQ node with the management plugin, and its own epmd."""

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess  # nosec B404: epmd is part of the server
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.launch import launch, plain_environment
from zavhoz_devstack.ports import LOOPBACK, free_port
from zavhoz_devstack.processes import Identity, end, identify
from zavhoz_devstack.servers.server import Server
from zavhoz_devstack.state import StateFolder

_USER = "zavhoz"
_AMQP_HEADER = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = b"\x01"

_IDLE = "+sbwt none +sbwtdcpu none +sbwtdio none"
"""Idle schedulers sleep instead of spinning."""


def scripts() -> Path | None:
    """The folder with the real `rabbitmq-server`, or None.

    Debian's wrapper in /usr/sbin insists on the system's user and folders; the script behind it does not.
    """
    return max(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"), default=None)


class RabbitMQ(Server):
    """One node of its own name, cookie, epmd and ports; user `zavhoz` with a random password."""

    name = "rabbitmq"
    # Its orderly end takes 6 s, and saves nothing: what it has confirmed is on disk.
    stop_signal = signal.SIGKILL
    host = LOOPBACK
    """The address on which it listens, for clients and for other nodes."""
    inside: Sequence[str] = ()
    """A command that runs another one where the node is to run."""

    def __init__(self, state: StateFolder) -> None:
        super().__init__(state)
        self.port, self._management_port = free_port(), free_port()
        self._epmd_port, self._cluster_port = free_port(), free_port()
        self._password = state.remembered(self.name, secrets.token_urlsafe(18))
        self._cookie = secrets.token_hex(16)
        # RabbitMQ 3.10's management plugin crashes when a path has letters outside ASCII.
        self._folder = state.folder(self.name) if str(state.path).isascii() else state.folder_elsewhere(self.name)
        self._epmd: subprocess.Popen[bytes] | None = None
        self._epmd_identity: Identity | None = None

    @property
    def url(self) -> str:
        """`amqp://…/`: the default virtual host."""
        return f"amqp://{_USER}:{self._password}@{self.host}:{self.port}/"

    @property
    def management_url(self) -> str:
        """`http://…`: the management API, with user and password."""
        return f"http://{_USER}:{self._password}@{self.host}:{self._management_port}"

    @property
    def node(self) -> str:
        """The node's name, different for every run of every stack."""
        return f"zavhoz-{self.state.run}@localhost"

    def prepare(self) -> None:
        """Configuration, plugins and cookie."""
        folder = self._folder
        configuration = folder / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        configuration.write_text("".join(f"{name} = {value}\n" for name, value in self.settings().items()))
        (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        cookie = folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.touch(mode=0o600)
            cookie.write_text(self._cookie)
            cookie.chmod(0o400)

    def settings(self) -> dict[str, object]:
        """What stands in `rabbitmq.conf`."""
        return {
            "listeners.tcp.1": f"{self.host}:{self.port}",
            "management.tcp.ip": self.host,
            "management.tcp.port": self._management_port,
            "default_user": _USER,
            "default_pass": self._password,
            "log.console": "true",
            "log.console.level": "info",
            "log.file": "false",
            "disk_free_limit.absolute": "50MB",
            "vm_memory_high_watermark.relative": "0.6",
        }

    def command(self) -> Sequence[str]:
        """`rabbitmq-server`, which becomes the Erlang machine."""
        return [*self.inside, str(_scripts() / "rabbitmq-server")]

    def erlang_arguments(self) -> str:
        """Further arguments of the Erlang machine: its port for other nodes is open on this node's address only."""
        return f"-kernel inet_dist_use_interface {{{self.host.replace('.', ',')}}} {_IDLE}"

    def environment(self) -> Mapping[str, str]:
        """Every path and port of its own, so that nothing of the system's node is read or touched."""
        folder = self._folder
        return plain_environment() | {
            "HOME": str(folder),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_DIST_PORT": str(self._cluster_port),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": self.host,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": self.erlang_arguments(),
            # Makes the script exec Erlang instead of staying between us and it, which a SIGKILL would not pass.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def ready(self) -> bool:
        """Answers an AMQP greeting, and the management API answers too."""
        return greets(self.port, self.host) and manages(self._management_port, self.host)

    def _start_process(self) -> None:
        if self._epmd is None or self._epmd.poll() is not None:
            self._start_epmd()
        super()._start_process()

    def _start_epmd(self) -> None:
        """Run epmd ourselves: left to Erlang it would become a daemon that outlives the node."""
        epmd = shutil.which("epmd") or "/usr/bin/epmd"
        with self.state.log("epmd").open("ab") as output:
            self._epmd = launch(
                "epmd",
                [*self.inside, epmd, "-port", str(self._epmd_port), "-address", self.host],
                record=self.state.record,
                stop_signal=signal.SIGTERM,
                env=plain_environment(),
                output=output,
            )
        self._epmd_identity = identify(self._epmd.pid, "epmd", signal.SIGTERM)

    def _end(self, *, gently: bool) -> None:
        super()._end(gently=gently)
        if self._epmd is not None and self._epmd_identity is not None:
            end([self._epmd_identity])
            self._epmd.wait()
            self._epmd = None

    def control(self, *arguments: str) -> None:
        """`rabbitmqctl` with these arguments; some seconds."""
        command = [*self.inside, str(_scripts() / "rabbitmqctl"), "-n", self.node, *arguments]
        subprocess.run(command, check=True, env=dict(self.environment()), stdout=subprocess.DEVNULL)  # nosec B603

    def remembers(self, queue: str) -> bool:
        """Whether a quorum queue of the default virtual host would be back after the node is killed.

        Seen on 3.10.8: its name is on disk about a second after it is declared. Without that the node finds neither the
        queue's log nor a reason to elect its leader, and whoever then uses it on a channel waits for a minute.
        """
        names = self._folder / "mnesia" / self.node / "quorum" / self.node / "names.dets"
        return f"%2F_{queue}".encode() in names.read_bytes()

    def management(self) -> "Management":
        """A client of this node's management API."""
        return Management(self.management_url)


def greets(port: int, host: str = LOOPBACK) -> bool:
    """Whether a broker answers an AMQP greeting on this port within a second."""
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(_AMQP_HEADER)
            return connection.recv(1) == _METHOD_FRAME
    except OSError:
        return False


def manages(port: int, host: str = LOOPBACK) -> bool:
    """Whether the management API answers on this port, if only that one has to log in."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/api/overview")
        return connection.getresponse().status == http.client.UNAUTHORIZED
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Management:
    """The few calls of the management API that tests need; blocking, a few milliseconds each.

    Source: the node's own `/api/index.html`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        """Its address, with user and password."""
        parts = urlsplit(url)
        self._user = unquote(parts.username or "guest")
        credentials = f"{self._user}:{unquote(parts.password or 'guest')}"
        self._headers = {
            "Authorization": "Basic " + b64encode(credentials.encode()).decode(),
            "Content-Type": "application/json",
        }
        self._host, self._port = parts.hostname or LOOPBACK, parts.port or 15672

    def call(self, method: str, path: str, body: object = None, *, missing_ok: bool = False) -> object:
        """One request to `/api/<path>`; returns the decoded answer, None when it is empty.

        Raises:
            DevstackError: the API is not there or has answered with an error (unless 404, when that is `missing_ok`).
        """
        connection = http.client.HTTPConnection(self._host, self._port, timeout=15)
        try:
            connection.request(method, f"/api/{path}", json.dumps(body) if body is not None else None, self._headers)
            answer = connection.getresponse()
            text = answer.read()
        except OSError as error:
            message = f"no RabbitMQ management API at {self._host}:{self._port}: {error}"
            raise DevstackError(message) from error
        finally:
            connection.close()
        if missing_ok and answer.status == http.client.NOT_FOUND:
            return None
        if answer.status >= http.client.BAD_REQUEST:
            raise DevstackError(f"RabbitMQ management API: {method} {path}: {answer.status} {text.decode()}")
        return json.loads(text) if text else None

    def make_vhost(self, name: str) -> None:
        """Make a virtual host in which this user may do everything."""
        self.call("PUT", f"vhosts/{quote(name, safe='')}", {})
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.call("PUT", f"permissions/{quote(name, safe='')}/{quote(self._user, safe='')}", everything)

    def close_connections(self) -> None:
        """Close every client's connection: each is told that an administrator wanted it."""
        connections = self.call("GET", "connections")
        if not isinstance(connections, list):
            raise DevstackError(f"RabbitMQ management API: connections are {connections!r}")
        for one in connections:
            self.call("DELETE", f"connections/{quote(one['name'], safe='')}", missing_ok=True)  # it may have gone

    def drop_vhost(self, name: str) -> None:
        """Delete a virtual host with all its queues, and close its connections."""
        self.call("DELETE", f"vhosts/{quote(name, safe='')}")


def _scripts() -> Path:
    folder = scripts()
    if folder is None or not os.access(folder / "rabbitmq-server", os.X_OK):
        raise DevstackError("RabbitMQ is not installed")
    return folder
