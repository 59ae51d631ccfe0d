"""`python -m zavhoz_files --help`."""

from __future__ import annotations

import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from zavhoz_chassis.health import Health
from zavhoz_chassis.process import Process, main
from zavhoz_files.settings import ROLES, Settings

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def bootstrap(settings: Settings, *, roles: frozenset[str], health: Health) -> AbstractAsyncContextManager[Process]:
    """The composition root; imported only to run, for a migration needs little of it and should not wait."""
    from zavhoz_files.bootstrap import bootstrap as build

    return build(settings, roles=roles, health=health)


if __name__ == "__main__":
    sys.exit(main("files", Settings, bootstrap, roles=ROLES, migrations=MIGRATIONS))
