"""Updates by webhook (https://core.telegram.org/bots/api#setwebhook): in order within a lane, again until it is 2xx.

Delays between attempts grow as the real ones do: none after the first failure, then 2, 4, 8 … up to 60 times
`retry_seconds` (for the real one a second); `Retry-After` of the answer goes before.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from zavhoz_sandbox.faults import Fault, Faults, Kind
from zavhoz_sandbox.updates import Lane, Waiting
from zavhoz_sandbox.world import Webhook, World

ANSWER_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 0.05
LONGEST_DELAY: Final = 60
_LONGEST_RETRY_AFTER: Final = 3600
_NOT_BY_ANSWER: Final = ("get", "setwebhook", "deletewebhook", "close", "logout")

Call = Callable[[str, dict[str, Any]], Awaitable[object]]
"""Performs what the answer to an update asks for: name of the method, arguments."""


class _Failed(Exception):
    def __init__(self, why: str, retry_after: int = 0) -> None:
        super().__init__(why)
        self.retry_after = retry_after


@dataclass
class _Attempts:
    """How often the first update of a lane has failed, and when it is tried again."""

    failures: int = 0
    next_at: float = 0.0


class Deliverer:
    """Delivers to the webhook, whichever is set; `run` goes on until it is cancelled."""

    def __init__(self, world: World, faults: Faults, call: Call, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._world = world
        self._faults = faults
        self._call = call
        self._retry_seconds = retry_seconds

    async def run(self) -> None:
        """Deliver to one webhook after another."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(
            timeout=timeout, connector=aiohttp.TCPConnector(limit=0), headers={"User-Agent": ""}
        ) as http:
            while True:
                async with self._world.changed:
                    await self._world.changed.wait_for(lambda: self._world.webhook is not None)
                    webhook = self._world.webhook
                if webhook is not None:
                    await self._serve(http, webhook)

    async def _serve(self, http: aiohttp.ClientSession, webhook: Webhook) -> None:
        """Until another webhook is set, or none; what is under way then is broken off."""
        attempts: dict[Lane, _Attempts] = {}
        busy: dict[Lane, asyncio.Task[None]] = {}

        async def deliver(one: Waiting, attempt: _Attempts) -> None:
            await self._deliver(http, webhook, one, attempt)
            if attempt.failures == 0:
                del attempts[one.lane]
            del busy[one.lane]
            await self._world.notify()

        async with asyncio.TaskGroup() as group:
            while self._world.webhook is webhook:
                revision = self._world.revision
                soonest: float | None = None
                for one in self._heads():
                    if one.lane in busy or len(busy) >= webhook.max_connections:
                        continue
                    attempt = attempts.setdefault(one.lane, _Attempts())
                    left = attempt.next_at - asyncio.get_running_loop().time()
                    if left > 0:
                        soonest = left if soonest is None else min(left, soonest)
                        continue
                    busy[one.lane] = group.create_task(deliver(one, attempt))
                await self._changed(revision, soonest)
            for task in busy.values():
                task.cancel()

    def _heads(self) -> list[Waiting]:
        """The first update of each lane."""
        heads: dict[Lane, Waiting] = {}
        for one in self._world.updates.waiting():
            heads.setdefault(one.lane, one)
        return list(heads.values())

    async def _changed(self, revision: int, timeout: float | None) -> None:
        try:
            async with asyncio.timeout(timeout), self._world.changed:
                await self._world.changed.wait_for(lambda: self._world.revision != revision)
        except TimeoutError:
            return

    async def _deliver(self, http: aiohttp.ClientSession, webhook: Webhook, one: Waiting, attempt: _Attempts) -> None:
        try:
            answer = await self._post(http, webhook, one)
        except _Failed as failed:
            webhook.last_error = str(failed)
            webhook.last_error_date = self._world.clock.date()
            delay = min(2**attempt.failures, LONGEST_DELAY) * self._retry_seconds if attempt.failures else 0.0
            attempt.failures += 1
            attempt.next_at = asyncio.get_running_loop().time() + (failed.retry_after or delay)
        else:
            attempt.failures, attempt.next_at = 0, 0.0
            self._world.updates.forget(one)
            await self._obey(answer)

    async def _post(self, http: aiohttp.ClientSession, webhook: Webhook, one: Waiting) -> bytes:
        fault = self._fault(one)
        if fault is not None and fault.kind is Kind.SLOW:
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind is Kind.DROP_BEFORE_RECEIPT:
            raise _Failed("Webhook connection closed")
        headers = {"Content-Type": "application/json"}
        if webhook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret_token
        try:
            async with http.post(
                webhook.url, data=json.dumps(one.update).encode(), headers=headers, allow_redirects=False
            ) as response:
                answer = await response.read()
        except aiohttp.ClientConnectorError as error:
            raise _Failed(error.os_error.strerror or "Connection failed") from None
        except aiohttp.ClientError:
            raise _Failed("Webhook connection closed") from None
        except TimeoutError:
            raise _Failed("Read timeout expired") from None
        if fault is not None and fault.kind is Kind.DROP_AFTER_RECEIPT:
            raise _Failed("Webhook connection closed")
        if not 200 <= response.status <= 299:
            raise _Failed(
                f"Wrong response from the webhook: {response.status} {response.reason}",
                _retry_after(response.headers.get("Retry-After", "")),
            )
        return answer

    def _fault(self, one: Waiting) -> Fault | None:
        return self._faults.meet("webhook", one.lane[1])

    async def _obey(self, answer: bytes) -> None:
        """An answer may be a call (https://core.telegram.org/bots/api#making-requests-when-getting-updates)."""
        try:
            given = json.loads(answer)
        except ValueError:
            return
        if not isinstance(given, dict) or not isinstance(name := given.pop("method", None), str):
            return
        if not name.lower().startswith(_NOT_BY_ANSWER):
            await self._call(name, given)


def _retry_after(header: str) -> int:
    return min(int(header), _LONGEST_RETRY_AFTER) if header.isdigit() else 0
