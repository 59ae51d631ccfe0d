"""Updates that wait for the bot (https://core.telegram.org/bots/api#update): which kinds, in which order, how long."""

from __future__ import annotations

import copy
import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from zavhoz_sandbox.clock import Clock
from zavhoz_sandbox.journal import Journal

KEPT_SECONDS: Final = 24 * 3600.0
"""https://core.telegram.org/bots/api#getting-updates: not longer than 24 hours."""
PRESS_KEPT_SECONDS: Final = 150.0
"""A press waits that long only: as remembered of github.com/tdlib/telegram-bot-api, not looked up."""
KINDS: Final = frozenset(
    {
        *("message", "edited_message", "channel_post", "edited_channel_post"),
        *("business_connection", "business_message", "edited_business_message", "deleted_business_messages"),
        *("message_reaction", "message_reaction_count", "inline_query", "chosen_inline_result", "callback_query"),
        *("shipping_query", "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer"),
        *("my_chat_member", "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost"),
    }
)
BY_DEFAULT: Final = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
"""What a bot gets that never said what it wants, or said "[]"."""

RECENT: Final = 500
"""How many of the newest are shown to those who look on."""

Lane = tuple[str, int]


@dataclass(eq=False)
class Waiting:
    """An update that is not confirmed. Those of one lane are delivered to a webhook one after another."""

    update: dict[str, Any]
    lane: Lane
    expires_at: float
    at_ms: float
    confirmed_ms: float | None = None
    """When it was queued, and when the bot took it; milliseconds since the epoch."""

    @property
    def id(self) -> int:
        """Its `update_id`."""
        return int(self.update["update_id"])


class Updates:
    """The queue of one bot."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal
        self._waiting: list[Waiting] = []
        self.next_id = secrets.randbelow(10**8) + 1
        """The id of the next one; ids only go up, as long as nobody sets this."""
        self.allowed = BY_DEFAULT
        self.log: list[dict[str, Any]] = []
        """All that were ever queued, those that expired included."""
        self.recent: deque[Waiting] = deque(maxlen=RECENT)

    def allow(self, kinds: list[str] | None) -> None:
        """Remember which kinds the bot wants from now on; none keeps what was said before, an empty list resets it."""
        if kinds is not None:
            self.allowed = frozenset(kinds) if kinds else BY_DEFAULT

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Queue an update, if the bot wants this kind."""
        update = {"update_id": self.next_id, kind: copy.deepcopy(content)}
        if kind in self.allowed:
            self.inject(update)

    def inject(self, update: dict[str, Any]) -> None:
        """Queue an update as it is; ids go on above its own, or an offset moved past it would swallow what follows."""
        kept = PRESS_KEPT_SECONDS if "callback_query" in update else KEPT_SECONDS
        one = Waiting(update, _lane(update), self._clock.now() + kept, time.time() * 1000)
        self._waiting.append(one)
        self.recent.append(one)
        self._journal.add("update", one)
        self.log.append(update)
        self.next_id = max(self.next_id, int(update["update_id"]) + 1)

    def waiting(self) -> list[Waiting]:
        """Those that are neither confirmed nor too old, in the order in which they came."""
        now = self._clock.now()
        self._waiting = [one for one in self._waiting if one.expires_at > now]
        return list(self._waiting)

    def confirm_before(self, offset: int) -> None:
        """Forget what is before `offset`; a negative one keeps that many of the newest."""
        kept = self._waiting[offset:] if offset < 0 else [one for one in self._waiting if one.id >= offset]
        self._keep(kept)

    def forget(self, one: Waiting) -> None:
        """This one is delivered."""
        self._keep([other for other in self._waiting if other is not one])

    def clear(self) -> None:
        """Forget all that wait."""
        self._keep([])

    def _keep(self, kept: list[Waiting]) -> None:
        """Whatever else has waited is taken."""
        if len(kept) == len(self._waiting):
            return
        now = time.time() * 1000
        left = set(kept)
        taken = [one for one in self._waiting if one not in left]
        for one in taken:
            one.confirmed_ms = now
        self._waiting = kept
        self._journal.add("confirmed", taken)


def _lane(update: dict[str, Any]) -> Lane:
    """A chat's messages are one lane, a person's presses another, whatever else comes stands alone.

    So does the real one, as remembered of github.com/tdlib/telegram-bot-api and not looked up: a press may overtake a
    message.
    """
    press = update.get("callback_query")
    if press is not None:
        return "presses of", int(press["from"]["id"])
    for content in update.values():
        if isinstance(content, dict) and "chat" in content:
            return "chat", int(content["chat"]["id"])
    return "update", int(update["update_id"])
