"""Updates by webhook: what is answered when, and that Telegram sends again what was not finished."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from gateway_support import CREATE, REGISTER, WEBHOOK_SECRET, System, bot_messages, post, said, until
from prometheus_client import REGISTRY

from zavhoz_chassis.health import Health
from zavhoz_chassis.settings import load
from zavhoz_contracts.errors import Outage, ZavhozError
from zavhoz_gateway.bootstrap import bootstrap
from zavhoz_gateway.entrypoints.lanes import Backoff
from zavhoz_gateway.entrypoints.reading import Fetched
from zavhoz_gateway.entrypoints.webhook import BODY_MAX, SECRET_HEADER, Webhook
from zavhoz_gateway.settings import Settings
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person

DRAFT, SEND = "Новая заявка", "📨 Отправить"


@pytest.fixture
async def url(around: System) -> AsyncIterator[str]:
    """Everything with the gateway running in this process, and where it takes updates."""
    async with around.webhook() as address:
        yield address


async def chatting(system: System, name: str = "Анна") -> Person:
    """Somebody whom the bot may write to, with one message of the bot in the chat."""
    person: Person = await system.someone(name)
    await person.text("/help")
    await system.confirmed()
    return person


async def test_telegram_is_told_where_and_a_request_is_filed(around: System, url: str) -> None:
    (call,) = await around.sandbox.calls("setWebhook")
    assert call["arguments"]["url"] == url
    assert call["arguments"]["secret_token"] == WEBHOOK_SECRET
    assert int(call["arguments"]["max_connections"]) == 40
    assert "callback_query" in str(call["arguments"]["allowed_updates"])
    anna = await around.someone()
    await anna.text("Течёт кран на кухне")
    await anna.press(await anna.wait_for(DRAFT), SEND, timeout=0)
    (created,) = await around.commands.wait_for(1, CREATE)
    assert created.data.description == "Течёт кран на кухне"
    await around.confirmed()
    assert await around.sandbox.calls("getUpdates") == []


@pytest.mark.parametrize("secret", [None, "", "secret-of-the-webhooK", "секрет", WEBHOOK_SECRET + "x"])
async def test_who_does_not_know_the_secret_is_turned_away(around: System, url: str, secret: str | None) -> None:
    anna = await around.someone(known=False)
    assert await post(url, said(anna, 1, "/start"), secret=secret) == (401, None)
    assert await post(url, said(anna, 2, "/start")) == (200, None)
    await around.commands.wait_for(1, REGISTER)
    assert len(around.commands.messages) == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"{}", b'{"update_id": "1"}', b'{"update_id": true}', b"[" * 100_000, b"\xff{}"]
)
async def test_what_is_no_update_is_a_bad_request(url: str, body: bytes) -> None:
    assert await post(url, body) == (400, None)


def padded(size: int) -> bytes:
    head = json.dumps({"update_id": 7})[:-1] + ', "x": "'
    return head.encode() + b"x" * (size - len(head) - 2) + b'"}'


async def test_a_body_over_1_mib_is_too_large_whether_it_says_so_or_not(url: str) -> None:
    assert await post(url, padded(BODY_MAX)) == (200, None)
    assert await post(url, padded(BODY_MAX + 1)) == (413, None)

    async def chunks(size: int) -> AsyncIterator[bytes]:
        body = padded(size)
        for begin in range(0, size, 65536):
            yield body[begin : begin + 65536]

    async with ClientSession(headers={SECRET_HEADER: WEBHOOK_SECRET}) as session:
        for size, status in ((BODY_MAX, 200), (BODY_MAX + 1, 413)):
            async with session.post(url, data=chunks(size)) as answer:
                assert answer.request_info.headers["Transfer-Encoding"] == "chunked"
                assert answer.status == status


async def test_an_endless_body_is_not_read_to_its_end(url: str) -> None:
    host, port = url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /telegram HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {WEBHOOK_SECRET}\r\n"
    writer.write(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
    writer.writelines(b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(17))
    async with asyncio.timeout(10):
        assert b" 413 " in await reader.readline()
    writer.close()


async def test_only_post_is_taken(url: str) -> None:
    async with ClientSession(headers={SECRET_HEADER: WEBHOOK_SECRET}) as session, session.get(url) as answer:
        assert answer.status == 405


async def test_an_update_that_cannot_be_read_is_not_sent_again(url: str) -> None:
    labels = {"kind": "unreadable", "result": "failed"}
    before = REGISTRY.get_sample_value("zavhoz_updates_total", labels) or 0
    assert await post(url, {"update_id": 5, "message": {"chat": "nonsense"}}) == (200, None)
    assert REGISTRY.get_sample_value("zavhoz_updates_total", labels) == before + 1


async def test_telegram_is_answered_after_the_work_not_before(around: System, url: str) -> None:
    anna = await chatting(around)
    await around.sandbox.fault("slow", method="sendMessage", seconds=1)
    async with asyncio.TaskGroup() as group:
        answer = group.create_task(post(url, said(anna, 1, "/start")))
        await around.commands.wait_for(1, REGISTER)
        assert not answer.done(), "the greeting is not shown yet"
    assert answer.result() == (200, None)
    await anna.wait_for("Здравствуйте")


async def test_with_the_broker_away_telegram_is_asked_to_send_again(around: System, url: str) -> None:
    anna = await around.someone(known=False)
    around.amqp.cut()
    assert await post(url, said(anna, 1, "/start")) == (503, "5")
    await until(lambda: around.health.report()["publisher"] != "ok", "readiness names the broker")
    await anna.text("/start")
    await around.sandbox.fault("drop_before_receipt", method="webhook")
    around.amqp.mend()
    await anna.wait_for("Здравствуйте")
    await around.confirmed()
    await until(lambda: around.health.ready, "ready again")
    assert len(around.commands.of(REGISTER)) == 1


async def test_without_redis_a_plain_message_is_filed(around: System, url: str) -> None:
    anna = await around.someone()
    around.redis.cut()
    assert await post(url, said(anna, 1, "Течёт кран на кухне")) == (200, None)
    (created,) = await around.commands.wait_for(1, CREATE)
    assert created.data.description == "Течёт кран на кухне"
    await until(lambda: around.health.report()["redis"] != "ok", "readiness names Redis")


async def test_what_takes_too_long_is_sent_again(around: System) -> None:
    async with around.webhook(webhook_seconds=0.5) as url:
        anna = await chatting(around)
        await around.sandbox.fault("slow", method="sendMessage", seconds=3)
        assert await post(url, said(anna, 1, "/help")) == (503, "5")
        assert await post(url, said(anna, 1, "/help")) == (200, None)


async def test_a_stop_takes_no_more_and_finishes_what_is_in_hand(around: System) -> None:
    started, stop = asyncio.Event(), asyncio.Event()
    addresses: list[str] = []

    async def gateway() -> None:
        async with around.webhook() as url:
            addresses.append(url)
            started.set()
            await stop.wait()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        running = group.create_task(gateway())
        await started.wait()
        anna, boris = await chatting(around), await chatting(around, "Борис")
        await around.sandbox.fault("slow", method="sendMessage", seconds=1)
        answer = group.create_task(post(addresses[0], said(anna, 1, "/start")))
        await around.commands.wait_for(1, REGISTER)
        stop.set()
        await until(lambda: around.health.draining, "a gateway that stops")
        assert await post(addresses[0], said(boris, 2, "/my")) == (503, "1")
        assert not running.done()
    assert answer.result() == (200, None)
    assert len(bot_messages(await anna.chat())) == 2
    assert len(bot_messages(await boris.chat())) == 1


async def test_polling_instead_drops_nothing(around: System) -> None:
    anna = await around.someone()
    async with around.webhook():
        await around.sandbox.fault("drop_before_receipt", method="webhook", times=1000)
        await anna.text("/my")
    await around.sandbox.clear_faults()
    async with around.gateway():
        await anna.wait_for("Открытых заявок у вас нет")
        await around.confirmed()


class Hook:
    """A Telegram that fails as it is told, and forgets the webhook when it is told."""

    def __init__(self, *failures: ZavhozError) -> None:
        self.failures = list(failures)
        self.sets = 0
        self.there = False

    async def prepare(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    async def is_set(self) -> bool:
        return self.there

    async def set(self) -> None:
        self.sets += 1
        self.there = True


async def handled(_: Fetched) -> None:
    """Nothing to do."""


async def test_the_webhook_is_set_until_it_is_and_again_when_somebody_takes_it_away() -> None:
    hook, health, stop = Hook(Outage("gone", dependency="telegram")), Health(), asyncio.Event()
    webhook = Webhook(
        hook, lambda _: Fetched(1, "a", None), handled, health, path="/", secret="s", seconds=1,
        look_seconds=0.01, backoff=Backoff(first=0.2, last=0.2),
    )  # fmt: skip
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(webhook.run(stop))
        await until(lambda: "gone" in health.report()["telegram"], "the outage shows")
        await until(lambda: health.ready, "a webhook that is set")
        hook.there = False
        await until(lambda: hook.sets == 2, "set again")
        stop.set()


def environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    given = {
        "AMQP_URL": "amqp://x", "REDIS_URL": "redis://x", "REQUESTS_API_URL": "http://x", "API_TOKEN": "x" * 16,
        "BOT_TOKEN": "1:x", "WEBHOOK_URL": "https://zavhoz.example.org/telegram", "WEBHOOK_SECRET": "a_B-9",
    }  # fmt: skip
    for name, value in (given | variables).items():
        monkeypatch.setenv(name, value)


def test_settings_of_a_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch)
    assert load(Settings).webhook_path == "/telegram"
    environment(monkeypatch, WEBHOOK_URL="https://zavhoz.example.org")
    assert load(Settings).webhook_path == "/"
    environment(monkeypatch, WEBHOOK_URL="", WEBHOOK_SECRET="")
    assert load(Settings).webhook_url is None


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("WEBHOOK_SECRET", "", "WEBHOOK_SECRET: Value error, must be set when WEBHOOK_URL is"),
        ("WEBHOOK_SECRET", "with space", "WEBHOOK_SECRET: Value error, has other characters, or more"),
        ("WEBHOOK_SECRET", "x" * 257, "WEBHOOK_SECRET: Value error, has other characters, or more"),
        ("WEBHOOK_URL", "https://zavhoz.example.org/readyz", "WEBHOOK_URL: Value error, must have a path"),
        ("WEBHOOK_URL", "https://zavhoz.example.org/{id}", "WEBHOOK_URL: Value error, must have a path"),
        ("WEBHOOK_URL", "zavhoz.example.org", "WEBHOOK_URL: Value error, must begin with http:// or https://"),
        ("WEBHOOK_MAX_CONNECTIONS", "101", "WEBHOOK_MAX_CONNECTIONS: "),
        ("WEBHOOK_SECONDS", "60", "WEBHOOK_SECONDS: "),
    ],
)
def test_it_does_not_start_with_wrong_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, complaint: str
) -> None:
    environment(monkeypatch, **{name: value})
    with pytest.raises(SystemExit) as ended:
        load(Settings)
    assert ended.value.code == 2
    complaints = capsys.readouterr().err
    assert complaint in complaints
    assert len(complaints.splitlines()) == 2, complaints
    assert value not in ("with space", "x" * 257) or value not in complaints


async def test_the_role_webhook_needs_its_address(around: System) -> None:
    with pytest.raises(ValueError, match="WEBHOOK_URL"):
        async with bootstrap(around.settings(), roles=frozenset({"webhook"})):
            pass


async def test_the_same_update_twice_at_once_has_one_effect(around: System, url: str) -> None:
    anna = await chatting(around)
    update = said(anna, 1, "/start")
    await around.sandbox.fault("slow", method="sendMessage", seconds=0.5)
    answers = await asyncio.gather(*(post(url, update) for _ in range(4)))
    assert answers == [(200, None)] * 4
    assert len(bot_messages(await anna.chat())) == 2

    async def one_command() -> bool:
        return len(around.commands.of(REGISTER)) == 1

    await wait_until(one_command, "its command")
