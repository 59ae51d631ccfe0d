"""The Compose project of `infra/compose`, on the Docker engine of this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess  # nosec B404: `docker compose` is a program
from collections.abc import Callable, Mapping
from pathlib import Path

from zavhoz_devstack import engine
from zavhoz_devstack.environment import DEMO_MANAGERS, MANAGER_ID
from zavhoz_devstack.errors import DevstackError, StartFailed
from zavhoz_devstack.ports import accepts, free_port

FOLDER = Path(__file__).resolve().parents[4] / "infra" / "compose"
BASE_IMAGE = "python:3.13-slim"
READY_SECONDS = 300
_SANDBOX_PORT = 8081
_LAST_LINES = 15
_MANAGERS: Mapping[str, tuple[int, ...]] = {"": (), "demo": DEMO_MANAGERS, "tour": (MANAGER_ID,)}


def usable(say: Callable[[str], None] = print) -> bool:
    """Whether everything for the project is there: engine, `docker compose`, and the images, pulled if need be.

    Raises:
        DevstackError: ZAVHOZ_SERVERS wants containers and something of it is missing.
    """
    if not engine.contained(frozenset(engine.IMAGES), say):
        return False
    reason = _no_compose() or engine.missing([os.environ.get("PYTHON_IMAGE") or BASE_IMAGE], say)
    if reason is None:
        return True
    if os.environ.get("ZAVHOZ_SERVERS") == "containers":
        raise DevstackError(f"ZAVHOZ_SERVERS wants containers, but {reason}")
    say(f"A Docker engine answers, but {reason}. Installed servers are used instead.")
    return False


def _no_compose() -> str | None:
    docker = shutil.which("docker")
    if docker is None:
        return "there is no docker command"
    done = subprocess.run([docker, "compose", "version"], capture_output=True, check=False)  # nosec B603
    return None if done.returncode == 0 else "docker has no compose plugin (package docker-compose-plugin)"


def project(kind: str = "") -> str:
    """The name of a project: ZAVHOZ_PROJECT, `zavhoz` by default, with what it is for: "", "demo", "tour"."""
    base = os.environ.get("ZAVHOZ_PROJECT") or "zavhoz"
    return f"{base}-{kind}" if kind else base


class Compose:
    """One project, with volumes and secrets of its own. All methods block.

    Args:
        kind: "" for the real Telegram; "demo" and "tour" have the stand-in, and first managers of their own.
    """

    def __init__(self, kind: str = "") -> None:
        self.kind = kind
        self.name = project(kind)
        self.secrets = FOLDER / "secrets" / self.name
        self._files = ["compose.yaml"]
        if kind:
            self._files.append(f"{kind}.yaml")
        if os.environ.get("WEBHOOK_URL") and not kind:
            self._files.append("webhook.yaml")
        self._settings: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None

    def running(self) -> bool:
        """Whether any container of it runs."""
        return bool(self._output("ps", "--quiet").strip())

    def there(self) -> bool:
        """Whether there is any container of it, running or not."""
        return bool(self._output("ps", "--all", "--quiet").strip())

    def up(self) -> None:
        """Build, start what does not run as it should, and wait until every service is ready.

        Raises:
            DevstackError: the volumes remember secrets that are gone.
            StartFailed: something did not come up; with what Compose and the services said last.
        """
        self._refuse_orphaned_volumes()
        env = os.environ if not self.kind else {name: os.environ[name] for name in os.environ if name != "BOT_TOKEN"}
        made = subprocess.run(  # nosec B603
            [str(FOLDER / "secrets.sh"), str(self.secrets)], env=dict(env), capture_output=True, text=True, check=False
        )
        if made.returncode != 0:
            raise StartFailed(f"the secrets could not be made in {self.secrets}:\n{made.stderr}")
        if self.kind:
            self._settings["SANDBOX_PORT"] = str(self._sandbox_port())
        again = ["--force-recreate"] if "changed" in made.stdout else []
        wait = ("--wait", "--wait-timeout", str(READY_SECONDS))
        done = self._run("up", "--build", "--detach", *wait, "--quiet-pull", *again)
        if done.returncode != 0:
            raise StartFailed(f"docker compose up did not succeed:\n{_indented(done.stdout)}\n{self._last_words()}")

    def give_up(self) -> None:
        """End the command that another thread waits for."""
        if self._process is not None:
            self._process.terminate()

    def down(self, *, volumes: bool = False) -> None:
        """Stop everything of it and remove the containers; with `volumes` the data too."""
        done = self._run("down", "--timeout", "30", *(["--volumes"] if volumes else []))
        if done.returncode != 0:
            raise DevstackError(f"docker compose down did not succeed:\n{_indented(done.stdout)}")

    def follow_logs(self) -> list[str]:
        """The command that shows the last lines of all and goes on."""
        return [*self._command("logs"), "--follow", "--tail=100"]

    def environment(self) -> Mapping[str, str]:
        """What compose.yaml is to be read with."""
        stand_in = {"TELEGRAM_API_URL": "http://sandbox:8080"} if self.kind else {}
        managers = os.environ.get("ADMIN_USER_ID") or ",".join(map(str, _MANAGERS[self.kind]))
        ours = {"ZAVHOZ_SECRETS": str(self.secrets), "ADMIN_USER_ID": managers}
        return os.environ | stand_in | ours | self._settings

    def address(self, service: str, port: int) -> str:
        """`host:port` on this machine of a published port, empty when it is not published."""
        return self._output("port", service, str(port)).strip()

    def secret(self, name: str) -> str:
        """What a secret's file holds."""
        return (self.secrets / name).read_text()

    def stored(self, key: str) -> bytes | None:
        """What the files service has stored under this key, None when there is nothing."""
        command = [*self._command("exec"), "--no-TTY", "files", "cat", f"/var/lib/zavhoz/files/{key}"]
        done = subprocess.run(command, env=dict(self.environment()), capture_output=True, check=False)  # nosec B603
        return done.stdout if done.returncode == 0 else None

    def _sandbox_port(self) -> int:
        """The one it has, else 8081 where that is free, else any."""
        published = self.address("sandbox", 8080)
        if published:
            return int(published.rpartition(":")[2])
        wanted = int(os.environ.get("SANDBOX_PORT") or _SANDBOX_PORT)
        return wanted if self.kind == "demo" and not accepts(wanted) else free_port()

    def _refuse_orphaned_volumes(self) -> None:
        if (self.secrets / "postgres_password").exists():
            return
        volume = f"{self.name}_postgres"
        command = ["docker", "volume", "ls", "--quiet", "--filter", f"name=^{volume}$"]
        if subprocess.run(command, capture_output=True, check=False).stdout.strip():  # nosec B603
            raise DevstackError(
                f"The volume {volume} is there, but not its passwords: put them back into {self.secrets}, set"
                " ZAVHOZ_PROJECT to another name, or throw the data away with:"
                f" docker volume rm {self.name}_postgres {self.name}_rabbitmq {self.name}_redis {self.name}_files"
            )

    def _last_words(self) -> str:
        """What is not running as it should, with its last lines."""
        told = []
        for line in self._output("ps", "--all", "--format", "json").splitlines():
            one = json.loads(line)
            if one["ExitCode"] != 0 or one["Health"] not in ("", "healthy"):
                log = self._output("logs", "--no-log-prefix", f"--tail={_LAST_LINES}", one["Service"])
                told.append(f"{one['Service']} ({one['Status']}):\n{_indented(log)}")
        return "\n".join(told)

    def _output(self, *arguments: str) -> str:
        command = [*self._command(arguments[0]), *arguments[1:]]
        done = subprocess.run(  # nosec B603
            command, env=dict(self.environment()), capture_output=True, text=True, check=False
        )
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*self._command(arguments[0]), *arguments[1:]]
        with subprocess.Popen(  # nosec B603
            command,
            env=dict(self.environment()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            self._process = process
            said, _ = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, said)

    def _command(self, verb: str) -> list[str]:
        files = [part for file in self._files for part in ("--file", str(FOLDER / file))]
        profile = ["--profile", "demo"] if self.kind else []
        return ["docker", "compose", "--progress", "plain", "--project-name", self.name, *files, *profile, verb]


class ComposeSystem:
    """A running project as the tour looks at it: the stand-in, the broker and, with every right, the databases."""

    def __init__(self, compose: Compose) -> None:
        self._compose = compose
        self.sandbox_url = f"http://{compose.address('sandbox', 8080)}"
        password = compose.secret("postgres_password")
        self.postgres_url = f"postgresql://postgres:{password}@{compose.address('postgres', 5432)}/postgres"
        broker = compose.address("rabbitmq", 5672)
        self.amqp_url = compose.secret("amqp_url").replace("rabbitmq:5672", broker)

    def stored(self, key: str) -> bytes | None:
        """What is stored under this key."""
        return self._compose.stored(key)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-_LAST_LINES:])
