"""A whole system under load, watched from outside: what every injected fault is injected into, and audited after."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import aiohttp

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.evidence import connect
from zavhoz_devstack.faults.audit import Audit, audit
from zavhoz_devstack.faults.chats import Chats, following
from zavhoz_devstack.faults.crowd import MANAGERS, RATES, Crowd, working
from zavhoz_devstack.faults.subscriber import Heard, hearing
from zavhoz_devstack.program import Service
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import SandboxClient

_LOOK_SECONDS = 0.5


class Fire:
    """A running system (`stack`), its stand-in for Telegram, its chats, and an independent subscriber of its events.

    Several tests may use one after another: each brings a crowd of its own, and each audit counts from the beginning.
    """

    def __init__(self, stack: Devstack, sandbox: SandboxClient, chats: Chats, heard: Heard) -> None:
        self.stack = stack
        self.sandbox = sandbox
        self.chats = chats
        self.heard = heard
        self._crowds = itertools.count()

    def service(self, name: str) -> Service:
        """One of "requests", "notifier", "files", "gateway"."""
        return self.stack.services[name]

    @contextlib.asynccontextmanager
    async def load(self, *, people: int = 8, **options: Any) -> AsyncIterator[Crowd]:
        """People at work while inside (`Crowd`); leaving waits until everybody has finished what was begun.

        A service that fails meanwhile ends it at once, with its last log lines.
        """
        bot_id = int(self.stack.bot_token.partition(":")[0])
        crowd = Crowd(self.sandbox, self.chats, bot_id, people=people, number=next(self._crowds), **options)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch(), name="services")
            async with working(crowd):
                yield crowd
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            for service in self.stack.services.values():
                if service.exit_code is not None and service.exit_code > 0:  # a signal's is negative
                    raise AssertionError(service.last_words())
            await asyncio.sleep(_LOOK_SECONDS)

    async def audit(self, crowd: Crowd, **options: Any) -> Audit:
        """Wait until all is at rest, and see that nothing was lost, doubled, disordered or left over.

        Raises:
            AssertionError: it does not come to rest, or something is wrong; with a sentence for each.
        """
        found = await audit(self.stack, crowd, self.chats, self.heard, **options)
        assert not found.problems, "\n".join([*found.problems, *crowd.gave_up[:5]])
        return found

    async def ready(self, *names: str, timeout: float = 60.0) -> None:
        """Wait until these services (all, when none are named) are ready."""
        for name in names or tuple(self.stack.services):
            await self.service(name).wait_ready(timeout)

    async def unready(self, name: str, check: str, *, timeout: float = 30.0) -> str:
        """Wait until a service's readiness names this check; returns what it says of it."""
        said: dict[str, str] = {}

        async def named() -> bool:
            said.update(await checks(self.service(name)))
            return said.get(check, "ok") != "ok"

        await wait_until(named, f"{name} says that {check} keeps it from working", timeout=timeout)
        return said[check]

    async def now(self) -> datetime:
        """The time by the clock of the requests service's database."""
        return datetime.fromisoformat(str((await self._ask("SELECT clock_timestamp()"))[0][0]))

    async def longest_pause(self, since: datetime) -> float:
        """How many seconds at most, since then, went by in which no command was applied."""
        rows = await self._ask("SELECT received_at FROM inbox WHERE outcome IS NOT NULL AND received_at > $1", since)
        times = [since, *sorted(row[0] for row in rows)]
        return max((after - before).total_seconds() for before, after in itertools.pairwise([*times, await self.now()]))

    async def _ask(self, query: str, *values: Any) -> list[Any]:
        connection = await connect(self.stack, "requests")
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def metric(self, name: str, metric: str, **labels: str) -> float:
        """The sum of a service's samples of this metric that have these labels."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.service(name).url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith((f"{metric}{{", f"{metric} ")) and all(one in line for one in wanted)
        )


async def checks(service: Service) -> Mapping[str, str]:
    """What `/readyz` says of each check; nothing while nobody answers."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
            session.get(f"{service.url}/readyz") as answer,
        ):
            said: Mapping[str, str] = (await answer.json())["checks"]
            return said
    except (aiohttp.ClientError, TimeoutError):
        return {}


@contextlib.asynccontextmanager
async def on_fire(**options: Any) -> AsyncIterator[Fire]:
    """A system of its own, with servers of its own unless they are `given`; `options` are those of `Devstack`."""
    settings = {**RATES, "LOG_LEVEL": "INFO", **options.pop("settings", {})}
    options.setdefault("given", {})
    async with (
        Devstack(admins=MANAGERS, settings=settings, prefork=True, **options) as stack,
        SandboxClient(stack.sandbox_url) as sandbox,
        following(sandbox) as chats,
        hearing(stack.amqp_url) as heard,
    ):
        await stack.remembered(heard.queue)
        yield Fire(stack, sandbox, chats, heard)


async def at_once(*works: Any) -> None:
    """Do several things at the same time."""
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(work)
