"""A connection to Redis that gives up in time, and tells an outage from everything else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from zavhoz_chassis.health import Health
from zavhoz_gateway.application.ports import StoreUnavailable

CHECK: Final = "redis"
_TIMEOUT_SECONDS: Final = 2.0
_WATCH_SECONDS: Final = 1.0


class RedisStore:
    """Commands to Redis, each within 2 s; what they find is readiness, too."""

    name = "redis"

    def __init__(self, client: Redis, health: Health, bot_id: int) -> None:
        self._client = client
        self._health = health
        self._bot_id = bot_id

    def chat_key(self, chat_id: int, *what: object) -> str:
        """The name of something of one chat; the braces keep all of them on one node of a cluster."""
        return self.shared_key(str(chat_id), *what)

    def shared_key(self, owner: str, *what: object) -> str:
        """The name of something that belongs to `owner`: a chat, a person's turn; in braces for the same reason."""
        return ":".join(["zavhoz", f"{{{self._bot_id}:{owner}}}", *map(str, what)])

    def bot_key(self, *what: object) -> str:
        """The name of something of the bot."""
        return ":".join(["zavhoz", str(self._bot_id), *map(str, what)])

    async def call(self, *command: str | int) -> Any:
        """One command and its answer.

        Raises:
            StoreUnavailable: Redis is away, loading, full or read-only.
        """
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                answer = await self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            self._health.set(CHECK, ok=False, detail=f"{type(error).__name__}: {error}"[:200])
            raise StoreUnavailable(f"{command[0]}: {type(error).__name__}: {error}") from error
        self._health.set(CHECK, ok=True)
        return answer

    async def run(self, stop: asyncio.Event) -> None:
        """Look after Redis each second, so that readiness knows of it even when nobody writes."""
        while not stop.is_set():
            with contextlib.suppress(StoreUnavailable):
                await self.call("PING")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _WATCH_SECONDS)


@contextlib.asynccontextmanager
async def redis_store(url: str, health: Health, bot_id: int) -> AsyncIterator[RedisStore]:
    """A store on the server that `url` names; Redis need not be there yet."""
    client = Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        # A broken connection from the pool is noticed by its first command: once more, on a fresh one.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
    try:
        yield RedisStore(client, health, bot_id)
    finally:
        await client.aclose()
