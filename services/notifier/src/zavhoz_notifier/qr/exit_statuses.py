"""How the process that draws a sheet ends, beside 0; apart, so that the service does not load its libraries."""

from __future__ import annotations

from typing import Final

DISK_FULL: Final = 5
