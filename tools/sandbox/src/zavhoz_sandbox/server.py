"""The HTTP side: the Bot API under `/bot<token>/`, downloads under `/file/bot<token>/`, and the control API."""

from __future__ import annotations

import asyncio
import copy
import time
from collections import deque
from typing import Any, Final

from aiohttp import web

from zavhoz_sandbox import control
from zavhoz_sandbox.arguments import MAX_UPLOAD_BYTES, Upload, read
from zavhoz_sandbox.errors import ApiError
from zavhoz_sandbox.faults import Faults, Kind
from zavhoz_sandbox.methods import method
from zavhoz_sandbox.polling import Poller
from zavhoz_sandbox.world import World

CALLS_KEPT: Final = 100_000


class Sandbox:
    """One bot and its world."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.world = World(bot_id=int(token.split(":", 1)[0]))
        self.poller = Poller(self.world)
        self.faults = Faults()
        self.calls: deque[dict[str, Any]] = deque(maxlen=CALLS_KEPT)
        self.call_count = 0

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application(client_max_size=MAX_UPLOAD_BYTES)
        app.router.add_route("*", r"/bot{token:[^/]+}/{method}", self._call)
        app.router.add_get(r"/file/bot{token:[^/]+}/{path:.+}", self._download)
        control.add_routes(app, self)
        return app

    async def _call(self, request: web.Request) -> web.StreamResponse:
        started = time.time()
        name = request.match_info["method"]
        given: dict[str, Any] = {}
        status, cut = 200, False
        try:
            self._authorize(request)
            given = await read(request)
            fault = self.faults.meet(name, _chat(given))
            if fault is not None:
                if fault.kind is Kind.SLOW:
                    await asyncio.sleep(fault.seconds)
                cut = fault.kind in (Kind.DROP_BEFORE_RECEIPT, Kind.DROP_AFTER_RECEIPT)
                fault.fail()
            if fault is None or fault.kind is not Kind.DROP_BEFORE_RECEIPT:
                body = {"ok": True, "result": await self._perform(name, given)}
            else:
                body = {"ok": False}
        except ApiError as error:
            status, body = error.code, error.body()
        if name.lower() != "getupdates":
            self._log(name, given, status, body, started, cut=cut)
            await self.world.notify()
        if cut and request.transport is not None:
            request.transport.abort()
        return web.json_response(body, status=status)

    def _authorize(self, request: web.Request) -> None:
        if request.match_info["token"] != self.token:
            raise ApiError(401, "Unauthorized")

    async def _perform(self, name: str, given: dict[str, Any]) -> Any:
        if name.lower() == "getupdates":
            return await self.poller.get_updates(given)
        return await method(name)(self.world, given)

    def _log(
        self, name: str, given: dict[str, Any], status: int, body: dict[str, Any], started: float, *, cut: bool
    ) -> None:
        self.call_count += 1
        shown = {
            key: f"<{len(value.content)} bytes>" if isinstance(value, Upload) else value for key, value in given.items()
        }
        self.calls.append(
            {
                "number": self.call_count,
                "method": name,
                "arguments": shown,
                "chat": _chat(given),
                "status": status,
                "answer": copy.deepcopy(body),
                "cut": cut,
                "started_ms": started * 1000,
                "finished_ms": time.time() * 1000,
            }
        )

    async def _download(self, request: web.Request) -> web.StreamResponse:
        stored = next((one for one in self.world.files.values() if one.path == request.match_info["path"]), None)
        if request.match_info["token"] != self.token or stored is None:
            return web.json_response(ApiError(404, "Not Found").body(), status=404)
        fault = self.faults.meet("download", None)
        if fault is not None and fault.kind is Kind.SLOW:
            await asyncio.sleep(fault.seconds)
        elif fault is not None and (error := fault.error()) is not None:
            return web.json_response(error.body(), status=error.code)
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
        response.content_length = len(stored.content)
        await response.prepare(request)
        half = len(stored.content) // 2
        await response.write(stored.content[:half])
        if fault is not None and fault.kind is not Kind.SLOW and request.transport is not None:
            request.transport.abort()
            return response
        await response.write(stored.content[half:])
        return response


def _chat(given: dict[str, Any]) -> int | None:
    try:
        return int(given["chat_id"])
    except (KeyError, TypeError, ValueError):
        return None
