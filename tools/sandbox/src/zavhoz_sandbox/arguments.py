"""The arguments of a Bot API call: from query, form, JSON or multipart, checked by type; nothing unknown passes."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from zavhoz_sandbox.answers import ApiError, bad_request
from zavhoz_sandbox.updates import KINDS

MAX_UPLOAD_BYTES = 50 * 1024 * 1024


def decoded(value: Any) -> Any:
    """Forms carry objects and lists as JSON."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


class Upload(BaseModel):
    """A file in a multipart form."""

    name: str
    content: bytes


class Button(BaseModel):
    """One button of an inline keyboard; exactly one of the optional fields is used."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1)
    callback_data: str | None = None
    url: str | None = None


class KeyboardButton(BaseModel):
    """One button of a reply keyboard."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1)


class Markup(BaseModel):
    """Any of the reply markups."""

    model_config = ConfigDict(extra="forbid")

    inline_keyboard: list[list[Button]] | None = None
    keyboard: list[list[KeyboardButton]] | None = None
    resize_keyboard: bool | None = None
    one_time_keyboard: bool | None = None
    is_persistent: bool | None = None
    input_field_placeholder: str | None = Field(default=None, max_length=64)
    selective: bool | None = None
    remove_keyboard: bool | None = None
    force_reply: bool | None = None


class ReplyParameters(BaseModel):
    """Which message is replied to."""

    model_config = ConfigDict(extra="forbid")

    message_id: int
    chat_id: int | None = None
    allow_sending_without_reply: bool | None = None
    quote: str | None = None
    quote_parse_mode: str | None = None
    quote_entities: list[dict[str, Any]] | None = None
    quote_position: int | None = None


class InputMedia(BaseModel):
    """One part of an album."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["photo", "video", "document", "audio"]
    media: Upload | str
    caption: str | None = None
    parse_mode: str | None = None


class LinkPreview(BaseModel):
    """How links are previewed."""

    model_config = ConfigDict(extra="forbid")

    is_disabled: bool | None = None
    url: str | None = None
    prefer_small_media: bool | None = None
    prefer_large_media: bool | None = None
    show_above_text: bool | None = None


def _known_kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"there is no kind of update {kind!r}")
    return kind


Kind = Annotated[str, AfterValidator(_known_kind)]
MarkupArgument = Annotated[Markup | None, BeforeValidator(decoded)]
ReplyArgument = Annotated[ReplyParameters | None, BeforeValidator(decoded)]
PreviewArgument = Annotated[LinkPreview | None, BeforeValidator(decoded)]
KindsArgument = Annotated[list[Kind] | None, BeforeValidator(decoded)]
AlbumArgument = Annotated[list[InputMedia], BeforeValidator(decoded)]

ArgumentsT = TypeVar("ArgumentsT", bound="Arguments")


class Arguments(BaseModel):
    """The base of each method's arguments."""

    model_config = ConfigDict(extra="forbid")


class NoArguments(Arguments):
    """None."""


class AlbumToChat(Arguments):
    """What all methods that send have in common."""

    chat_id: int
    message_thread_id: int | None = Field(default=None, ge=1)
    disable_notification: bool | None = None
    protect_content: bool | None = None
    reply_parameters: ReplyArgument = None
    reply_to_message_id: int | None = None  # older than reply_parameters, and still taken
    allow_sending_without_reply: bool | None = None


class ToChat(AlbumToChat):
    """And all of them but sendMediaGroup."""

    reply_markup: MarkupArgument = None


async def read(request: web.Request) -> dict[str, Any]:
    """Everything a call gave, by name; files are `Upload`s."""
    given: dict[str, Any] = dict(request.query)
    kind = request.content_type
    if request.method == "GET" or not request.can_read_body:
        return given
    if kind == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("object expected as JSON body")
        return given | body
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        try:
            fields = await request.post()
        except ValueError:
            raise bad_request("can't parse the form") from None
        except web.HTTPRequestEntityTooLarge:
            raise ApiError(413, "Request Entity Too Large") from None
        for name, value in fields.items():
            if isinstance(value, web.FileField):
                given[name] = Upload(name=value.filename or name, content=value.file.read())
            else:
                given[name] = value
        return _attached(given)
    raise bad_request("unsupported content type")


def _attached(given: dict[str, Any]) -> dict[str, Any]:
    """Put files where `attach://<name>` names them, at the top or within JSON; one that nobody names is left over."""
    uploads = {name: value for name, value in given.items() if isinstance(value, Upload)}
    named: set[str] = set()

    def resolved(value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(one) for one in value]
        if isinstance(value, dict):
            return {key: resolved(one) for key, one in value.items()}
        if not isinstance(value, str) or not value.startswith("attach://"):
            return value
        name = value.removeprefix("attach://")
        if name not in uploads:
            raise bad_request(f"there is no file {value!r} in the request")
        named.add(name)
        return uploads[name]

    filled = {
        name: resolved(decoded(value) if isinstance(value, str) and "attach://" in value else value)
        for name, value in given.items()
    }
    return {name: value for name, value in filled.items() if name not in named}


def checked(model: type[ArgumentsT], given: dict[str, Any]) -> ArgumentsT:
    """The arguments of one method.

    Raises:
        ApiError: one is missing, unknown or of the wrong type; names it.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        if problem["type"] == "missing" and where == "chat_id":
            raise bad_request("chat_id is empty") from None
        raise bad_request(f"parameter {where!r}: {problem['msg'].lower()}") from None
