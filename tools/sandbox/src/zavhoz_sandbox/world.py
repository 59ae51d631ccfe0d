"""What there is at the stand-in: people, groups, their chats with the bot, files, and presses not answered."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from zavhoz_sandbox.answers import ApiError, bad_request
from zavhoz_sandbox.clock import Clock
from zavhoz_sandbox.journal import Journal
from zavhoz_sandbox.stored import SUFFIXES, StoredFile
from zavhoz_sandbox.updates import Updates

CALLBACK_SECONDS: Final = 60.0
"""How long after a press it may still be answered."""
LINK_SECONDS: Final = 3600.0
"""How long a file's path is good for at least (https://core.telegram.org/bots/api#getfile); here not longer."""
LARGEST_ID: Final = 2**52 - 1
"""Ids have at most 52 significant bits (https://core.telegram.org/bots/api#user)."""


@dataclass
class Person:
    """Someone with Telegram. A bot may write to them only after they wrote to it, until they block it."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    about: str | None = None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False

    def user(self) -> dict[str, Any]:
        """As a `User` of the Bot API."""
        user = {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        return {key: value for key, value in user.items() if value is not None}

    def chat(self) -> dict[str, Any]:
        """Their private chat with the bot, as a `Chat`."""
        user = self.user()
        return {"type": "private", **{key: user[key] for key in user if key not in ("is_bot", "language_code")}}

    def admit_bot(self) -> None:
        """See that the bot may write here.

        Raises:
            ApiError: they are gone, blocked the bot, or never wrote to it.
        """
        if self.deactivated:
            raise ApiError(403, "Forbidden: user is deactivated")
        if self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if not self.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")


@dataclass
class Topic:
    """A topic of a forum; its id is that of the message that began it."""

    message_thread_id: int
    name: str
    icon_color: int
    closed: bool = False


@dataclass
class Group:
    """A group with the bot in it; `type` is "group" or "supergroup", `is_forum`: it has topics.

    `manages_topics`: the bot is an administrator with `can_manage_topics`. `members` are the ids of those whose
    programs show it; none: it is shown to everybody.
    """

    id: int
    title: str
    type: str = "supergroup"
    is_forum: bool = False
    kicked: bool = False
    migrated_to: int | None = None
    manages_topics: bool = True
    members: Sequence[int] = ()
    topics: dict[int, Topic] = field(default_factory=dict, init=False)

    def chat(self) -> dict[str, Any]:
        """As a `Chat`."""
        forum = {"is_forum": True} if self.is_forum else {}
        return {"id": self.id, "type": self.type, "title": self.title, **forum}

    def admit_bot(self) -> None:
        """See that the bot may write here.

        Raises:
            ApiError: it was kicked, or the group has another id now, which is told.
        """
        if self.migrated_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.migrated_to,
            )
        if self.kicked:
            raise ApiError(403, f"Forbidden: bot was kicked from the {self.type} chat")


@dataclass
class Press:
    """A button that was pressed, and what answerCallbackQuery said.

    `seconds` is how long the bot took: without `own_seconds`, for which a poll that waited was not given the press.
    """

    id: str
    person_id: int
    message: dict[str, Any]
    data: str
    pressed_at: float
    own_seconds: float | None = None
    answer: dict[str, Any] | None = None
    seconds: float | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class Webhook:
    """Where updates are posted to, and how the last failure went."""

    url: str
    secret_token: str
    max_connections: int
    last_error: str = ""
    last_error_date: int = 0


def in_topic(thread: int) -> dict[str, Any]:
    """What a message of a topic says of it."""
    return {"message_thread_id": thread, "is_topic_message": True}


@dataclass
class World:
    """Everything, in memory. `changed` is notified on every change; `revision` counts them, `journal` tells them."""

    bot_id: int
    people: dict[int, Person] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    chats: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    keyboards: dict[int, dict[str, Any]] = field(default_factory=dict)
    """The reply keyboard below each chat that has one, as it was sent, and in which message."""
    commands: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    descriptions: dict[tuple[str, str], str] = field(default_factory=dict)
    webhook: Webhook | None = None
    next_message_id: int = 1
    revision: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.journal = Journal()
        self.updates = Updates(self.clock, self.journal)
        self._file_numbers = itertools.count(1)

    def bot(self) -> dict[str, Any]:
        """The bot, as a `User`."""
        return {"id": self.bot_id, "is_bot": True, "first_name": "Завхоз", "username": "zavhoz_sandbox_bot"}

    async def notify(self) -> None:
        """Say that something changed."""
        async with self.changed:
            self.revision += 1
            self.changed.notify_all()

    def place(self, chat_id: int) -> Person | Group | None:
        """Whose chat this is."""
        return self.people.get(chat_id) or self.groups.get(chat_id)

    def chat_for_bot(self, chat_id: int) -> Person | Group:
        """The person or group the bot may write to.

        Raises:
            ApiError: there is no such chat, or the bot may not write there.
        """
        place = self.place(chat_id)
        if place is None:
            raise bad_request("chat not found")
        place.admit_bot()
        return place

    def find(self, chat_id: int, message_id: int) -> dict[str, Any] | None:
        """A message in a chat."""
        return next((one for one in self.chats.get(chat_id, []) if one["message_id"] == message_id), None)

    def message(self, place: Person | Group, sender: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        """Add a message to a chat."""
        message = {
            "message_id": self.next_message_id,
            "from": sender,
            "chat": place.chat(),
            "date": self.clock.date(),
            **content,
        }
        self.next_message_id += 1
        self.chats.setdefault(place.id, []).append(message)
        self.journal.add("message", message)
        return message

    def show_keyboard(self, message: dict[str, Any], markup: dict[str, Any]) -> None:
        """Put a reply keyboard below a chat, or take away the one that is there."""
        chat_id = message["chat"]["id"]
        if markup.get("remove_keyboard"):
            self.keyboards.pop(chat_id, None)
        else:
            self.keyboards[chat_id] = {**markup, "message_id": message["message_id"]}
        self.journal.add("keyboard", chat_id)

    def begin_topic(self, group: Group, sender: dict[str, Any], name: str, icon_color: int) -> dict[str, Any]:
        """Begin a topic; returns the message that says so."""
        thread = self.next_message_id
        group.topics[thread] = Topic(thread, name, icon_color)
        created = {"name": name, "icon_color": icon_color}
        self.journal.add("group", group)
        return self.message(group, sender, {**in_topic(thread), "forum_topic_created": created})

    def may_manage(self, group: Group, thread: int) -> bool:
        """Whether the bot may change this topic, and write in it while it is closed: by right, or for it began it."""
        began = self.find(group.id, thread)
        return group.manages_topics or (began is not None and began["from"]["id"] == self.bot_id)

    def delete_topic(self, group: Group, thread: int) -> None:
        """Take a topic out of a forum, along with all its messages."""
        for message in list(self.chats.get(group.id, [])):
            if message.get("message_thread_id") == thread:
                self.delete(message)
        del group.topics[thread]
        self.journal.add("group", group)

    def edited(self, message: dict[str, Any]) -> None:
        """A message is another one from now on."""
        message["edit_date"] = self.clock.date()
        self.journal.add("message", message)

    def delete(self, message: dict[str, Any]) -> None:
        """Take a message out of its chat."""
        self.chats[message["chat"]["id"]].remove(message)
        self.journal.add("deleted", message)

    def store(self, kind: str, content: bytes, facts: dict[str, Any] | None = None) -> StoredFile:
        """Keep a file; `facts` are what a `Message` says of one of this `kind`."""
        unique = "AQAD" + secrets.token_urlsafe(9)
        path = f"{kind}s/file_{next(self._file_numbers)}{SUFFIXES.get(kind, '')}"
        stored = StoredFile("AgACAgIAAx" + secrets.token_urlsafe(40), unique, kind, content, path, facts or {})
        self.files[stored.file_id] = stored
        return stored

    def link(self, stored: StoredFile) -> str:
        """The path from which a file can be downloaded for an hour."""
        stored.linked_until = self.clock.now() + LINK_SECONDS
        return stored.path

    def linked(self, path: str) -> StoredFile | None:
        """The file behind a path, as long as it is good."""
        now = self.clock.now()
        return next((one for one in self.files.values() if one.path == path and one.linked_until > now), None)

    def press(self, person: Person, message: dict[str, Any], data: str) -> Press:
        """A person presses a button (or forges a press): the bot gets a callback query."""
        press = Press(str(secrets.randbits(62)), person.id, message, data, self.clock.now())
        self.presses[press.id] = press
        self.journal.add("pressed", press)
        self.updates.add(
            "callback_query",
            {
                "id": press.id,
                "from": person.user(),
                "message": message,
                "chat_instance": str(message["chat"]["id"]),
                "data": data,
            },
        )
        return press

    def given_out(self, updates: Sequence[dict[str, Any]], asked_at: float) -> None:
        """The bot has these now, for a poll that came at `asked_at`."""
        for update in updates:
            press = self.presses.get(update.get("callback_query", {}).get("id"))
            if press is not None and press.own_seconds is None:
                press.own_seconds = self.clock.now() - max(asked_at, press.pressed_at)
