"""Updates by webhook: who gets them, in which order, how often, and what the bot is told about failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
PATIENCE = 10.0
SECRET = "s3cret_-" * 32


async def taken(_: dict[str, Any]) -> web.Response:
    """200 and nothing else."""
    return web.Response()


class Hook:
    """A bot's webhook: keeps what it is sent, and answers what `answer` says."""

    def __init__(self) -> None:
        self.url = ""
        self.answer: Callable[[dict[str, Any]], Awaitable[web.Response]] = taken
        self.received: list[tuple[dict[str, Any], Any]] = []
        self.under_way = 0
        self.most_under_way = 0
        self.changed = asyncio.Condition()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        update = await request.json()
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        async with self.changed:
            self.received.append((update, request))
            self.changed.notify_all()
        try:
            return await self.answer(update)
        finally:
            self.under_way -= 1

    async def texts(self, count: int) -> list[str]:
        """The texts of what has come, as soon as there are `count`."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: len(self.received) >= count)
        return [update["message"]["text"] if "message" in update else "press" for update, _ in self.received]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield hook
    finally:
        await runner.cleanup()


async def pending(client: SandboxClient) -> int:
    return int((await client.updates())["pending"])


async def none_pending(client: SandboxClient) -> None:
    """Until everything is delivered."""
    revision = -1
    async with asyncio.timeout(PATIENCE):
        while await pending(client):
            revision = (await client.get("people/7/chat", after=revision, timeout=PATIENCE))["revision"]


async def test_an_update_is_posted_with_the_secret(call: Call, hook: Hook, client: SandboxClient) -> None:
    assert await call("setWebhook", url=hook.url, secret_token=SECRET) == (200, True)
    anna = await client.person(7, "Анна")
    said = await anna.text("/start")
    await hook.texts(1)
    update, request = hook.received[0]
    assert update["message"] == said.raw
    assert isinstance(update["update_id"], int)
    assert request.method == "POST"
    assert request.content_type == "application/json"
    assert request.headers["X-Telegram-Bot-Api-Secret-Token"] == SECRET
    await none_pending(client)
    assert len(hook.received) == 1


@pytest.mark.usefixtures("anna")
async def test_without_a_secret_there_is_no_header(call: Call, hook: Hook) -> None:
    await call("setWebhook", url=hook.url)
    assert await hook.texts(1) == ["/start"]
    assert "X-Telegram-Bot-Api-Secret-Token" not in hook.received[0][1].headers


@pytest.mark.parametrize("status", [302, 401, 500])
@pytest.mark.usefixtures("anna")
async def test_what_fails_comes_again_and_is_reported(
    call: Call, hook: Hook, client: SandboxClient, status: int
) -> None:
    async def answer(_: dict[str, Any]) -> web.Response:
        return web.Response(status=status if len(hook.received) <= 3 else 204, headers={"Location": hook.url})

    hook.answer = answer
    await call("setWebhook", url=hook.url, max_connections=7)
    assert await hook.texts(4) == ["/start"] * 4
    assert len({update["update_id"] for update, _ in hook.received}) == 1
    await none_pending(client)
    _, info = await call("getWebhookInfo")
    assert info["last_error_message"].startswith(f"Wrong response from the webhook: {status} ")
    assert info["last_error_date"] > 0
    assert (info["url"], info["max_connections"], info["pending_update_count"]) == (hook.url, 7, 0)


async def test_a_failing_update_holds_back_its_own_chat_only(
    call: Call, hook: Hook, client: SandboxClient, anna: Person
) -> None:
    async def answer(update: dict[str, Any]) -> web.Response:
        return web.Response(status=500 if update["message"]["text"] == "/start" and not mended else 200)

    mended = False
    hook.answer = answer
    await call("setWebhook", url=hook.url)
    await anna.text("second")
    boris = await client.person(8, "Борис")
    await boris.text("from another chat")
    async with asyncio.timeout(PATIENCE):
        while "from another chat" not in (seen := await hook.texts(3)) or seen.count("/start") < 3:
            await hook.texts(len(seen) + 1)
    assert "second" not in seen
    assert (await call("getWebhookInfo"))[1]["pending_update_count"] == 2
    mended = True
    await none_pending(client)
    assert (await hook.texts(1))[-1] == "second"


@pytest.mark.parametrize("most", [1, 3])
async def test_no_more_connections_than_allowed(call: Call, hook: Hook, client: SandboxClient, most: int) -> None:
    gate = asyncio.Event()

    async def answer(_: dict[str, Any]) -> web.Response:
        await gate.wait()
        return web.Response()

    hook.answer = answer
    await call("setWebhook", url=hook.url, max_connections=most)
    for number in range(6):
        await (await client.person(10 + number, "Кто-то")).text(str(number))
    await hook.texts(most)
    gate.set()
    assert sorted(await hook.texts(6)) == list("012345")
    assert hook.most_under_way == most


async def test_a_chat_comes_in_order(call: Call, hook: Hook, anna: Person) -> None:
    await call("setWebhook", url=hook.url, max_connections=100)
    for number in range(20):
        await anna.text(str(number))
    assert await hook.texts(21) == ["/start", *map(str, range(20))]


async def test_a_press_may_overtake_a_message_as_at_the_real_thing(call: Call, hook: Hook, anna: Person) -> None:
    async def answer(update: dict[str, Any]) -> web.Response:
        return web.Response(status=500 if "message" in update else 200)

    hook.answer = answer
    await anna.begin_press(1, data="x")
    await call("setWebhook", url=hook.url)
    async with asyncio.timeout(PATIENCE):
        while "press" not in (seen := await hook.texts(1)):
            await hook.texts(len(seen) + 1)
    assert (await call("getWebhookInfo"))[1]["pending_update_count"] == 1


async def test_polling_and_a_webhook_exclude_each_other(call: Call, hook: Hook, sandbox: Sandbox) -> None:
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        poll = group.create_task(call("getUpdates", timeout=50))
        while sandbox.poller._turn == 0:  # noqa: ASYNC110  # it becomes true in another task of this loop
            await asyncio.sleep(0)
        await call("setWebhook", url=hook.url)
    assert poll.result() == (409, "Conflict: terminated by setWebhook request")
    assert await call("getUpdates") == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    await call("deleteWebhook")
    assert await call("getUpdates") == (200, [])


async def test_what_is_said_of_setting_and_deleting(
    http: aiohttp.ClientSession, url: str, sandbox: Sandbox, hook: Hook
) -> None:
    async def said(method: str, **arguments: Any) -> str:
        async with http.post(f"{url}/bot{sandbox.token}/{method}", json=arguments) as response:
            body = await response.json()
            assert body["result"] is True
            return str(body["description"])

    assert await said("setWebhook", url=hook.url) == "Webhook was set"
    assert await said("setWebhook", url=hook.url) == "Webhook is already set"
    assert await said("setWebhook", url=hook.url, secret_token="other") == "Webhook was set"
    assert await said("deleteWebhook") == "Webhook was deleted"
    assert await said("deleteWebhook") == "Webhook is already deleted"
    await said("setWebhook", url=hook.url)
    assert await said("setWebhook", url="") == "Webhook was deleted"


@pytest.mark.parametrize(
    ("arguments", "description"),
    [
        ({"url": "http://zavhoz.example/hook"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "ftp://127.0.0.1/hook"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://zavhoz.example:8080/"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"url": "https://"}, "invalid webhook URL specified"),
        ({"url": "http://127.0.0.1:99999/"}, "invalid webhook URL specified"),
        ({"url": "http://127.0.0.1:1/"}, "bad webhook: Connection refused"),
        ({"url": "http://127.0.0.1:1/", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "http://127.0.0.1:1/", "secret_token": "секрет"}, "secret token contains unallowed characters"),
        ({"url": "http://127.0.0.1:1/", "secret_token": "x" * 257}, "secret token is too long"),
    ],
)
async def test_a_webhook_that_is_refused(call: Call, arguments: dict[str, Any], description: str) -> None:
    assert await call("setWebhook", **arguments) == (400, f"Bad Request: {description}")
    assert (await call("getWebhookInfo"))[1]["url"] == ""


@pytest.mark.parametrize(
    "arguments",
    [{"max_connections": 0}, {"max_connections": 101}, {"allowed_updates": ["messages"]}, {"certificate": "x"}],
)
async def test_arguments_that_the_real_one_would_mend_or_ignore(
    call: Call, hook: Hook, arguments: dict[str, Any]
) -> None:
    code, description = await call("setWebhook", url=hook.url, **arguments)
    assert code == 400
    assert next(iter(arguments)) in description


async def test_allowed_updates_are_one_setting_for_both_ways(call: Call, hook: Hook, anna: Person) -> None:
    await call("setWebhook", url=hook.url, allowed_updates=["callback_query"], drop_pending_updates=True)
    assert (await call("getWebhookInfo"))[1]["allowed_updates"] == ["callback_query"]
    await anna.text("not wanted")
    await anna.begin_press(1, data="wanted")
    assert await hook.texts(1) == ["press"]
    await call("deleteWebhook")
    await anna.text("still not wanted")
    assert await call("getUpdates") == (200, [])
    await call("getUpdates", allowed_updates=[])
    assert "allowed_updates" not in (await call("getWebhookInfo"))[1]


@pytest.mark.usefixtures("anna")
async def test_an_answer_may_be_a_call(call: Call, hook: Hook, client: SandboxClient) -> None:
    async def answer(_: dict[str, Any]) -> web.Response:
        return web.json_response({"method": "sendMessage", "chat_id": 7, "text": "by answer"})

    hook.answer = answer
    await call("setWebhook", url=hook.url)
    assert (await Person(client, 7, "Анна").wait_for("by answer")).mine is False
    (logged,) = await client.calls("sendMessage")
    assert (logged["status"], logged["chat"]) == (200, 7)


@pytest.mark.parametrize("method", ["deleteWebhook", "getMe", 5])
@pytest.mark.usefixtures("anna")
async def test_some_calls_are_not_made_by_answer(
    call: Call, hook: Hook, client: SandboxClient, method: str | int
) -> None:
    async def answer(_: dict[str, Any]) -> web.Response:
        return web.json_response({"method": method})

    hook.answer = answer
    await call("setWebhook", url=hook.url)
    await none_pending(client)
    assert [logged["method"] for logged in await client.calls()] == ["setWebhook"]


@pytest.mark.parametrize(("kind", "received"), [("drop_after_receipt", 2), ("drop_before_receipt", 1)])
async def test_a_connection_that_breaks(
    call: Call, hook: Hook, client: SandboxClient, anna: Person, kind: str, received: int
) -> None:
    await client.fault(kind, method="webhook", chat=anna.id)
    await call("setWebhook", url=hook.url)
    await none_pending(client)
    assert len(hook.received) == received
    assert (await call("getWebhookInfo"))[1]["last_error_message"] == "Webhook connection closed"


@pytest.mark.usefixtures("anna")
async def test_retry_after_is_obeyed(call: Call, hook: Hook, client: SandboxClient) -> None:
    times: list[float] = []

    async def answer(_: dict[str, Any]) -> web.Response:
        times.append(asyncio.get_running_loop().time())
        return web.Response(status=503 if len(times) == 1 else 200, headers={"Retry-After": "1"})

    hook.answer = answer
    await call("setWebhook", url=hook.url)
    await none_pending(client)
    assert times[1] - times[0] >= 1


@pytest.mark.usefixtures("anna")
async def test_a_new_webhook_takes_over_what_the_old_one_has_not_answered(
    call: Call, hook: Hook, client: SandboxClient
) -> None:
    async def never(_: dict[str, Any]) -> web.Response:
        if len(hook.received) == 1:
            await asyncio.sleep(PATIENCE)
        return web.Response()

    hook.answer = never
    await call("setWebhook", url=hook.url)
    await hook.texts(1)
    await call("setWebhook", url=hook.url + "?second")
    await none_pending(client)
    assert await hook.texts(2) == ["/start", "/start"]
    assert hook.received[1][1].query_string == "second"
