"""Topics of forums: createForumTopic, editForumTopic, closeForumTopic, reopenForumTopic, deleteForumTopic.

The bot needs the right `can_manage_topics`, but for topics that it has begun itself.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from zavhoz_sandbox.answers import bad_request
from zavhoz_sandbox.arguments import Arguments, checked
from zavhoz_sandbox.world import Group, Topic, World, in_topic

ICON_COLORS: Final = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
"""https://core.telegram.org/bots/api#createforumtopic"""
NAME_MAX: Final = 128


class CreateForumTopic(Arguments):
    """The arguments of createForumTopic."""

    chat_id: int
    name: str = Field(min_length=1, max_length=NAME_MAX)
    icon_color: int = ICON_COLORS[0]


class ForumTopic(Arguments):
    """What the others have in common."""

    chat_id: int
    message_thread_id: int


class EditForumTopic(ForumTopic):
    """The arguments of editForumTopic."""

    name: str | None = Field(default=None, max_length=NAME_MAX)


async def create_forum_topic(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#createforumtopic"""
    arguments = checked(CreateForumTopic, given)
    group = _forum(world, arguments.chat_id)
    if not group.manages_topics:
        raise bad_request("not enough rights to create a topic")
    if arguments.icon_color not in ICON_COLORS:
        raise bad_request("invalid forum topic icon color specified")
    thread = world.begin_topic(group, world.bot(), arguments.name, arguments.icon_color)["message_thread_id"]
    return {"message_thread_id": thread, "name": arguments.name, "icon_color": arguments.icon_color}


async def edit_forum_topic(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#editforumtopic"""
    arguments = checked(EditForumTopic, given)
    group, topic = _topic(world, arguments)
    if not arguments.name or arguments.name == topic.name:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name = arguments.name
    return _told(world, group, topic, "forum_topic_edited", {"name": topic.name})


async def close_forum_topic(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#closeforumtopic"""
    return _close(world, checked(ForumTopic, given), "forum_topic_closed", closed=True)


async def reopen_forum_topic(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#reopenforumtopic"""
    return _close(world, checked(ForumTopic, given), "forum_topic_reopened", closed=False)


async def delete_forum_topic(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#deleteforumtopic: along with all its messages"""
    group, topic = _topic(world, checked(ForumTopic, given))
    world.delete_topic(group, topic.message_thread_id)
    return True


def _close(world: World, arguments: ForumTopic, kind: str, *, closed: bool) -> bool:
    group, topic = _topic(world, arguments)
    if topic.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    return _told(world, group, topic, kind, {})


def _told(world: World, group: Group, topic: Topic, kind: str, what: dict[str, Any]) -> bool:
    world.journal.add("group", group)
    world.message(group, world.bot(), {**in_topic(topic.message_thread_id), kind: what})
    return True


def _forum(world: World, chat_id: int) -> Group:
    place = world.chat_for_bot(chat_id)
    if not isinstance(place, Group) or not place.is_forum:
        raise bad_request("the chat is not a forum")
    return place


def _topic(world: World, arguments: ForumTopic) -> tuple[Group, Topic]:
    group = _forum(world, arguments.chat_id)
    topic = group.topics.get(arguments.message_thread_id)
    if topic is None:
        raise bad_request("message thread not found")
    if not world.may_manage(group, topic.message_thread_id):
        raise bad_request("not enough rights to edit the topic")
    return group, topic
