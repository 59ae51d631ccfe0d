"""`python -m zavhoz_files --help`."""

from __future__ import annotations

import sys
from pathlib import Path

from zavhoz_chassis.process import main
from zavhoz_files.bootstrap import ROLES, bootstrap
from zavhoz_files.settings import Settings

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

if __name__ == "__main__":
    sys.exit(main("files", Settings, bootstrap, roles=ROLES, migrations=MIGRATIONS))
