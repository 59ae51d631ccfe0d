"""The WebSocket by which a page hears of everything: what there is at first, then what is new.

A page that was cut off names the last entry it has heard (`run`, `after`) and is told what it missed; when that is
forgotten already, it begins anew. One that reads slowly holds up nobody: entries wait in the journal, not for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import weakref
from typing import Final

import aiohttp
from aiohttp import web

from zavhoz_sandbox.journal import Journal
from zavhoz_sandbox.page.views import entry_view, snapshot
from zavhoz_sandbox.sandbox import Sandbox

HEARTBEAT_SECONDS: Final = 20.0


class Feeds:
    """The feeds that are open."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._open: weakref.WeakSet[web.WebSocketResponse] = weakref.WeakSet()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One page, until it is closed."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS)
        await socket.prepare(request)
        self._open.add(socket)
        begin = _heard(request, self._sandbox.world.journal)
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(self._tell(socket, begin))
            async for _ in socket:
                continue  # a page has nothing to say here
            telling.cancel()
        return socket

    async def close(self, _: web.Application) -> None:
        """Let all pages go."""
        closing = (socket.close(code=aiohttp.WSCloseCode.GOING_AWAY) for socket in list(self._open))
        await asyncio.gather(*closing)

    async def _tell(self, socket: web.WebSocketResponse, heard: int | None) -> None:
        with contextlib.suppress(ConnectionError):  # the page is gone, which `serve` sees too
            await self._tell_on(socket, heard)

    async def _tell_on(self, socket: web.WebSocketResponse, heard: int | None) -> None:
        journal = self._sandbox.world.journal
        if heard is not None:
            await socket.send_str(json.dumps({"kind": "resumed", "run": journal.run, "seq": heard}))
        while True:
            entries = None if heard is None else journal.after(heard)
            if heard is None or entries is None:
                heard = journal.seq
                await socket.send_str(json.dumps(snapshot(self._sandbox)))
            elif entries:
                heard = entries[-1].seq
                told = (entry_view(self._sandbox, entry) for entry in entries)
                await socket.send_str(json.dumps([one for one in told if one is not None]))
            await self._more_than(heard)

    async def _more_than(self, heard: int) -> None:
        world = self._sandbox.world
        async with world.changed:
            await world.changed.wait_for(lambda: world.journal.seq > heard)


def _heard(request: web.Request, journal: Journal) -> int | None:
    """The number of the last entry that this page has heard of; None when it is to begin anew."""
    after = request.query.get("after", "")
    if request.query.get("run") != journal.run or not after.isdecimal():
        return None
    return int(after) if journal.after(int(after)) is not None else None
