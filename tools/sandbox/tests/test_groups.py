"""Groups: what a bot hears there, topics, being kicked, and a group that gets another id."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
STAFF = -1002000000000


async def test_a_bot_writes_to_a_group_and_hears_what_is_for_it(
    call: Call, client: SandboxClient, anna: Person
) -> None:
    staff = await client.group(STAFF, "Хозчасть")
    _, sent = await call("sendMessage", chat_id=STAFF, text="Заявка #1")
    assert sent["chat"] == {"id": STAFF, "type": "supergroup", "title": "Хозчасть"}
    await anna.text("между собой", chat=STAFF)
    await anna.text("/queue", chat=STAFF)
    await anna.text("Беру", chat=STAFF, reply_to=sent["message_id"])
    heard = [update["message"]["text"] for update in (await call("getUpdates"))[1]]
    assert heard == ["/start", "/queue", "Беру"]
    assert [(one.mine, one.text) for one in await staff.chat()][:2] == [(False, "Заявка #1"), (True, "между собой")]
    assert [one.text for one in await anna.chat()] == ["/start"]


async def test_topics_are_for_forums(call: Call, client: SandboxClient) -> None:
    await client.group(STAFF, "Хозчасть", is_forum=True)
    await client.group(STAFF - 1, "Без тем")
    code, topic = await call("createForumTopic", chat_id=STAFF, name="Сантехника")
    thread = topic["message_thread_id"]
    code, sent = await call("sendMessage", chat_id=STAFF, text="x", message_thread_id=thread)
    assert (code, sent["message_thread_id"], sent["is_topic_message"]) == (200, thread, True)
    refused = await call("sendMessage", chat_id=STAFF, text="x", message_thread_id=thread + 1)
    assert refused == (400, "Bad Request: message thread not found")
    refused = await call("sendMessage", chat_id=STAFF - 1, text="x", message_thread_id=5)
    assert refused == (400, "Bad Request: message thread not found")


async def test_a_bot_that_was_kicked(call: Call, client: SandboxClient) -> None:
    staff = await client.group(STAFF, "Хозчасть")
    await staff.kick()
    gone = (403, "Forbidden: bot was kicked from the supergroup chat")
    assert await call("sendMessage", chat_id=STAFF, text="x") == gone
    (update,) = (await call("getUpdates"))[1]
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"


async def test_a_group_that_became_a_supergroup(
    call: Call, http: aiohttp.ClientSession, url: str, sandbox: Sandbox, client: SandboxClient
) -> None:
    old = await client.group(-77, "Хозчасть", type="group")
    assert (await call("sendMessage", chat_id=-77, text="x"))[0] == 200
    new = await old.migrate(STAFF)
    arguments = {"chat_id": -77, "text": "x"}
    async with http.post(f"{url}/bot{sandbox.token}/sendMessage", json=arguments) as response:
        assert response.status == 400
        assert await response.json() == {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: group chat was upgraded to a supergroup chat",
            "parameters": {"migrate_to_chat_id": STAFF},
        }
    assert (await call("sendMessage", chat_id=STAFF, text="here"))[0] == 200
    assert (await new.chat())[-1].text == "here"
    told = [update["message"] for update in (await call("getUpdates"))[1]]
    assert [one.get("migrate_to_chat_id") for one in told] == [STAFF, None]
    assert [one.get("migrate_from_chat_id") for one in told] == [None, -77]


async def test_what_groups_cannot_do(client: SandboxClient, anna: Person) -> None:
    staff = await client.group(STAFF, "Хозчасть")
    with pytest.raises(ValueError, match="of another id, once"):
        await staff.migrate(-5)
    with pytest.raises(ValueError, match="ids of groups"):
        await client.group(5, "x")
    with pytest.raises(ValueError, match="there is no 'channel'"):
        await client.group(-5, "x", type="channel")
    with pytest.raises(ValueError, match="groups cannot dance"):
        await client.post(f"groups/{STAFF}/dance", {})
    with pytest.raises(ValueError, match="no group has this id"):
        await client.post("groups/-6/kick", {})
    with pytest.raises(ValueError, match="cannot write to chat -6"):
        await anna.text("x", chat=-6)


async def test_someone_who_is_gone(call: Call, anna: Person) -> None:
    await anna.deactivate()
    assert await call("sendMessage", chat_id=anna.id, text="x") == (403, "Forbidden: user is deactivated")


async def test_blocking_is_told_once(call: Call, anna: Person) -> None:
    for act in (anna.block, anna.block, anna.unblock):
        await act()
    told = [update["my_chat_member"] for update in (await call("getUpdates"))[1][1:]]
    assert [one["new_chat_member"]["status"] for one in told] == ["kicked", "member"]
    assert [one["old_chat_member"]["status"] for one in told] == ["member", "kicked"]
    assert {one["from"]["id"] for one in told} == {anna.id}


@pytest.mark.parametrize(("person", "group"), [(2**52 - 1, -(2**52 - 1)), (2**33, -1009999999999)])
async def test_ids_are_larger_than_32_bits(call: Call, client: SandboxClient, person: int, group: int) -> None:
    boris = await client.person(person, "Борис")
    await client.set_ids(update=2**31 - 10, message=2**31 - 10)
    await boris.text("привет")
    await boris.begin_press((await boris.chat())[0], data="x")
    await client.group(group, "Хозчасть")
    for chat in (person, group):
        code, sent = await call("sendMessage", chat_id=chat, text="x")
        assert (code, sent["chat"]["id"]) == (200, chat)
        assert (await call("sendMessage", chat_id=str(chat), text="x"))[0] == 200
    message, press = (await call("getUpdates"))[1]
    assert (message["update_id"], message["message"]["message_id"]) == (2**31 - 10, 2**31 - 10)
    assert message["message"]["from"]["id"] == press["callback_query"]["from"]["id"] == person


@pytest.mark.parametrize("id", [0, 2**52])
async def test_ids_have_52_bits_at_most(client: SandboxClient, id: int) -> None:
    with pytest.raises(ValueError, match="ids of people"):
        await client.person(id, "Никто")


@pytest.mark.parametrize("ids", [{}, {"update": 0}, {"update": 2**31}, {"chat": 5}])
async def test_ids_that_cannot_be_set(client: SandboxClient, ids: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="from 1 to 2147483647"):
        await client.set_ids(**ids)


async def test_update_ids_may_start_again_anywhere(call: Call, client: SandboxClient, anna: Person) -> None:
    await client.set_ids(update=1000)
    await anna.text("high")
    await client.set_ids(update=10)
    await anna.text("low")
    assert [update["update_id"] for update in (await call("getUpdates"))[1]][1:] == [1000, 10]
