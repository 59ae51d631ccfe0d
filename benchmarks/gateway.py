"""Updates a second by webhook: the gateway, which waits until a command is confirmed, beside aiogram doing nothing.

And how long Telegram waits for the answer when so many come as a busy town sends, `RATE` a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import statistics
import subprocess  # nosec B404: aiogram alone is a process of its own
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.figures import Figure, wait_until_idle
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import base_environment
from zavhoz_devstack.ports import LOOPBACK, accepts, free_port

UPDATES, CONNECTIONS = 3_000, 40
RATE, RATE_SECONDS = 200, 10
PEOPLE = 500
_SECRET = secrets.token_hex(16)
_ids = count(1)


def presses(amount: int) -> Iterator[bytes]:
    """Presses of [Take] under cards of requests that do not exist, each by the next of 500 people."""
    for _ in range(amount):
        number = next(_ids)
        person = {"id": 720_000 + number % PEOPLE, "is_bot": False, "first_name": "Anna", "language_code": "ru"}
        message = {
            "message_id": 1,
            "date": int(time.time()),
            "chat": {"id": person["id"], "type": "private", "first_name": "Anna"},
            "from": {"id": 1, "is_bot": True, "first_name": "Zavhoz"},
            "text": "#1 🆕 Открыта",
        }
        query = {"id": str(number), "from": person, "message": message, "chat_instance": "1"}
        query["data"] = f"r:take:{uuid4().hex}:1"
        yield json.dumps({"update_id": number, "callback_query": query}).encode()


async def per_second(port: int, amount: int) -> float:
    """Post that many updates over 40 connections, as Telegram would; returns how many a second were answered 200.

    Raises:
        RuntimeError: one was answered with something else.
    """
    bodies = presses(amount)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_post(port, bodies, lambda: began))
    return amount / (time.perf_counter() - began)


async def p99_ms(port: int, rate: int, seconds: int) -> float:
    """The 99th percentile, in milliseconds, of the time until an update is answered, when `rate` of them come a second.

    Counted from when it was to be sent: one that waits for a connection waits. Raises as `per_second` does.
    """
    began = time.perf_counter() + 0.1
    bodies = presses(rate * seconds)
    due = (began + number / rate for number in range(rate * seconds))
    async with asyncio.TaskGroup() as group:
        posting = [group.create_task(_post(port, bodies, lambda: next(due))) for _ in range(CONNECTIONS)]
    took = sorted(one for task in posting for one in task.result())
    return took[len(took) * 99 // 100] * 1000


async def _post(port: int, bodies: Iterator[bytes], due: Callable[[], float]) -> list[float]:
    """Post updates over one connection, each when it is due; returns how many seconds after that each was answered."""
    took: list[float] = []
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    for body in bodies:
        at = due()
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        head = (
            f"POST /telegram HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {_SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode())
        took.append(time.perf_counter() - at)
    writer.close()
    return took


@contextlib.contextmanager
def aiogram_alone() -> Iterator[int]:
    """Aiogram's handler in a process of its own; yields its port."""
    port = free_port()
    env = base_environment() | {"SECRET": _SECRET, "PORT": str(port)}
    program = [sys.executable, "-m", "benchmarks.aiogram_webhook"]
    process = subprocess.Popen(program, env=env, cwd=Path(__file__).parents[1])  # nosec B603
    try:
        while not accepts(port):
            time.sleep(0.1)
        yield port
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    """That process does nothing while inside."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def measure(rounds: int, say: Callable[[str], None]) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Paired rounds. The gateway asks the requests service who people are; then that one is frozen: it is not what
    is measured, and it would take half of the machine. It works while the wait for an answer is measured.
    """
    ours: list[float] = []
    theirs: list[float] = []
    waited: list[float] = []
    with aiogram_alone() as port:
        settings = {
            "WEBHOOK_URL": f"http://{LOOPBACK}:{port}/telegram",  # somebody must be there; updates are posted to ours
            "WEBHOOK_SECRET": _SECRET,
            "PEOPLE_AT_ONCE": str(CONNECTIONS),
        }
        async with Devstack(services=("requests", "gateway"), settings=settings) as stack:
            gateway, requests = stack.services["gateway"], stack.services["requests"]
            if requests.pid is None:
                raise RuntimeError("the requests service is not running")
            for one in (port, gateway.port):
                await per_second(one, PEOPLE)
            for number in range(rounds):
                wait_until_idle(say)
                theirs.append(await per_second(port, UPDATES))
                await per_second(gateway.port, PEOPLE)  # known for a minute
                with frozen(requests.pid):
                    ours.append(await per_second(gateway.port, UPDATES))
                await per_second(gateway.port, PEOPLE)
                waited.append(await p99_ms(gateway.port, RATE, RATE_SECONDS))
                speeds = f"gateway {ours[-1]:,.0f}/s, aiogram {theirs[-1]:,.0f}/s"
                say(f"  round {number + 1}: {speeds}; at {RATE}/s answered in {waited[-1]:,.0f} ms (p99)")
    ratio = Figure.of([one / other for one, other in zip(ours, theirs, strict=True)])
    absolute = {"gateway_per_s": round(statistics.median(ours)), "aiogram_per_s": round(statistics.median(theirs))}
    return {"gateway_vs_aiogram": ratio, "webhook_p99_ms": Figure.of(waited)}, absolute
