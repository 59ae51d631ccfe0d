"""What a group of commands costs as the work grows: the same ones, in turns, on the small and on the large database."""

from __future__ import annotations

import statistics
import time
from functools import partial

from benchmarks.load import creates
from benchmarks.servers import Servers
from zavhoz_chassis.database import Database
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.requests.v1.commands import CreateRequest, TakeRequest
from zavhoz_requests.application.commands import CommandHandler

GROUP, WARMING = 100, 5
_SAID = "SELECT description FROM requests ORDER BY number DESC LIMIT 5000"


async def measure(servers: Servers, small: str, large: str, groups: int) -> list[float]:
    """The rate on the large database ÷ that on the small one, of so many groups each filed and then taken.

    The words are those that requests have there: an index of words is written all over, as it is by people.
    """
    said = [str(row[0]) for row in await servers.fetch(large, _SAID)]
    handler = CommandHandler(frozenset())
    both = [Database(servers.database(name).replace("postgresql://", "postgresql+asyncpg://"), pool_size=1)
            for name in (small, large)]  # fmt: skip
    ratios = []
    try:
        for number in range(WARMING + groups):
            took = []
            for database in both:
                filed = [_saying(one, said[(number * GROUP + at) % len(said)]) for at, one in enumerate(creates(GROUP))]
                taken = [_take(one) for one in filed]
                began = time.perf_counter()
                for group in (filed, taken):
                    await database.run(partial(handler.handle, commands=group))
                took.append(time.perf_counter() - began)
            ratios.append(took[0] / took[1])
    finally:
        for database in both:
            await database.close()
    return ratios[WARMING:]


def quartiles(ratios: list[float]) -> list[float]:
    """The middle half of it, for a disturbance lasts for a group or two."""
    low, middle, high = statistics.quantiles(ratios, n=4)
    return [low, middle, high]


def _saying(command: Envelope[CreateRequest], words: str) -> Envelope[CreateRequest]:
    return command.model_copy(update={"data": command.data.model_copy(update={"description": words})})


def _take(command: Envelope[CreateRequest]) -> Envelope[TakeRequest]:
    """It is taken by who filed it, if that is somebody of the staff; else that is decided too, and refused."""
    data = command.data
    taking = TakeRequest(request_id=data.request_id, actor=data.actor, origin=data.origin, seen_version=1)
    return wrap(taking, source="/zavhoz/gateway", subject=f"request/{data.request_id}")
