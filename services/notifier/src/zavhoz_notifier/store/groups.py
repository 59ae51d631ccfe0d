"""Staff groups as the notifier knows them: topics, why there are none, chats that moved or are gone."""

from __future__ import annotations

from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_chassis import clock
from zavhoz_contracts.groups.v1.facts import GroupLeft, GroupMigrated
from zavhoz_contracts.message import Message
from zavhoz_messaging import outbox
from zavhoz_notifier.domain.groups import KnownChat, KnownTopic, WithoutTopics
from zavhoz_notifier.store import deliveries

_KNOWN: Final = text(
    """
    SELECT group_topics.name, group_topics.thread_id, group_chats.without_topics
    FROM (SELECT CAST(:chat AS bigint) AS chat_id) AS asked
    LEFT JOIN group_topics ON group_topics.chat_id = asked.chat_id AND group_topics.key = :key
    LEFT JOIN group_chats ON group_chats.chat_id = asked.chat_id
    """
)
# Whoever gets the row makes the topic; when they are gone, somebody else does.
_CLAIM: Final = text(
    """
    INSERT INTO group_topics (chat_id, key, name, claimed_at) VALUES (:chat, :key, :name, clock_timestamp())
    ON CONFLICT (chat_id, key) DO UPDATE SET name = excluded.name, claimed_at = excluded.claimed_at
    WHERE group_topics.thread_id IS NULL AND (group_topics.claimed_at IS NULL
        OR group_topics.claimed_at < clock_timestamp() - make_interval(secs => :lease))
    RETURNING chat_id
    """
)
_MADE: Final = text(
    "UPDATE group_topics SET thread_id = :thread, claimed_at = NULL WHERE chat_id = :chat AND key = :key"
)
_RELEASE: Final = text("DELETE FROM group_topics WHERE chat_id = :chat AND key = :key AND thread_id IS NULL")
_FORGET: Final = text("DELETE FROM group_topics WHERE chat_id = :chat AND key = :key AND thread_id = :thread")
_RENAMED: Final = text("UPDATE group_topics SET name = :name WHERE chat_id = :chat AND key = :key")
_WITHOUT: Final = text(
    """
    INSERT INTO group_chats (chat_id, without_topics) VALUES (:chat, :why)
    ON CONFLICT (chat_id) DO UPDATE SET without_topics = excluded.without_topics
    WHERE group_chats.without_topics IS DISTINCT FROM excluded.without_topics RETURNING chat_id
    """
)
_BACK: Final = text("UPDATE group_chats SET gone = false WHERE chat_id = :chat AND gone")
_AGAIN: Final = text(
    "UPDATE group_chats SET without_topics = NULL WHERE chat_id = :chat AND without_topics IS NOT NULL"
)
_GONE: Final = text(
    """
    INSERT INTO group_chats (chat_id, gone) VALUES (:chat, true)
    ON CONFLICT (chat_id) DO UPDATE SET gone = true WHERE NOT group_chats.gone RETURNING chat_id
    """
)
_DROP: Final = text(
    """
    UPDATE deliveries SET state = 'refused', error = 'the group is bound no more', finished_at = clock_timestamp()
    WHERE id IN (SELECT id FROM deliveries WHERE lane = :lane AND state = 'pending' AND kind = 'card'
                 ORDER BY id FOR UPDATE)
    """
)
_MOVED: Final = text(
    """
    INSERT INTO group_chats (chat_id, moved_to) VALUES (:old, :new)
    ON CONFLICT (chat_id) DO UPDATE SET moved_to = excluded.moved_to
    WHERE group_chats.moved_to IS DISTINCT FROM excluded.moved_to RETURNING chat_id
    """
)
# A supergroup counts its messages from the beginning: an old id may be another message there. So the cards have none
# until they are sent again. The old group had no topics.
_MOVE_CARDS: Final = text(
    """
    WITH moved AS (DELETE FROM live_cards WHERE chat_id = :old RETURNING request_id, version)
    INSERT INTO live_cards (chat_id, request_id, message_id, version, content_hash)
    SELECT :new, request_id, 0, version, '' FROM moved
    ON CONFLICT (chat_id, request_id) DO NOTHING
    """
)
_CAME: Final = text("SELECT 1 FROM group_chats WHERE moved_to = :chat")
_TO_SEND: Final = text(
    "SELECT request_id FROM live_cards WHERE chat_id = :chat AND message_id = 0 ORDER BY request_id LIMIT :limit"
)


async def known(connection: AsyncConnection, chat_id: int, key: str) -> KnownChat:
    """What is known of a group and one of its topics."""
    row = (await connection.execute(_KNOWN, {"chat": chat_id, "key": key})).one()
    topic = None if row.name is None else KnownTopic(row.name, row.thread_id)
    return KnownChat(topic, None if row.without_topics is None else WithoutTopics(row.without_topics))


async def claim(connection: AsyncConnection, chat_id: int, key: str, name: str, lease: float) -> bool:
    """Whether it is for us to make this topic; for `lease` seconds nobody else does."""
    given = {"chat": chat_id, "key": key, "name": name, "lease": lease}
    return (await connection.execute(_CLAIM, given)).one_or_none() is not None


async def made(connection: AsyncConnection, chat_id: int, key: str, thread_id: int) -> None:
    """The topic is there."""
    await connection.execute(_MADE, {"chat": chat_id, "key": key, "thread": thread_id})


async def release(connection: AsyncConnection, chat_id: int, key: str) -> None:
    """It was not made: somebody may try again."""
    await connection.execute(_RELEASE, {"chat": chat_id, "key": key})


async def forget(connection: AsyncConnection, chat_id: int, key: str, thread_id: int) -> None:
    """The topic is there no more."""
    await connection.execute(_FORGET, {"chat": chat_id, "key": key, "thread": thread_id})


async def renamed(connection: AsyncConnection, chat_id: int, key: str, name: str) -> None:
    """The topic is called so now."""
    await connection.execute(_RENAMED, {"chat": chat_id, "key": key, "name": name})


async def do_without(connection: AsyncConnection, chat_id: int, why: WithoutTopics) -> bool:
    """No topics can be made in this group; whether that is new."""
    return (await connection.execute(_WITHOUT, {"chat": chat_id, "why": why.value})).one_or_none() is not None


async def try_again(connection: AsyncConnection, chat_id: int) -> None:
    """Topics are made in this group, if that can be done now."""
    await connection.execute(_AGAIN, {"chat": chat_id})


async def back(connection: AsyncConnection, chat_id: int) -> None:
    """The bot is in this group, again or still."""
    await connection.execute(_BACK, {"chat": chat_id})


async def left(connection: AsyncConnection, chat_id: int) -> None:
    """Say, once, that the bot is in this group no more."""
    if (await connection.execute(_GONE, {"chat": chat_id})).one_or_none() is not None:
        await _say(connection, chat_id, GroupLeft(chat_id=chat_id, occurred_at=await clock.now(connection)))


async def drop(connection: AsyncConnection, chat_id: int) -> None:
    """What waits for this group is not said any more."""
    await connection.execute(_DROP, {"lane": f"chat:{chat_id}"})


async def move(connection: AsyncConnection, old: int, new: int) -> bool:
    """A group goes on under another id: all that is kept of it follows; whether that is new."""
    await deliveries.move_chat(connection, old, new)
    await connection.execute(_MOVE_CARDS, {"old": old, "new": new})
    return (await connection.execute(_MOVED, {"old": old, "new": new})).one_or_none() is not None


async def moved_here(connection: AsyncConnection, chat_id: int) -> bool:
    """Whether a group has come to this chat from another one."""
    return (await connection.execute(_CAME, {"chat": chat_id})).first() is not None


async def heard_of_move(connection: AsyncConnection, old: int, new: int) -> None:
    """Telegram said that a group goes on under another id: it moves, and that is told once."""
    if await move(connection, old, new):
        await _say(connection, old, GroupMigrated(chat_id=old, new_chat_id=new))


async def to_send_again(connection: AsyncConnection, chat_id: int, limit: int) -> list[UUID]:
    """The requests whose cards moved with their group, and are to be sent there."""
    return [row.request_id for row in await connection.execute(_TO_SEND, {"chat": chat_id, "limit": limit})]


async def _say(connection: AsyncConnection, chat_id: int, said: Message) -> None:
    aggregate_id, event_id = uuid5(NAMESPACE_URL, f"zavhoz:chat:{chat_id}"), uuid4()
    event = outbox.Event(
        event_id=event_id,
        aggregate_type="chat",
        aggregate_id=aggregate_id,
        version=await outbox.last_version(connection, "chat", aggregate_id) + 1,
        data=said,
        occurred_at=await clock.now(connection),
        correlation_id=event_id,
    )
    await outbox.append(connection, [event])
