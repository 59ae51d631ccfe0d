"""The soak: a crowd works, and all the while something dies, hangs, is cut off or refuses; then the books are audited.

Most faults are `kill -9` of a service at one of its failpoints, at a moment that chance picks; the others are a server
killed and started again, connections cut, a service stopped politely or frozen, and Telegram refusing.
"""

import asyncio
import contextlib
import json
import logging
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.faults.audit import Audit, audit, shown
from zavhoz_devstack.faults.chats import following
from zavhoz_devstack.faults.crowd import MANAGERS, RATES, Crowd, working
from zavhoz_devstack.faults.points import reached_by
from zavhoz_devstack.faults.subscriber import hearing
from zavhoz_devstack.program import Service
from zavhoz_messaging.failpoints import VARIABLE
from zavhoz_sandbox.client import SandboxClient

PEOPLE = 100
COMMANDS_PER_KILL = 50
OTHERS = 1 / 25
"""The share of faults that are not the kill of a service."""
_LONGEST_SECONDS = 8.0
"""A service that has not come to its failpoint by then is killed where it is."""
_LATEST_HITS = {"gateway": 200, "requests": 40, "notifier": 40, "files": 4}
"""How often a service may pass its failpoint before it is killed there. A gateway begins its batch of a hundred updates
anew, so it must come through now and then."""
_REFUSING_SECONDS = 1.5
_SETTLE_SECONDS = 900.0
_LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Tally:
    """What was done to the system."""

    kills: Counter[str] = field(default_factory=Counter)
    """`kill -9` by where it hit: a failpoint, "somewhere" in a service, or a server."""
    others: Counter[str] = field(default_factory=Counter)
    peak_kb: int = 0
    """The largest resident set that a service ever had."""

    @property
    def killed(self) -> int:
        """How often something was killed."""
        return self.kills.total()


class Chaos:
    """Injects faults into a running stack for as long as it is `allowed` more of them."""

    def __init__(self, stack: Devstack, sandbox: SandboxClient, allowed: Callable[[], bool], seed: int) -> None:
        self.tally = Tally()
        self._stack = stack
        self._sandbox = sandbox
        self._allowed = allowed
        self._random = random.Random(seed)  # noqa: S311  # nosec B311: the same seed chooses the same faults
        self._calm = False
        self._others: list[Callable[[], Awaitable[str]]] = [
            *(self._restart(name) for name in stack.servers),
            self._cut_amqp,
            self._cut_postgres,
            self._stop_politely,
            self._freeze,
            *(self._telegram(kind, **given) for kind, given in _TELEGRAM),
        ]

    async def run(self) -> None:
        """Make things go wrong, each service by itself and everything else beside, until `calm`."""
        async with asyncio.TaskGroup() as group:
            for service in self._stack.services.values():
                group.create_task(self._kill_again_and_again(service), name=f"chaos: {service.name}")
            group.create_task(self._other_faults(), name="chaos: others")
            group.create_task(self._watch_memory(), name="chaos: memory")

    def calm(self) -> None:
        """Let everything run again."""
        self._calm = True

    async def _kill_again_and_again(self, service: Service) -> None:
        points = reached_by(service.name)
        armed, deadline = "", 0.0
        while not self._calm:
            if not service.running:
                self.tally.kills[armed] += service.exit_code == -signal.SIGKILL
            elif armed and (time.monotonic() < deadline or not self._allowed()):
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            elif armed:
                self.tally.kills[f"{service.name}, somewhere"] += 1
            armed = self._random.choice(points)
            latest = _LATEST_HITS[service.name] * (1 if self._allowed() else 4)
            await self._again(service, f"{armed}={self._random.randrange(latest)}*off->kill")
            deadline = time.monotonic() + self._random.uniform(0.3, _LONGEST_SECONDS)
        await self._again(service, "")

    async def _again(self, service: Service, failpoints: str) -> None:
        """Start it anew, whatever it is doing now."""
        await asyncio.to_thread(service.kill)
        service.env[VARIABLE] = failpoints
        service.start()

    async def _other_faults(self) -> None:
        done = 0
        while not self._calm:
            if self.tally.killed * OTHERS <= done:
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            done += 1
            self.tally.others[await self._random.choice(self._others)()] += 1
        await self._sandbox.clear_faults()

    async def _watch_memory(self) -> None:
        while not self._calm:
            for service in self._stack.services.values():
                self.tally.peak_kb = max(self.tally.peak_kb, _peak_kb(service.pid))
            await asyncio.sleep(0.2)

    def _restart(self, name: str) -> Callable[[], Awaitable[str]]:
        async def restart() -> str:
            server = self._stack.servers[name]
            await asyncio.to_thread(server.kill)
            self.tally.kills[name] += 1
            await asyncio.to_thread(server.start)
            return f"{name} restarted"

        return restart

    async def _cut_amqp(self) -> str:
        await asyncio.to_thread(self._stack.broker.management().close_connections)
        return "AMQP connections closed"

    async def _cut_postgres(self) -> str:
        connection = await asyncpg.connect(self._stack.postgres_url)
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        finally:
            await connection.close()
        return "PostgreSQL sessions terminated"

    async def _stop_politely(self) -> str:
        service = self._random.choice(list(self._stack.services.values()))
        _send(service, signal.SIGTERM)
        return "SIGTERM"

    async def _freeze(self) -> str:
        service = self._random.choice(list(self._stack.services.values()))
        _send(service, signal.SIGSTOP)
        await asyncio.sleep(self._random.uniform(0.2, 2))
        _send(service, signal.SIGCONT)
        return "SIGSTOP"

    def _telegram(self, kind: str, **given: object) -> Callable[[], Awaitable[str]]:
        async def refuse() -> str:
            id = await self._sandbox.fault(kind, times=None, **given)
            await asyncio.sleep(self._random.uniform(0.1, _REFUSING_SECONDS))
            await self._sandbox.clear_faults(id)
            return f"Telegram: {kind}"

        return refuse


_TELEGRAM: tuple[tuple[str, dict[str, object]], ...] = (
    ("429", {"retry_after": 1}),
    ("5xx", {}),
    ("slow", {"seconds": 1}),
    ("drop_before_receipt", {}),
    ("drop_after_receipt", {}),
)


def _send(service: Service, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if service.pid is not None:
            service.send(number)


def _peak_kb(pid: int | None) -> int:
    """The largest resident set of a process so far; 0 when there is none."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


@contextlib.asynccontextmanager
async def _wreaking(chaos: Chaos) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        group.create_task(chaos.run(), name="chaos")
        try:
            yield
        finally:
            chaos.calm()


@contextlib.asynccontextmanager
async def _explained(stack: Devstack, say: Callable[[str], None]) -> AsyncIterator[None]:
    """When it goes wrong inside, show what each service says of itself, and its last lines."""
    try:
        yield
    except Exception:
        for name, service in stack.services.items():
            say(f"{name}: running {service.running}, ready {await service.ready()}, {service.env.get(VARIABLE)}")
            say(stack.log.last_lines(name))
        raise


async def soak(
    *, kills: int, commands: int, seconds: float, seed: int, say: Callable[[str], None] = print
) -> tuple[Audit, Tally, float]:
    """Let a crowd work under fire until so many kills, commands and seconds are over; then audit.

    Returns the audit, what was done, and how many seconds it took.

    Raises:
        AssertionError: the crowd came to a halt, or afterwards it does not come to rest.
    """
    settings = {**RATES, "LOG_LEVEL": "WARNING"}
    async with (
        Devstack(admins=MANAGERS, settings=settings, prefork=True, given={}) as stack,
        SandboxClient(stack.sandbox_url) as sandbox,
        following(sandbox) as chats,
        hearing(stack.amqp_url) as heard,
    ):
        await stack.remembered(heard.queue)
        crowd = Crowd(sandbox, chats, int(stack.bot_token.partition(":")[0]), people=PEOPLE)
        per_kill = commands / kills if kills else 1.0
        wreck = Chaos(stack, sandbox, lambda: wreck.tally.killed * per_kill <= crowd.commands, seed)
        began = told = time.monotonic()
        async with _explained(stack, say), working(crowd), _wreaking(wreck):
            while not (
                wreck.tally.killed >= kills and crowd.commands >= commands and time.monotonic() - began >= seconds
            ):
                await crowd.until(crowd.commands + 1)
                if time.monotonic() - told > 15:
                    told = time.monotonic()
                    say(f"{told - began:6.0f} s  {wreck.tally.killed:>5} kills  {crowd.commands:>7,} commands")
        for service in stack.services.values():
            await service.wait_ready()
        say(f"{time.monotonic() - began:6.0f} s  calm; waiting until everything is said and done")
        found = await audit(stack, crowd, chats, heard, dead_letters=True, timeout=_SETTLE_SECONDS)
        return found, wreck.tally, time.monotonic() - began


async def chaos(*, kills: int, commands: int, seconds: float, seed: int) -> int:
    """Soak, and print the audit; its last line is one JSON object. Returns 0 when all is well, else 1."""
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # of our own onlooker, whose connections are cut too
    print(f"seed {seed}: {kills} kills, {commands:,} commands, {seconds:g} s at least", flush=True)
    found, tally, took = await soak(
        kills=kills, commands=commands, seconds=seconds, seed=seed, say=lambda line: print(line, flush=True)
    )
    for what, count in sorted(tally.kills.items()):
        print(f"  killed at {what:24}{count:>6,}")
    for what, count in sorted(tally.others.items()):
        print(f"  {what:34}{count:>6,}")
    print(shown(found))
    for problem in found.problems:
        print(f"  ! {problem}")
    said = {
        "kills": tally.killed,
        "commands": found.commands,
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "dead_lettered": found.dead_lettered,
        "refused": found.refused,
        "seconds": round(took),
        "peak_rss_mb": round(tally.peak_kb / 1024),
    }
    print(json.dumps(said), flush=True)
    return 1 if found.problems else 0
