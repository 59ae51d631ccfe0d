"""A service with nothing in it but its life: started as a process by the tests, told by BEHAVIOUR how to misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import structlog
from fastapi import APIRouter
from pydantic import Field, SecretStr
from structlog.contextvars import bind_contextvars

from zavhoz_chassis.health import Health
from zavhoz_chassis.process import Process, main
from zavhoz_chassis.settings import ServiceSettings
from zavhoz_contracts.errors import Outage, Permanent, Transient

log = structlog.get_logger("double")
PERSON = "0199c0de-0000-7000-8000-000000000001"

Behaviour = Literal[
    "works",
    "waits to start",
    "cannot start",
    "bootstrap times out",
    "holds",
    "fails",
    "returns",
    "is cancelled",
    "fails while draining",
    "fails and holds",
    "ignores cancellation",
    "blocks the loop",
]


class Settings(ServiceSettings):
    """What the double needs to know."""

    behaviour: Behaviour = Field("works", description="how to misbehave")
    api_token: SecretStr = Field(SecretStr("a-secret-of-the-double"), description="a secret that must not be logged")


class Part:
    """A component that says what happens to it."""

    def __init__(self, name: str, behaviour: Behaviour, release: asyncio.Event, trip: asyncio.Event) -> None:
        self.name = name
        self._behaviour = behaviour
        self._release = release
        self._trip = trip

    async def run(self, stop: asyncio.Event) -> None:
        log.info("part runs", part=self.name)
        try:
            await self._work(stop)
        except asyncio.CancelledError:
            log.info("part cancelled", part=self.name)
            raise

    async def _work(self, stop: asyncio.Event) -> None:
        if self.name == "second" and self._behaviour in ("fails", "fails and holds", "returns", "is cancelled"):
            await self._trip.wait()
            if self._behaviour == "returns":
                return
            if self._behaviour == "is cancelled":
                raise asyncio.CancelledError
            raise RuntimeError("the second part broke")
        await stop.wait()
        log.info("part asked", part=self.name, at=time.monotonic())
        if self.name == "first":
            if self._behaviour in ("holds", "fails and holds"):
                await self._release.wait()
            if self._behaviour == "fails while draining":
                raise RuntimeError("the first part broke while draining")
            if self._behaviour == "blocks the loop":
                time.sleep(60)  # noqa: ASYNC251  # that is the misbehaviour
            while self._behaviour == "ignores cancellation":
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
        log.info("part done", part=self.name)


async def begin(settings: Settings) -> None:
    """What may go wrong while a service is built."""
    if settings.behaviour == "waits to start":
        log.info("bootstrap waits")
        try:
            await asyncio.Event().wait()
        finally:
            log.info("bootstrap interrupted")
    if settings.behaviour == "cannot start":
        raise RuntimeError(f"no start with {settings.api_token.get_secret_value()}")
    if settings.behaviour == "bootstrap times out":
        raise TimeoutError("a dependency took too long")


def strings(roles: frozenset[str], health: Health, release: asyncio.Event, trip: asyncio.Event) -> APIRouter:
    """The routes by which the test pulls the strings."""
    router = APIRouter()

    @router.post("/release")
    async def let_go() -> None:
        release.set()

    @router.post("/trip")
    async def pull() -> None:
        trip.set()

    @router.post("/dependency")
    async def dependency(ok: bool) -> None:
        health.set("dependency", ok, "it is away")

    @router.post("/life")
    async def life(ok: bool) -> None:
        health.live("consumers", ok, "nothing arrives")

    @router.get("/roles")
    async def told() -> list[str]:
        return sorted(roles)

    return router


def work() -> APIRouter:
    """The routes that do something, or fail at it."""
    router = APIRouter()

    @router.get("/bug")
    async def bug() -> None:
        words = "the tap drips"  # what local variables hold
        bind_contextvars(person_id=PERSON)
        raise RuntimeError(f"{words}: 1234567:AAAAbbbbCCCCdddd")

    @router.get("/expected")
    async def expected() -> None:
        for error in (Outage("the thing is away", dependency="thing"), Transient("later"), Permanent("never")):
            log.error("logged with its traceback, and no surprise", exc_info=error)

    @router.get("/lines")
    async def lines() -> None:
        log.info("a line of ours", correlation_id="1")
        for name in ("uvicorn.error", "aiogram.dispatcher", "aio_pika.channel", "alembic.runtime"):
            logging.getLogger(name).error("a line of %s", name)

    @router.get("/imported/{name}")
    async def imported(name: str) -> bool:
        return name in sys.modules

    @router.get("/outage")
    async def outage() -> None:
        raise Outage("the thing is away", dependency="thing")

    @router.get("/number/{number}")
    async def number(number: int) -> int:
        return number

    return router


@contextlib.asynccontextmanager
async def bootstrap(settings: Settings, *, roles: frozenset[str], health: Health) -> AsyncIterator[Process]:
    """Three parts, named in the order in which they stop."""
    release, trip = asyncio.Event(), asyncio.Event()
    task = asyncio.current_task()
    health.declare("dependency")
    await begin(settings)
    router = strings(roles, health, release, trip)
    parts = [Part(name, settings.behaviour, release, trip) for name in ("first", "second", "third")]
    try:
        yield Process(parts, (router, work()), health)
    finally:
        log.info("bootstrap closed", same_task=asyncio.current_task() is task)


if __name__ == "__main__":
    migrations = os.environ.get("DOUBLE_MIGRATIONS")
    sys.exit(
        main(
            "double",
            Settings,
            bootstrap,
            roles=("worker", "relay"),
            migrations=Path(migrations) if migrations else None,
        )
    )
