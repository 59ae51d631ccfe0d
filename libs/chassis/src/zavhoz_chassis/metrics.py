"""What every process measures of itself, and how it is told; memory and CPU are the client library's own collectors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from importlib.metadata import version
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, Info, generate_latest

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_SERVICE: Final = Info("zavhoz_service", "Which service, which version and which of its roles this process runs")
_LAG: Final = Histogram(
    "zavhoz_loop_lag_seconds",
    "How much later than asked the event loop woke a sleeper: what blocks the loop delays everything",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5),
)
_LAG_EVERY: Final = 1.0
HTTP_SECONDS: Final = Histogram(
    "zavhoz_http_request_seconds",
    "Time to answer, by the route's pattern, never by its path, and the class of the status (2xx)",
    ["method", "route", "status"],
)
HTTP_CLIENT_SECONDS: Final = Histogram(
    "zavhoz_http_client_request_seconds",
    "Time until another service answered, by what was asked for; the status is none when no answer came",
    ["method", "route", "status"],
)
SPANS_EXPORTED: Final = Counter(
    "zavhoz_spans_exported", "Spans given to a receiver of traces, by whether it took them", ["receiver", "result"]
)
ERRORS_REPORTED: Final = Counter("zavhoz_errors_reported", "Unexpected errors told to Sentry")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def status_class(status: int) -> str:
    """A status as a label: its class (`4xx`), or `none` when there was no answer."""
    return f"{status // 100}xx" if status else "none"


def method(name: str) -> str:
    """A method as a label: clients may send any word, and labels are few."""
    return name if name in _METHODS else "other"


def describe(service: str, roles: Iterable[str]) -> None:
    """Say what this process is."""
    _SERVICE.info({"service": service, "roles": ",".join(sorted(roles)), "version": version("zavhoz-chassis")})


def exposition() -> bytes:
    """All metrics of this process in the text format of Prometheus."""
    return generate_latest()


async def watch_the_loop() -> None:
    """Measure the event loop's lag each second, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time() + _LAG_EVERY
        await asyncio.sleep(_LAG_EVERY)
        _LAG.observe(max(0.0, loop.time() - asked))
