"""The methods of the Bot API that Zavhoz uses, as strict as the real ones (https://core.telegram.org/bots/api)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from zavhoz_sandbox.arguments import (
    Arguments,
    CommandsArgument,
    Markup,
    MarkupArgument,
    PreviewArgument,
    ReplyParameters,
    ScopeArgument,
    ToChat,
    Upload,
    checked,
)
from zavhoz_sandbox.entities import parse_html, units
from zavhoz_sandbox.errors import ApiError, bad_request
from zavhoz_sandbox.world import CALLBACK_SECONDS, World, image_size

TEXT_MAX: Final = 4096
CAPTION_MAX: Final = 1024
DATA_MAX_BYTES: Final = 64
BUTTONS_MAX: Final = 100
ANSWER_MAX: Final = 200
DOWNLOAD_MAX_BYTES: Final = 20 * 1024 * 1024
_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)
_ACTIONS: Final = frozenset({"typing", "upload_photo", "upload_document"})

Method = Callable[[World, dict[str, Any]], Awaitable[Any]]
File = Annotated[Upload | str, BeforeValidator(lambda value: value)]


def _formatted(text: str, parse_mode: str | None, limit: int, kind: str) -> tuple[str, list[dict[str, Any]]]:
    if parse_mode is not None and parse_mode.upper() != "HTML":
        raise bad_request(f"unsupported parse_mode {parse_mode!r} in the stand-in")
    plain, entities = parse_html(text) if parse_mode else (text, [])
    plain = plain.rstrip()
    if any("\ud800" <= c <= "\udfff" for c in plain):
        raise bad_request("strings must be encoded in UTF-8")
    if units(plain) > limit:
        raise bad_request("message is too long" if kind == "text" else "message caption is too long")
    return plain, _within(entities, units(plain))


def _within(entities: list[dict[str, Any]], end: int) -> list[dict[str, Any]]:
    """Entities cut to what trimming left of the text."""
    cut = [{**one, "length": min(one["length"], end - one["offset"])} for one in entities]
    return [one for one in cut if one["length"] > 0]


def _text(text: str, parse_mode: str | None) -> tuple[str, list[dict[str, Any]]]:
    plain, entities = _formatted(text, parse_mode, TEXT_MAX, "text")
    if not plain.strip():
        raise bad_request("message text is empty")
    return plain, entities


def _markup(markup: Markup | None, *, inline_only: bool = False) -> dict[str, Any] | None:
    if markup is None:
        return None
    if markup.inline_keyboard is None:
        if inline_only:
            raise bad_request("inline keyboard expected")
        return markup.model_dump(exclude_none=True)
    buttons = [button for row in markup.inline_keyboard for button in row]
    if len(buttons) > BUTTONS_MAX:
        raise bad_request("too many inline keyboard buttons")
    for button in buttons:
        if (button.callback_data is None) == (button.url is None):
            raise bad_request("text buttons are unallowed in the inline keyboard")
        if button.callback_data is not None and not 1 <= len(button.callback_data.encode()) <= DATA_MAX_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    rows = [[button.model_dump(exclude_none=True) for button in row] for row in markup.inline_keyboard if row]
    return {"inline_keyboard": rows} if rows else None


def _inline(markup: Markup | None) -> dict[str, Any] | None:
    """The markup that a `Message` carries: only an inline keyboard stays with its message."""
    checked_markup = _markup(markup)
    return checked_markup if checked_markup and "inline_keyboard" in checked_markup else None


def _reply(world: World, to: ToChat) -> dict[str, Any]:
    reply = to.reply_parameters
    if reply is None and to.reply_to_message_id is not None:
        reply = ReplyParameters(
            message_id=to.reply_to_message_id, allow_sending_without_reply=to.allow_sending_without_reply
        )
    if reply is None:
        return {}
    target = world.find(to.chat_id, reply.message_id)
    if target is None:
        if reply.allow_sending_without_reply:
            return {}
        raise bad_request("message to be replied not found")
    return {"reply_to_message": {key: value for key, value in target.items() if key != "reply_to_message"}}


def _shown(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value not in (None, [])}


class NoArguments(Arguments):
    """None."""


async def get_me(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getme"""
    checked(NoArguments, given)
    return {**world.bot(), "can_join_groups": True, "can_read_all_group_messages": False}


class SendMessage(ToChat):
    """The arguments of sendMessage."""

    text: str
    parse_mode: str | None = None
    link_preview_options: PreviewArgument = None


async def send_message(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendmessage"""
    arguments = checked(SendMessage, given)
    world.person_for_bot(arguments.chat_id)
    text, entities = _text(arguments.text, arguments.parse_mode)
    content = {
        **_reply(world, arguments),
        "text": text,
        "entities": entities,
        "reply_markup": _inline(arguments.reply_markup),
    }
    return world.message(arguments.chat_id, world.bot(), _shown(content))


class SendPhoto(ToChat):
    """The arguments of sendPhoto."""

    photo: File
    caption: str | None = None
    parse_mode: str | None = None


class SendDocument(ToChat):
    """The arguments of sendDocument."""

    document: File
    caption: str | None = None
    parse_mode: str | None = None


async def send_photo(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendphoto"""
    arguments = checked(SendPhoto, given)
    return _send_file(world, arguments, "photo", arguments.photo, arguments.caption, arguments.parse_mode)


async def send_document(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#senddocument"""
    arguments = checked(SendDocument, given)
    return _send_file(world, arguments, "document", arguments.document, arguments.caption, arguments.parse_mode)


def _send_file(
    world: World, to: ToChat, kind: str, file: Upload | str, caption: str | None, parse_mode: str | None
) -> Any:
    world.person_for_bot(to.chat_id)
    text, entities = _formatted(caption or "", parse_mode, CAPTION_MAX, "caption")
    if isinstance(file, str):
        stored = world.files.get(file)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        name = stored.path.rsplit("/", 1)[1]
    else:
        name = file.name
        stored = world.store(file.content, f"{kind}s", ".jpg" if kind == "photo" else "")
    sizes = {"file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_size": len(stored.content)}
    if kind == "photo":
        width, height = image_size(stored.content)
        described: Any = [{**sizes, "width": width, "height": height}]
    else:
        described = {**sizes, "file_name": name}
    content = {
        **_reply(world, to),
        kind: described,
        "caption": text or None,
        "caption_entities": entities,
        "reply_markup": _inline(to.reply_markup),
    }
    return world.message(to.chat_id, world.bot(), _shown(content))


class EditMessageText(Arguments):
    """The arguments of editMessageText."""

    chat_id: int
    message_id: int
    text: str
    parse_mode: str | None = None
    link_preview_options: PreviewArgument = None
    reply_markup: MarkupArgument = None


class EditMessageReplyMarkup(Arguments):
    """The arguments of editMessageReplyMarkup."""

    chat_id: int
    message_id: int
    reply_markup: MarkupArgument = None


def _own(world: World, chat_id: int, message_id: int) -> dict[str, Any]:
    world.person_for_bot(chat_id)
    message = world.find(chat_id, message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if message["from"]["id"] != world.bot_id:
        raise bad_request("message can't be edited")
    return message


async def edit_message_text(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#editmessagetext"""
    arguments = checked(EditMessageText, given)
    message = _own(world, arguments.chat_id, arguments.message_id)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    text, entities = _text(arguments.text, arguments.parse_mode)
    new = {"text": text, "entities": entities, "reply_markup": _markup(arguments.reply_markup, inline_only=True)}
    return _change(message, new)


async def edit_message_reply_markup(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#editmessagereplymarkup"""
    arguments = checked(EditMessageReplyMarkup, given)
    message = _own(world, arguments.chat_id, arguments.message_id)
    return _change(message, {"reply_markup": _markup(arguments.reply_markup, inline_only=True)})


def _change(message: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    if all((message.get(key) or None) == (value or None) for key, value in new.items()):
        raise bad_request(_NOT_MODIFIED)
    for key, value in new.items():
        message.pop(key, None)
        if value:
            message[key] = value
    message["edit_date"] = int(time.time())
    return message


class DeleteMessage(Arguments):
    """The arguments of deleteMessage."""

    chat_id: int
    message_id: int


async def delete_message(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#deletemessage"""
    arguments = checked(DeleteMessage, given)
    world.person_for_bot(arguments.chat_id)
    message = world.find(arguments.chat_id, arguments.message_id)
    if message is None:
        raise bad_request("message to delete not found")
    world.chats[arguments.chat_id].remove(message)
    return True


class AnswerCallbackQuery(Arguments):
    """The arguments of answerCallbackQuery."""

    callback_query_id: str
    text: str | None = None
    show_alert: bool | None = None
    url: str | None = None
    cache_time: int | None = None


async def answer_callback_query(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#answercallbackquery"""
    arguments = checked(AnswerCallbackQuery, given)
    press = world.presses.get(arguments.callback_query_id)
    if press is None or press.answer is not None or time.monotonic() - press.pressed_at > CALLBACK_SECONDS:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if units(arguments.text or "") > ANSWER_MAX:
        raise bad_request("MESSAGE_TOO_LONG")
    press.answer = {"text": arguments.text or "", "show_alert": bool(arguments.show_alert)}
    return True


class SendChatAction(Arguments):
    """The arguments of sendChatAction."""

    chat_id: int
    action: str
    message_thread_id: int | None = None


async def send_chat_action(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendchataction"""
    arguments = checked(SendChatAction, given)
    world.person_for_bot(arguments.chat_id)
    if arguments.action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


class GetFile(Arguments):
    """The arguments of getFile."""

    file_id: str


async def get_file(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getfile"""
    stored = world.files.get(checked(GetFile, given).file_id)
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.content) > DOWNLOAD_MAX_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_unique_id,
        "file_size": len(stored.content),
        "file_path": stored.path,
    }


class SetMyCommands(Arguments):
    """The arguments of setMyCommands."""

    commands: CommandsArgument
    scope: ScopeArgument = None
    language_code: str | None = None


async def set_my_commands(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#setmycommands"""
    arguments = checked(SetMyCommands, given)
    world.commands[arguments.language_code or ""] = [command.model_dump() for command in arguments.commands]
    return True


class DeleteWebhook(Arguments):
    """The arguments of deleteWebhook."""

    drop_pending_updates: bool | None = None


async def delete_webhook(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#deletewebhook"""
    if checked(DeleteWebhook, given).drop_pending_updates:
        world.updates.clear()
    return True


async def get_webhook_info(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getwebhookinfo"""
    checked(NoArguments, given)
    return {"url": "", "has_custom_certificate": False, "pending_update_count": len(world.updates)}


_METHODS: Final[dict[str, Method]] = {
    "getMe": get_me,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_callback_query,
    "sendChatAction": send_chat_action,
    "getFile": get_file,
    "setMyCommands": set_my_commands,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
BY_NAME: Final = {name.lower(): method for name, method in _METHODS.items()}
"""Methods are case-insensitive. getUpdates waits, and lives in `polling`."""


def method(name: str) -> Method:
    """The method of this name.

    Raises:
        ApiError: 404, there is none.
    """
    found = BY_NAME.get(name.lower())
    if found is None:
        raise ApiError(404, "Not Found")
    return found
