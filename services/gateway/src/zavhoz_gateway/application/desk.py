"""/desk in a group: requests are to appear there; and what Telegram says of groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from zavhoz_contracts.groups.v1.commands import BindGroup, GroupBy, UnbindGroup
from zavhoz_contracts.groups.v1.facts import GroupLeft, GroupMigrated
from zavhoz_contracts.identity import command_id_of_message
from zavhoz_contracts.message import Message, Origin
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_telegram.callbacks import DeskAction

_SUBJECT: Final = "group"
_CODE_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class GroupChat:
    """A group as Telegram describes it; `thread_id` is the topic that was written in."""

    chat_id: int
    title: str
    forum: bool
    thread_id: int | None = None


class Desk:
    """Makes commands; who may bind a group is for the requests service to say, and the outcome answers."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def open(self, said: Said, chat: GroupChat, code: str) -> None:
        """/desk: bind the group, or see how it is bound; with the code of a place only what is there appears."""
        origin = said.origin().model_copy(update={"thread_id": chat.thread_id})
        await self._bind(said, origin, chat, None, code[:_CODE_MAX] or None)

    async def press(self, pressed: Pressed, chat: GroupChat, action: DeskAction) -> None:
        """A button under it."""
        origin = pressed.origin(pressed.message_id)
        match action:
            case DeskAction.SITE | DeskAction.CATEGORY:
                await self._bind(pressed, origin, chat, GroupBy(action.value), None)
            case DeskAction.EVERYWHERE:
                await self._bind(pressed, origin, chat, None, "")
            case DeskAction.UNBIND:
                command = UnbindGroup(actor=pressed.actor, origin=origin, chat_id=chat.chat_id)
                await self._commands.publish(pressed, command, subject=_SUBJECT)
            case _:
                assert_never(action)

    async def _bind(
        self, cause: Said | Pressed, origin: Origin, chat: GroupChat, by: GroupBy | None, area: str | None
    ) -> None:
        command = BindGroup(
            actor=cause.actor,
            origin=origin,
            chat_id=chat.chat_id,
            by=by,
            area=area,
            title=chat.title,
            forum=chat.forum,
        )
        await self._commands.publish(cause, command, subject=_SUBJECT)

    async def migrated(self, old: int, new: int) -> None:
        """The group has another id; both chats say so, and it is told once."""
        await self._tell(GroupMigrated(chat_id=old, new_chat_id=new), "migrated", old, new)

    async def left(self, chat_id: int, by: int, at: datetime) -> None:
        """The bot is not in the group any more: somebody, `by` their Telegram id, has removed it."""
        who = None if by == self._commands.bot_id else by
        await self._tell(GroupLeft(chat_id=chat_id, by=who, occurred_at=at), "left", chat_id, int(at.timestamp()))

    async def _tell(self, fact: Message, kind: str, chat_id: int, which: int) -> None:
        id = command_id_of_message(self._commands.bot_id, kind, chat_id, which)
        await self._commands.tell(fact, id, subject=_SUBJECT)
