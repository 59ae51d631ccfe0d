"""`up`, `down` and `logs`: in Compose where a Docker engine answers, else with installed servers in the background."""

from __future__ import annotations

import asyncio
import os
import subprocess  # nosec B404: shows logs with the programs made for it

from zavhoz_devstack import background
from zavhoz_devstack.compose import Compose, usable
from zavhoz_devstack.demo import say
from zavhoz_devstack.engine import problem
from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.seeding.people import introduce
from zavhoz_sandbox.client import SandboxClient

_KINDS = ("", "demo")
_NOTHING_IS_UP = (
    "Nothing is up: make up starts Zavhoz with a bot of yours, make up DEMO=1 with a stand-in for Telegram."
)


def up(*, demo: bool, seed: bool = True) -> int:
    """Start everything in the background; fine when it is up already.

    Raises:
        DevstackError: BOT_TOKEN is missing, or something did not come up; says what.
    """
    if not demo and not os.environ.get("BOT_TOKEN"):
        raise DevstackError(
            "BOT_TOKEN is not set: export the one from @BotFather, or use a stand-in for Telegram: make up DEMO=1."
        )
    if background.running() is not None or not usable(say):
        background.start(demo=demo, seed=seed)
        return 0
    compose = Compose("demo" if demo else "")
    for other in map(Compose, _KINDS):
        if other.name != compose.name and other.running():
            with_whom = "a real bot" if demo else "the stand-in"
            raise DevstackError(f"Zavhoz is up already, with {with_whom}: make down first.")
    say("Building the images and starting everything with Docker Compose.")
    compose.up()
    if demo:
        address = f"http://{compose.address('sandbox', 8080)}"
        asyncio.run(_introduce(address))
        say(f"Open the chats of everybody in a browser, and play: {address}/")
    say("Zavhoz is up. make logs follows it, make down ends it.")
    return 0


async def _introduce(address: str) -> None:
    async with SandboxClient(address) as sandbox:
        await introduce(sandbox, started=False)


def down() -> int:
    """End what is up. A real bot's data stays; a demo's goes, for its stand-in has forgotten everything too."""
    ended = background.stop()
    for compose in _in_compose():
        compose.down(volumes=compose.kind == "demo")
        ended = True
    say("Zavhoz is down." if ended else "Nothing was up.")
    return 0


def logs() -> int:
    """Show the last lines of what is up and go on until Ctrl-C.

    Raises:
        DevstackError: nothing is up.
    """
    if background.running() is not None:
        return _show(["tail", "--quiet", "--lines=100", "--follow=name", *map(str, background.logs())])
    for compose in _in_compose():
        return _show(compose.follow_logs(), dict(compose.environment()))
    raise DevstackError(_NOTHING_IS_UP)


def _in_compose() -> list[Compose]:
    """The projects that have containers."""
    return [compose for compose in map(Compose, _KINDS) if compose.there()] if problem() is None else []


def _show(command: list[str], env: dict[str, str] | None = None) -> int:
    try:
        return subprocess.run(command, env=env, check=False).returncode  # nosec B603
    except KeyboardInterrupt:
        return 0
