"""The part of the control API that acts as people, and sees what they see."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any, Final

from aiohttp import web

from zavhoz_sandbox.acts import ACTS, Acts, Impossible
from zavhoz_sandbox.page.views import history
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.stored import KINDS
from zavhoz_sandbox.world import Group, Person

LONGEST_WAIT_SECONDS: Final = 30.0


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    """Add this part to `app`."""
    people = _People(sandbox)
    app.router.add_post("/sandbox/people", people.add_person)
    app.router.add_post("/sandbox/people/{id:[0-9]+}/{act}", people.act)
    app.router.add_get("/sandbox/people/{id:[0-9]+}/chat", people.chat)
    app.router.add_post("/sandbox/groups", people.add_group)
    app.router.add_post("/sandbox/groups/{id:-[0-9]+}/{act}", people.act_on_group)
    app.router.add_get("/sandbox/groups/{id:-[0-9]+}/chat", people.chat)
    app.router.add_post("/sandbox/files", people.keep_file)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """What nobody can do, or what was not said properly, is the asker's mistake."""
    try:
        yield
    except KeyError as error:
        raise web.HTTPBadRequest(text=f"{error} is missing") from None
    except (Impossible, TypeError, ValueError) as error:
        raise web.HTTPBadRequest(text=str(error)) from None


class _People:
    def __init__(self, sandbox: Sandbox) -> None:
        self._world = sandbox.world
        self._acts = Acts(sandbox.world)

    async def add_person(self, request: web.Request) -> web.Response:
        """Make a person known, or describe them anew."""
        given = await request.json()
        with _refusing():
            person = Person(**given)
            self._acts.know(person)
        await self._world.notify()
        return web.json_response(person.user())

    async def add_group(self, request: web.Request) -> web.Response:
        """Found a group with the bot in it."""
        given = await request.json()
        with _refusing():
            group = Group(**given)
            self._acts.found(group)
        await self._world.notify()
        return web.json_response(group.chat())

    async def act(self, request: web.Request) -> web.Response:
        """Do something as a person."""
        person = self._world.people.get(int(request.match_info["id"]))
        if person is None:
            raise web.HTTPNotFound(text="nobody has this id; POST /sandbox/people first")
        given = await request.json() if request.can_read_body else {}
        with _refusing():
            done = self._act(person, request.match_info["act"], given)
        await self._world.notify()
        return web.json_response(done)

    def _act(self, person: Person, act: str, given: dict[str, Any]) -> Any:
        if act in KINDS:
            return self._acts.file(person, act, given)
        if act not in ACTS:
            raise Impossible(f"nobody can {act}")
        return getattr(self._acts, act)(person, given)

    async def keep_file(self, request: web.Request) -> web.Response:
        """Have a file at Telegram: `kind`, `content`, … as when it is sent."""
        given = await request.json()
        with _refusing():
            return web.json_response(self._acts.keep(given["kind"], given))

    async def act_on_group(self, request: web.Request) -> web.Response:
        """Have something become of a group, or of a topic in it."""
        group = self._world.groups.get(int(request.match_info["id"]))
        if group is None:
            raise web.HTTPNotFound(text="no group has this id; POST /sandbox/groups first")
        given = await request.json() if request.can_read_body else {}
        with _refusing():
            done = self._act_on_group(group, request.match_info["act"], given)
        await self._world.notify()
        return web.json_response(done)

    def _act_on_group(self, group: Group, act: str, given: dict[str, Any]) -> dict[str, Any]:
        match act:
            case "kick":
                self._acts.kick(group, self._world.people.get(given.get("by", 0)))
            case "add":
                self._acts.add(group, self._world.people.get(given.get("by", 0)))
            case "allow":
                self._acts.allow(group, manages_topics=bool(given["manages_topics"]))
            case "close_topic":
                self._acts.close_topic(group, given["message_thread_id"])
            case "delete_topic":
                self._acts.delete_topic(group, given["message_thread_id"])
            case "topics":
                return self._acts.begin_topic(group, given["name"])
            case "migrate":
                self._acts.migrate(group, given["id"])
            case unknown:
                raise Impossible(f"groups cannot {unknown}")
        return {}

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
