"""`python -m zavhoz_gateway run`."""

from __future__ import annotations

import sys

from zavhoz_chassis.process import main
from zavhoz_gateway.bootstrap import ROLES, bootstrap
from zavhoz_gateway.settings import Settings

if __name__ == "__main__":
    sys.exit(main("gateway", Settings, bootstrap, roles=ROLES))
