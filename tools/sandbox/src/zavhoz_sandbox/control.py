"""The control API: act as people (`control_people`), make things go wrong, read what was called. JSON over HTTP.

`tools/sandbox/README.md` lists it; `client` speaks it.
"""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web
from pydantic import ValidationError

from zavhoz_sandbox import control_people
from zavhoz_sandbox.control_people import LONGEST_WAIT_SECONDS
from zavhoz_sandbox.faults import Fault
from zavhoz_sandbox.page.views import faults_view
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.world import World


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    """Add the control API to `app`."""
    control_people.add_routes(app, sandbox)
    control = _Control(sandbox)
    app.router.add_get("/sandbox/presses/{id}", control.answer)
    app.router.add_post("/sandbox/faults", control.add_fault)
    app.router.add_get("/sandbox/faults", control.faults)
    app.router.add_patch("/sandbox/faults", control.change_fault)
    app.router.add_delete("/sandbox/faults", control.clear_faults)
    app.router.add_get("/sandbox/calls", control.calls)
    app.router.add_get("/sandbox/updates", control.updates)
    app.router.add_post("/sandbox/updates", control.inject)
    app.router.add_post("/sandbox/ids", control.set_ids)
    app.router.add_post("/sandbox/clock", control.advance)


def _refuse(why: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=why)


class _Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world: World = sandbox.world

    async def answer(self, request: web.Request) -> web.Response:
        """What a press was answered with, and after how many seconds; null when nothing came within `timeout`."""
        press = self._world.presses.get(request.match_info["id"])
        if press is None:
            raise web.HTTPNotFound(text="there was no such press")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(float(request.query.get("timeout", 0)), LONGEST_WAIT_SECONDS)):
                await press.answered.wait()
        return web.json_response({"answer": press.answer, "seconds": press.seconds})

    async def add_fault(self, request: web.Request) -> web.Response:
        """Let something go wrong."""
        try:
            fault = Fault.model_validate(await request.json())
        except ValidationError as error:
            raise _refuse(str(error)) from None
        id = self._sandbox.faults.add(fault)
        await self._world.notify()
        return web.json_response({"id": id})

    async def change_fault(self, request: web.Request) -> web.Response:
        """Have the fault of this `id` go on with another method, another chat, whatever is given."""
        try:
            self._sandbox.faults.change(int(request.query["id"]), await request.json())
        except ValidationError as error:
            raise _refuse(str(error)) from None
        except LookupError:
            raise web.HTTPNotFound(text="no such fault waits") from None
        await self._world.notify()
        return web.json_response({})

    async def faults(self, _: web.Request) -> web.Response:
        """What no call has met so far."""
        return web.json_response(faults_view(self._sandbox.faults))

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Let nothing go wrong any more, or not the fault of this `id`."""
        self._sandbox.faults.clear(int(request.query["id"]) if "id" in request.query else None)
        await self._world.notify()
        return web.json_response({})

    async def calls(self, request: web.Request) -> web.Response:
        """The calls of the Bot API with a number above `since`, but for getUpdates."""
        since = int(request.query.get("since", 0))
        return web.json_response([call for call in self._sandbox.calls if call["number"] > since])

    async def updates(self, _: web.Request) -> web.Response:
        """Every update queued so far, and how many the bot has not confirmed."""
        return web.json_response({"updates": self._world.updates.log, "pending": len(self._world.updates.waiting())})

    async def inject(self, request: web.Request) -> web.Response:
        """Queue an update as it is given: a duplicate, or one whose id jumps."""
        self._world.updates.inject(await request.json())
        await self._world.notify()
        return web.json_response({})

    async def set_ids(self, request: web.Request) -> web.Response:
        """Say which id the next `update` or `message` has; it may be lower than the last one's."""
        given = await request.json()
        if not given or set(given) - {"update", "message"} or not all(0 < id < 2**31 for id in given.values()):
            raise _refuse("give `update` or `message`, from 1 to 2147483647")
        self._world.updates.next_id = given.get("update", self._world.updates.next_id)
        self._world.next_message_id = given.get("message", self._world.next_message_id)
        return web.json_response({})

    async def advance(self, request: web.Request) -> web.Response:
        """Let `seconds` pass at once."""
        try:
            self._world.clock.advance(float((await request.json())["seconds"]))
        except ValueError as error:
            raise _refuse(str(error)) from None
        await self._world.notify()
        return web.json_response({})
