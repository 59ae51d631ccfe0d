"""Topics of forums (https://core.telegram.org/bots/api#createforumtopic)."""

from __future__ import annotations

from pydantic import BaseModel

from zavhoz_telegram.client import Bot, read


class _Topic(BaseModel):
    message_thread_id: int


async def create_topic(bot: Bot, chat_id: int, name: str) -> int:
    """Begin a topic with a name of 1 to 128 characters; returns its id.

    Raises:
        NoForum: the group has no topics. NotEnoughRights: the bot may not manage them.
    """
    return read(_Topic, await bot.call("createForumTopic", {"chat_id": chat_id, "name": name})).message_thread_id


async def rename_topic(bot: Bot, chat_id: int, thread_id: int, name: str) -> None:
    """Call a topic so; one that is called so already raises `NotModified`, one that was deleted `ThreadGone`."""
    await bot.call("editForumTopic", {"chat_id": chat_id, "message_thread_id": thread_id, "name": name})


async def reopen_topic(bot: Bot, chat_id: int, thread_id: int) -> None:
    """Open a closed topic; raises as `rename_topic` does, and `NotEnoughRights`."""
    await bot.call("reopenForumTopic", {"chat_id": chat_id, "message_thread_id": thread_id})
