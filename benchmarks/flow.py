"""The whole flow: command consumed → transaction → outbox → relay → event consumed. Ours, the naive one, the limits."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from benchmarks import limits
from benchmarks.figures import Figure, wait_until_idle
from benchmarks.load import PEOPLE, Arrivals, arrivals, creates, prepare, rate_of_arrivals
from benchmarks.servers import Servers
from zavhoz_devstack.program import Program
from zavhoz_messaging.publisher import publishing
from zavhoz_messaging.testing import wait_until

OURS, NAIVE = 8_000, 1_000
SLOW_PACE, PACE = 50, 200
WARMING_SECONDS, PACED_SECONDS = 6, 16
"""Long enough before for a first batch of spans, sent after five seconds, to be over."""

Side = Callable[[Servers, str], contextlib.AbstractAsyncContextManager[None]]


@contextlib.asynccontextmanager
async def ours(servers: Servers, amqp_url: str) -> AsyncIterator[None]:
    """The real service: worker and relay in a process each, so that two cores are used.

    The relay comes first: a late one finds a full outbox, and then its own rate is measured. For the same reason it
    ends its work before the next round.
    """
    programs = [servers.requests(amqp_url, role) for role in ("relay", "worker")]
    try:
        for program in programs:
            program.start()
            await program.wait_ready()
        yield
        await wait_until(servers.all_published, "the outbox to be empty")
    finally:
        for program in programs:
            program.kill()


@contextlib.asynccontextmanager
async def naive(servers: Servers, amqp_url: str) -> AsyncIterator[None]:
    """The naive service, its tables made anew."""
    env = {
        "AMQP_URL": amqp_url,
        "DATABASE_URL": servers.database("bench_naive").replace("postgresql://", "postgresql+asyncpg://"),
    }
    program: Program = servers.program("naive", "benchmarks.naive", env=env)
    program.start()
    try:
        yield
    finally:
        program.kill()


async def rate(servers: Servers, side: Side, count: int, people: int = PEOPLE) -> float:
    """Commands per second from a full queue: from the first event that comes out to the last."""
    with servers.vhost() as amqp_url:
        await prepare(amqp_url, creates(count, people))
        async with rate_of_arrivals(servers, amqp_url, count) as rate, side(servers, amqp_url):
            return await rate


async def paced(servers: Servers, side: Side, per_second: int) -> float:
    """The 99th percentile, in milliseconds, from a command's publish to its event's arrival at a steady pace."""
    with servers.vhost() as amqp_url:
        async with arrivals(amqp_url) as events, side(servers, amqp_url), publishing(amqp_url, "bench") as publisher:
            commands = creates(per_second * (WARMING_SECONDS + PACED_SECONDS))
            sent = {}
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for index, command in enumerate(commands):
                    await asyncio.sleep(max(began + index / per_second - time.perf_counter(), 0))
                    sent[command.id] = time.perf_counter()
                    group.create_task(publisher.publish(command))
            await events.wait_for(len(commands))
            measured = [command.id for command in commands[per_second * WARMING_SECONDS :]]
            return p99(events, {id: sent[id] for id in measured})


def p99(events: Arrivals, sent: dict[Any, float]) -> float:
    """The 99th percentile of what lies between the two, in milliseconds."""
    came = events.by_cause()
    return statistics.quantiles([(came[id] - at) * 1000 for id, at in sent.items()], n=100)[98]


async def measure(
    servers: Servers, rounds: int, say: Callable[[str], None]
) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Paired rounds: each figure right after the one it is compared with."""
    await servers.execute("postgres", "DROP DATABASE IF EXISTS bench_naive", "CREATE DATABASE bench_naive")
    seen: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {}
    for number in range(rounds):
        wait_until_idle(say)
        await servers.empty()
        flow = await rate(servers, ours, OURS)
        slow = await rate(servers, naive, NAIVE)
        postgres = await limits.postgresql(servers)
        rabbitmq = limits.rabbitmq(servers)
        naive_p99 = await paced(servers, naive, SLOW_PACE)
        await servers.empty()
        ours_p99 = await paced(servers, ours, SLOW_PACE)
        fast_p99 = await paced(servers, ours, PACE)
        figures = {
            "flow_per_s": flow,
            "naive_per_s": slow,
            "postgres_per_s": postgres,
            "rabbitmq_per_s": rabbitmq,
            "naive_p99_ms_at_50": naive_p99,
            "ours_p99_ms_at_50": ours_p99,
            "ours_p99_ms_at_200": fast_p99,
        }
        round_ratios = {
            "flow_vs_naive": flow / slow,
            "flow_vs_postgres": flow / postgres,
            "flow_vs_rabbitmq": flow / rabbitmq,
            "p99_naive_vs_ours": naive_p99 / ours_p99,
            "p99_ours_ms": fast_p99,
        }
        for values, into in ((figures, seen), (round_ratios, ratios)):
            for name, value in values.items():
                into.setdefault(name, []).append(value)
        shown = ", ".join(f"{name} {value:,.0f}" for name, value in figures.items())
        say(f"  round {number + 1}: {shown}")
    medians = {name: round(statistics.median(values), 1) for name, values in seen.items()}
    return {name: Figure.of(values) for name, values in ratios.items()}, medians
