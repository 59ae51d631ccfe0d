"""What there is at the stand-in: people, their chats with the bot, files, updates waiting, and presses not answered."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from zavhoz_sandbox.answers import ApiError, bad_request
from zavhoz_sandbox.clock import Clock
from zavhoz_sandbox.updates import Updates

CALLBACK_SECONDS = 60.0
"""How long after a press it may still be answered."""


@dataclass
class Person:
    """Someone with Telegram. A bot may write to them only after they wrote to it, until they block it."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    started: bool = False
    blocked: bool = False

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


@dataclass
class StoredFile:
    """A file that somebody sent."""

    file_id: str
    file_unique_id: str
    content: bytes
    path: str


@dataclass
class Press:
    """A button that was pressed; `answer` is what answerCallbackQuery said, `seconds` after the press."""

    id: str
    person_id: int
    pressed_at: float
    answer: dict[str, Any] | None = None
    seconds: float | None = None


@dataclass(eq=False)
class Webhook:
    """Where updates are posted to, and how the last failure went."""

    url: str
    secret_token: str
    max_connections: int
    last_error: str = ""
    last_error_date: int = 0


@dataclass
class World:
    """Everything, in memory. `changed` is notified on every change; `revision` counts them."""

    bot_id: int
    people: dict[int, Person] = field(default_factory=dict)
    chats: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    commands: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    webhook: Webhook | None = None
    revision: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.updates = Updates(self.clock)
        self._message_ids = itertools.count(1)
        self._file_numbers = itertools.count(1)

    def bot(self) -> dict[str, Any]:
        """The bot, as a `User`."""
        return {"id": self.bot_id, "is_bot": True, "first_name": "Завхоз", "username": "zavhoz_sandbox_bot"}

    async def notify(self) -> None:
        """Say that something changed."""
        async with self.changed:
            self.revision += 1
            self.changed.notify_all()

    def person_for_bot(self, chat_id: int) -> Person:
        """The person the bot may write to.

        Raises:
            ApiError: there is no such chat, they never wrote to the bot, or they blocked it.
        """
        person = self.people.get(chat_id)
        if person is None:
            raise bad_request("chat not found")
        if person.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if not person.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return person

    def find(self, chat_id: int, message_id: int) -> dict[str, Any] | None:
        """A message in a chat."""
        return next((one for one in self.chats.get(chat_id, []) if one["message_id"] == message_id), None)

    def message(self, chat_id: int, sender: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        """Add a message to a chat."""
        message = {
            "message_id": next(self._message_ids),
            "from": sender,
            "chat": self.people[chat_id].chat(),
            "date": self.clock.date(),
            **content,
        }
        self.chats.setdefault(chat_id, []).append(message)
        return message

    def store(self, content: bytes, folder: str, suffix: str) -> StoredFile:
        """Keep a file."""
        unique = "AQAD" + secrets.token_urlsafe(9)
        path = f"{folder}/file_{next(self._file_numbers)}{suffix}"
        stored = StoredFile("AgACAgIAAx" + secrets.token_urlsafe(40), unique, content, path)
        self.files[stored.file_id] = stored
        return stored

    def press(self, person: Person, message: dict[str, Any], data: str) -> Press:
        """A person presses a button (or forges a press): the bot gets a callback query."""
        press = Press(str(secrets.randbits(62)), person.id, self.clock.now())
        self.presses[press.id] = press
        self.updates.add(
            "callback_query",
            {
                "id": press.id,
                "from": person.user(),
                "message": message,
                "chat_instance": str(person.id),
                "data": data,
            },
        )
        return press


def image_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG; 1 × 1 when they cannot be told."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    position = 2
    while content.startswith(b"\xff\xd8") and position + 9 < len(content) and content[position] == 0xFF:
        marker, length = content[position + 1], int.from_bytes(content[position + 2 : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        position += 2 + length
    return 1, 1
