"""A dead letter as whoever repairs things sees it: what it is, why it died, when, and whether it may be replayed.

Anything can lie in a queue of dead letters: messages of types that nobody here knows, bytes that are no message, what
the broker itself put there. Nothing is expected of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from pydantic_core import from_json

from zavhoz_messaging.delivery import DIED_AT, ERROR, QUEUE, REASON, Headed, attempt
from zavhoz_messaging.inbox import KEPT

UNKNOWN: Final = "unknown"
"""The reason of a letter that says none."""
_OURS: Final = frozenset({REASON, ERROR, QUEUE, DIED_AT})


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter.

    `key` names it: its event id, or for bytes without one the beginning of their hash. `content` is its decoded JSON,
    if it is JSON at all; `headers` are those that we have not read into the other fields.
    """

    key: str
    type: str | None
    reason: str
    error: str
    queue: str
    attempts: int
    written_at: datetime | None
    died_at: datetime | None
    body: bytes
    content: Any
    headers: Mapping[str, Any]

    def too_old(self, now: datetime) -> str | None:
        """Why it may not be replayed, if it may not: the inbox has forgotten whether it had its effect."""
        since = self.written_at or self.died_at
        if since is None or now - since <= KEPT:
            return None
        return (
            f"written on {since:%Y-%m-%d}; inboxes remember {KEPT.days} days, "
            "so an effect it may have had would be had again"
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters are meant: those with one of the keys, one of the reasons and one of the types, where named."""

    keys: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()

    def takes(self, letter: DeadLetter) -> bool:
        """Whether this one is meant."""
        return (
            (not self.keys or letter.key in self.keys)
            and (not self.reasons or letter.reason in self.reasons)
            and (not self.types or letter.type in self.types)
        )


def read(message: Headed, body: bytes, queue: str) -> DeadLetter:
    """Read what lies in the dead letters of `queue`, whatever it is."""
    headers, death = message.headers, _death(message.headers)
    try:
        content = from_json(body)
    except ValueError:
        content = None
    envelope = content if isinstance(content, dict) else {}
    id, type = envelope.get("id"), envelope.get("type")
    return DeadLetter(
        key=id if isinstance(id, str) and id else f"sha256:{sha256(body).hexdigest()[:12]}",
        type=type if isinstance(type, str) else None,
        reason=str(headers.get(REASON) or death.get("reason") or UNKNOWN),
        error=str(headers.get(ERROR, "")),
        queue=str(headers.get(QUEUE) or death.get("queue") or queue),
        attempts=attempt(message),
        written_at=_moment(envelope.get("time")),
        died_at=_moment(headers.get(DIED_AT)) or _moment(death.get("time")),
        body=body,
        content=content,
        headers={name: value for name, value in headers.items() if name not in _OURS},
    )


def _death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the broker says of its own dead-lettering: https://www.rabbitmq.com/docs/dlx#effects."""
    deaths = headers.get("x-death")
    first = deaths[0] if isinstance(deaths, list) and deaths else None
    return first if isinstance(first, dict) else {}


def _moment(value: object) -> datetime | None:
    """A moment from milliseconds (our header), from text (an envelope), or from the broker; else none."""
    try:
        if isinstance(value, int):
            return datetime.fromtimestamp(value / 1000, UTC)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(moment, datetime):
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def age(since: datetime, now: datetime) -> timedelta:
    """How long ago, never less than nothing: clocks differ."""
    return max(now - since, timedelta())
