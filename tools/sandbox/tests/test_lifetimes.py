"""What does not last: updates, presses, paths of files, and the time in which a message may be deleted."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
HOUR = 3600
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(("seconds", "kept"), [(24 * HOUR - 60, 1), (24 * HOUR, 0)])
async def test_updates_are_kept_for_a_day(call: Call, client: SandboxClient, seconds: int, kept: int) -> None:
    await client.advance(seconds)
    assert (await call("getWebhookInfo"))[1]["pending_update_count"] == kept
    assert len((await call("getUpdates"))[1]) == kept


@pytest.mark.parametrize(("seconds", "kinds"), [(140, {"message", "callback_query"}), (150, {"message"})])
async def test_a_press_waits_for_150_seconds(
    call: Call, client: SandboxClient, anna: Person, seconds: int, kinds: set[str]
) -> None:
    await anna.begin_press(1, data="x")
    await client.advance(seconds)
    assert {kind for update in (await call("getUpdates"))[1] for kind in update} - {"update_id"} == kinds


@pytest.mark.parametrize(("seconds", "answer"), [(55, (200, True)), (61, (400, TOO_OLD))])
async def test_a_press_is_answered_within_a_minute(
    call: Call, client: SandboxClient, anna: Person, seconds: int, answer: tuple[int, Any]
) -> None:
    query = await anna.begin_press(1, data="x")
    await client.advance(seconds)
    assert await call("answerCallbackQuery", callback_query_id=query) == answer


@pytest.mark.parametrize(("seconds", "status"), [(HOUR - 60, 200), (HOUR, 404)])
async def test_the_path_of_a_file_is_good_for_an_hour(
    call: Call,
    http: aiohttp.ClientSession,
    url: str,
    sandbox: Sandbox,
    client: SandboxClient,
    anna: Person,
    seconds: int,
    status: int,
) -> None:
    document = (await anna.document(b"x", "x.pdf")).raw["document"]
    _, file = await call("getFile", file_id=document["file_id"])
    await client.advance(seconds)
    address = f"{url}/file/bot{sandbox.token}/{file['file_path']}"
    async with http.get(address) as response:
        assert response.status == status
    assert (await call("getFile", file_id=document["file_id"]))[0] == 200
    async with http.get(address) as response:
        assert response.status == 200


async def test_there_is_no_path_before_it_is_asked_for(
    http: aiohttp.ClientSession, url: str, sandbox: Sandbox, anna: Person
) -> None:
    await anna.document(b"x", "x.pdf")
    async with http.get(f"{url}/file/bot{sandbox.token}/documents/file_1") as response:
        assert response.status == 404


@pytest.mark.usefixtures("anna")
async def test_a_message_is_deleted_within_two_days_and_edited_at_any_age(call: Call, client: SandboxClient) -> None:
    ids = [(await call("sendMessage", chat_id=7, text=text))[1]["message_id"] for text in "ab"]
    await client.advance(47 * HOUR)
    assert await call("deleteMessage", chat_id=7, message_id=ids[0]) == (200, True)
    await client.advance(2 * HOUR)
    too_late = (400, "Bad Request: message can't be deleted for everyone")
    assert await call("deleteMessage", chat_id=7, message_id=ids[1]) == too_late
    code, edited = await call("editMessageText", chat_id=7, message_id=ids[1], text="c")
    assert code == 200
    assert edited["edit_date"] - edited["date"] >= 48 * HOUR


async def test_time_does_not_go_back(client: SandboxClient) -> None:
    with pytest.raises(ValueError, match="time does not go back"):
        await client.advance(-1)
