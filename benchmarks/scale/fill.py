"""A database as an organisation has it after years: 40 sites, 2,000 people, and as many requests as are wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.servers import Servers
from zavhoz_chassis.database import Database
from zavhoz_contracts.api.places import PlaceKind
from zavhoz_requests.domain.places import Place
from zavhoz_requests.store import places

SITES, BUILDINGS, ROOMS = 40, 3, 96
STAFF: Final = 200
"""Technicians, who may have any number of open requests; their Telegram ids are the first."""
DATABASE: Final = "zavhoz_requests"
_STATEMENTS: Final = (Path(__file__).parent / "fill.sql").read_text()


async def fill(servers: Servers, count: int) -> None:
    """Fill the requests service's empty tables, by the server itself: a million requests within minutes."""
    database = Database(servers.database(DATABASE).replace("postgresql://", "postgresql+asyncpg://"), pool_size=1)
    try:
        await database.run(lambda connection: places.write(connection, tree()))
    finally:
        await database.close()
    await servers.execute(DATABASE, _STATEMENTS.replace(":count", str(count)), "VACUUM ANALYZE")


def tree() -> list[Place]:
    """The sites, each with 100 places: itself, three buildings, and their rooms, of which each site has a 214."""
    made: list[Place] = []
    for site in range(1, SITES + 1):
        at, name = f"s{site}", f"Площадка {site}"
        made.append(Place(at, None, PlaceKind.SITE, name, name, within=frozenset({at})))
        for building in range(1, BUILDINGS + 1):
            house, path = f"{at}b{building}", f"{name} › Корпус {building}"
            within = frozenset({at, house})
            made.append(Place(house, at, PlaceKind.BUILDING, f"Корпус {building}", path, within=within))
            for room in range(ROOMS // BUILDINGS):
                code, called = f"{house}r{room}", f"Кабинет {100 * building + room}"
                inside = within | {code}
                made.append(Place(code, house, PlaceKind.ROOM, called, f"{path} › {called}", within=inside))
    return made
