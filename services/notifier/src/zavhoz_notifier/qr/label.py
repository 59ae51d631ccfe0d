"""What is printed for one place; apart from what draws it, so that the service does not load those libraries."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from zavhoz_contracts.api.places import SEPARATOR, Place

MAX_LABELS: Final = 5_000
"""Labels on one sheet, 625 pages: drawing them takes memory and time."""


@dataclass(frozen=True, slots=True)
class Label:
    """One place: its code, its name, and the names of what it is in, from the root."""

    code: str
    name: str
    within: tuple[str, ...] = ()

    @classmethod
    def of(cls, place: Place) -> Label:
        """The label of a place as the read API shows it."""
        above = place.path.removesuffix(place.name).removesuffix(SEPARATOR)
        return cls(place.code, place.name, tuple(above.split(SEPARATOR)) if above else ())

    def line(self) -> bytes:
        """This label as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=True).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Label:
        """The label of a line that `line` has made."""
        read = json.loads(line)
        return cls(read["code"], read["name"], tuple(read["within"]))


def link(bot: str, code: str) -> str:
    """The address that opens the bot with a draft at this place; `bot` is its username, without @.

    https://core.telegram.org/api/links#bot-links
    """
    return f"https://t.me/{bot}?start=loc_{code}"
