"""Failpoints do what the variable says, in the process that was told, and nothing in any other."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from zavhoz_contracts.errors import Outage, Permanent, Transient
from zavhoz_messaging.failpoints import VARIABLE, FailpointError, Point, arm, reached

HERE, ELSEWHERE = Point.PUBLISHED, Point.MARKED


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


async def test_nothing_happens_unless_it_is_armed() -> None:
    for point in Point:
        await reached(point)


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ("raise", FailpointError),
        ("raise(transient)", Transient),
        ("raise(permanent)", Permanent),
        ("raise(outage)", Outage),
    ],
)
async def test_it_raises_where_it_was_told_and_nowhere_else(action: str, error: type[Exception]) -> None:
    arm(f"{HERE}={action}")
    await reached(ELSEWHERE)
    with pytest.raises(error, match=HERE):
        await reached(HERE)


async def test_terms_take_turns() -> None:
    arm(f"{HERE}=2*off->1*raise->off")
    await reached(HERE)
    await reached(HERE)
    with pytest.raises(FailpointError):
        await reached(HERE)
    await reached(HERE)


async def test_after_the_last_term_nothing_happens() -> None:
    arm(f"{HERE}=1*raise")
    with pytest.raises(FailpointError):
        await reached(HERE)
    await reached(HERE)


async def test_a_chance_is_taken_sometimes() -> None:
    arm(f"{HERE}=50%raise")
    raised = 0
    for _ in range(200):
        try:
            await reached(HERE)
        except FailpointError:
            raised += 1
    assert 40 < raised < 160  # a fair coin is outside once in 10^17 runs


async def test_it_waits() -> None:
    arm(f"{HERE}=delay(30)")
    began = asyncio.get_running_loop().time()
    await reached(HERE)
    assert asyncio.get_running_loop().time() - began >= 0.03


async def test_it_hangs_until_cancelled() -> None:
    arm(f"{HERE}=hang")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reached(HERE), 0.05)


def test_a_child_process_kills_itself_as_its_environment_says() -> None:
    program = (
        "import asyncio; from zavhoz_messaging.failpoints import Point, reached\n"
        "async def main():\n"
        "    for _ in range(3): await reached(Point.PUBLISHED); print('alive', flush=True)\n"
        "asyncio.run(main())"
    )
    ended = subprocess.run(  # the second time it comes there
        [sys.executable, "-c", program],
        env=os.environ | {VARIABLE: f"{HERE}=1*off->kill"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout.count("alive") == 1
    assert "this process is there to fail" in ended.stdout


@pytest.mark.parametrize(
    "wanted",
    [
        "nowhere=kill",
        f"{HERE}",
        f"{HERE}=",
        f"{HERE}=explode",
        f"{HERE}=delay",
        f"{HERE}=raise(what)",
        f"{HERE}=kill(9)",
    ],
)
def test_what_cannot_be_is_said(wanted: str) -> None:
    with pytest.raises(ValueError, match=VARIABLE):
        arm(wanted)
