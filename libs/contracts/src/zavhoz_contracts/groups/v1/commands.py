"""What managers ask of a staff group: a Telegram group in which requests appear as cards."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from zavhoz_contracts.message import Actor, Message, Origin, TelegramId


class GroupBy(StrEnum):
    """What a topic of the group is for."""

    SITE = "site"  # the topmost place
    CATEGORY = "category"


class GroupCommand(Message):
    """What a manager does about the group whose chat is `chat_id`."""

    actor: Actor
    origin: Origin
    chat_id: TelegramId


class BindGroup(GroupCommand):
    """Let requests appear in the group, or in another way than so far.

    `by` and `area` are none when they stay as they are (at first by site, and everything); `area` is the code of the
    place whose requests appear, empty for those of everywhere. `title` is what the group is called, `forum` says
    whether it has topics.
    """

    TYPE: ClassVar[str] = "zavhoz.group.bind.v1"

    by: GroupBy | None = None
    area: str | None = Field(default=None, max_length=64)
    title: str = Field(default="", max_length=255)
    forum: bool = False


class UnbindGroup(GroupCommand):
    """Let requests appear there no more."""

    TYPE: ClassVar[str] = "zavhoz.group.unbind.v1"
