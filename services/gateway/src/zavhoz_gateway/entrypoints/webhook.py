"""Updates by webhook: Telegram is answered when what an update became is durable, and tries again what is not.

https://core.telegram.org/bots/api#setwebhook
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from math import ceil
from typing import Any, Final, Protocol

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from zavhoz_chassis.health import Health
from zavhoz_contracts.errors import Outage, Transient, ZavhozError
from zavhoz_gateway import metrics
from zavhoz_gateway.entrypoints.lanes import Backoff
from zavhoz_gateway.entrypoints.reading import Fetched, numbered

CHECK: Final = "telegram"
BODY_MAX: Final = 1024 * 1024
"""Bytes of one update; Telegram's are a few KiB."""
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # nosec B105: its name
RETRY_SECONDS: Final = 5
"""When Telegram is to send again what an outage kept from being finished."""
_LOOK_SECONDS: Final = 60.0
_DRAIN_SECONDS: Final = 15.0
_BACKOFF: Final = Backoff(first=1.0, last=30.0)
_log = structlog.get_logger("zavhoz.gateway")


ReadUpdate = Callable[[dict[str, Any]], Fetched]
"""Reads an update as Telegram sends it."""


class Hook(Protocol):
    """Telegram, as far as a webhook needs it. Every method raises the classes of `zavhoz_contracts.errors`."""

    async def prepare(self) -> None:
        """What must be done once before the first update."""
        ...

    async def is_set(self) -> bool:
        """Whether updates are sent to us."""
        ...

    async def set(self) -> None:
        """Have updates sent to us; to say so again changes nothing."""
        ...


class Webhook:
    """Takes updates under `path` and has them handled, each within `seconds`."""

    name = "webhook"

    def __init__(
        self,
        hook: Hook,
        read: ReadUpdate,
        handle: Callable[[Fetched], Awaitable[None]],
        health: Health,
        *,
        path: str,
        secret: str,
        seconds: float,
        look_seconds: float = _LOOK_SECONDS,
        backoff: Backoff = _BACKOFF,
    ) -> None:
        self._hook = hook
        self._read = read
        self._handle = handle
        self._health = health
        self._secret = secret.encode()
        self._seconds = seconds
        self._look_seconds = look_seconds
        self._backoff = backoff
        self._in_hand: set[asyncio.Timeout] = set()
        self._idle = asyncio.Event()
        self._stopping = False
        self._failing = False
        self.router = Router([Route(path, self._take, methods=["POST"])])
        health.declare(CHECK)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the webhook set until `stop`; then take no more, and finish what is in hand within 15 s.

        It stays set: whatever comes meanwhile is for other replicas, or for the next process.
        """
        failures, prepared = 0, False
        while not stop.is_set():
            try:
                if not prepared:
                    await self._hook.prepare()
                    await self._hook.set()
                    prepared = True
                elif not await self._hook.is_set():
                    _log.warning("somebody has taken the webhook away; it is set again")
                    await self._hook.set()
            except ZavhozError as error:
                failures += 1
                pause = self._failed(error, failures)
            else:
                failures, pause = 0, self._look_seconds
                self._health.set(CHECK, ok=True)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
        await self._drain()

    def _failed(self, error: ZavhozError, failures: int) -> float:
        """Say that Telegram did not do it; returns after how many seconds to ask again."""
        metrics.WEBHOOK_FAILURES.labels(type(error).__name__).inc()
        self._health.set(CHECK, ok=False, detail=f"{type(error).__name__}: {error}"[:300])
        return self._backoff.after(failures, error.retry_after if isinstance(error, Transient) else None)

    async def _drain(self) -> None:
        self._stopping = True
        soon = asyncio.get_running_loop().time() + _DRAIN_SECONDS
        for scope in self._in_hand:
            scope.reschedule(min(scope.when() or soon, soon))
        while self._in_hand:
            self._idle.clear()
            await self._idle.wait()

    async def _take(self, request: Request) -> Response:
        """Take one update: 200 when it is finished, 503 when it must be sent again, else what is wrong with it."""
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not compare_digest(given, self._secret):
            return Response(status_code=401)
        if self._stopping:
            return _again(1)
        scope = asyncio.timeout(self._seconds)
        self._in_hand.add(scope)
        metrics.UPDATES_IN_HAND.inc()
        try:
            async with scope:
                return await self._finish(request)
        except TimeoutError:
            if not scope.expired():
                raise
            return self._unfinished("TimeoutError", f"not finished in {self._seconds:g} s")
        finally:
            metrics.UPDATES_IN_HAND.dec()
            self._in_hand.discard(scope)
            if not self._in_hand:
                self._idle.set()

    async def _finish(self, request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        raw = _update(body)
        if raw is None:
            return Response(status_code=400)
        try:
            await self._handle(self._read(raw))
        except (Outage, Transient) as error:
            seconds = (error.retry_after or 1) if isinstance(error, Transient) else RETRY_SECONDS
            return self._unfinished(type(error).__name__, str(error), seconds)
        self._failing = False
        return Response()

    def _unfinished(self, kind: str, why: str, seconds: float = RETRY_SECONDS) -> Response:
        metrics.UPDATE_RETRIES.labels(kind).inc()
        if not self._failing:  # in an outage all of them fail: the first says it for all
            self._failing = True
            _log.warning("an update is to be sent again", error=f"{kind}: {why}")
        return _again(ceil(seconds))


def _again(seconds: int) -> Response:
    return Response(status_code=503, headers={"Retry-After": str(seconds)})


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is too large: by what the header says, or what came, whichever is found first."""
    said = request.headers.get("Content-Length", "0")
    if said.isdecimal() and int(said) > BODY_MAX:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            return None
    return bytes(body)


def _update(body: bytes) -> dict[str, Any] | None:
    """The update as it was sent; none when it is no JSON object with an update id."""
    try:
        return numbered(json.loads(body))
    except (ValueError, RecursionError):
        return None
