"""The control API from Python: people who write, press and look, for tests, the tour and load."""

from __future__ import annotations

import base64
import io
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

Wanted = str | Callable[["SeenMessage"], bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person who pressed a button saw: a toast, or an alert; no text is a silent end of the waiting."""

    text: str
    alert: bool


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message as it stands in a chat. `buttons` are rows of (label, data)."""

    id: int
    mine: bool
    text: str
    buttons: tuple[tuple[tuple[str, str], ...], ...]
    edited: bool
    raw: dict[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all buttons, in reading order."""
        return tuple(label for row in self.buttons for label, _ in row)

    def data(self, label: str) -> str:
        """The data behind a button."""
        return next(data for row in self.buttons for shown, data in row if shown == label)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an album; `kind` is "photo", "video", "document" or "audio"."""

    content: bytes
    kind: str = "photo"
    caption: str | None = None
    file_name: str | None = None
    mime_type: str | None = None


class Person:
    """Someone who uses the bot."""

    def __init__(self, client: SandboxClient, id: int, first_name: str) -> None:
        self.id = id
        self.first_name = first_name
        self._client = client

    async def start(self, payload: str = "") -> SeenMessage:
        """Press START, or follow a link to the bot with a payload."""
        return _seen(await self._act("start", payload=payload), self.id)

    async def text(
        self, text: str, *, reply_to: int | None = None, chat: int | None = None, thread: int | None = None
    ) -> SeenMessage:
        """Write a text, to the bot or to the group `chat`, in its topic `thread`; `reply_to` is the id of a message."""
        said = await self._act("text", text=text, reply_to=reply_to, chat=chat, message_thread_id=thread)
        return _seen(said, self.id)

    async def location(self, latitude: float, longitude: float) -> SeenMessage:
        """Send a place, in degrees."""
        return _seen(await self._act("location", latitude=latitude, longitude=longitude), self.id)

    async def photo(
        self,
        content: bytes,
        *,
        caption: str | None = None,
        media_group_id: str | None = None,
        reply_to: int | None = None,
        chat: int | None = None,
    ) -> SeenMessage:
        """Send a photo."""
        given = {"content": _encoded(content), "caption": caption, "media_group_id": media_group_id}
        return _seen(await self._act("photo", **given, reply_to=reply_to, chat=chat), self.id)

    async def document(
        self,
        content: bytes,
        file_name: str,
        *,
        mime_type: str = "application/pdf",
        caption: str | None = None,
        reply_to: int | None = None,
    ) -> SeenMessage:
        """Send a file."""
        given = {"content": _encoded(content), "file_name": file_name, "mime_type": mime_type, "caption": caption}
        return _seen(await self._act("document", **given, reply_to=reply_to), self.id)

    async def media(
        self, kind: str, content: bytes, *, mime_type: str, caption: str | None = None, reply_to: int | None = None
    ) -> SeenMessage:
        """Send a "video", a "video_note", a "voice" note or an "audio"."""
        given = {"content": _encoded(content), "mime_type": mime_type, "caption": caption}
        return _seen(await self._act(kind, **given, reply_to=reply_to), self.id)

    async def album(self, *parts: Part, reply_to: int | None = None) -> list[SeenMessage]:
        """Send 2 to 10 files at once: the bot gets an update for each, with one `media_group_id` among them."""
        given = [{**asdict(part), "content": _encoded(part.content)} for part in parts]
        return [_seen(one, self.id) for one in await self._act("album", parts=given, reply_to=reply_to)]

    async def edit(self, message: SeenMessage, text: str) -> SeenMessage:
        """Change the text or the caption of an own message: the bot gets `edited_message`."""
        return _seen(await self._act("edit", message_id=message.id, text=text), self.id)

    async def other(self, content: dict[str, Any]) -> SeenMessage:
        """Send anything else, as the fields of a `Message`: a sticker, a voice note."""
        return _seen(await self._act("other", content=content), self.id)

    async def press(
        self,
        message: SeenMessage | int,
        label: str | None = None,
        *,
        data: str | None = None,
        chat: int | None = None,
        timeout: float = 20.0,
    ) -> Answer | None:
        """Press a button by its label, or forge a press of `data` (on a message of another `chat`, even).

        Returns what it was answered with, none when no answer came in time.
        """
        query = await self.begin_press(message, label, data=data, chat=chat)
        return await self._client.answer(query, timeout)

    async def begin_press(
        self, message: SeenMessage | int, label: str | None = None, *, data: str | None = None, chat: int | None = None
    ) -> str:
        """Press a button and do not wait; returns the id to ask for the answer with (`SandboxClient.answer`)."""
        message_id = message if isinstance(message, int) else message.id
        done = await self._act("press", message_id=message_id, label=label, data=data, chat=chat)
        return str(done["callback_query_id"])

    async def block(self) -> None:
        """Block the bot."""
        await self._act("block")

    async def unblock(self) -> None:
        """Let the bot write again."""
        await self._act("unblock")

    async def deactivate(self) -> None:
        """Delete the account."""
        await self._act("deactivate")

    async def chat(self) -> list[SeenMessage]:
        """The chat as it stands."""
        return (await self._chat())[1]

    async def wait_for(self, wanted: Wanted, *, after: int = 0, timeout: float = 20.0) -> SeenMessage:
        """The newest message of the bot, id above `after`, that has `wanted` in its text, or for which it is true.

        Raises:
            AssertionError: none within `timeout` seconds; prints the chat.
        """
        return await _wait_for(self._chat, self.first_name, wanted, after, timeout)

    async def _chat(self, after: int = -1, timeout: float = 0) -> tuple[int, list[SeenMessage]]:
        answer = await self._client.get(f"people/{self.id}/chat", after=after, timeout=timeout)
        return answer["revision"], [_seen(message, self.id) for message in answer["messages"]]

    async def _act(self, act: str, **given: Any) -> Any:
        return await self._client.post(f"people/{self.id}/{act}", given)


class Group:
    """A group with the bot in it; people write there by `text(..., chat=group.id)`."""

    def __init__(self, client: SandboxClient, id: int) -> None:
        self.id = id
        self._client = client

    async def chat(self) -> list[SeenMessage]:
        """The chat as it stands; `mine` is what people wrote."""
        messages = (await self._client.get(f"groups/{self.id}/chat"))["messages"]
        return [_seen(one, None) for one in messages]

    async def begin_topic(self, name: str) -> int:
        """Begin a topic of a forum, as one of its people does; returns its id."""
        return int((await self._client.post(f"groups/{self.id}/topics", {"name": name}))["message_thread_id"])

    async def close_topic(self, thread: int) -> None:
        """Close a topic, as one of its people does."""
        await self._act("close_topic", message_thread_id=thread)

    async def delete_topic(self, thread: int) -> None:
        """Delete a topic with all its messages, as one of its people does."""
        await self._act("delete_topic", message_thread_id=thread)

    async def topics(self) -> dict[int, str]:
        """The topics that there are, by their ids, as the service messages of those that were begun and renamed say."""
        named: dict[int, str] = {}
        for message in await self.chat():
            said = message.raw.get("forum_topic_created") or message.raw.get("forum_topic_edited")
            if said:
                named[message.raw["message_thread_id"]] = said["name"]
        return named

    async def kick(self, by: int = 0) -> None:
        """Throw the bot out; `by` is the id of who does."""
        await self._act("kick", by=by)

    async def add(self, by: int = 0) -> None:
        """Take the bot in again."""
        await self._act("add", by=by)

    async def allow(self, *, manages_topics: bool) -> None:
        """Say whether the bot is an administrator who may manage topics; at first it is."""
        await self._act("allow", manages_topics=manages_topics)

    async def wait_for(self, wanted: Wanted, *, after: int = 0, timeout: float = 20.0) -> SeenMessage:
        """The newest message of the bot there, as `Person.wait_for` waits for one."""
        return await _wait_for(self._chat, f"group {self.id}", wanted, after, timeout)

    async def _chat(self, after: int = -1, timeout: float = 0) -> tuple[int, list[SeenMessage]]:
        answer = await self._client.get(f"groups/{self.id}/chat", after=after, timeout=timeout)
        return answer["revision"], [_seen(message, None) for message in answer["messages"]]

    async def _act(self, act: str, **given: Any) -> None:
        await self._client.post(f"groups/{self.id}/{act}", given)

    async def migrate(self, new_id: int) -> Group:
        """A "group" becomes a supergroup of another id."""
        await self._client.post(f"groups/{self.id}/migrate", {"id": new_id})
        return Group(self._client, new_id)


class Feed:
    """What a page hears (`/sandbox/feed`), one thing after another."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._waiting: deque[dict[str, Any]] = deque()

    async def next(self, kind: str, timeout: float = 20.0) -> dict[str, Any]:
        """The next one of this kind; those before it are passed over.

        Raises:
            TimeoutError: nothing came for `timeout` seconds.
            ConnectionError: the stand-in has ended it.
        """
        while True:
            while self._waiting:
                if (entry := self._waiting.popleft())["kind"] == kind:
                    return entry
            self._waiting.extend(await self.frame(timeout))

    async def frame(self, timeout: float | None = None) -> list[dict[str, Any]]:
        """All that is told next, however long it takes unless there is a `timeout` in seconds. Raises as `next`."""
        told = await self._socket.receive(timeout=timeout)
        if told.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError(f"the feed has ended: {told.type.name} {told.data}")
        frame = json.loads(told.data)
        return frame if isinstance(frame, list) else [frame]


class SandboxClient:
    """Talks to the control API at `base_url`; an async context manager."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/") + "/sandbox/"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def person(
        self,
        id: int,
        first_name: str,
        *,
        language_code: str | None = "ru",
        username: str | None = None,
        last_name: str | None = None,
        about: str | None = None,
    ) -> Person:
        """Make a person known (or describe them anew), to act as them."""
        names = {"first_name": first_name, "last_name": last_name, "username": username}
        await self.post("people", {"id": id, **names, "language_code": language_code, "about": about})
        return Person(self, id, first_name)

    async def group(
        self, id: int, title: str, *, type: str = "supergroup", is_forum: bool = False, members: Sequence[int] = ()
    ) -> Group:
        """Found a "group" or "supergroup" with the bot in it; `id` is negative. `members` as in `world.Group`."""
        given = {"id": id, "title": title, "type": type, "is_forum": is_forum, "members": list(members)}
        await self.post("groups", given)
        return Group(self, id)

    async def keep(self, kind: str, content: bytes, **given: Any) -> dict[str, Any]:
        """Have a file at Telegram that nobody has sent: the fields that a `Message` with it has.

        `given` as when a person sends it: `file_name`, `mime_type`, `duration`, ….
        """
        kept: dict[str, Any] = await self.post("files", {"kind": kind, "content": _encoded(content), **given})
        return kept

    async def answer(self, callback_query_id: str, timeout: float) -> Answer | None:
        """What a press was answered with."""
        deadline = time.monotonic() + timeout
        while True:
            left = max(deadline - time.monotonic(), 0.0)
            answer = (await self.get(f"presses/{callback_query_id}", timeout=left))["answer"]
            if answer is not None:
                return Answer(answer["text"], answer["show_alert"])
            if time.monotonic() >= deadline:
                return None

    async def seconds_to_answer(self, callback_query_id: str) -> float:
        """How long the bot took from a press to its answer, by the stand-in's own clock.

        What passed until a poll that waited was given the press is the stand-in's own time, and not in it; with a
        webhook it is.

        Raises:
            ValueError: it was not answered.
        """
        seconds = (await self.get(f"presses/{callback_query_id}"))["seconds"]
        if seconds is None:
            raise ValueError("not answered")
        return float(seconds)

    async def fault(self, kind: str, **given: Any) -> int:
        """Let something go wrong: `method`, `chat`, `times`, `retry_after`, `seconds` as in `faults.Fault`.

        Returns the id by which it can be taken away (`clear_faults`).
        """
        return int((await self.post("faults", {"kind": kind, **given}))["id"])

    async def faults(self) -> list[dict[str, Any]]:
        """The faults that no call has met so far."""
        waiting: list[dict[str, Any]] = await self.get("faults")
        return waiting

    async def clear_faults(self, id: int | None = None) -> None:
        """Let nothing go wrong any more, or not the fault of this id."""
        query = {} if id is None else {"id": id}
        async with self._open.delete(self._base + "faults", params=query) as response:
            await _checked(response)

    async def calls(self, method: str | None = None, *, since: int = 0) -> list[dict[str, Any]]:
        """The calls of the Bot API so far."""
        calls: list[dict[str, Any]] = await self.get("calls", since=since)
        return [call for call in calls if method in (None, call["method"])]

    async def updates(self) -> dict[str, Any]:
        """The updates so far (`updates`), and how many are not confirmed (`pending`)."""
        updates: dict[str, Any] = await self.get("updates")
        return updates

    async def inject(self, update: dict[str, Any]) -> None:
        """Queue a raw update."""
        await self.post("updates", update)

    async def set_ids(self, **next_ids: int) -> None:
        """Say which id the next `update` or `message` has."""
        await self.post("ids", next_ids)

    async def advance(self, seconds: float) -> None:
        """Let time pass at the stand-in: updates, files and presses grow older, nobody waits."""
        await self.post("clock", {"seconds": seconds})

    @asynccontextmanager
    async def feed(self, *, run: str = "", after: int = 0) -> AsyncIterator[Feed]:
        """Listen as a page does, from the beginning; or go on after the entry `after` of an earlier `run`."""
        query: dict[str, str | int] = {"run": run, "after": after} if run else {}
        async with self._open.ws_connect(self._base + "feed", params=query, max_msg_size=0) as socket:
            yield Feed(socket)

    async def get(self, path: str, **query: float) -> Any:
        """GET below the control API."""
        async with self._open.get(self._base + path, params=query) as response:
            return await _checked(response)

    async def post(self, path: str, body: Any) -> Any:
        """POST below the control API."""
        # A stream: aiohttp warns of large bodies given as bytes, and photos are large.
        data, headers = io.BytesIO(json.dumps(body).encode()), {"Content-Type": "application/json"}
        async with self._open.post(self._base + path, data=data, headers=headers) as response:
            return await _checked(response)

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use `async with SandboxClient(url) as sandbox`")
        return self._session


async def _checked(response: aiohttp.ClientResponse) -> Any:
    if response.status >= 400:
        raise ValueError(f"the stand-in refused: {await response.text()}")
    return await response.json()


async def _wait_for(
    chat: Callable[..., Awaitable[tuple[int, list[SeenMessage]]]], who: str, wanted: Wanted, after: int, timeout: float
) -> SeenMessage:
    deadline = time.monotonic() + timeout
    revision, messages = await chat()
    while True:
        for message in reversed(messages):
            fits = wanted in message.text if isinstance(wanted, str) else wanted(message)
            if not message.mine and message.id > after and fits:
                return message
        left = deadline - time.monotonic()
        if left <= 0:
            shown = "\n".join(f"  {one.id} {'> ' if one.mine else '< '}{one.text} {one.labels}" for one in messages)
            what = repr(wanted) if isinstance(wanted, str) else "what was wanted"
            raise AssertionError(f"{who} did not see {what} within {timeout} s; the chat:\n{shown}")
        revision, messages = await chat(after=revision, timeout=left)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _seen(message: dict[str, Any], person_id: int | None) -> SeenMessage:
    """As `person_id` sees it, or as anybody in a group does."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return SeenMessage(
        id=message["message_id"],
        mine=message["from"]["id"] == person_id if person_id is not None else not message["from"]["is_bot"],
        text=message.get("text") or message.get("caption") or "",
        buttons=tuple(tuple((button["text"], button.get("callback_data", "")) for button in row) for row in rows),
        edited="edit_date" in message,
        raw=message,
    )
