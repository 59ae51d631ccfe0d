"""Links to files that expire: signed with HMAC-SHA256 (RFC 2104), so that they can be neither made up nor prolonged."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID


class LinkState(StrEnum):
    """What a link is worth."""

    GOOD = "good"
    EXPIRED = "expired"
    FORGED = "forged"


def sign(key: bytes, attachment_id: UUID, expires: int) -> str:
    """The signature of a link, in lower-case hex; `expires` is Unix time in whole seconds."""
    return hmac.new(key, f"zavhoz-file-v1\n{attachment_id}\n{expires}".encode(), hashlib.sha256).hexdigest()


def judge(keys: Sequence[bytes], attachment_id: UUID, expires: str, signature: str, now: float) -> LinkState:
    """What a link is worth at `now` (Unix time). Good if any key has signed it; all are compared in constant time.

    Whether it has expired is only told of a link that was good once.
    """
    given = signature.encode()
    if not expires.isascii() or not expires.isdigit() or len(expires) > len(str(2**63)):
        return LinkState.FORGED
    signed = [sign(key, attachment_id, int(expires)).encode() for key in keys]
    if not sum(hmac.compare_digest(given, one) for one in signed):
        return LinkState.FORGED
    return LinkState.GOOD if now < int(expires) else LinkState.EXPIRED
