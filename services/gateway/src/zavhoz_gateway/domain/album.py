"""An album that became part of a request: its further parts, which arrive as messages of their own, follow it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Album:
    """Which request it belongs to, and by which message it got there: delivered again, that one means the same.

    `refused`: it did not become a part, and neither do the others.
    """

    request_id: UUID
    message_id: int
    refused: bool = False
