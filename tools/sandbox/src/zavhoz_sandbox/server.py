"""The HTTP side: the Bot API under `/bot<token>/`, downloads under `/file/bot<token>/`, and the control API."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from aiohttp import web

from zavhoz_sandbox import control
from zavhoz_sandbox.answers import ApiError
from zavhoz_sandbox.arguments import MAX_UPLOAD_BYTES, read
from zavhoz_sandbox.faults import Kind
from zavhoz_sandbox.page import receiver, routes
from zavhoz_sandbox.page.guard import guarding
from zavhoz_sandbox.sandbox import Sandbox, chat_of


def make_app(sandbox: Sandbox, bound: str = "127.0.0.1") -> web.Application:
    """The web application, for a server that listens at `bound`."""
    app = web.Application(client_max_size=MAX_UPLOAD_BYTES, middlewares=[guarding(bound)])
    bot_api = _BotApi(sandbox)
    app.router.add_route("*", r"/bot{token:[^/]+}/{method}", bot_api.call)
    app.router.add_get(r"/file/bot{token:[^/]+}/{path:.+}", bot_api.download)
    control.add_routes(app, sandbox)
    routes.add_routes(app, sandbox)
    receiver.add_routes(app, sandbox)
    app.cleanup_ctx.append(bot_api.delivering)
    return app


class _BotApi:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def delivering(self, _: web.Application) -> AsyncIterator[None]:
        """Webhooks are served as long as the application is."""
        task = asyncio.get_running_loop().create_task(self._sandbox.deliverer.run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One call of a method."""
        started, asked_at = time.time(), self._sandbox.world.clock.now()
        name = request.match_info["method"]
        given: dict[str, Any] = {}
        status, cut = 200, False
        try:
            self._authorize(request)
            given = await read(request)
            fault = self._sandbox.faults.meet(name, chat_of(given))
            if fault is not None:
                await self._sandbox.world.notify()  # that one is used up
                if fault.kind is Kind.SLOW:
                    await asyncio.sleep(fault.seconds)
                cut = fault.kind in (Kind.DROP_BEFORE_RECEIPT, Kind.DROP_AFTER_RECEIPT)
                fault.fail()
            if fault is None or fault.kind is not Kind.DROP_BEFORE_RECEIPT:
                status, body = await self._sandbox.perform(name, given)
            else:
                body = {"ok": False}
        except ApiError as error:
            status, body = error.code, error.body()
        if name.lower() != "getupdates":
            self._sandbox.record(name, given, status, body, started, cut=cut)
            await self._sandbox.world.notify()
        if cut and request.transport is not None:
            request.transport.abort()
        response = web.json_response(body, status=status)
        if name.lower() == "getupdates" and status == HTTPStatus.OK:
            self._sandbox.world.given_out(body["result"], asked_at)
        return response

    def _authorize(self, request: web.Request) -> None:
        if request.match_info["token"] != self._sandbox.token:
            raise ApiError(401, "Unauthorized")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file."""
        stored = self._sandbox.world.linked(request.match_info["path"])
        if request.match_info["token"] != self._sandbox.token or stored is None:
            return web.json_response(ApiError(404, "Not Found").body(), status=404)
        fault = self._sandbox.faults.meet("download", None)
        if fault is not None:
            await self._sandbox.world.notify()
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
