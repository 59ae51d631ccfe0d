"""What managers' pages read: an answer, or the key of the sentence that says why there is none."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final, TypeVar

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.errors import Outage
from zavhoz_gateway import metrics

T = TypeVar("T")
_DENIED: Final = {"people": "people.denied", "shelf": "shelf.denied"}
_UNAVAILABLE: Final = {"people": "people.unavailable", "shelf": "shelf.unavailable"}


async def answered(asking: Awaitable[T], about: str, unknown: str) -> T | str:
    """What the API answers about `people`, or what is on the `shelf`; `unknown` says that there is no such."""
    try:
        return await asking
    except NotFound:
        return unknown
    except InvalidQuery:
        return "chat.outdated"
    except Forbidden as error:
        return "chat.deactivated" if error.reason == "deactivated" else _DENIED[about]
    except Outage:
        metrics.READ_API_FAILURES.labels(about).inc()
        return _UNAVAILABLE[about]
