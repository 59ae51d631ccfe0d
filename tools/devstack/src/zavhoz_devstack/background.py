"""A stack of installed servers in the background: a process of its own keeps it, until `make down`.

Which process that is stands in `var/up.json`; what it says goes to `var/up.log`. With a real bot its data
in `var/up` stays when it ends, and the next one goes on with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess  # nosec B404: starts itself
import sys
import time
from collections.abc import Callable
from pathlib import Path

from zavhoz_devstack.demo import admins, cancel_on_signals, how_to_play, say
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.errors import DevstackError, StartFailed
from zavhoz_devstack.processes import Identity, end, identify
from zavhoz_devstack.state import home

NAME = "up"
START_SECONDS = 200
STOP_SECONDS = 90
_UP = "Zavhoz is up."
_POLL_SECONDS = 0.1


def running() -> tuple[Identity, bool] | None:
    """The process that keeps a stack in the background, and whether it is a demo; None when there is none."""
    try:
        told = json.loads(_record().read_text())
    except (FileNotFoundError, ValueError):
        return None
    keeper = Identity(told["pid"], told["started"], NAME, signal.SIGTERM)
    return (keeper, bool(told["demo"])) if keeper.alive() else None


def start(*, demo: bool, seed: bool = True) -> None:
    """Start one and wait until it is up, saying what it says; does nothing when it is up already.

    Raises:
        DevstackError: one of the other kind is up.
        StartFailed: it did not come up; with what it said last.
    """
    if found := running():
        if found[1] != demo:
            other = "the stand-in" if found[1] else "a real bot"
            raise DevstackError(f"Zavhoz is up already, with {other}: make down first.")
        say("Zavhoz is up already.")
        return
    home().mkdir(parents=True, exist_ok=True)
    with log().open("wb") as output:
        keeper = subprocess.Popen(  # nosec B603: our own module
            [
                sys.executable,
                "-m",
                "zavhoz_devstack",
                "keep",
                *(["--demo"] if demo else []),
                *([] if seed else ["--seed=0"]),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"ZAVHOZ_HOME": str(home())},
            start_new_session=True,
        )
    identity = identify(keeper.pid)
    if identity is not None:
        _record().write_text(json.dumps({"pid": identity.pid, "started": identity.started, "demo": demo}))
    _follow_until_up(keeper, say)


def stop() -> bool:
    """End it in order, and wait until it has; False when there is none."""
    found = running()
    if found is None:
        return False
    end([found[0]], kill_after=STOP_SECONDS)
    _record().unlink(missing_ok=True)
    return True


def log() -> Path:
    """Where what it says itself goes."""
    return home() / f"{NAME}.log"


def logs() -> list[Path]:
    """That one, and the log of all that it runs."""
    return [log(), home() / NAME / "logs" / "zavhoz.log"]


async def keep(*, demo: bool, seed: bool) -> int:
    """Keep a stack until SIGTERM; what `start` starts. `seed`: the demo's, with two weeks of requests."""
    cancel_on_signals("Stopping.")
    try:
        updates = "webhook" if os.environ.get("WEBHOOK_URL") and not demo else "polling"
        async with Devstack(
            name=NAME,
            admins=admins() if demo else (),
            sandbox=demo,
            updates=updates,
            contained=False,
            lasting=not demo,
            demo=demo,
            seed=demo and seed,
            say=say,
        ) as stack:
            print(how_to_play(stack) if demo else _addresses(stack), flush=True)
            say(_UP)
            await stack.watch()
    except asyncio.CancelledError:
        say("Stopped.")
    return 0


def _addresses(stack: Devstack) -> str:
    return "\n".join(f"  {service.name:<10} {service.url}/readyz" for service in stack.services.values())


def _record() -> Path:
    return home() / f"{NAME}.json"


def _follow_until_up(keeper: subprocess.Popen[bytes], tell: Callable[[str], None]) -> None:
    deadline = time.monotonic() + START_SECONDS
    said: list[str] = []
    with log().open(encoding="utf-8", errors="replace") as lines:
        while True:
            ended = keeper.poll() is not None
            for line in lines:
                said.append(line.rstrip("\n"))
                if said[-1] == _UP:
                    tell("Zavhoz is up. make logs follows it, make down ends it.")
                    return
                if not ended:
                    tell(said[-1])
            if ended:
                raise StartFailed("\n".join(said[-20:]) or f"it ended with exit code {keeper.returncode}")
            if time.monotonic() > deadline:
                keeper.terminate()
                raise StartFailed(f"Zavhoz did not come up within {START_SECONDS} s; see {log()}")
            time.sleep(_POLL_SECONDS)
