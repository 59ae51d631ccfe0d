"""Start and graceful stop of one process of a service.

A service gives `main` a bootstrap: an async context manager that builds a `Process` from its settings. Tests call the
same bootstrap. On SIGTERM readiness goes false first; then the components are stopped one after another, in their
order, each finishing what it has in hand; then the bootstrap closes what it opened. All of it within
`shutdown_seconds`, or the process is forced to end with status 1.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog
import uvloop
from fastapi import APIRouter
from prometheus_client import Info

from zavhoz_chassis import database
from zavhoz_chassis.health import Health
from zavhoz_chassis.http import include, make_app, serving
from zavhoz_chassis.logs import configure_logs
from zavhoz_chassis.settings import PostgresSettings, ServiceSettings, load

_log = structlog.get_logger("zavhoz.process")
_INFO = Info("zavhoz_service", "Which service, and which of its roles, this process runs")


class Component(Protocol):
    """Something that runs for as long as the process does: a consumer, a relay, a poller."""

    @property
    def name(self) -> str:
        """A short name for logs."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is in hand and return. An error ends the process."""
        ...


@dataclass(frozen=True)
class Process:
    """What one process runs. Components stop in the order given: first what takes work, last what hands it on."""

    components: Sequence[Component]
    routers: tuple[APIRouter, ...] = ()
    health: Health = field(default_factory=Health)


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
SettingsContra = TypeVar("SettingsContra", bound=ServiceSettings, contravariant=True)


class Bootstrap(Protocol[SettingsContra]):
    """The composition root of a service. `health` is already being served when it is called."""

    def __call__(
        self, settings: SettingsContra, *, roles: frozenset[str], health: Health
    ) -> AbstractAsyncContextManager[Process]:
        """Build the process; everything it opened is closed when it is left."""
        ...


@contextlib.asynccontextmanager
async def running(process: Process) -> AsyncIterator[None]:
    """Run the components while inside; leaving stops them in order. An error in one leaves with that error."""
    stops = [asyncio.Event() for _ in process.components]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(component.run(stop), name=component.name)
            for component, stop in zip(process.components, stops, strict=True)
        ]
        try:
            yield
        finally:
            process.health.draining = True
            for task, stop in zip(tasks, stops, strict=True):
                stop.set()
                await asyncio.wait([task])


async def serve(
    name: str, settings: SettingsT, bootstrap: Bootstrap[SettingsT], roles: frozenset[str], stop: asyncio.Event
) -> None:
    """Run a service until `stop`; its HTTP side answers from the first moment, so that probes see why it waits."""
    health = Health()
    health.declare("started")
    app = make_app(name, health)
    async with serving(app, settings.http_host, settings.http_port) as port, contextlib.AsyncExitStack() as stack:
        _log.info("starting", roles=sorted(roles), port=port)
        process = await _unless(stop, stack.enter_async_context(bootstrap(settings, roles=roles, health=health)))
        if process is None:
            return
        include(app, process.routers)
        async with running(process):
            health.set("started", ok=True)
            await stop.wait()
            _log.info("stopping")
            health.draining = True


async def _unless(stop: asyncio.Event, starting: Coroutine[Any, Any, Process]) -> Process | None:
    """Wait for the bootstrap, or give up when told to stop before it is through."""
    async with asyncio.TaskGroup() as group:
        start = group.create_task(starting, name="bootstrap")
        stopped = group.create_task(stop.wait(), name="stop")
        await asyncio.wait({start, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if start.done():
            stopped.cancel()
            return start.result()
        start.cancel()
        return None


async def _serve_until_signal(
    name: str, settings: SettingsT, bootstrap: Bootstrap[SettingsT], roles: frozenset[str]
) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    deadline: asyncio.Timeout

    def on_signal() -> None:
        if stop.is_set():
            deadline.reschedule(loop.time())  # asked twice: now
            return
        stop.set()
        deadline.reschedule(loop.time() + settings.shutdown_seconds)

    try:
        async with asyncio.timeout(None) as deadline:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, on_signal)
            await serve(name, settings, bootstrap, roles, stop)
    except TimeoutError:
        _log.error("the stop took too long and was forced", seconds=settings.shutdown_seconds)
        return 1
    except Exception:  # noqa: BLE001  # the last place to log it; the supervisor sees the status
        _log.exception("the process ends with an error")
        return 1
    _log.info("stopped")
    return 0


def main(
    name: str,
    settings_class: type[SettingsT],
    bootstrap: Bootstrap[SettingsT],
    *,
    roles: Sequence[str],
    migrations: Path | None = None,
    arguments: Sequence[str] | None = None,
) -> int:
    """The command line of a service: `run [role …]`, and `migrate`, `downgrade` for one with a database."""
    parser = argparse.ArgumentParser(prog=f"python -m zavhoz_{name}", description=f"The {name} service of Zavhoz.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the service, all roles or only those named, until SIGTERM")
    run.add_argument("roles", nargs="*", metavar="role", help=f"one or more of: {', '.join(roles)} (default: all)")
    if migrations is not None:
        commands.add_parser("migrate", help="make the database if it is missing and bring it up to date")
        down = commands.add_parser("downgrade", help="take the database down")
        down.add_argument("revision", help="-1 for one step, base for an empty database, or a revision")
    options = parser.parse_args(arguments)
    if options.command == "run" and (unknown := set(options.roles) - set(roles)):
        parser.error(f"unknown role {', '.join(sorted(unknown))}; choose from {', '.join(roles)}")

    if options.command != "run":
        if migrations is None:
            raise AssertionError("there is no such command without migrations")
        postgres = load(PostgresSettings)
        configure_logs(name)
        if options.command == "migrate":
            database.migrate(postgres.database_url(name), migrations)
        else:
            database.downgrade(postgres.database_url(name), migrations, options.revision)
        return 0

    settings = load(settings_class)
    configure_logs(name, level=settings.log_level, format=settings.log_format)
    chosen = frozenset(options.roles or roles)
    _INFO.info({"service": name, "roles": ",".join(sorted(chosen))})
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve_until_signal(name, settings, bootstrap, chosen))
