"""One thing beside text: sendPhoto, sendDocument, sendVideo, sendAnimation, sendVideoNote, sendVoice, sendAudio and
sendLocation.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from zavhoz_sandbox.arguments import ToChat, Upload, checked
from zavhoz_sandbox.methods.content import place_of, send
from zavhoz_sandbox.methods.files import captioned, described
from zavhoz_sandbox.world import World

_FACTS: Final = ("duration", "width", "height", "length", "performer", "title")
"""What a call may say of a file that a `Message` says again."""


class Captioned(ToChat):
    """What most of them have in common."""

    caption: str | None = None
    parse_mode: str | None = None


class SendPhoto(Captioned):
    """The arguments of sendPhoto."""

    photo: Upload | str


class SendDocument(Captioned):
    """The arguments of sendDocument."""

    document: Upload | str


class SendVideo(Captioned):
    """The arguments of sendVideo."""

    video: Upload | str
    duration: int | None = Field(default=None, ge=0)
    width: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=1)
    supports_streaming: bool | None = None


class SendAnimation(Captioned):
    """The arguments of sendAnimation."""

    animation: Upload | str
    duration: int | None = Field(default=None, ge=0)
    width: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=1)


class SendVideoNote(ToChat):
    """The arguments of sendVideoNote, which has no caption."""

    video_note: Upload | str
    duration: int | None = Field(default=None, ge=0, le=60)
    length: int | None = Field(default=None, ge=1, le=640)


class SendVoice(Captioned):
    """The arguments of sendVoice."""

    voice: Upload | str
    duration: int | None = Field(default=None, ge=0)


class SendAudio(Captioned):
    """The arguments of sendAudio."""

    audio: Upload | str
    duration: int | None = Field(default=None, ge=0)
    performer: str | None = None
    title: str | None = None


class SendLocation(ToChat):
    """The arguments of sendLocation."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    horizontal_accuracy: float | None = Field(default=None, ge=0, le=1500)


async def send_photo(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendphoto"""
    return _send(world, checked(SendPhoto, given), "photo")


async def send_document(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#senddocument"""
    return _send(world, checked(SendDocument, given), "document")


async def send_video(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendvideo"""
    return _send(world, checked(SendVideo, given), "video")


async def send_animation(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendanimation"""
    return _send(world, checked(SendAnimation, given), "animation")


async def send_video_note(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendvideonote"""
    return _send(world, checked(SendVideoNote, given), "video_note")


async def send_voice(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendvoice"""
    return _send(world, checked(SendVoice, given), "voice")


async def send_audio(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendaudio"""
    return _send(world, checked(SendAudio, given), "audio")


async def send_location(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendlocation"""
    arguments = checked(SendLocation, given)
    place = arguments.model_dump(include={"latitude", "longitude", "horizontal_accuracy"}, exclude_none=True)
    return send(world, arguments, {"location": place})


def _send(world: World, to: ToChat, kind: str) -> dict[str, Any]:
    place_of(world, to)  # where it goes is looked at before what it holds
    caption = captioned(to.caption, to.parse_mode) if isinstance(to, Captioned) else {}
    facts = to.model_dump(include=set(_FACTS))
    return send(world, to, {**caption, **described(world, kind, getattr(to, kind), facts)})
