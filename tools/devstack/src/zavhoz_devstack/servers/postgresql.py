"""A private PostgreSQL, as durable as a real one (fsync stays on): what the tests prove must hold there too."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import struct
import subprocess  # nosec B404: initdb is the server's own program
from collections.abc import Mapping, Sequence
from pathlib import Path

from zavhoz_devstack.errors import StartFailed
from zavhoz_devstack.launch import plain_environment
from zavhoz_devstack.ports import LOOPBACK, free_port
from zavhoz_devstack.servers.server import Server
from zavhoz_devstack.state import StateFolder

_USER = "zavhoz"
_SYSTEM_USER = "postgres"
_PROTOCOL = 3 << 16
_AUTHENTICATION = b"R"


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: the newest version installed, or None."""
    candidates = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found = shutil.which("initdb")
    if found:
        candidates.append(Path(found).resolve().parent)
    candidates = [path for path in candidates if (path / "postgres").exists()]
    return max(candidates, key=_version, default=None)


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


class PostgreSQL(Server):
    """One cluster with a superuser `zavhoz` and a random password, on TCP only.

    PostgreSQL refuses to run as root: then it runs as the user `postgres` that its package has made, and when that
    user cannot reach the stack's folder, the data lives in a folder of its own under /var/tmp.
    """

    name = "postgresql"
    stop_signal = signal.SIGINT  # "fast shutdown": ends sessions, writes a checkpoint

    def __init__(self, state: StateFolder) -> None:
        super().__init__(state)
        self._port = free_port()
        self._password = state.remembered(self.name, secrets.token_urlsafe(18))
        self._elsewhere: Path | None = None

    @property
    def url(self) -> str:
        """`postgresql://…/postgres`: the server; each service makes its own database on it."""
        return f"postgresql://{_USER}:{self._password}@{LOOPBACK}:{self._port}/postgres"

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return (self._elsewhere or self.state.path / self.name) / "data"

    def prepare(self) -> None:
        """`initdb` with password authentication, and the few settings that differ from the defaults."""
        if not self.data.exists():
            self._make_cluster()
        settings = {
            "listen_addresses": f"'{LOOPBACK}'",
            "port": self._port,
            "unix_socket_directories": "''",
            "max_connections": 200,
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
            "log_line_prefix": "'%m [%p] %q%d '",
        }
        # It is read last.
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        (self.data / "postgresql.auto.conf").write_text(lines)

    def command(self) -> Sequence[str]:
        """`postgres` in the foreground."""
        return self._as_its_user(str(self._binary("postgres")), "-D", str(self.data))

    def environment(self) -> Mapping[str, str]:
        """Nothing beyond the plain environment."""
        return plain_environment()

    def ready(self) -> bool:
        """Accepts connections and is not in recovery."""
        return accepts_clients(self._port)

    def _make_cluster(self) -> None:
        folder = self.state.folder(self.name)
        if os.geteuid() == 0:
            folder = self._reachable(folder)
        if self.data.exists():  # of the stack before, where data lasts
            return
        passwords = folder / "password"
        passwords.write_text(self._password)
        passwords.chmod(0o600)
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_SYSTEM_USER)
            for path in (folder, passwords):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        initdb = self._as_its_user(
            str(self._binary("initdb")),
            *("--pgdata", str(self.data), "--username", _USER, "--pwfile", str(passwords)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"),
        )
        done = subprocess.run(  # nosec B603
            initdb, check=False, capture_output=True, text=True, env=plain_environment(), cwd="/"
        )
        passwords.unlink()
        if done.returncode != 0:
            raise StartFailed(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _reachable(self, folder: Path) -> Path:
        """The folder itself when the system user `postgres` can reach it, else one under /var/tmp."""
        test = self._as_its_user("test", "-x", str(folder))
        if subprocess.run(test, check=False, env=plain_environment()).returncode == 0:  # nosec B603
            return folder
        self._elsewhere = self.state.folder_elsewhere(self.name)
        return self._elsewhere

    def _as_its_user(self, *command: str) -> list[str]:
        if os.geteuid() != 0:
            return list(command)
        return ["setpriv", f"--reuid={_SYSTEM_USER}", f"--regid={_SYSTEM_USER}", "--init-groups", "--", *command]

    def _binary(self, program: str) -> Path:
        folder = binaries()
        if folder is None:
            raise StartFailed("PostgreSQL is not installed")
        return folder / program


def accepts_clients(port: int) -> bool:
    """Whether the PostgreSQL on this port of the loopback address asks for a password instead of telling to wait.

    A start-up message and the type of its answer: https://www.postgresql.org/docs/current/protocol-flow.html
    """
    parameters = b"user\0" + _USER.encode() + b"\0database\0postgres\0\0"
    message = struct.pack("!ii", 8 + len(parameters), _PROTOCOL) + parameters
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(message)
            return connection.recv(1) == _AUTHENTICATION
    except OSError:
        return False
