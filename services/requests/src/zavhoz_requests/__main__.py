"""`python -m zavhoz_requests --help`."""

from __future__ import annotations

import sys
from pathlib import Path

from zavhoz_chassis.process import main
from zavhoz_requests.bootstrap import ROLES, bootstrap
from zavhoz_requests.settings import Settings

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

if __name__ == "__main__":
    sys.exit(main("requests", Settings, bootstrap, roles=ROLES, migrations=MIGRATIONS))
