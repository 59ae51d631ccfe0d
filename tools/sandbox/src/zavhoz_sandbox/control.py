"""The control API: act as people, see what they see, make things go wrong, read what was called. JSON over HTTP.

`POST /sandbox/people` with `id`, `first_name`, … makes a person known; under `/sandbox/people/<id>/`:
`text`, `photo`, `document`, `other`, `press`, `block`, `unblock` act as them, `chat` shows their chat. `after` and
`timeout` make reading wait for a change. `/sandbox/faults`, `/sandbox/calls` and `/sandbox/updates` are for all.
"""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from zavhoz_sandbox.faults import Fault
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.world import Person, World, image_size

LONGEST_WAIT_SECONDS = 30.0
_COMMAND_MAX = 32


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    """Add the control API to `app`."""
    control = _Control(sandbox)
    app.router.add_post("/sandbox/people", control.add_person)
    app.router.add_post("/sandbox/people/{id:-?[0-9]+}/{act}", control.act)
    app.router.add_get("/sandbox/people/{id:-?[0-9]+}/chat", control.chat)
    app.router.add_get("/sandbox/presses/{id}", control.answer)
    app.router.add_post("/sandbox/faults", control.add_fault)
    app.router.add_get("/sandbox/faults", control.faults)
    app.router.add_delete("/sandbox/faults", control.clear_faults)
    app.router.add_get("/sandbox/calls", control.calls)
    app.router.add_get("/sandbox/updates", control.updates)
    app.router.add_post("/sandbox/updates", control.inject)


def _refuse(why: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=why)


class _Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world: World = sandbox.world

    def _person(self, request: web.Request) -> Person:
        person = self._world.people.get(int(request.match_info["id"]))
        if person is None:
            raise web.HTTPNotFound(text="nobody has this id; POST /sandbox/people first")
        return person

    async def add_person(self, request: web.Request) -> web.Response:
        """Make a person known, or describe them anew."""
        given = await request.json()
        try:
            person = Person(**given)
        except TypeError as error:
            raise _refuse(str(error)) from None
        before = self._world.people.get(person.id)
        if before is not None:
            person.started, person.blocked = before.started, before.blocked
        self._world.people[person.id] = person
        return web.json_response(person.user())

    async def act(self, request: web.Request) -> web.Response:
        """Do something as a person."""
        person = self._person(request)
        given = await request.json() if request.can_read_body else {}
        match request.match_info["act"]:
            case "text":
                done = self._say(person, self._text(given["text"]), given)
            case "photo":
                done = self._say(person, {"photo": self._photo(given), **self._caption(given)}, given)
            case "document":
                done = self._say(person, {"document": self._document(given), **self._caption(given)}, given)
            case "other":
                done = self._say(person, given["content"], given)
            case "press":
                done = self._press(person, given)
            case "block":
                person.blocked, done = True, {}
            case "unblock":
                person.blocked, done = False, {}
            case unknown:
                raise _refuse(f"nobody can {unknown}")
        await self._world.notify()
        return web.json_response(done)

    def _say(self, person: Person, content: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        person.started = True
        reply_to = given.get("reply_to")
        if reply_to is not None:
            target = self._world.find(person.id, reply_to)
            if target is None:
                raise _refuse(f"there is no message {reply_to} in this chat")
            content = {**content, "reply_to_message": target}
        if given.get("media_group_id"):
            content = {**content, "media_group_id": given["media_group_id"]}
        message = self._world.message(person.id, person.user(), content)
        self._world.updates.add("message", message)
        return message

    def _text(self, text: str) -> dict[str, Any]:
        word = text.split(maxsplit=1)[0] if text.strip() else ""
        if word.startswith("/") and 1 < len(word) <= _COMMAND_MAX:
            return {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": len(word)}]}
        return {"text": text}

    def _caption(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"caption": given["caption"]} if given.get("caption") else {}

    def _photo(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        content = base64.b64decode(given["content"])
        width, height = image_size(content)
        sizes = []
        for divisor in (4, 1):
            stored = self._world.store(content, "photos", ".jpg")
            sizes.append(
                {
                    "file_id": stored.file_id,
                    "file_unique_id": stored.file_unique_id,
                    "width": max(1, width // divisor),
                    "height": max(1, height // divisor),
                    "file_size": len(content),
                }
            )
        return sizes

    def _document(self, given: dict[str, Any]) -> dict[str, Any]:
        content = base64.b64decode(given["content"])
        stored = self._world.store(content, "documents", "")
        return {
            "file_id": stored.file_id,
            "file_unique_id": stored.file_unique_id,
            "file_name": given["file_name"],
            "mime_type": given.get("mime_type", "application/octet-stream"),
            "file_size": len(content),
        }

    def _press(self, person: Person, given: dict[str, Any]) -> dict[str, Any]:
        message = self._world.find(given.get("chat") or person.id, given["message_id"])
        if message is None:
            raise _refuse(f"there is no message {given['message_id']} in this chat")
        data = given.get("data")
        if data is None:
            rows = message.get("reply_markup", {}).get("inline_keyboard", [])
            labels = {button["text"]: button.get("callback_data") for row in rows for button in row}
            data = labels.get(given["label"])
            if data is None:
                raise _refuse(
                    f"no button {given['label']!r} under message {message['message_id']}, only {list(labels)}"
                )
        return {"callback_query_id": self._world.press(person, message, data).id}

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
        """A chat as its person sees it, and the revision it shows."""
        person = self._person(request)
        await self._changed(request)
        return web.json_response({"revision": self._world.revision, "messages": self._world.chats.get(person.id, [])})

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
        self._sandbox.faults.waiting.append(fault)
        return web.json_response({})

    async def faults(self, _: web.Request) -> web.Response:
        """What no call has met so far."""
        return web.json_response([fault.model_dump(mode="json") for fault in self._sandbox.faults.waiting])

    async def clear_faults(self, _: web.Request) -> web.Response:
        """Let nothing go wrong any more."""
        self._sandbox.faults.waiting.clear()
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
