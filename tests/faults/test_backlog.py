"""The gateway was away for most of a day: whatever waits at Telegram is handled, in order, in bounded memory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from faults_support import Fire, at_once
from telegram_support import SEND, rows

from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
PEOPLE, EACH = 40, 50
GROWTH_MB = 25
"""How much more memory the gateway may take at most for two thousand updates than for twenty."""


@pytest.mark.exhaustive
async def test_thousands_of_updates_wait_since_yesterday(fire: Fire) -> None:
    gateway = fire.service("gateway")
    async with fire.load(people=2) as crowd:
        await crowd.until(20)
    await fire.audit(crowd)
    before = _peak_mb(gateway.pid)
    await gateway.terminate()
    people = [await fire.sandbox.person(770_000 + number, f"Житель {number}") for number in range(PEOPLE)]
    await at_once(*(_write(person) for person in people))
    await fire.sandbox.advance(23 * 3600)
    assert fire.chats.pending >= PEOPLE * EACH
    gateway.start()
    await fire.ready("gateway")

    async def handled() -> bool:
        return fire.chats.pending == 0

    await wait_until(handled, "the backlog is handled", timeout=150)
    await at_once(*(_send(person) for person in people))
    assert _peak_mb(gateway.pid) - before < GROWTH_MB
    await fire.audit(crowd)
    found = await rows(
        fire,
        "requests",
        "SELECT description FROM requests JOIN people ON people.id = requester_id WHERE telegram_id >= 770000"
        " AND telegram_id < 780000",
    )
    assert len(found) == PEOPLE
    assert {row[0] for row in found} == {"\n".join(_line(number) for number in range(EACH))}


def _line(number: int) -> str:
    return f"строка {number:02}"


async def _write(person: Person) -> None:
    for number in range(EACH):
        await person.text(_line(number))


async def _send(person: Person) -> None:
    draft = await person.wait_for(lambda one: SEND in one.labels, timeout=60)
    answered = await person.press(draft, SEND, timeout=60)
    assert answered is not None
    assert not answered.alert, answered.text


def _peak_mb(pid: int | None) -> float:
    """The most memory that a process has had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
