"""Start and graceful stop of one process of a service.

A service gives `main` a bootstrap: an async context manager that builds a `Process` from its settings. Tests call the
same bootstrap. On SIGTERM readiness goes false first; then the components are stopped one after another, in their
order, each finishing what it has in hand; then the bootstrap closes what it opened. All of it within
`shutdown_seconds`, or the process is forced to end with status 1. A component that fails ends the process the same way.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import faulthandler
import gc
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import structlog
import uvloop
from starlette.routing import Router

from zavhoz_chassis import metrics
from zavhoz_chassis.health import STARTED, Health
from zavhoz_chassis.http import App, CannotListen, serving
from zavhoz_chassis.logs import CannotLog, configure_logs
from zavhoz_chassis.settings import LogSettings, MigrationSettings, ServiceSettings, demand, load, secrets_of, variables
from zavhoz_chassis.stopping import Stopping
from zavhoz_chassis.telemetry import LONGEST_SECONDS, Finish, begin_telemetry, nothing_unwanted

_log = structlog.get_logger("zavhoz.process")


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
    routers: tuple[Router, ...] = ()
    health: Health = field(default_factory=Health)


@dataclass(frozen=True)
class Command:
    """A command of a service's own: `run` is given the arguments behind its name, and returns the exit status."""

    help: str
    run: Callable[[Sequence[str]], int]


class ComponentFailed(Exception):
    """A component raised, or returned although nobody had asked it to. It was logged where it happened."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the component {name} failed")


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
async def running(process: Process, *, on_failure: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
    """Run the components while inside; leaving stops them in order.

    When one fails, `on_failure` is called, what is inside is cancelled, and the others are stopped in order all the
    same. What is raised inside is given on as it is, once all have stopped.

    Raises:
        ComponentFailed: the first that did.
    """
    failures: list[tuple[ComponentFailed, BaseException]] = []
    raised: Exception | None = None
    async with asyncio.TaskGroup() as group:
        inside = asyncio.timeout(None)

        async def watched(component: Component, stop: asyncio.Event) -> None:
            error = await _outcome(component, stop)
            if error is None:
                return
            _log.error("a component failed", component=component.name, exc_info=error)
            failures.append((ComponentFailed(component.name), error))
            if interruptible:
                inside.reschedule(asyncio.get_running_loop().time())
            on_failure()

        stops = [asyncio.Event() for _ in process.components]
        interruptible = False
        tasks: list[asyncio.Task[None]] = []
        try:
            async with inside:
                interruptible = True
                tasks += [
                    group.create_task(watched(component, stop), name=component.name)
                    for component, stop in zip(process.components, stops, strict=True)
                ]
                yield
        except Exception as error:  # noqa: BLE001  # raised again below, when all have stopped
            raised = error
        finally:
            interruptible = False
            process.health.draining = True
            for task, stop in zip(tasks, stops, strict=True):
                stop.set()
                await asyncio.wait([task])
    if failures:
        failure, cause = failures[0]
        raise failure from cause
    if raised is not None:
        raise raised


async def _outcome(component: Component, stop: asyncio.Event) -> BaseException | None:
    """Run a component to its end: what went wrong, if anything did."""
    task = asyncio.current_task()
    try:
        await component.run(stop)
    except asyncio.CancelledError as error:
        if task is not None and task.cancelling():
            raise
        return error  # nobody cancelled it: a library did, and without this it would be gone without a word
    except Exception as error:  # noqa: BLE001  # logged by whoever asked, and it ends the process
        return error
    return None if stop.is_set() else RuntimeError("it returned, and nobody had asked it to stop")


async def serve(
    name: str, settings: SettingsT, bootstrap: Bootstrap[SettingsT], roles: frozenset[str], stopping: Stopping
) -> None:
    """Run a service until asked to end; its HTTP side answers from the first moment, so probes see why it waits."""
    health = Health()
    health.declare(STARTED)
    app = App(name, health)
    async with serving(app, settings.http_host, settings.http_port) as port, contextlib.AsyncExitStack() as stack:
        _log.info("starting", roles=sorted(roles), port=port)
        async with stopping.interrupting():
            process = await stack.enter_async_context(_imported(bootstrap, settings, roles, health))
        if stopping.asked.is_set():
            return
        app.include(process.routers)
        async with asyncio.TaskGroup() as group:
            lag = group.create_task(metrics.watch_the_loop(), name="loop lag")
            try:
                async with running(process, on_failure=stopping.begin):
                    health.set(STARTED, ok=True)
                    await stopping.asked.wait()
                    _log.info("stopping")
                    health.draining = True
            finally:
                lag.cancel()


def _imported(
    bootstrap: Bootstrap[SettingsT], settings: SettingsT, roles: frozenset[str], health: Health
) -> AbstractAsyncContextManager[Process]:
    """Call the bootstrap, which imports most of the service, with the garbage collector out of the way.

    Libraries make objects by the hundred thousand that stay: looking through them again and again takes about a third
    of the import, and from then on a share of each collection.
    """
    gc.disable()
    try:
        with nothing_unwanted():
            return bootstrap(settings, roles=roles, health=health)
    finally:
        gc.freeze()
        gc.enable()


async def _until_asked(
    name: str, settings: SettingsT, bootstrap: Bootstrap[SettingsT], roles: frozenset[str], finish: Finish
) -> int:
    status = 0
    async with contextlib.AsyncExitStack() as stack:
        deadline = asyncio.timeout(None)
        stopping = Stopping(deadline, settings.shutdown_seconds)
        stack.callback(stopping.finish)
        stopping.listen()
        try:
            async with deadline:
                await serve(name, settings, bootstrap, roles, stopping)
        except Exception as error:  # noqa: BLE001  # the last place to log it; the supervisor sees the status
            status = _failed(error, stopping)
        # Spans and errors that are not sent yet have what is left of the time, and 3 s at most.
        left = deadline.when()
        seconds = LONGEST_SECONDS if left is None else left - asyncio.get_running_loop().time()
        await asyncio.to_thread(finish, seconds)
    if not status:
        _log.info("stopped")
    return status


def _failed(error: BaseException, stopping: Stopping) -> int:
    """Say once why the process ends; the status for the supervisor."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, CannotListen):
        _log.error(str(error), address=error.address)
    elif not isinstance(error, ComponentFailed) and not stopping.late:
        _log.error("the process ends with an error", exc_info=error)
    return 1


def main(
    name: str,
    settings_class: type[SettingsT],
    bootstrap: Bootstrap[SettingsT],
    *,
    roles: Sequence[str],
    migrations: Path | None = None,
    more: Mapping[str, Command] | None = None,
    arguments: Sequence[str] | None = None,
) -> int:
    """The command line of a service: `run [role …]`, and `migrate`, `downgrade` for one with a database.

    `more` are commands of its own, by name.

    Returns the exit status: 0 for a stop that was asked for, 1 for an error, and exits with 2 for a wrong command line
    or wrong settings.
    """
    more, given = more or {}, list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in more:
        return more[given[0]].run(given[1:])
    parser = _parser(name, settings_class, roles, migrations is not None, more)
    options = parser.parse_args(given)
    if options.command == "run":
        if unknown := set(options.roles) - set(roles):
            parser.error(f"unknown role {', '.join(sorted(unknown))}; choose from {', '.join(roles)}")
        settings, wanted = load(settings_class), frozenset(options.roles or roles)
        demand(settings, wanted)
        return _run(name, settings, bootstrap, wanted)
    if migrations is None:
        raise AssertionError("there is no such command without migrations")
    return _migrate(name, migrations, getattr(options, "revision", None))


def _parser(
    name: str, settings_class: type[ServiceSettings], roles: Sequence[str], migrates: bool, more: Mapping[str, Command]
) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m zavhoz_{name}",
        description=f"The {name} service of Zavhoz.",
        epilog="environment (or <NAME>_FILE with the path of a file that holds the value):\n"
        + "\n".join(f"  {line}" for line in variables(settings_class)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the service, all roles or only those named, until SIGTERM")
    run.add_argument("roles", nargs="*", metavar="role", help=f"one or more of: {', '.join(roles)} (default: all)")
    if migrates:
        commands.add_parser("migrate", help="make the database if it is missing and bring it up to date")
        down = commands.add_parser("downgrade", help="take the database down, by default one step")
        down.add_argument(
            "revision", nargs="?", default="-1", help="-1 for one step, base for an empty database, or a revision"
        )
    for own, command in more.items():
        commands.add_parser(own, help=command.help)
    return parser


def _configure_logs(name: str, settings: LogSettings) -> None:
    try:
        configure_logs(
            name,
            level=settings.log_level,
            format=settings.log_format,
            file=settings.log_file,
            secrets=secrets_of(settings),
        )
    except CannotLog as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


def _run(name: str, settings: SettingsT, bootstrap: Bootstrap[SettingsT], roles: frozenset[str]) -> int:
    _configure_logs(name, settings)
    finish = begin_telemetry(name, settings)
    metrics.describe(name, roles)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_until_asked(name, settings, bootstrap, roles, finish))
    finally:
        faulthandler.cancel_dump_traceback_later()


def _migrate(name: str, scripts: Path, down_to: str | None) -> int:
    # A service that runs migrates nothing, and should not carry Alembic about.
    from zavhoz_chassis import migrations
    from zavhoz_chassis.outages import DatabaseUnavailable

    settings = load(MigrationSettings)
    _configure_logs(name, settings)
    url = settings.database_url(name)
    try:
        if down_to is None:
            migrations.migrate(url, scripts)
        else:
            migrations.downgrade(url, scripts, down_to)
    except DatabaseUnavailable as error:
        _log.error("migration failed", error=str(error))
        return 1
    except Exception as error:  # noqa: BLE001  # the last place to log it
        _log.error("migration failed", exc_info=error)
        return 1
    return 0
