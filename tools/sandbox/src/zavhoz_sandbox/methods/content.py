"""What a message may hold: text, entities, buttons, what it replies to; checked as the real thing checks."""

from __future__ import annotations

from typing import Any, Final

from zavhoz_sandbox.answers import bad_request
from zavhoz_sandbox.arguments import AlbumToChat, Markup, ReplyParameters, ToChat
from zavhoz_sandbox.entities import parse_html, units
from zavhoz_sandbox.world import Group, Person, World, in_topic

TEXT_MAX: Final = 4096
CAPTION_MAX: Final = 1024
DATA_MAX_BYTES: Final = 64
BUTTONS_MAX: Final = 100


def formatted(text: str, parse_mode: str | None, limit: int, kind: str) -> tuple[str, list[dict[str, Any]]]:
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


def text_of(text: str, parse_mode: str | None) -> tuple[str, list[dict[str, Any]]]:
    plain, entities = formatted(text, parse_mode, TEXT_MAX, "text")
    if not plain.strip():
        raise bad_request("message text is empty")
    return plain, entities


def markup_of(markup: Markup | None, *, inline_only: bool = False) -> dict[str, Any] | None:
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


def place_of(world: World, to: AlbumToChat) -> Person | Group:
    """Where a message goes; raises as `place_in` does."""
    return place_in(world, to.chat_id, to.message_thread_id)


def place_in(world: World, chat_id: int, thread: int | None) -> Person | Group:
    """A chat that the bot may write to, and in it a topic, if one is named; a closed one only if it may open that.

    Raises:
        ApiError: there is no such chat or topic, or the bot may not write there.
    """
    place = world.chat_for_bot(chat_id)
    if thread is not None and not (isinstance(place, Group) and thread in place.topics):
        raise bad_request("message thread not found")
    if not isinstance(place, Group) or thread is None:
        return place
    if place.topics[thread].closed and not world.may_manage(place, thread):
        raise bad_request("TOPIC_CLOSED")
    return place


def send(world: World, to: ToChat, content: dict[str, Any]) -> dict[str, Any]:
    """A message to a chat, with what all of them may have; a reply keyboard goes below the chat.

    Raises:
        ApiError: as `place_of`, `reply_of` and `markup_of` say.
    """
    place = place_of(world, to)
    markup = markup_of(to.reply_markup) or {}
    inline = markup if "inline_keyboard" in markup else None
    message = world.message(place, world.bot(), shown({**reply_of(world, to), **content, "reply_markup": inline}))
    if markup and inline is None:
        world.show_keyboard(message, markup)
    return message


def reply_of(world: World, to: AlbumToChat) -> dict[str, Any]:
    """`reply_to_message` (and the topic), where there is one.

    Raises:
        ApiError: the message replied to is not there, and that was not allowed for.
    """
    topic = in_topic(to.message_thread_id) if to.message_thread_id else {}
    reply = to.reply_parameters
    if reply is None and to.reply_to_message_id is not None:
        reply = ReplyParameters(
            message_id=to.reply_to_message_id, allow_sending_without_reply=to.allow_sending_without_reply
        )
    if reply is None:
        return topic
    if reply.chat_id not in (None, to.chat_id):
        raise bad_request("the stand-in knows no replies to another chat")
    target = world.find(to.chat_id, reply.message_id)
    if target is None:
        if reply.allow_sending_without_reply:
            return topic
        raise bad_request("message to be replied not found")
    return {**topic, "reply_to_message": {key: value for key, value in target.items() if key != "reply_to_message"}}


def shown(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value not in (None, [])}
