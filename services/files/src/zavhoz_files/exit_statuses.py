"""How the process that draws pictures anew ends, beside 0; apart, so that the service does not load its libraries."""

from __future__ import annotations

from typing import Final

TOO_MANY_PIXELS: Final = 3
DAMAGED: Final = 4
DISK_FULL: Final = 5
