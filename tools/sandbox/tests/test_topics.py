"""Topics of forums, as bots and people have them, and what the page hears of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from zavhoz_sandbox.client import Group, Person, SandboxClient

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
FORUM = -1002000000000
NO_THREAD = (400, "Bad Request: message thread not found")
NOT_MODIFIED = (400, "Bad Request: TOPIC_NOT_MODIFIED")


@pytest.fixture
async def forum(client: SandboxClient) -> Group:
    return await client.group(FORUM, "Хозчасть", is_forum=True)


@pytest.fixture
async def topic(call: Call, forum: Group) -> dict[str, Any]:
    """One that the bot has begun."""
    code, topic = await call("createForumTopic", chat_id=forum.id, name="Сантехника", icon_color=16766590)
    assert code == 200
    return dict(topic)


async def service(forum: Group) -> list[tuple[str, Any]]:
    """What the forum itself has said, by its kind."""
    said = [one.raw for one in await forum.chat()]
    return [(key, raw[key]) for raw in said for key in raw if key.startswith("forum_topic_")]


async def test_a_topic_lives(call: Call, client: SandboxClient, forum: Group, topic: dict[str, Any]) -> None:
    assert (topic["name"], topic["icon_color"]) == ("Сантехника", 16766590)
    thread = {"chat_id": forum.id, "message_thread_id": topic["message_thread_id"]}
    async with client.feed() as feed:
        (group,) = (await feed.next("snapshot"))["groups"]
        assert group["topics"] == [{**topic, "closed": False}]
        assert (await call("editForumTopic", **thread, name="Трубы"))[1] is True
        assert (await feed.next("group"))["group"]["topics"][0]["name"] == "Трубы"
        assert (await call("closeForumTopic", **thread))[1] is True
        assert (await feed.next("group"))["group"]["topics"][0]["closed"] is True
        assert (await call("reopenForumTopic", **thread))[1] is True
        assert (await feed.next("group"))["group"]["topics"][0]["closed"] is False
        assert await service(forum) == [
            ("forum_topic_created", {"name": "Сантехника", "icon_color": 16766590}),
            ("forum_topic_edited", {"name": "Трубы"}),
            ("forum_topic_closed", {}),
            ("forum_topic_reopened", {}),
        ]
        await call("sendMessage", **thread, text="x")
        general = (await call("sendMessage", chat_id=forum.id, text="Всем"))[1]
        assert "message_thread_id" not in general
        assert (await call("deleteForumTopic", **thread))[1] is True
        assert (await feed.next("group"))["group"]["topics"] == []
    assert [one.text for one in await forum.chat()] == ["Всем"]
    assert await call("sendMessage", **thread, text="x") == NO_THREAD


async def test_what_is_not_there_or_is_so_already(call: Call, forum: Group, topic: dict[str, Any]) -> None:
    thread = {"chat_id": forum.id, "message_thread_id": topic["message_thread_id"]}
    assert await call("editForumTopic", **thread, name=topic["name"]) == NOT_MODIFIED
    assert await call("editForumTopic", **thread) == NOT_MODIFIED
    assert await call("reopenForumTopic", **thread) == NOT_MODIFIED
    await call("closeForumTopic", **thread)
    assert await call("closeForumTopic", **thread) == NOT_MODIFIED
    other = {**thread, "message_thread_id": topic["message_thread_id"] + 1}
    for method in ("editForumTopic", "closeForumTopic", "reopenForumTopic", "deleteForumTopic", "sendMessage"):
        what = {"editForumTopic": {"name": "x"}, "sendMessage": {"text": "x"}}.get(method, {})
        assert await call(method, **other, **what) == NO_THREAD
    assert await call("sendChatAction", **other, action="typing") == NO_THREAD
    assert (await call("sendChatAction", **thread, action="typing"))[0] == 200


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"name": ""}, "parameter 'name'"),
        ({"name": "x" * 129}, "parameter 'name'"),
        ({"name": "x", "icon_color": 1}, "invalid forum topic icon color"),
        ({"name": "x", "icon": "y"}, "parameter 'icon'"),
    ],
)
async def test_what_no_topic_can_be(call: Call, forum: Group, arguments: dict[str, Any], why: str) -> None:
    code, said = await call("createForumTopic", chat_id=forum.id, **arguments)
    assert (code, why in said) == (400, True)


async def test_only_forums_have_topics(call: Call, client: SandboxClient, anna: Person) -> None:
    plain = await client.group(FORUM - 1, "Без тем")
    for chat in (plain.id, anna.id):
        refused = await call("createForumTopic", chat_id=chat, name="x")
        assert refused == (400, "Bad Request: the chat is not a forum")
    with pytest.raises(ValueError, match="only forums have topics"):
        await plain.begin_topic("x")


async def test_people_write_in_topics_that_are_open(call: Call, anna: Person, forum: Group) -> None:
    thread = await forum.begin_topic("Электрика")
    said = await anna.text("/queue", chat=forum.id, thread=thread)
    assert (said.raw["message_thread_id"], said.raw["is_topic_message"]) == (thread, True)
    told = [update["message"] for update in (await call("getUpdates"))[1]][1:]
    assert [one.get("forum_topic_created", {}).get("name") or one["text"] for one in told] == ["Электрика", "/queue"]
    await call("closeForumTopic", chat_id=forum.id, message_thread_id=thread)
    with pytest.raises(ValueError, match="'Электрика' is closed"):
        await anna.text("x", chat=forum.id, thread=thread)
    with pytest.raises(ValueError, match="there is no topic 999"):
        await anna.text("x", chat=forum.id, thread=999)
    with pytest.raises(ValueError, match="there is no topic"):
        await anna.text("x", thread=thread)


async def test_a_forum_that_is_renamed_keeps_what_it_has(
    call: Call, client: SandboxClient, forum: Group, topic: dict[str, Any]
) -> None:
    async with client.feed() as feed:
        await feed.next("snapshot")
        await client.group(forum.id, "АХЧ", is_forum=True)
        group = (await feed.next("group"))["group"]
    assert (group["title"], [one["name"] for one in group["topics"]]) == ("АХЧ", [topic["name"]])
    await forum.kick()
    await client.group(forum.id, "АХЧ", is_forum=True)
    assert (await call("sendMessage", chat_id=forum.id, text="x"))[0] == 403


NO_RIGHT = (400, "Bad Request: not enough rights to create a topic")
NOT_YOURS = (400, "Bad Request: not enough rights to edit the topic")


async def test_without_the_right_the_bot_manages_its_own_topics_alone(
    call: Call, forum: Group, topic: dict[str, Any]
) -> None:
    theirs = await forum.begin_topic("Электрика")
    await forum.allow(manages_topics=False)
    assert await call("createForumTopic", chat_id=forum.id, name="x") == NO_RIGHT
    for method in ("editForumTopic", "closeForumTopic"):
        what = {"name": "y"} if method == "editForumTopic" else {}
        assert await call(method, chat_id=forum.id, message_thread_id=theirs, **what) == NOT_YOURS
        own = await call(method, chat_id=forum.id, message_thread_id=topic["message_thread_id"], **what)
        assert own == (200, True)
    await forum.close_topic(theirs)
    refused = await call("sendMessage", chat_id=forum.id, message_thread_id=theirs, text="x")
    assert refused == (400, "Bad Request: TOPIC_CLOSED")
    # Its own one it could open, so it may write there.
    code, _ = await call("sendMessage", chat_id=forum.id, message_thread_id=topic["message_thread_id"], text="x")
    assert code == 200
    await forum.allow(manages_topics=True)
    assert (await call("sendMessage", chat_id=forum.id, message_thread_id=theirs, text="x"))[0] == 200


async def test_people_close_and_delete_topics(call: Call, forum: Group, topic: dict[str, Any]) -> None:
    thread = topic["message_thread_id"]
    await forum.close_topic(thread)
    (told,) = [update["message"] for update in (await call("getUpdates"))[1]]
    assert (told["forum_topic_closed"], told["message_thread_id"]) == ({}, thread)
    assert await forum.topics() == {thread: "Сантехника"}
    await forum.delete_topic(thread)
    assert await forum.topics() == {}
    assert await call("sendMessage", chat_id=forum.id, message_thread_id=thread, text="x") == NO_THREAD
    for act in (forum.close_topic, forum.delete_topic):
        with pytest.raises(ValueError, match="there is no topic"):
            await act(thread)


async def test_who_removes_the_bot_and_takes_it_in_again_is_told(call: Call, forum: Group, anna: Person) -> None:
    await forum.kick(by=anna.id)
    await forum.add(by=anna.id)
    told = [update["my_chat_member"] for update in (await call("getUpdates"))[1] if "my_chat_member" in update]
    assert [one["new_chat_member"]["status"] for one in told] == ["kicked", "member"]
    assert {one["from"]["id"] for one in told} == {anna.id}
    assert (await call("sendMessage", chat_id=forum.id, text="here"))[0] == 200
    assert (await forum.wait_for("here")).text == "here"
