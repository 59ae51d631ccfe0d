"""The life of a process: start, drain in order, failures, deadlines; as a real process with real signals."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from zavhoz_chassis.health import Health
from zavhoz_chassis.process import ComponentFailed, Process, main, running
from zavhoz_chassis.settings import ServiceSettings

Start = Callable[..., Awaitable[Any]]


async def test_sigterm_makes_it_unready_first_and_stops_the_parts_in_order(start: Start) -> None:
    service = await start("run", BEHAVIOUR="holds")
    await service.started()
    await service.call("POST", "/dependency?ok=true")
    assert await service.call("GET", "/readyz") == (
        200,
        {"status": "ready", "checks": {"started": "ok", "dependency": "ok"}},
    )

    service.signal()
    await service.until("part asked", part="first")
    status, report = await service.call("GET", "/readyz")
    assert (status, report["checks"]["draining"]) == (503, "yes")
    assert (await service.call("GET", "/livez"))[0] == 200, "alive, for what is in hand is being finished"
    assert not [record for record in service.of("part asked") if record["part"] != "first"]

    await service.call("POST", "/release")
    assert await service.ended() == 0
    told = [
        (r["event"], r.get("part"))
        for r in service.records
        if r["event"].startswith(("part asked", "part done", "boot"))
    ]
    assert told == [
        ("part asked", "first"),
        ("part done", "first"),
        ("part asked", "second"),
        ("part done", "second"),
        ("part asked", "third"),
        ("part done", "third"),
        ("bootstrap closed", None),
    ]
    assert service.of("bootstrap closed")[0]["same_task"], "what one task opened another cannot safely close"
    assert service.of("stopped")
    assert await service.errors() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_idle_service_ends_at_once(start: Start, number: signal.Signals) -> None:
    service = await start("run")
    await service.started()
    service.signal(number)
    assert await service.ended() == 0


async def test_it_answers_while_it_starts_and_can_be_stopped_then(start: Start) -> None:
    service = await start("run", BEHAVIOUR="waits to start")
    service.port = (await service.until("starting"))["port"]
    await service.until("bootstrap waits")
    assert (await service.call("GET", "/livez"))[0] == 200
    status, report = await service.call("GET", "/readyz")
    assert (status, report["checks"]) == (503, {"started": "starting", "dependency": "starting"})
    status, problem = await service.call("GET", "/roles")
    assert (status, problem["code"]) == (503, "starting"), "its own routes are not unknown, only not there yet"
    service.signal()
    assert await service.ended() == 0
    assert service.of("bootstrap interrupted")


@pytest.mark.parametrize("behaviour", ["cannot start", "bootstrap times out"])
async def test_a_failed_start_is_status_1_and_told_once_without_secrets(start: Start, behaviour: str) -> None:
    service = await start("run", BEHAVIOUR=behaviour)
    assert await service.ended() == 1
    errors = [record for record in service.records if record["level"] == "error"]
    assert [record["event"] for record in errors] == ["the process ends with an error"], await service.errors()
    assert "a-secret-of-the-double" not in "".join(service.raw)


@pytest.mark.parametrize("behaviour", ["fails", "returns", "is cancelled"])
async def test_a_failed_part_is_told_once_and_ends_the_process_after_the_others_drained(
    start: Start, behaviour: str
) -> None:
    service = await start("run", BEHAVIOUR=behaviour)
    await service.started()
    await service.call("POST", "/trip")
    assert await service.ended() == 1
    errors = [record for record in service.records if record["level"] == "error"]
    assert [(record["event"], record["component"]) for record in errors] == [("a component failed", "second")]
    assert [record["part"] for record in service.of("part done")] == ["first", "third"]
    assert not [record for record in service.of("part cancelled") if record["part"] != "second"]
    assert service.of("bootstrap closed")


async def test_a_part_that_fails_while_draining_keeps_no_other_from_it(start: Start) -> None:
    service = await start("run", BEHAVIOUR="fails while draining")
    await service.started()
    service.signal()
    assert await service.ended() == 1
    assert [record["part"] for record in service.of("part done")] == ["second", "third"]


@pytest.mark.parametrize("behaviour", ["holds", "fails and holds"])
async def test_what_takes_too_long_is_cancelled(start: Start, behaviour: str) -> None:
    service = await start("run", BEHAVIOUR=behaviour, SHUTDOWN_SECONDS="0.5")
    await service.started()
    if behaviour == "holds":
        service.signal()
    else:
        await service.call("POST", "/trip")
    asked = await service.until("part asked", part="first")
    assert await service.ended() == 1
    assert time.monotonic() - asked["at"] < 5
    assert "first" in [record["part"] for record in service.of("part cancelled")]
    late = service.of("the stop takes too long and is forced")
    assert len(late) == 1
    assert "first" in late[0]["unfinished"]


async def test_asked_twice_it_ends_at_once(start: Start) -> None:
    service = await start("run", BEHAVIOUR="holds", SHUTDOWN_SECONDS="60")
    await service.started()
    service.signal()
    await service.until("part asked", part="first")
    service.signal()
    assert await service.ended() == 1
    assert service.of("part cancelled")


@pytest.mark.parametrize("behaviour", ["ignores cancellation", "blocks the loop"])
async def test_what_cannot_be_cancelled_is_ended_all_the_same(start: Start, behaviour: str) -> None:
    service = await start("run", BEHAVIOUR=behaviour, SHUTDOWN_SECONDS="0.5")
    await service.started()
    service.signal()
    asked = await service.until("part asked", part="first")
    assert await service.ended() == 1
    assert time.monotonic() - asked["at"] < 10
    shown = await service.errors()
    assert shown.startswith("Timeout ")
    assert ("in _work" in shown) == (behaviour == "blocks the loop"), "where it hung is shown"


async def test_only_the_roles_that_were_named_run(start: Start) -> None:
    service = await start("run", "relay")
    await service.started()
    assert await service.call("GET", "/roles") == (200, ["relay"])


async def test_a_port_that_is_taken_is_named(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        service = await start("run", HTTP_PORT=str(port))
        assert await service.ended() == 1
    (error,) = [record for record in service.records if record["level"] == "error"]
    assert error["address"] == f"127.0.0.1:{port}"
    assert "HTTP_PORT" in error["event"]
    assert "exception" not in error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: command"),
        (["run", "baker"], "unknown role baker; choose from worker, relay"),
        (["migrate"], "invalid choice: 'migrate'"),
    ],
)
def test_a_wrong_command_line_is_status_2(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main("double", ServiceSettings, nothing, roles=("worker", "relay"), arguments=arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_wrong_settings_are_status_2(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "many")
    with pytest.raises(SystemExit) as ended:
        main("double", ServiceSettings, nothing, roles=("worker",), arguments=["run"])
    assert ended.value.code == 2
    assert "  HTTP_PORT: " in capsys.readouterr().err


def test_help_names_commands_and_variables(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main("double", ServiceSettings, nothing, roles=("worker",), migrations=Path(), arguments=["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for word in ("run", "migrate", "downgrade", "HTTP_PORT", "how long a stop may take", "25.0"):
        assert word in told


@contextlib.asynccontextmanager
async def nothing(settings: ServiceSettings, *, roles: frozenset[str], health: Health) -> AsyncIterator[Process]:  # noqa: ARG001
    """A bootstrap for command lines that never come to it."""
    yield Process([], health=health)


class Part:
    """A component for tests inside this process."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name = name
        self.drained = False
        self._error = error

    async def run(self, stop: asyncio.Event) -> None:
        if self._error:
            raise self._error
        await stop.wait()
        self.drained = True


async def test_running_gives_on_what_was_raised_inside() -> None:
    part = Part("part")
    with pytest.raises(LookupError, match="inside"):
        async with running(Process([part])):
            raise LookupError("inside")
    assert part.drained


async def test_running_gives_on_a_timeout_from_inside() -> None:
    with pytest.raises(TimeoutError, match="inside"):
        async with running(Process([Part("part")])):
            raise TimeoutError("inside")


async def test_running_interrupts_what_is_inside_when_a_part_fails() -> None:
    health, other = Health(), Part("other")
    with pytest.raises(ComponentFailed, match="broken") as failure:
        async with running(Process([Part("broken", LookupError("why")), other], health=health)):
            await asyncio.Event().wait()
    assert isinstance(failure.value.__cause__, LookupError)
    assert other.drained
    assert not health.ready


async def test_running_can_be_cancelled() -> None:
    part = Part("part")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), running(Process([part])):
            await asyncio.Event().wait()
    assert part.drained
