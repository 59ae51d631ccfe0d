"""Where traces and unexpected errors go: nowhere, unless an address is given; only then are their SDKs loaded.

Idle memory counts: OpenTelemetry's SDK and Sentry's take about 5 MB together.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final

from zavhoz_chassis.settings import TelemetrySettings

LONGEST_SECONDS: Final = 3.0
"""For what is still to be sent when a process ends."""
_SHORTEST_SECONDS: Final = 0.2

Finish = Callable[[float], None]


@contextlib.contextmanager
def nothing_unwanted() -> Iterator[None]:
    """Inside, OpenTelemetry's SDK for metrics is not to be had: redis-py would load it only because it is installed."""
    unwanted = "opentelemetry.sdk.metrics"
    if unwanted in sys.modules:
        yield
        return
    sys.modules[unwanted] = None  # type: ignore[assignment]  # so Python's import system says that it is not there
    try:
        yield
    finally:
        del sys.modules[unwanted]


def begin_telemetry(service: str, settings: TelemetrySettings) -> Finish:
    """Begin to send traces and errors where the settings say.

    Returns what sends the rest at the end: it blocks for at most as many seconds as it is given.
    """
    finishes: list[Finish] = []
    if settings.sentry_dsn is not None:
        from zavhoz_chassis import sentry

        finishes.append(sentry.begin(service, settings))
    if settings.traces_wanted:
        from zavhoz_chassis import traces

        finishes.append(traces.begin(service, settings))

    def finish(seconds: float) -> None:
        until = monotonic() + min(max(seconds, _SHORTEST_SECONDS), LONGEST_SECONDS)
        for one in finishes:
            one(max(until - monotonic(), _SHORTEST_SECONDS))

    return finish
