"""A private Redis that keeps an append-only file and syncs it each second, as production does."""

import secrets
import shutil
import socket
from collections.abc import Mapping, Sequence

from zavhoz_devstack.launch import plain_environment
from zavhoz_devstack.ports import LOOPBACK, free_port
from zavhoz_devstack.servers.server import Server
from zavhoz_devstack.state import StateFolder


def program() -> str | None:
    """Redis, or Valkey, which speaks the same; None when neither is installed."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


class Redis(Server):
    """One Redis with a random password."""

    name = "redis"

    def __init__(self, state: StateFolder) -> None:
        super().__init__(state)
        self._port = free_port()
        self._password = state.remembered(self.name, secrets.token_urlsafe(18))

    @property
    def url(self) -> str:
        """`redis://…/0`."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    def prepare(self) -> None:
        """Write the configuration file; the password stands there and not among the arguments, which all can read."""
        folder = self.state.folder(self.name)
        settings = {
            "bind": LOOPBACK,
            "port": self._port,
            "requirepass": self._password,
            "dir": f'"{folder}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "daemonize": "no",
        }
        configuration = folder / "redis.conf"
        configuration.touch(mode=0o600)
        configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))

    def command(self) -> Sequence[str]:
        """`redis-server` in the foreground."""
        return [program() or "redis-server", str(self.state.folder(self.name) / "redis.conf")]

    def environment(self) -> Mapping[str, str]:
        """Nothing beyond the plain environment."""
        return plain_environment()

    def ready(self) -> bool:
        """Answers PING (while it loads its file it answers an error instead)."""
        return answers(self._port, self._password)


def answers(port: int, password: str) -> bool:
    """Whether the Redis on this port of the loopback address lets one in and answers PING."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (received := connection.recv(1024)):
                answer += received
    except OSError:
        return False
    return answer.endswith(b"+PONG\r\n")
