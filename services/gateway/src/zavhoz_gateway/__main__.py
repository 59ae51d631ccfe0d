"""`python -m zavhoz_gateway --help`."""

from __future__ import annotations

import sys
from contextlib import AbstractAsyncContextManager

from zavhoz_chassis.health import Health
from zavhoz_chassis.process import Process, main
from zavhoz_gateway.settings import ROLES, Settings


def bootstrap(settings: Settings, *, roles: frozenset[str], health: Health) -> AbstractAsyncContextManager[Process]:
    """The composition root; imported only to run."""
    from zavhoz_gateway.lean_aiogram import import_aiogram

    import_aiogram()  # before anything else does
    from zavhoz_gateway.bootstrap import bootstrap as build

    return build(settings, roles=roles, health=health)


if __name__ == "__main__":
    sys.exit(main("gateway", Settings, bootstrap, roles=ROLES))
