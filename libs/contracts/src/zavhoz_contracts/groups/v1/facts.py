"""What became of staff groups. All of it is private: a chat's id is in no public event."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.groups.v1.commands import GroupBy
from zavhoz_contracts.message import Message, Moment, TelegramId


class GroupMigrated(Message):
    """Telegram says that a group has another id: it became a supergroup.

    https://core.telegram.org/bots/api#responseparameters
    """

    TYPE: ClassVar[str] = "zavhoz.group.migrated.v1"

    chat_id: TelegramId
    new_chat_id: TelegramId


class GroupLeft(Message):
    """Telegram says that the bot is in a group no more; `by` is the Telegram id of who removed it, if that is known."""

    TYPE: ClassVar[str] = "zavhoz.group.left.v1"

    chat_id: TelegramId
    by: TelegramId | None = None
    occurred_at: Moment


class GroupBound(Message):
    """Requests appear in a group, or in another way than so far.

    `area` is the code of the place whose requests do; none: all. `former_chat_id` is the id the chat had until now, if
    it is another one.
    """

    TYPE: ClassVar[str] = "zavhoz.group.bound.v1"

    group_id: UUID
    chat_id: TelegramId
    former_chat_id: TelegramId | None = None
    by: GroupBy
    area: str | None = None
    language: str
    actor_id: UUID | None = None
    occurred_at: Moment


class UnboundReason(StrEnum):
    """Why requests appear in a group no more."""

    ASKED = "asked"
    REMOVED = "removed"  # the bot was


class GroupUnbound(Message):
    """Requests appear in a group no more. `actor_id` is who said so, or who removed the bot, if somebody known did."""

    TYPE: ClassVar[str] = "zavhoz.group.unbound.v1"

    group_id: UUID
    chat_id: TelegramId
    title: str = Field(default="", max_length=255)
    language: str
    reason: UnboundReason
    actor_id: UUID | None = None
    occurred_at: Moment
