"""What is measured of every call of the Bot API, and its span in the trace that it is made in."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from time import monotonic
from typing import Final

from prometheus_client import Histogram

from zavhoz_contracts import tracing
from zavhoz_contracts.errors import ZavhozError

_SECONDS: Final = Histogram(
    "zavhoz_bot_api_call_seconds",
    "Time until Telegram answered, by method and by what came of it: ok, or the class of the error",
    ["method", "result"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


@contextlib.contextmanager
def measured(method: str, server: str) -> Iterator[None]:
    """Around one call. Nothing of what is said is told, nor to whom; the address is not, for it holds the token."""
    began, result = monotonic(), "interrupted"
    attributes = {"http.request.method": "POST", "url.template": f"/bot{{token}}/{method}", "server.address": server}
    try:
        with tracing.part(method, attributes=attributes):
            yield
        result = "ok"
    except ZavhozError as error:
        result = _WORD.sub("_", type(error).__name__).lower()
        raise
    finally:
        _SECONDS.labels(method, result).observe(monotonic() - began)
