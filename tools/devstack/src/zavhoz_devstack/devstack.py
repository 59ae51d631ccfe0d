"""The whole system on one machine: servers, stand-in for Telegram, services. One interface for demo, tour and tests."""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from zavhoz_devstack.combined_log import CombinedLog
from zavhoz_devstack.concurrency import in_thread, together
from zavhoz_devstack.engine import contained
from zavhoz_devstack.environment import (
    DEMO_MANAGERS,
    MIGRATING,
    SERVICES,
    STOP_ORDER,
    Addresses,
    base_environment,
    further_gateways,
    kind_of,
)
from zavhoz_devstack.errors import DevstackError, StartFailed
from zavhoz_devstack.faults.prefork import Prefork
from zavhoz_devstack.ports import LOOPBACK, accepts, free_port
from zavhoz_devstack.probes import wait_until
from zavhoz_devstack.program import Program, Service
from zavhoz_devstack.seeding.people import introduce
from zavhoz_devstack.servers.choice import Broker, make
from zavhoz_devstack.servers.install import ensure_installed
from zavhoz_devstack.servers.rabbitmq import RabbitMQ
from zavhoz_devstack.servers.seaweedfs import SeaweedFS
from zavhoz_devstack.servers.server import Server
from zavhoz_devstack.state import StateFolder, own_folder, temporary_folder
from zavhoz_sandbox.client import SandboxClient

LISTENS_SECONDS = 30.0
RESTART_AFTER_SECONDS = 1.0
TRACES_EVERY_MS = "200"
"""How soon spans are sent to the demo's page, where somebody looks at them."""
SANDBOX_PORT = 8081
"""Where the demo's page is, if nothing else is."""
_POLL_SECONDS = 0.05
_TRACES_GO_TO = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}
_AFTER_SEEDING = ("requests", "notifier")
_SERVERS: Mapping[str, str] = {"REDIS_URL": "Redis", "AMQP_URL": "RabbitMQ", "POSTGRES_URL": "PostgreSQL"}


def _silent(_: str) -> None:
    """Say nothing."""


class Devstack:
    """An async context manager: entered when every service is ready, left when nothing of it runs any more.

    Args:
        name: the state folder is `var/<name>` (`<name>-2`, … when taken); without a name it is a temporary one.
        admins: Telegram ids that become the first managers.
        sandbox: start the stand-in for Telegram; without it `BOT_TOKEN` in the environment names a real bot.
        services: which of the services to start.
        given: addresses of servers that are not to be started (`POSTGRES_URL`, `AMQP_URL`, `REDIS_URL`); by default
            those in the environment. `AMQP_MANAGEMENT_URL` goes with `AMQP_URL`, where there is one.
        updates: how they come: `polling`, or `webhook` with a load balancer before the gateways. From the real Telegram
            they come to `WEBHOOK_URL`, which somebody passes on to `GATEWAY_PORT` (8080) of the loopback address.
        gateways: how many there are; those after the first are called `gateway-2`, `gateway-3`…
        storage: where files are kept: in a `folder`, or in a private `s3` server.
        settings: further variables for all services, such as rates.
        contained: whether the servers run in containers; by default that is found out.
        lasting: keep the data in the folder for the next stack of this name; needs a name, and servers that are not
            contained.
        demo: people come to look: the stand-in's page is at its usual port where that is free, the demo's people are
            known there, and traces go there, unless the environment names another place for them.
        seed: with two weeks of requests behind them; those who managed then are first managers too.
        prefork: services are forked from processes that have imported everything, so that they start in a tenth of a
            second; for those that are killed often.
        say: told about progress, one line at a time.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        admins: Sequence[int] = (),
        sandbox: bool = True,
        services: Sequence[str] = SERVICES,
        given: Mapping[str, str] | None = None,
        updates: str = "polling",
        gateways: int = 1,
        storage: str = "folder",
        settings: Mapping[str, str] | None = None,
        contained: bool | None = None,
        lasting: bool = False,
        demo: bool = False,
        seed: bool = False,
        prefork: bool = False,
        say: Callable[[str], None] = _silent,
    ) -> None:
        self._name = name
        named = ",".join(map(str, admins)) or os.environ.get("ADMIN_USER_ID", "")
        self._admins = _with_the_demos(named) if seed else named
        self._wanted_services = (*services, *(further_gateways(gateways) if "gateway" in services else ()))
        self._with_sandbox = sandbox
        source = os.environ if given is None else given
        self._given = {variable: source[variable] for variable in _SERVERS if source.get(variable)}
        self._management = source.get("AMQP_MANAGEMENT_URL", "")
        self._settings = dict(settings or {})
        self._contained = contained
        self._lasting = lasting
        self._with_s3 = storage == "s3"
        self._demo = demo
        self._seed = seed
        self._preforks: dict[str, Prefork] | None = {} if prefork else None
        self._sandbox_up = asyncio.Event()
        self._say = say
        self._cleanup = contextlib.ExitStack()
        self._began = time.monotonic()
        self.bot_token = f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_hex(16)}"
        self.servers: dict[str, Server] = {}
        """Those that this stack runs itself, by name: "PostgreSQL", "RabbitMQ", "Redis", "SeaweedFS"."""
        self.services: dict[str, Service] = {}
        """By name: "requests", "notifier", "files", "gateway", and "gateway-2"… where there are more."""
        self.sandbox: Program | None = None
        self.sandbox_url = ""
        """Address of the stand-in for Telegram; empty without one."""
        self.balancer: Program | None = None
        """What passes the updates of a webhook on to each gateway in turn."""
        self.state: StateFolder
        self.log: CombinedLog
        self._ports = {name: free_port() for name in (*SERVICES, *further_gateways(gateways))}
        self._webhook: dict[str, str] = {}
        if updates == "webhook":
            self._webhook_port = free_port() if sandbox else int(os.environ.get("GATEWAY_PORT") or "8080")
            here = f"http://{LOOPBACK}:{self._webhook_port}/telegram"
            self._webhook["WEBHOOK_URL"] = here if sandbox else os.environ.get("WEBHOOK_URL", "")
            self._webhook["WEBHOOK_SECRET"] = secrets.token_urlsafe(24)
        self._tokens = {name: secrets.token_urlsafe(24) for name in ("gateway", "notifier", "files")}
        self._link_key = secrets.token_urlsafe(32)

    @property
    def addresses(self) -> Addresses:
        """Where everything is now."""
        servers = {variable: self.servers[name].url for variable, name in _SERVERS.items() if name in self.servers}
        urls = servers | self._given
        return Addresses(
            postgres_url=urls["POSTGRES_URL"],
            amqp_url=urls["AMQP_URL"],
            redis_url=urls["REDIS_URL"],
            telegram_api_url=self.sandbox_url or os.environ.get("TELEGRAM_API_URL"),
            bot_token=self.bot_token,
            storage=self._s3.settings() if self._s3 else {"STORAGE_URL": self._files.as_uri()},
            link_key=self._link_key,
            admins=self._admins,
            ports=self._ports,
            tokens=self._tokens,
            webhook=self._webhook,
            telemetry=self._telemetry,
            management=self._watched,
        )

    @property
    def postgres_url(self) -> str:
        """The PostgreSQL server with all databases."""
        return self.addresses.postgres_url

    @property
    def amqp_url(self) -> str:
        """The broker, with the virtual host."""
        return self.addresses.amqp_url

    @property
    def broker(self) -> Broker:
        """The broker that this stack runs itself."""
        return cast("Broker", self.servers["RabbitMQ"])

    def stored(self, key: str) -> bytes | None:
        """What the files service has stored under this key, None when there is nothing."""
        if self._s3 is not None:
            return self._s3.stored(key)
        path = self._files / key
        return path.read_bytes() if path.is_file() else None

    async def remembered(self, queue: str) -> None:
        """Wait until a queue that was just declared would be back after its broker is killed.

        A broker that is not a program of this stack is not asked.
        """
        broker = self.servers.get("RabbitMQ")
        if isinstance(broker, RabbitMQ):
            await asyncio.to_thread(wait_until, lambda: broker.remembers(queue), 10, f"{queue} on disk")

    @property
    def _watched(self) -> dict[str, str]:
        broker = self.servers.get("RabbitMQ")
        url = self._management if broker is None else broker.management_url
        return {"AMQP_MANAGEMENT_URL": url} if url else {}

    @property
    def _telemetry(self) -> dict[str, str]:
        if not self._demo or _TRACES_GO_TO & os.environ.keys():
            return {}
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.sandbox_url, "OTEL_BSP_SCHEDULE_DELAY": TRACES_EVERY_MS}

    @property
    def _s3(self) -> SeaweedFS | None:
        server = self.servers.get("SeaweedFS")
        return server if isinstance(server, SeaweedFS) else None

    @property
    def _files(self) -> Path:
        return self.state.folder("files")

    async def __aenter__(self) -> Self:
        """Start everything.

        Raises:
            ServersMissing: a server is not installed and may not be installed.
            StartFailed: something did not come up; with its last log lines. Whatever had been started is ended.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        await self.stop()

    async def stop(self) -> None:
        """Services first, each after those that feed it, then the stand-in, then the servers."""
        try:
            for service in STOP_ORDER:
                for name in self.services:
                    if kind_of(name) == service:
                        await self.services[name].terminate()
            for program in (self.balancer, self.sandbox):
                if program is not None:
                    await program.terminate()
            for server in self.servers.values():
                await asyncio.to_thread(server.stop)
        finally:
            for prefork in (self._preforks or {}).values():
                await asyncio.to_thread(prefork.close)
            self._cleanup.close()

    async def watch(self) -> None:
        """Start again, after a second, whatever ends without having been asked to; runs until cancelled."""
        while True:
            await asyncio.sleep(RESTART_AFTER_SECONDS)
            for service in (*self.services.values(), *([self.balancer] if self.balancer else [])):
                if service.wanted and not service.running:
                    self._say(f"{service.last_words()}\n{service.name} is started again")
                    service.start()
            for name, server in self.servers.items():
                if server.wanted and not server.running:
                    self._say(f"{name} has ended and is started again")
                    await in_thread(server.start, server.kill)

    async def _start(self) -> None:
        self._began = time.monotonic()
        private = frozenset(name for variable, name in _SERVERS.items() if variable not in self._given)
        in_containers = self._contained
        if in_containers is None:
            in_containers = await asyncio.to_thread(contained, private, self._say)
        if not in_containers:
            await asyncio.to_thread(ensure_installed, self._say, private)
        folder = temporary_folder() if self._name is None else own_folder(self._name, lasting=self._lasting)
        self.state = self._cleanup.enter_context(folder)
        self.log = CombinedLog(self.state.log("zavhoz"))
        self._cleanup.callback(self.log.close)
        self.servers = {
            name: make(name, self.state, contained=in_containers) for name in _SERVERS.values() if name in private
        }
        if self._with_s3:
            self.servers["SeaweedFS"] = SeaweedFS(self.state)
        if self._with_sandbox:
            self._prepare_sandbox()
        elif not os.environ.get("BOT_TOKEN"):
            raise DevstackError("BOT_TOKEN is not set: ask @BotFather for one, or use the stand-in (make demo)")
        else:
            self.bot_token = os.environ["BOT_TOKEN"]
        if self._webhook:
            self._prepare_balancer()
        await together(
            *(self._start_server(name) for name in self.servers if name != "PostgreSQL"),
            self._start_balancer(),
            self._start_services(),
            self._start_sandbox(),
        )

    async def _start_services(self) -> None:
        """They wait by themselves for a broker that is not there yet; only databases must be up to date before."""
        if "PostgreSQL" in self.servers:
            await self._start_server("PostgreSQL")
        early = [name for name in self._wanted_services if not self._seed or kind_of(name) not in _AFTER_SEEDING]
        late = [name for name in self._wanted_services if name not in early]
        await together(*(self._start_service(name) for name in early), self._start_seeded(late))

    async def _start_seeded(self, services: Sequence[str]) -> None:
        """Those that must not see how the history is made: one would take its commands, one would tell people of it."""
        if not services:
            return
        await together(*(self._migrate(name) for name in services if name in MIGRATING))
        await self._sandbox_up.wait()
        environment = self._environment("requests") | {"SANDBOX_URL": self.sandbox_url, "OTEL_SDK_DISABLED": "true"}
        program = Program(
            "seeding", ["zavhoz_devstack.seeding"], env=environment, log=self.log, record=self.state.record
        )
        program.start()
        await program.finish()
        self._progress("two weeks of requests are there")
        await together(*(self._run_service(name) for name in services))

    async def _start_server(self, name: str) -> None:
        server = self.servers[name]
        await in_thread(server.start, server.kill)
        self._progress(f"{name} is ready")

    async def _migrate(self, service: str) -> None:
        program = Program(
            service,
            [f"zavhoz_{service}", "migrate"],
            env=self._environment(service),
            log=self.log,
            record=self.state.record,
        )
        program.start()
        await program.finish()
        self._progress(f"the database of {service} is up to date")

    def _prepare_sandbox(self) -> None:
        port = free_port(SANDBOX_PORT if self._demo else None)
        self.sandbox_url = f"http://{LOOPBACK}:{port}"
        self.sandbox = Program(
            "telegram",
            ["zavhoz_sandbox", "--host", LOOPBACK, "--port", str(port), "--token", self.bot_token],
            env=base_environment() | {"PYTHONUNBUFFERED": "1"},
            log=self.log,
            record=self.state.record,
        )

    async def _start_sandbox(self) -> None:
        if self.sandbox is None:
            return
        await _listening(self.sandbox, int(self.sandbox_url.rpartition(":")[2]))
        if self._demo and not self._seed:
            async with SandboxClient(self.sandbox_url) as sandbox:
                await introduce(sandbox, started=False)
        self._sandbox_up.set()
        self._progress(f"the stand-in for Telegram is ready at {self.sandbox_url}")

    def _prepare_balancer(self) -> None:
        gateways = [str(self._ports[name]) for name in self._wanted_services if kind_of(name) == "gateway"]
        self.balancer = Program(
            "balancer",
            ["zavhoz_devstack.balancer", "--port", str(self._webhook_port), "--to", *gateways],
            env=base_environment() | {"PYTHONUNBUFFERED": "1"},
            log=self.log,
            record=self.state.record,
        )

    async def _start_balancer(self) -> None:
        if self.balancer is None:
            return
        await _listening(self.balancer, self._webhook_port)
        self._progress("the load balancer before the gateways is ready")

    async def _start_service(self, name: str) -> None:
        if name in MIGRATING:
            await self._migrate(name)
        await self._run_service(name)

    async def _run_service(self, name: str) -> None:
        service = Service(
            name,
            [f"zavhoz_{kind_of(name)}", "run"],
            port=self._ports[name],
            env=self._environment(name),
            log=self.log,
            record=self.state.record,
            prefork=self._prefork(kind_of(name)),
        )
        self.services[name] = service
        service.start()
        await service.wait_ready()
        self._progress(f"{name} is ready")

    def _prefork(self, kind: str) -> Prefork | None:
        """What forks services of this kind; started for the first of them."""
        if self._preforks is None:
            return None
        if kind not in self._preforks:
            self._preforks[kind] = Prefork(f"zavhoz_{kind}", record=self.state.record, env=base_environment())
        return self._preforks[kind]

    def _environment(self, service: str) -> dict[str, str]:
        return self.addresses.of(service) | self._settings

    def _progress(self, what: str) -> None:
        self._say(f"{time.monotonic() - self._began:6.1f} s  {what}")


def _with_the_demos(named: str) -> str:
    """Those who are named as the first managers, and those whom the demo's history needs."""
    ids = [one.strip() for one in named.split(",") if one.strip()]
    return ",".join(dict.fromkeys([*ids, *map(str, DEMO_MANAGERS)]))


async def _listening(program: Program, port: int) -> None:
    """Start the program, and wait until it listens.

    Raises:
        StartFailed: it ended, or did not listen within 30 s; with its last log lines.
    """
    program.start()
    deadline = time.monotonic() + LISTENS_SECONDS
    while not accepts(port):
        if not program.running or time.monotonic() > deadline:
            raise StartFailed(program.last_words())
        await asyncio.sleep(_POLL_SECONDS)
