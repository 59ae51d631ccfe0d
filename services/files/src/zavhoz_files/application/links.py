"""Who gets a link: whoever may see the request, as the requests service says."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from zavhoz_contracts.api.v1 import CardAttachment, FileLink
from zavhoz_files.domain.links import LinkState, judge, sign


class Authority(Protocol):
    """The read API of the requests service (`zavhoz_contracts.api.client`)."""

    async def attachment(self, request_id: UUID, attachment_id: UUID, as_: str) -> CardAttachment:
        """One attachment, for who may see it.

        Raises:
            Forbidden: this person may not.
            NotFound: there is no such person, request, or attachment of it.
        """
        ...


class Links:
    """Makes and judges links under `base_url`, good for `seconds`. The first of `keys` signs, all are accepted."""

    def __init__(self, authority: Authority, keys: Sequence[bytes], base_url: str, seconds: int) -> None:
        self._authority = authority
        self._keys = tuple(keys)
        self._base = base_url.rstrip("/")
        self._seconds = seconds

    async def allowed(self, attachment_id: UUID, request_id: UUID, as_: str) -> CardAttachment:
        """The attachment, if the person `as_` may have it; raises what `Authority.attachment` does."""
        return await self._authority.attachment(request_id, attachment_id, as_)

    def make(self, attachment_id: UUID) -> FileLink:
        """A link for somebody who is allowed to have it."""
        expires = int(time.time()) + self._seconds
        signature = sign(self._keys[0], attachment_id, expires)
        url = f"{self._base}/v1/attachments/{attachment_id}/content?expires={expires}&signature={signature}"
        return FileLink(url=url, expires_at=datetime.fromtimestamp(expires, UTC))

    def judge(self, attachment_id: UUID, expires: str, signature: str) -> LinkState:
        """What a link is worth now."""
        return judge(self._keys, attachment_id, expires, signature, time.time())
