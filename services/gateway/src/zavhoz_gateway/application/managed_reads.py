"""What managers' pages read: an answer, or the key of the sentence that says why there is none."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.errors import Outage
from zavhoz_gateway import metrics

T = TypeVar("T")


async def managed(read: Awaitable[T]) -> T | str:
    """What the API answers a manager."""
    try:
        return await read
    except NotFound:
        return "shelf.gone"
    except InvalidQuery:
        return "chat.outdated"
    except Forbidden as error:
        return "chat.deactivated" if error.reason == "deactivated" else "shelf.denied"
    except Outage:
        metrics.READ_API_FAILURES.labels("managed").inc()
        return "shelf.away"
