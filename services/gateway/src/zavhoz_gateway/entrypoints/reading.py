"""From aiogram's types to ours: who, where, what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from aiogram import Bot
from aiogram.types import (
    Animation,
    Audio,
    CallbackQuery,
    Document,
    Location,
    Message,
    PhotoSize,
    Update,
    User,
    Video,
    VideoNote,
    Voice,
)
from pydantic import ValidationError

from zavhoz_contracts.limits import PLACE_MAX, PLACE_MIN
from zavhoz_contracts.message import Actor, AttachmentKind
from zavhoz_contracts.text import clean, length, shorten
from zavhoz_gateway.domain.updates import Content, Pressed, Said, SentFile
from zavhoz_gateway.entrypoints.replies import number_of

_NAME_MAX, _USERNAME_MAX, _LANGUAGE_MAX, _FILE_NAME_MAX = 256, 64, 35, 255


@dataclass(frozen=True, slots=True)
class Fetched:
    """One update as it came; `update` is none when it could not be read. `person` is in whose turn it is handled.

    `received` is seconds of the monotonic clock.
    """

    update_id: int
    person: str
    update: Update | None
    received: float = field(default_factory=monotonic)


def numbered(raw: object) -> dict[str, Any]:
    """A JSON object with an update id, which is what an update must have at least.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(raw, dict) or type(raw.get("update_id")) is not int:
        raise ValueError("no update: it has no id")
    return raw


def read_update(bot: Bot, raw: dict[str, Any]) -> Fetched:
    """A `numbered` update as Telegram sends it, with its id if with nothing else."""
    update_id = int(raw["update_id"])
    try:
        update = Update.model_validate(raw, context={"bot": bot})
    except (ValidationError, RecursionError):
        return Fetched(update_id, f"update:{update_id}", None)
    return Fetched(update_id, person_of(update), update)


_KINDS: Final = ("message", "callback_query", "edited_message", "my_chat_member")


def kind_of(update: Update) -> str:
    """The kind of update, for metrics: one of Telegram's names, or `other` for what we never asked for."""
    return next((kind for kind in _KINDS if getattr(update, kind) is not None), "other")


def person_of(update: Update) -> str:
    """In whose turn the update is handled: the person's, or its own when no person is behind it."""
    event = update.message or update.callback_query or update.edited_message or update.my_chat_member
    sender = event.from_user if event is not None else None
    return f"update:{update.update_id}" if sender is None else f"person:{sender.id}"


def actor_of(user: User, seen_at: datetime) -> Actor:
    """The sender of an update, cut to what a command may carry."""
    username = _fit(user.username, _USERNAME_MAX)
    return Actor(
        telegram_id=user.id,
        name=_fit(user.full_name, _NAME_MAX) or username or str(user.id),
        username=username,
        language=_fit(user.language_code, _LANGUAGE_MAX),
        seen_at=seen_at,
    )


def _fit(value: str | None, limit: int) -> str | None:
    """What is left of a value when it is cleaned and cut, if anything."""
    return clean(value or "")[:limit] or None


def actor_of_message(message: Message) -> Actor | None:
    """The sender of a message; none for one that nobody sent."""
    if message.from_user is None:
        return None
    edited = message.edit_date
    return actor_of(message.from_user, datetime.fromtimestamp(edited, UTC) if edited else message.date)


def actor_of_press(query: CallbackQuery) -> Actor:
    """Who pressed. Telegram does not say when: it was just now."""
    return actor_of(query.from_user, datetime.now(UTC))


def said(message: Message, actor: Actor, language: str) -> Said:
    """A message and its sender."""
    return Said(actor, message.chat.id, message.message_id, language, message.edit_date or 0)


def pressed(query: CallbackQuery, actor: Actor, language: str) -> Pressed | None:
    """A press and who pressed; none when it is not known under which message."""
    if query.message is None:
        return None
    message = query.message
    return Pressed(actor, message.chat.id, message.message_id, query.id, language, number_of(message))


def content_of(message: Message) -> Content:
    """What a message of a kind in `TAKEN` says: a caption counts as text, the largest photo as the photo.

    A forwarded message says what it says.
    """
    text = clean(message.text or message.caption or "")
    return Content(text, _file_of(message), message.media_group_id, _place_of(message))


def _file_of(message: Message) -> SentFile | None:
    if message.photo:
        return _photo(max(message.photo, key=lambda size: size.width * size.height))
    named: tuple[tuple[AttachmentKind, Animation | Audio | Document | Video | VideoNote | Voice | None], ...] = (
        (AttachmentKind.ANIMATION, message.animation),  # which is a document too
        (AttachmentKind.DOCUMENT, message.document),
        (AttachmentKind.VIDEO, message.video),
        (AttachmentKind.VIDEO_NOTE, message.video_note),
        (AttachmentKind.VOICE, message.voice),
        (AttachmentKind.AUDIO, message.audio),
    )
    return next((_file(kind, file) for kind, file in named if file is not None), None)


def _place_of(message: Message) -> str:
    """A place that was sent, in words that fit: a venue's title and address, or else degrees to about a metre."""
    if message.venue is not None:
        named = " ".join(clean(f"{message.venue.title}, {message.venue.address}").split()).strip(" ,")
        return shorten(named, PLACE_MAX) if length(named) >= PLACE_MIN else _degrees(message.venue.location)
    return "" if message.location is None else _degrees(message.location)


def _degrees(location: Location) -> str:
    return f"{location.latitude:.5f}, {location.longitude:.5f}"


def _photo(photo: PhotoSize) -> SentFile:
    return SentFile(AttachmentKind.PHOTO, photo.file_id, photo.file_unique_id, size=photo.file_size)


def _file(kind: AttachmentKind, file: Animation | Audio | Document | Video | VideoNote | Voice) -> SentFile:
    return SentFile(
        kind,
        file.file_id,
        file.file_unique_id,
        file_name=_fit(getattr(file, "file_name", None), _FILE_NAME_MAX),
        mime_type=_fit(getattr(file, "mime_type", None), _FILE_NAME_MAX),
        size=file.file_size,
    )


TAKEN: Final = frozenset(
    {
        "text", "photo", "document", "video", "video_note", "voice", "audio", "animation", "location", "venue",
    }
)  # fmt: skip
"""What becomes a draft, a comment or an answer."""
UNSUPPORTED: Final = frozenset(
    {
        "checklist", "contact", "dice", "game", "live_photo", "paid_media", "poll", "sticker", "story", "unknown",
    }
)  # fmt: skip
"""What a person may send and we cannot take. Everything else is Telegram speaking of the chat (a pinned message…)."""
