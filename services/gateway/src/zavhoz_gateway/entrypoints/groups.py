"""Groups: /desk, presses there, and what Telegram says of them; all else that is written there is not for us."""

from __future__ import annotations

from typing import Final

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, InaccessibleMessage, Message

from zavhoz_contracts.message import DEFAULT_LANGUAGE
from zavhoz_contracts.text import clean
from zavhoz_gateway.application.desk import Desk, GroupChat
from zavhoz_gateway.application.group_presses import GroupPresses
from zavhoz_gateway.application.ports import Chat as Chats
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.entrypoints.routing import Button, Matches
from zavhoz_gateway.screens import Screens
from zavhoz_telegram.callbacks import DeskPress, OpenNotice, RequestPress

_GROUPS: Final = frozenset({"group", "supergroup"})
_TITLE_MAX: Final = 255
_VERSION: Final = (F.version >= 0) & (F.version < 2**31)
_SOMEBODY: Final = F.chat.type.in_(_GROUPS) & F.from_user & ~F.from_user.is_bot & ~F.sender_chat
"""A person; who is anonymous there writes as the group (https://core.telegram.org/bots/api#message)."""


def group_router(desk: Desk, presses: GroupPresses) -> Router:
    """The router of what people do in groups. Its handlers are given who it is by the middleware."""
    router = Router(name="groups")
    router.message.filter(Matches(_SOMEBODY))
    router.callback_query.filter(Matches(F.message.chat.type.in_(_GROUPS)))

    @router.message(Command("desk"))
    async def bind(message: Message, said: Said, command: CommandObject) -> None:
        await desk.open(said, _described(message.chat, message), (command.args or "").strip())

    @router.callback_query(Button(DeskPress))
    async def press(query: CallbackQuery, pressed: Pressed, callback_data: DeskPress) -> None:
        if query.message is not None:
            await desk.press(pressed, _described(query.message.chat, query.message), callback_data.action)

    @router.callback_query(Button(RequestPress, _VERSION))
    async def request(_: CallbackQuery, pressed: Pressed, callback_data: RequestPress) -> None:
        await presses.act(pressed, callback_data.action, callback_data.request_id, callback_data.version)

    @router.callback_query(Button(OpenNotice))
    async def opening(_: CallbackQuery, pressed: Pressed, callback_data: OpenNotice) -> None:
        await presses.open(pressed, callback_data.request_id)

    @router.callback_query()
    async def outdated(_: CallbackQuery, pressed: Pressed) -> None:
        await presses.outdated(pressed)

    return router


def group_facts_router(desk: Desk, chat: Chats, screens: Screens) -> Router:
    """The router of what nobody known is behind: it is not asked who that is."""
    router = Router(name="group facts")
    router.message.filter(Matches(F.chat.type.in_(_GROUPS)))

    @router.message(Matches(F.migrate_to_chat_id))
    async def moved(message: Message) -> None:
        await desk.migrated(message.chat.id, message.migrate_to_chat_id or 0)

    @router.message(Matches(F.migrate_from_chat_id))
    async def came(message: Message) -> None:
        await desk.migrated(message.migrate_from_chat_id or 0, message.chat.id)

    @router.message(Command("desk"), Matches(F.sender_chat))
    async def anonymous(message: Message) -> None:
        await chat.send(message.chat.id, screens.line("group.anonymous", DEFAULT_LANGUAGE))

    @router.my_chat_member(Matches(F.chat.type.in_(_GROUPS) & F.new_chat_member.status.in_({"left", "kicked"})))
    async def removed(event: ChatMemberUpdated) -> None:
        await desk.left(event.chat.id, event.from_user.id, event.date)

    return router


def _described(chat: Chat, message: Message | InaccessibleMessage) -> GroupChat:
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return GroupChat(chat.id, clean(chat.title or "")[:_TITLE_MAX], bool(chat.is_forum), thread)
