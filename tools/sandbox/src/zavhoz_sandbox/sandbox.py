"""The stand-in as a whole: one bot, its world, its updates, what goes wrong, and what was called."""

from __future__ import annotations

import copy
import time
from collections import deque
from typing import Any, Final

from zavhoz_sandbox.answers import ApiError, body_of
from zavhoz_sandbox.arguments import Upload
from zavhoz_sandbox.faults import Faults
from zavhoz_sandbox.methods.table import method
from zavhoz_sandbox.polling import Poller
from zavhoz_sandbox.traces import Traces
from zavhoz_sandbox.webhook import RETRY_SECONDS, Deliverer
from zavhoz_sandbox.world import World

CALLS_KEPT: Final = 100_000


class Sandbox:
    """One bot and its world; `server` shows it over HTTP.

    Args:
        token: the bot's, `<id>:<secret>`.
        retry_seconds: unit of the delays between attempts at a webhook; a second at the real thing.
    """

    def __init__(self, token: str, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self.token = token
        self.world = World(bot_id=int(token.split(":", 1)[0]))
        self.poller = Poller(self.world)
        self.faults = Faults(self.world.journal)
        self.deliverer = Deliverer(self.world, self.faults, self._called_by_answer, retry_seconds=retry_seconds)
        self.calls: deque[dict[str, Any]] = deque(maxlen=CALLS_KEPT)
        self.call_count = 0
        self.traces = Traces()

    async def perform(self, name: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and JSON of a call."""
        try:
            if name.lower() == "getupdates":
                return 200, body_of(await self.poller.get_updates(given))
            return 200, body_of(await method(name)(self.world, given))
        except ApiError as error:
            return error.code, error.body()

    async def _called_by_answer(self, name: str, given: dict[str, Any]) -> None:
        """The bot never learns what came of it."""
        started = time.time()
        status, body = await self.perform(name, given)
        self.record(name, given, status, body, started, cut=False)

    def record(
        self, name: str, given: dict[str, Any], status: int, body: dict[str, Any], started: float, *, cut: bool
    ) -> None:
        """Keep a call in the log. `started` is seconds since the epoch; `cut`: the connection was dropped."""
        self.call_count += 1
        call = {
            "number": self.call_count,
            "method": name,
            "arguments": _shown(given),
            "chat": chat_of(given),
            "status": status,
            "answer": copy.deepcopy(body),
            "cut": cut,
            "started_ms": started * 1000,
            "finished_ms": time.time() * 1000,
        }
        self.calls.append(call)
        self.world.journal.add("call", call)


def _shown(value: Any) -> Any:
    """A value without the bytes of files."""
    if isinstance(value, Upload):
        return f"<{len(value.content)} bytes>"
    if isinstance(value, dict):
        return {key: _shown(one) for key, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, list) else value


def chat_of(given: dict[str, Any]) -> int | None:
    """The chat that a call names, if any."""
    try:
        return int(given["chat_id"])
    except (KeyError, TypeError, ValueError):
        return None
