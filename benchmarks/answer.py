"""From the tap to the answered press, through all services; and what the gateway alone can take."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.figures import Figure, wait_until_idle
from zavhoz_devstack.devstack import Devstack
from zavhoz_sandbox.client import Person, SandboxClient

PEOPLE, WAVES = 50, 4
FASTER = {"SEND_RATE": "100000", "CHAT_RATE": "100000", "FILING_LIMIT": "1000"}
"""Telegram's own limits would be all that is measured."""
_SEND = "📨 Отправить"


async def measure(rounds: int, say: Callable[[str], None]) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Fifty people press [Send] at once, four times a round, after one wave that nobody counts."""
    found: list[float] = []
    medians: list[float] = []
    async with Devstack(settings=FASTER) as stack, SandboxClient(stack.sandbox_url) as sandbox:
        people = [await sandbox.person(710_000 + n, f"Person {n}") for n in range(PEOPLE)]
        await wave(sandbox, people)
        for number in range(rounds):
            wait_until_idle(say)
            seconds = [one for _ in range(WAVES) for one in await wave(sandbox, people)]
            found.append(statistics.quantiles(seconds, n=100)[98] * 1000)
            medians.append(statistics.median(seconds) * 1000)
            say(f"  round {number + 1}: p99 {found[-1]:.0f} ms, median {medians[-1]:.0f} ms")
    return {"tap_to_answer_p99_ms": Figure.of(found)}, {"median_ms": round(statistics.median(medians), 1)}


async def wave(sandbox: SandboxClient, people: list[Person]) -> list[float]:
    """Everybody writes what is broken; when all drafts are there, everybody sends at once."""
    drafts = await asyncio.gather(*(_draft(person) for person in people))
    presses = await asyncio.gather(
        *(person.begin_press(draft, _SEND) for person, draft in zip(people, drafts, strict=True))
    )
    for press in presses:
        if await sandbox.answer(press, 60) is None:
            raise RuntimeError("a press was not answered within a minute")
    return [await sandbox.seconds_to_answer(press) for press in presses]


async def _draft(person: Person) -> Any:
    written = await person.text("Течёт кран в кабинете 214, на полу уже вода")
    return await person.wait_for(lambda message: _SEND in message.labels, after=written.id, timeout=60)
