"""Every chat as the people see it, followed from one place: asking each chat again and again costs too much."""

import asyncio
import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from zavhoz_sandbox.client import SandboxClient

KEPT = 60
"""Messages remembered of each chat."""
MARK = re.compile(r"q\d+x\d+(?:c\d+)?")
"""What the crowd writes has such a mark, so that it is found again wherever it went."""
HONEST = ("Попробуйте", "Ответьте ещё раз", "Слишком много")
"""How the bot says that something was not done, in Russian."""
_SENDS = {"sendMessage", "sendPhoto"}
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it stands."""

    id: int
    mine: bool
    text: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A new message that Telegram took from the bot; `cut`: the bot never learned it."""

    chat: int
    text: str
    message_id: int
    cut: bool


@dataclass(slots=True)
class Chat:
    """What is remembered of one chat."""

    messages: dict[int, Shown] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    watchers: list[asyncio.Queue[Shown | None]] = field(default_factory=list)
    honest: list[Shown] = field(default_factory=list)
    """What the bot has said of something that was not done."""

    def newest(self, wanted: Callable[[Shown], bool], after: int = 0) -> Shown | None:
        """The bot's newest message, id above `after`, for which `wanted` is true."""
        fits = (one for one in self.messages.values() if not one.mine and one.id > after and wanted(one))
        return max(fits, key=lambda one: one.id, default=None)


class Chats:
    """What people see, and what the bot's calls were, from the beginning to now."""

    def __init__(self) -> None:
        self.chats: defaultdict[int, Chat] = defaultdict(Chat)
        self.answers: dict[str, tuple[str, bool]] = {}
        """By press: the text, and whether it was an alert."""
        self.said: deque[Said] = deque()
        self.deleted: set[tuple[int, int]] = set()
        """Chat and id of what somebody has deleted."""
        self.shown: set[str] = set()
        """Marks that were seen in some message of the bot."""
        self.pending = 0
        """Updates that the bot has not confirmed."""
        self.statuses: defaultdict[int, int] = defaultdict(int)
        """How many calls were answered with each HTTP status."""
        self._heard = 0

    async def wait(self, chat: int, probe: Callable[[], Found | None], seconds: float) -> Found | None:
        """What `probe` finds in this chat; None when it finds nothing in so many seconds."""
        place = self.chats[chat]
        try:
            async with asyncio.timeout(seconds), place.changed:
                while (found := probe()) is None:
                    await place.changed.wait()
                return found
        except TimeoutError:
            return probe()

    async def see(self, chat: int, wanted: Callable[[Shown], bool], *, after: int, seconds: float) -> Shown | None:
        """The bot's newest message above `after` for which `wanted` is true, or None, as `wait`."""
        return await self.wait(chat, lambda: self.chats[chat].newest(wanted, after), seconds)

    def watch(self, chat: int) -> "asyncio.Queue[Shown | None]":
        """Every message of this chat, whenever it is new or drawn anew; who watches may end it by a None."""
        queue: asyncio.Queue[Shown | None] = asyncio.Queue()
        self.chats[chat].watchers.append(queue)
        return queue

    def honest(self, chat: int, after: int) -> Shown | None:
        """What the bot has said in this chat, after a message, of something that was not done."""
        return next((one for one in self.chats[chat].honest if one.id > after), None)

    async def follow(self, sandbox: SandboxClient) -> None:
        """Listen until cancelled; whatever was missed is asked for."""
        run = ""
        seq = 0
        while True:
            async with sandbox.feed(run=run, after=seq) as feed:
                try:
                    while True:
                        for entry in await feed.frame():
                            run, seq = entry.get("run", run), entry.get("seq", seq)
                            await self._hear(sandbox, entry)
                except ConnectionError:
                    continue

    async def _hear(self, sandbox: SandboxClient, entry: dict[str, Any]) -> None:
        match entry["kind"]:
            case "snapshot":
                await self._catch_up(sandbox, entry)
            case "message":
                await self._show(entry["chat"], entry["message"])
            case "deleted":
                self.deleted.add((entry["chat"], entry["message_id"]))
            case "answered":
                self.answers[entry["press"]] = (entry["text"], entry["alert"])
                await self._changed(entry["chat"])
            case "call":
                self._count(entry["call"])
            case "update":
                self.pending += 1
            case "confirmed":
                self.pending = entry["pending"]

    async def _catch_up(self, sandbox: SandboxClient, entry: dict[str, Any]) -> None:
        for chat, one in entry["chats"].items():
            for message in one["messages"]:
                await self._show(int(chat), message)
        self.pending = entry["pending"]
        for call in await sandbox.calls(since=self._heard):
            self._count(call)

    async def _show(self, id: int, message: dict[str, Any]) -> None:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        shown = Shown(
            message["message_id"],
            not message["from"]["is_bot"],
            message.get("text") or message.get("caption") or "",
            tuple(button["text"] for row in rows for button in row),
        )
        chat = self.chats[id]
        chat.messages[shown.id] = shown
        while len(chat.messages) > KEPT:
            del chat.messages[next(iter(chat.messages))]
        if not shown.mine:
            self.shown.update(MARK.findall(shown.text))
            if any(part in shown.text for part in HONEST):
                chat.honest.append(shown)
            for watcher in chat.watchers:
                watcher.put_nowait(shown)
        await self._changed(id)

    async def _changed(self, chat: int) -> None:
        async with self.chats[chat].changed:
            self.chats[chat].changed.notify_all()

    def _count(self, call: dict[str, Any]) -> None:
        if call["number"] <= self._heard:
            return
        self._heard = call["number"]
        self.statuses[call["status"]] += 1
        sent = call["answer"].get("result")  # none for what was cut off before it was received
        if call["method"] in _SENDS and call["status"] == HTTPStatus.OK and sent:
            text = sent.get("text") or sent.get("caption") or ""  # as people read it, not as it was marked up
            self.said.append(Said(call["chat"], text, sent["message_id"], call["cut"]))


@asynccontextmanager
async def following(sandbox: SandboxClient) -> AsyncIterator[Chats]:
    """Chats that are followed while inside."""
    chats = Chats()
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(chats.follow(sandbox), name="chats")
        try:
            yield chats
        finally:
            listening.cancel()
