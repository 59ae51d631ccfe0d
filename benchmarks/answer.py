"""From the tap to the answered press, through all services; and what the gateway alone can take."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.figures import Figure, wait_until_idle
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import UNHURRIED
from zavhoz_sandbox.client import Person, SandboxClient, SeenMessage

PEOPLE, WAVES = 50, 4
FASTER = {"SEND_RATE": "100000", "CHAT_RATE": "100000", **UNHURRIED}
"""Telegram's own limits would be all that is measured."""
_SEND = "📨 Отправить"


async def measure(rounds: int, say: Callable[[str], None]) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Fifty people press [Send], each at a moment of their own within one second, four times a round.

    Beside it, as an absolute figure, the worst case: all fifty in the same instant.
    """
    found: list[float] = []
    at_once: list[float] = []
    async with Devstack(settings=FASTER) as stack, SandboxClient(stack.sandbox_url) as sandbox:
        people = [await sandbox.person(710_000 + n, f"Person {n}") for n in range(PEOPLE)]
        await wave(sandbox, people, 0, say)  # nobody counts it: everything is met for the first time
        for number in range(rounds):
            found.append(p99([one for _ in range(WAVES) for one in await wave(sandbox, people, 1, say)]))
            at_once.append(p99(await wave(sandbox, people, 0, say)))
            say(f"  round {number + 1}: p99 {found[-1]:.0f} ms; all in one instant {at_once[-1]:.0f} ms")
    return {"tap_to_answer_p99_ms": Figure.of(found)}, {"p99_ms_all_in_one_instant": round(statistics.median(at_once))}


async def wave(sandbox: SandboxClient, people: list[Person], within: float, say: Callable[[str], None]) -> list[float]:
    """Everybody writes what is broken; when that is done with, everybody sends within so many seconds.

    Returns how many seconds each press took to be answered, by the stand-in's clock and without its own time.
    """
    drafts = await asyncio.gather(*(_draft(person) for person in people))
    wait_until_idle(say)

    async def send(person: Person, draft: SeenMessage) -> str:
        await asyncio.sleep(random.uniform(0, within))  # noqa: S311  # nosec B311: not a secret
        press = await person.begin_press(draft, _SEND)
        if await sandbox.answer(press, 60) is None:
            raise RuntimeError("a press was not answered within a minute")
        return press

    presses = await asyncio.gather(*(send(person, draft) for person, draft in zip(people, drafts, strict=True)))
    return [await sandbox.seconds_to_answer(press) for press in presses]  # later, when that is in nobody's way


def p99(seconds: list[float]) -> float:
    """The 99th percentile, in milliseconds."""
    return statistics.quantiles(seconds, n=100)[98] * 1000


async def _draft(person: Person) -> SeenMessage:
    written = await person.text("Течёт кран в кабинете 214, на полу уже вода")
    return await person.wait_for(lambda message: _SEND in message.labels, after=written.id, timeout=60)
