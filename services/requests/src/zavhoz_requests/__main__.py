"""`python -m zavhoz_requests --help`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from zavhoz_chassis.health import Health
from zavhoz_chassis.process import Command, Process, main
from zavhoz_requests.settings import ROLES, Settings

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def bootstrap(settings: Settings, *, roles: frozenset[str], health: Health) -> AbstractAsyncContextManager[Process]:
    """The composition root; imported only to run, for a migration needs little of it and should not wait."""
    from zavhoz_requests.bootstrap import bootstrap as build

    return build(settings, roles=roles, health=health)


def places(arguments: Sequence[str]) -> int:
    """The tree of places; imported only when it is wanted."""
    from zavhoz_requests.entrypoints.places_cli import main as run

    return run(arguments)


PLACES = Command("the tree of places: load it from a CSV file, or export it; `places --help`", places)

if __name__ == "__main__":
    sys.exit(main("requests", Settings, bootstrap, roles=ROLES, migrations=MIGRATIONS, more={"places": PLACES}))
