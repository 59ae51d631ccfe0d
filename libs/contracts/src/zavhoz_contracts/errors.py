"""Failure classes: what may be done about a failure, not where it came from.

Every error that a service raises on purpose derives from one of three classes. The consumer of a queue, the
gateway and the notifier look at the class alone:

- `Permanent`: it never will succeed (malformed message, chat not found). Dead-letter or record it.
- `Transient`: it may succeed later by itself (a lost race, a 429). Retry after a delay, bounded.
- `Outage`: a dependency is away, so every message would fail. Stop taking work, become not ready, resume.

A refusal ("only a manager may do that") is not a failure: it is a value with a reason code.
"""

from __future__ import annotations


class ZavhozError(Exception):
    """Root of all errors raised on purpose."""


class Permanent(ZavhozError):
    """Will never succeed, however often it is tried.

    `reason` is a short snake_case code for headers, metrics and logs; the exception's text is for people.
    """

    reason = "permanent"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class Transient(ZavhozError):
    """May succeed when tried again; `retry_after` is a hint in seconds, if the other side gave one."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Outage(ZavhozError):
    """A dependency is unavailable: `dependency` names it as readiness does (postgres, rabbitmq, telegram…)."""

    def __init__(self, message: str, *, dependency: str) -> None:
        super().__init__(message)
        self.dependency = dependency
