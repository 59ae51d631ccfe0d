"""What the gateway's tests stand on: a proxy that can be cut, and the gateway itself between its neighbours."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from aiohttp import ClientSession, web
from pydantic import SecretStr
from read_api_double import API_TOKEN, ReadApi

from zavhoz_chassis.health import Health
from zavhoz_chassis.http import App, serving
from zavhoz_chassis.process import running
from zavhoz_contracts.message import Role
from zavhoz_contracts.registry import ROUTES, Exchange
from zavhoz_gateway.bootstrap import bootstrap
from zavhoz_gateway.entrypoints.webhook import SECRET_HEADER
from zavhoz_gateway.settings import Settings
from zavhoz_gateway.store.connection import redis_store
from zavhoz_messaging.testing import Subscriber, subscribed, wait_until
from zavhoz_sandbox.client import Person as Someone
from zavhoz_sandbox.client import SandboxClient, SeenMessage
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app as telegram_app

COMMANDS = tuple(route.type for route in ROUTES if route.exchange is Exchange.COMMANDS)
CREATE, TAKE, COMPLETE, REJECT = (f"zavhoz.request.{verb}.v1" for verb in ("create", "take", "complete", "reject"))
WEBHOOK_SECRET = "secret-of-the-webhook"
COMMENT, ATTACH = "zavhoz.request.comment.v1", "zavhoz.request.attach.v1"
ASSIGN, HOLD, RESUME, MERGE, NOTE = (
    f"zavhoz.request.{verb}.v1" for verb in ("assign", "hold", "resume", "merge", "note")
)
CONFIRM, REOPEN, CANCEL, EDIT = (f"zavhoz.request.{verb}.v1" for verb in ("confirm", "reopen", "cancel", "edit"))
REGISTER, OPEN_CARD = "zavhoz.person.register.v1", "zavhoz.card.open.v1"


@contextlib.asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """An app on a free port."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Proxy:
    """Passes bytes on to a server, until it is cut: then connections break and new ones are turned away."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._open: set[asyncio.StreamWriter] = set()
        self._cut = False
        self.url = ""

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Proxy]:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        user = self._parts.netloc.rpartition("@")[0]
        netloc = f"{user}@{host}:{port}" if user else f"{host}:{port}"
        self.url = urlunsplit(self._parts._replace(netloc=netloc))
        try:
            yield self
        finally:
            self.cut()
            server.close()

    def cut(self) -> None:
        """The server is gone."""
        self._cut = True
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        """It is back."""
        self._cut = False

    def _is_cut(self) -> bool:
        return self._cut

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut():
            writer.transport.abort()
            return
        there_reader, there = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        if self._is_cut():  # meanwhile
            writer.transport.abort()
            there.transport.abort()
            return
        ends = {writer, there}
        self._open |= ends
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(reader, there))
                group.create_task(_pump(there_reader, writer))
        finally:
            self._open -= ends


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@dataclass
class System:
    """Everything around the gateway, and a way to start it: in this process, or as one of its own."""

    sandbox: SandboxClient
    commands: Subscriber
    api: ReadApi
    amqp: Proxy
    redis: Proxy
    telegram_url: str
    api_url: str
    bot_token: str
    stand_in: Sandbox
    health: Health = field(default_factory=Health)

    @property
    def bot_id(self) -> int:
        return int(self.bot_token.split(":")[0])

    def settings(self, **more: Any) -> Settings:
        values: dict[str, Any] = {
            "http_port": 0,
            "amqp_url": SecretStr(self.amqp.url),
            "redis_url": SecretStr(self.redis.url),
            "requests_api_url": SecretStr(self.api_url),
            "api_token": SecretStr(API_TOKEN),
            "bot_token": SecretStr(self.bot_token),
            "telegram_api_url": SecretStr(self.telegram_url),
            "publish_patience": 1.0,
        }
        return Settings(**(values | more))

    @contextlib.asynccontextmanager
    async def gateway(self, *, ready: bool = True, **settings: Any) -> AsyncIterator[Health]:
        """The gateway in this process, as its composition root builds it; drained at the end."""
        health = self.health = Health()
        async with bootstrap(self.settings(**settings), health=health) as process, running(process):
            if ready:
                await until(lambda: health.ready, "a ready gateway")
            yield health

    @contextlib.asynccontextmanager
    async def webhook(self, *, ready: bool = True, **settings: Any) -> AsyncIterator[str]:
        """The gateway in this process with updates by webhook, drained at the end; gives where it takes them.

        With a `webhook_url` it is one more replica, and Telegram sends to that address.
        """
        health = self.health = Health()
        app = App("gateway", health)
        async with serving(app, "127.0.0.1", 0) as port:
            url = f"http://127.0.0.1:{port}/telegram"
            by_webhook = {"webhook_url": SecretStr(url), "webhook_secret": SecretStr(WEBHOOK_SECRET)}
            async with bootstrap(self.settings(**(by_webhook | settings)), health=health) as process:
                app.include(process.routers)
                async with running(process):
                    if ready:
                        await until(lambda: health.ready, "a ready gateway")
                    yield url

    @contextlib.asynccontextmanager
    async def gateway_process(self, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """The gateway as a process of its own that takes updates, killed at the end. `more` is its environment's."""
        settings = self.settings()
        environment = {
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": "0",
            "AMQP_URL": settings.amqp_url.get_secret_value(),
            "REDIS_URL": settings.redis_url.get_secret_value(),
            "REQUESTS_API_URL": self.api_url,
            "API_TOKEN": API_TOKEN,
            "BOT_TOKEN": self.bot_token,
            "TELEGRAM_API_URL": self.telegram_url,
            **more,
        }
        begins = "setWebhook" if "WEBHOOK_URL" in more else "deleteWebhook"
        starts = len(await self.sandbox.calls(begins))

        async def takes() -> bool:
            assert process.returncode is None
            return len(await self.sandbox.calls(begins)) > starts

        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "zavhoz_gateway", "run", env=os.environ | environment
        )
        try:
            await wait_until(takes, "a gateway that takes updates", timeout=60)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def someone(
        self,
        name: str = "Анна",
        *,
        known: bool = True,
        language_code: str | None = "ru",
        role: Role = Role.REQUESTER,
    ) -> Someone:
        """Somebody with Telegram, whom the API knows unless told otherwise."""
        person = await self.sandbox.person(secrets.randbelow(10**9) + 1, name, language_code=language_code)
        if known:
            self.api.know(person.id, language="ru" if language_code == "ru" else "en", role=role)
        return person

    async def telegram(self, method: str, **arguments: Any) -> None:
        """A call of the Bot API as the bot: to delete a message, say, as a person may."""
        async with (
            ClientSession() as session,
            session.post(f"{self.telegram_url}/bot{self.bot_token}/{method}", json=arguments) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def forget(self, person: Someone, what: str) -> None:
        """Have Redis forget something of one person's, as if its time were over."""
        async with redis_store(self.redis.url, Health(), self.bot_id) as store:
            assert await store.call("DEL", store.chat_key(person.id, what)) == 1

    async def pending(self) -> int:
        """How many updates Telegram was not told to forget."""
        return int((await self.sandbox.updates())["pending"])

    async def confirmed(self) -> None:
        """Wait until Telegram was told to forget all updates."""

        async def probe() -> bool:
            return await self.pending() == 0

        await wait_until(probe, "every update confirmed")


@contextlib.asynccontextmanager
async def system(amqp_url: str, redis_url: str) -> AsyncIterator[System]:
    """Everything but the gateway. The bot's id is new, so nothing in Redis is anybody else's."""
    token = f"{secrets.randbelow(10**12) + 10**9}:token-of-a-bot-that-is-none"
    api = ReadApi()
    async with contextlib.AsyncExitStack() as stack:
        stand_in = Sandbox(token)
        telegram_url = await stack.enter_async_context(served(telegram_app(stand_in)))
        yield System(
            sandbox=await stack.enter_async_context(SandboxClient(telegram_url)),
            commands=await stack.enter_async_context(subscribed(amqp_url, Exchange.COMMANDS, keys=COMMANDS)),
            api=api,
            amqp=await stack.enter_async_context(Proxy(amqp_url).serving()),
            redis=await stack.enter_async_context(Proxy(redis_url).serving()),
            telegram_url=telegram_url,
            api_url=await stack.enter_async_context(served(api.app())),
            bot_token=token,
            stand_in=stand_in,
        )


async def post(url: str, update: Any, *, secret: str | None = WEBHOOK_SECRET) -> tuple[int, str | None]:
    """An update sent as Telegram sends it; the status and Retry-After of the answer."""
    data = update if isinstance(update, bytes) else json.dumps(update).encode()
    headers = {} if secret is None else {SECRET_HEADER: secret}
    async with ClientSession() as session, session.post(url, data=io.BytesIO(data), headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After")


def said(person: Someone, update_id: int, text: str) -> dict[str, Any]:
    """An update: the person writes something."""
    user = {"id": person.id, "is_bot": False, "first_name": person.first_name, "language_code": "ru"}
    message = {"message_id": update_id, "date": 1764000000, "text": text, "from": user}
    return {"update_id": update_id, "message": message | {"chat": {"id": person.id, "type": "private"}}}


async def started(system: System, name: str = "Анна", role: Role = Role.REQUESTER) -> Someone:
    """Somebody with this role who has pressed /start, so that the bot may write to them."""
    person = await system.someone(name, role=role)
    await person.text("/start")
    await person.wait_for("Здравствуйте")
    return person


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for what other tasks of this loop bring about."""

    async def probe() -> bool:
        return condition()

    await wait_until(probe, what)


def bot_messages(chat: list[SeenMessage]) -> list[SeenMessage]:
    """What the bot said."""
    return [message for message in chat if not message.mine]
