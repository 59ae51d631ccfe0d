"""The control API: act as people, see what they see, make things go wrong, read what was called. JSON over HTTP.

`tools/sandbox/README.md` lists it; `client` speaks it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from zavhoz_sandbox.acts import ACTS, FILES, Acts, Impossible
from zavhoz_sandbox.faults import Fault
from zavhoz_sandbox.page.views import faults_view, history
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.world import Group, Person, World

LONGEST_WAIT_SECONDS: Final = 30.0


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    """Add the control API to `app`."""
    control = _Control(sandbox)
    app.router.add_post("/sandbox/people", control.add_person)
    app.router.add_post("/sandbox/people/{id:[0-9]+}/{act}", control.act)
    app.router.add_get("/sandbox/people/{id:[0-9]+}/chat", control.chat)
    app.router.add_post("/sandbox/groups", control.add_group)
    app.router.add_post("/sandbox/groups/{id:-[0-9]+}/{act}", control.act_on_group)
    app.router.add_get("/sandbox/groups/{id:-[0-9]+}/chat", control.chat)
    app.router.add_get("/sandbox/presses/{id}", control.answer)
    app.router.add_post("/sandbox/files", control.keep_file)
    app.router.add_post("/sandbox/faults", control.add_fault)
    app.router.add_get("/sandbox/faults", control.faults)
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
        self._acts = Acts(self._world)

    async def add_person(self, request: web.Request) -> web.Response:
        """Make a person known, or describe them anew."""
        try:
            person = Person(**await request.json())
            self._acts.know(person)
        except (TypeError, Impossible) as error:
            raise _refuse(str(error)) from None
        await self._world.notify()
        return web.json_response(person.user())

    async def add_group(self, request: web.Request) -> web.Response:
        """Found a group with the bot in it."""
        try:
            group = Group(**await request.json())
            self._acts.found(group)
        except (TypeError, Impossible) as error:
            raise _refuse(str(error)) from None
        await self._world.notify()
        return web.json_response(group.chat())

    async def act(self, request: web.Request) -> web.Response:
        """Do something as a person."""
        person = self._world.people.get(int(request.match_info["id"]))
        if person is None:
            raise web.HTTPNotFound(text="nobody has this id; POST /sandbox/people first")
        given = await request.json() if request.can_read_body else {}
        try:
            done = self._act(person, request.match_info["act"], given)
        except Impossible as error:
            raise _refuse(str(error)) from None
        await self._world.notify()
        return web.json_response(done)

    def _act(self, person: Person, act: str, given: dict[str, Any]) -> Any:
        if act in FILES:
            return self._acts.file(person, act, given)
        if act not in ACTS:
            raise Impossible(f"nobody can {act}")
        return getattr(self._acts, act)(person, given)

    async def keep_file(self, request: web.Request) -> web.Response:
        """Have a file at Telegram: `kind`, `content`, … as when it is sent."""
        given = await request.json()
        try:
            return web.json_response(self._acts.keep(given["kind"], given))
        except Impossible as error:
            raise _refuse(str(error)) from None

    async def act_on_group(self, request: web.Request) -> web.Response:
        """Kick the bot from a group, or let it become a supergroup."""
        group = self._world.groups.get(int(request.match_info["id"]))
        if group is None:
            raise web.HTTPNotFound(text="no group has this id; POST /sandbox/groups first")
        given = await request.json() if request.can_read_body else {}
        try:
            self._act_on_group(group, request.match_info["act"], given)
        except Impossible as error:
            raise _refuse(str(error)) from None
        await self._world.notify()
        return web.json_response({})

    def _act_on_group(self, group: Group, act: str, given: dict[str, Any]) -> None:
        match act:
            case "kick":
                self._acts.kick(group)
            case "topics":
                self._acts.begin_topic(group, given["name"])
            case "migrate":
                self._acts.migrate(group, given["id"])
            case unknown:
                raise Impossible(f"groups cannot {unknown}")

    async def _changed(self, request: web.Request) -> None:
        """Wait until the revision is above `after`, at most `timeout` seconds."""
        after = int(request.query.get("after", -1))
        timeout = min(float(request.query.get("timeout", 0)), LONGEST_WAIT_SECONDS)
        try:
            async with asyncio.timeout(timeout), self._world.changed:
                await self._world.changed.wait_for(lambda: self._world.revision > after)
        except TimeoutError:
            return

    async def chat(self, request: web.Request) -> web.Response:
        """A chat as those who are in it see it, and the revision it shows."""
        place = self._world.place(int(request.match_info["id"]))
        if place is None:
            raise web.HTTPNotFound(text="nobody has this id; POST /sandbox/people first")
        if "before" in request.query:
            return web.json_response(history(self._world.chats.get(place.id, []), request.query))
        await self._changed(request)
        return web.json_response({"revision": self._world.revision, "messages": self._world.chats.get(place.id, [])})

    async def answer(self, request: web.Request) -> web.Response:
        """What a press was answered with, and after how many seconds; null when nothing came within `timeout`."""
        press = self._world.presses.get(request.match_info["id"])
        if press is None:
            raise web.HTTPNotFound(text="there was no such press")
        timeout = min(float(request.query.get("timeout", 0)), LONGEST_WAIT_SECONDS)
        deadline = time.monotonic() + timeout
        async with self._world.changed:
            while press.answer is None and (left := deadline - time.monotonic()) > 0:
                try:
                    async with asyncio.timeout(left):
                        await self._world.changed.wait()
                except TimeoutError:
                    break
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
