"""Messages: sendMessage, editMessageText, editMessageReplyMarkup, deleteMessage, sendChatAction."""

from __future__ import annotations

from typing import Any, Final

from zavhoz_sandbox.answers import bad_request
from zavhoz_sandbox.arguments import Arguments, MarkupArgument, PreviewArgument, ToChat, checked
from zavhoz_sandbox.methods.content import markup_of, place_in, place_of, send, text_of
from zavhoz_sandbox.world import World

DELETE_SECONDS: Final = 48 * 3600
"""https://core.telegram.org/bots/api#deletemessage: only if it was sent less than 48 hours ago."""
_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)
_ACTIONS: Final = frozenset(
    {
        *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document"),
        *("choose_sticker", "find_location", "record_video_note", "upload_video_note"),
    }
)


class SendMessage(ToChat):
    """The arguments of sendMessage."""

    text: str
    parse_mode: str | None = None
    link_preview_options: PreviewArgument = None


async def send_message(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendmessage"""
    arguments = checked(SendMessage, given)
    place_of(world, arguments)  # where it goes is looked at before what it says
    text, entities = text_of(arguments.text, arguments.parse_mode)
    return send(world, arguments, {"text": text, "entities": entities})


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
    world.chat_for_bot(chat_id)
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
    text, entities = text_of(arguments.text, arguments.parse_mode)
    new = {"text": text, "entities": entities, "reply_markup": markup_of(arguments.reply_markup, inline_only=True)}
    return _change(world, message, new)


async def edit_message_reply_markup(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#editmessagereplymarkup"""
    arguments = checked(EditMessageReplyMarkup, given)
    message = _own(world, arguments.chat_id, arguments.message_id)
    return _change(world, message, {"reply_markup": markup_of(arguments.reply_markup, inline_only=True)})


def _change(world: World, message: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    if all((message.get(key) or None) == (value or None) for key, value in new.items()):
        raise bad_request(_NOT_MODIFIED)
    for key, value in new.items():
        message.pop(key, None)
        if value:
            message[key] = value
    world.edited(message)
    return message


class DeleteMessage(Arguments):
    """The arguments of deleteMessage."""

    chat_id: int
    message_id: int


async def delete_message(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#deletemessage"""
    arguments = checked(DeleteMessage, given)
    world.chat_for_bot(arguments.chat_id)
    message = world.find(arguments.chat_id, arguments.message_id)
    if message is None:
        raise bad_request("message to delete not found")
    if world.clock.date() - message["date"] > DELETE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    world.delete(message)
    return True


class SendChatAction(Arguments):
    """The arguments of sendChatAction."""

    chat_id: int
    action: str
    message_thread_id: int | None = None


async def send_chat_action(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendchataction"""
    arguments = checked(SendChatAction, given)
    place_in(world, arguments.chat_id, arguments.message_thread_id)
    if arguments.action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.journal.add("typing", arguments)
    return True
