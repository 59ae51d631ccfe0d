"""Consumers with nothing to do: ours beside FastStream and Celery, each with a queue full of the same commands."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import subprocess  # nosec B404: the peers run in an environment of their own
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aio_pika

from benchmarks.figures import Figure, wait_until_idle
from benchmarks.load import creates, prepare
from benchmarks.servers import Servers
from zavhoz_devstack.environment import base_environment

OURS, FASTSTREAM, CELERY = 15_000, 6_000, 4_000
_SECONDS = 180
_HERE = Path(__file__).parent
_PEERS = _HERE / "peers"
_PYTHON = _HERE.parent / ".venv" / "peers" / "bin" / "python"


def install_peers() -> None:
    """Make the peers' environment from their lock file, where it is not there yet."""
    uv = [str(Path(sys.executable).parent / "uv")]
    env = dict(os.environ, UV_SYSTEM_CERTS="1")
    if not _PYTHON.exists():
        subprocess.run(
            [*uv, "venv", "--quiet", "--python", sys.executable, str(_PYTHON.parents[1])], check=True, env=env
        )
    lock = str(_PEERS / "requirements.lock")
    install = ["pip", "install", "--quiet", "--python", str(_PYTHON), "--require-hashes", "-r", lock]
    subprocess.run([*uv, *install], check=True, env=env)


async def ours(servers: Servers, amqp_url: str) -> float:
    """Ours: groups of 100, prefetch 200, validated envelopes."""
    await prepare(amqp_url, creates(OURS))
    return await _run(servers, amqp_url, OURS, "", sys.executable, "-m", "benchmarks.consumer")


async def faststream(servers: Servers, amqp_url: str) -> float:
    """FastStream with its OpenTelemetry and Prometheus middlewares."""
    queue = "faststream"
    connection = await aio_pika.connect(amqp_url)
    async with connection, connection.channel() as channel:
        await channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "quorum"})
        for start in range(0, FASTSTREAM, 500):
            async with asyncio.TaskGroup() as group:
                for command in creates(min(500, FASTSTREAM - start)):
                    message = aio_pika.Message(command.to_json(), content_type="application/json", delivery_mode=2)
                    group.create_task(_publish(channel, message, queue))
    return await _run(servers, amqp_url, FASTSTREAM, queue, str(_PYTHON), str(_PEERS / "faststream_consumer.py"))


async def celery(servers: Servers, amqp_url: str) -> float:
    """Celery's prefork worker with one process."""
    program = [str(_PYTHON), str(_PEERS / "celery_consumer.py")]
    env = _environment(servers, amqp_url, CELERY, "celery")
    (body,) = creates(1)
    await asyncio.to_thread(subprocess.run, [*program, "fill"], check=True, env=env, input=body.to_json())
    return await _run(servers, amqp_url, CELERY, "celery", *program, "work")


async def measure(
    servers: Servers, rounds: int, say: Callable[[str], None]
) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Paired rounds."""
    install_peers()
    seen: dict[str, list[float]] = {"ours": [], "faststream": [], "celery": []}
    for number in range(rounds):
        wait_until_idle(say)
        for name, side in (("ours", ours), ("faststream", faststream), ("celery", celery)):
            with servers.vhost() as amqp_url:
                seen[name].append(await side(servers, amqp_url))
        say(f"  round {number + 1}: " + ", ".join(f"{name} {values[-1]:,.0f}/s" for name, values in seen.items()))
    ratios = {
        f"consumer_vs_{peer}": Figure.of([mine / theirs for mine, theirs in zip(seen["ours"], seen[peer], strict=True)])
        for peer in ("faststream", "celery")
    }
    return ratios, {f"{name}_per_s": round(statistics.median(values)) for name, values in seen.items()}


async def _publish(channel: aio_pika.abc.AbstractChannel, message: aio_pika.Message, queue: str) -> None:
    await channel.default_exchange.publish(message, queue)


def _environment(servers: Servers, amqp_url: str, count: int, queue: str) -> dict[str, str]:
    result = servers.state.path / "result"
    result.unlink(missing_ok=True)
    return base_environment() | {"AMQP_URL": amqp_url, "COUNT": str(count), "QUEUE": queue, "RESULT": str(result)}


async def _run(servers: Servers, amqp_url: str, count: int, queue: str, *command: str) -> float:
    return await asyncio.to_thread(_watch, servers, _environment(servers, amqp_url, count, queue), command)


def _watch(servers: Servers, env: dict[str, str], command: tuple[str, ...]) -> float:
    """Start a consumer on its full queue, and wait for its own figure."""
    result, log, deadline = Path(env["RESULT"]), servers.state.log("consumer"), time.monotonic() + _SECONDS
    with log.open("ab") as output:
        process = subprocess.Popen(  # nosec B603
            command, env=env, stdout=output, stderr=output, cwd=_HERE.parent, start_new_session=True
        )
    try:
        while not (result.exists() and result.read_text()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command}: {log.read_text()[-3000:]}")
            time.sleep(0.1)
        return float(result.read_text())
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
