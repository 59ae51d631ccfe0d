"""Which files of a request go together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zavhoz_contracts.api.v1 import AlbumFile
from zavhoz_contracts.message import AttachmentKind
from zavhoz_telegram.albums import TOGETHER_MAX

_TOGETHER: Final = (
    frozenset({AttachmentKind.PHOTO, AttachmentKind.VIDEO}),
    frozenset({AttachmentKind.DOCUMENT}),
    frozenset({AttachmentKind.AUDIO}),
)
"""Other kinds are not mixed, or go one by one (https://core.telegram.org/bots/api#sendmediagroup)."""


def albums(files: Sequence[AlbumFile]) -> list[list[AlbumFile]]:
    """What is sent, each with one call: of each sort the newest 10, in the order they were sent."""
    sorts = [[file for file in files if file.kind in sort][-TOGETHER_MAX:] for sort in _TOGETHER]
    alone = [file for file in files if not any(file.kind in sort for sort in _TOGETHER)][-TOGETHER_MAX:]
    return [sort for sort in sorts if sort] + [[file] for file in alone]
