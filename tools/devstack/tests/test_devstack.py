"""Starting, watching and stopping the whole, with doubles in place of the services."""

import asyncio
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.errors import DevstackError, StartFailed
from zavhoz_devstack.ports import accepts, free_port
from zavhoz_devstack.probes import wait_until
from zavhoz_devstack.processes import Identity, descendants, identify, wait_until_ended
from zavhoz_devstack.servers.rabbitmq import Management

MakeStack = Callable[..., Devstack]


@pytest.fixture
def make_stack(
    tmp_path: Path, doubles: Path, postgres_url: str, amqp_url: str, amqp_management: Management, redis_url: str
) -> MakeStack:
    """A stack of doubles on the session's servers."""
    assert doubles.exists()
    management = {"AMQP_MANAGEMENT_URL": amqp_management.url}
    given = {"POSTGRES_URL": postgres_url, "AMQP_URL": amqp_url, "REDIS_URL": redis_url, **management}

    def make(settings: dict[str, str] | None = None, **arguments: Any) -> Devstack:
        told = {"STOPPED_FILE": str(tmp_path / "stopped"), **(settings or {})}
        return Devstack(given=given, settings=told, **arguments)

    return make


def ours() -> list[Identity]:
    return [child for child in descendants(os.getpid()) if b"zavhoz_" in _command(child)]


def _command(process: Identity) -> bytes:
    try:
        return Path(f"/proc/{process.pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def environments(stack: Devstack, action: str) -> dict[str, dict[str, str]]:
    """What each double was told, from the combined log."""
    found: dict[str, dict[str, str]] = {}
    for line in stack.log.path.read_text().splitlines():
        name, _, said = line.partition(" | ")
        if said.startswith("{") and json.loads(said)["arguments"] == [action]:
            found[name.strip()] = json.loads(said)["environment"]
    return found


async def test_everything_starts_and_nothing_is_left(make_stack: MakeStack, tmp_path: Path) -> None:
    before = {process.pid for process in ours()}
    said: list[str] = []
    async with make_stack(say=said.append, admins=[5, 6]) as stack:
        for service in stack.services.values():
            assert await service.ready()
        running = [process for process in ours() if process.pid not in before]
        assert len(running) == 6  # four services, the stand-in, the watcher
        assert set(environments(stack, "migrate")) == {"requests", "notifier", "files"}
        path = stack.state.path
    assert wait_until_ended(running, 0)
    assert not path.exists()
    assert (tmp_path / "stopped").read_text().split() == ["gateway", "requests", "notifier", "files"]
    assert sum(line.endswith("is ready") for line in said) == 4
    assert all(re.match(r" +\d+\.\d s  ", line) for line in said)


async def test_each_service_is_told_what_it_needs_and_no_more(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", "somebody else's")
    async with make_stack(admins=[5, 6], settings={"SEND_RATE": "1000"}) as stack:
        told = environments(stack, "run")
    needs = {
        "requests": {"POSTGRES_URL", "AMQP_URL", "AMQP_MANAGEMENT_URL", "API_TOKENS", "ADMIN_USER_ID"},
        "gateway": {"AMQP_URL", "REDIS_URL", "BOT_TOKEN", "TELEGRAM_API_URL", "REQUESTS_API_URL", "API_TOKEN"},
        "notifier": {
            *("POSTGRES_URL", "AMQP_URL", "REDIS_URL", "BOT_TOKEN", "TELEGRAM_API_URL"),
            *("AMQP_MANAGEMENT_URL", "REQUESTS_API_URL", "API_TOKEN"),
        },
        "files": {
            *("POSTGRES_URL", "AMQP_URL", "BOT_TOKEN", "TELEGRAM_API_URL", "STORAGE_URL"),
            *(
                "AMQP_MANAGEMENT_URL",
                "REQUESTS_API_URL",
                "API_TOKEN",
                "API_TOKENS",
                "FILES_LINK_KEY",
                "FILES_PUBLIC_URL",
            ),
        },
    }
    everything = set().union(*needs.values())
    assert {name: everything & told[name].keys() for name in told} == needs
    assert told["requests"]["ADMIN_USER_ID"] == "5,6"
    tokens = dict(part.split(":") for part in told["requests"]["API_TOKENS"].split(","))
    assert tokens == {name: told[name]["API_TOKEN"] for name in ("gateway", "notifier", "files")}
    assert told["notifier"]["REQUESTS_API_URL"].endswith(":" + told["requests"]["HTTP_PORT"])
    assert told["files"]["STORAGE_URL"].startswith("file:///")
    assert {told[name]["SEND_RATE"] for name in told} == {"1000"}


async def test_the_demos_traces_go_to_its_page_unless_they_go_elsewhere(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, delay = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_BSP_SCHEDULE_DELAY"
    monkeypatch.delenv(endpoint, raising=False)
    async with make_stack(demo=True) as stack:
        told = environments(stack, "run")
        assert {name: (told[name][endpoint], told[name][delay]) for name in told} == dict.fromkeys(
            ("requests", "notifier", "files", "gateway"), (stack.sandbox_url, "200")
        )
    monkeypatch.setenv(endpoint, "http://collector.example:4318")
    async with make_stack(demo=True) as stack:
        told = environments(stack, "run")
    assert {told[name][endpoint] for name in told} == {"http://collector.example:4318"}
    assert not [name for name in told if delay in told[name]]


async def test_gateways_by_webhook_stand_behind_a_balancer(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "somebody else's")
    async with make_stack(updates="webhook", gateways=2) as stack:
        told = environments(stack, "run")
        first, second = told["gateway"], told["gateway-2"]
        assert first["WEBHOOK_URL"] == second["WEBHOOK_URL"]
        assert first["WEBHOOK_SECRET"] == second["WEBHOOK_SECRET"] != "somebody else's"
        assert first["HTTP_PORT"] != second["HTTP_PORT"]
        assert first["API_TOKEN"] == second["API_TOKEN"]
        assert "WEBHOOK_URL" not in told["requests"]
        assert stack.balancer is not None
        assert accepts(int(first["WEBHOOK_URL"].split(":")[2].partition("/")[0]))
    assert not stack.balancer.running
    stopped = (tmp_path / "stopped").read_text().split()
    assert stopped == ["gateway", "gateway", "requests", "notifier", "files"]


async def test_the_real_telegram_sends_to_the_address_given(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "1:real")
    monkeypatch.setenv("WEBHOOK_URL", "https://zavhoz.example.org/telegram")
    monkeypatch.setenv("GATEWAY_PORT", str(port := free_port()))
    async with make_stack(sandbox=False, updates="webhook", services=["gateway"]) as stack:
        told = environments(stack, "run")["gateway"]
        assert told["WEBHOOK_URL"] == "https://zavhoz.example.org/telegram"
        assert len(told["WEBHOOK_SECRET"]) > 20
        assert accepts(port)


async def test_a_service_that_does_not_start_is_named_with_its_last_words(make_stack: MakeStack) -> None:
    before = {process.pid for process in ours()}
    stack = make_stack(settings={"FAIL_TO_START": "notifier"})
    with pytest.raises(StartFailed, match=r"(?s)notifier ended with exit code 1.*notifier will not start"):
        async with stack:
            pass
    assert wait_until_ended([process for process in ours() if process.pid not in before], 5)


async def test_a_killed_service_comes_back_at_its_address_when_started(make_stack: MakeStack) -> None:
    async with make_stack(services=["requests"]) as stack:
        service = stack.services["requests"]
        url, first = service.url, service.pid
        service.kill()
        assert not await service.ready()
        service.start()
        await service.wait_ready()
        assert service.url == url
        assert service.pid != first
        assert await service.terminate() == 0


async def test_what_ends_unasked_is_started_again(make_stack: MakeStack) -> None:
    said: list[str] = []
    async with make_stack(services=["requests", "files"], say=said.append) as stack:
        victim, stopped = stack.services["requests"], stack.services["files"]
        first = victim.pid
        assert first is not None
        found = identify(first)
        assert found is not None
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            watching = group.create_task(stack.watch())
            await stopped.terminate()
            found.send(9)
            await asyncio.to_thread(wait_until, lambda: victim.pid not in {first, None}, 15, "another process")
            watching.cancel()
        await victim.wait_ready()
        assert not stopped.running
    assert any("requests ended with exit code -9" in line and "started again" in line for line in said)


async def test_a_real_bot_needs_its_token(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOT_TOKEN", raising=False)
    with pytest.raises(DevstackError, match="BOT_TOKEN"):
        async with make_stack(sandbox=False):
            pass


async def test_a_real_bot_is_used_without_a_stand_in(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "1:real")
    async with make_stack(sandbox=False, services=["gateway"]) as stack:
        told = environments(stack, "run")["gateway"]
        assert told["BOT_TOKEN"] == "1:real"
        assert "TELEGRAM_API_URL" not in told
        assert stack.sandbox is None


async def test_a_start_that_is_cancelled_leaves_nothing(make_stack: MakeStack) -> None:
    before = {process.pid for process in ours()}
    starting = asyncio.Event()

    async def start() -> None:
        async with make_stack(say=lambda _: starting.set()):
            pass

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        task = group.create_task(start())
        await starting.wait()
        task.cancel()
    assert task.cancelled()
    assert wait_until_ended([process for process in ours() if process.pid not in before], 0)
