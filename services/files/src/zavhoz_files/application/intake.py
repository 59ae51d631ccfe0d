"""One attachment from Telegram to the store: fetch, judge, keep."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID, uuid4

from zavhoz_contracts.errors import Permanent, Transient
from zavhoz_contracts.files.v1.events import AttachmentAdded, AttachmentRefusalReason
from zavhoz_contracts.message import Payload
from zavhoz_files.application.sniffing import media_type
from zavhoz_files.domain.media import Received, judge, object_key

GIVE_UP_AFTER: Final = 4
"""Attempts (1 s, 5 s, 30 s and 5 min apart) before a file that Telegram does not give out counts as unavailable."""


class FileTooLarge(Permanent):
    """The file is over the byte cap, or over what Telegram gives out to a bot (20 MB)."""

    reason = AttachmentRefusalReason.TOO_LARGE.value


class FileUnavailable(Transient):
    """Telegram does not give the file out just now."""


class Downloads(Protocol):
    """Fetches files from Telegram."""

    async def fetch(self, file_id: str, into: Path) -> tuple[int, str]:
        """Stream the file into `into`; return its size in bytes and its SHA-256.

        Raises:
            FileTooLarge: as it says; what was written so far is left for the caller to remove.
            FileUnavailable: as it says.
            Outage: Telegram does not answer at all.
        """
        ...


class Storage(Protocol):
    """Keeps bytes under keys."""

    async def put(self, key: str, path: Path) -> None:
        """Store the file's bytes under `key`, whole or not at all; storing the same again is harmless."""
        ...


class Kept(Payload):
    """The file is in the store under `key`."""

    attachment_id: UUID
    request_id: UUID
    size: int
    sha256: str
    media_type: str
    key: str


class NotKept(Payload):
    """The file is refused."""

    attachment_id: UUID
    request_id: UUID
    uploader_id: UUID
    reason: AttachmentRefusalReason


class Intake:
    """Takes attachments in; `folder` holds what is on its way, under names of our own making."""

    def __init__(self, downloads: Downloads, storage: Storage, folder: Path) -> None:
        self._downloads = downloads
        self._storage = storage
        self._folder = folder

    async def take(self, added: AttachmentAdded, attempt: int) -> Kept | NotKept:
        """Fetch, judge and keep one attachment. `attempt` counts from 0.

        Raises:
            FileUnavailable: Telegram does not give it out yet, and there are attempts left.
            Outage: Telegram or the store is away.
        """
        attachment = added.attachment
        path = self._folder / f"{uuid4()}.part"
        try:
            size, sha256 = await self._downloads.fetch(attachment.file_id, path)
            received = Received(size, sha256, await asyncio.to_thread(media_type, path))
            reason = judge(received)
            if reason is None:
                key = object_key(sha256)
                await self._storage.put(key, path)
                return Kept(
                    attachment_id=attachment.attachment_id,
                    request_id=added.request_id,
                    size=size,
                    sha256=sha256,
                    media_type=received.media_type,
                    key=key,
                )
        except FileTooLarge:
            reason = AttachmentRefusalReason.TOO_LARGE
        except FileUnavailable:
            if attempt < GIVE_UP_AFTER:
                raise
            reason = AttachmentRefusalReason.UNAVAILABLE
        finally:
            path.unlink(missing_ok=True)
        return NotKept(
            attachment_id=attachment.attachment_id,
            request_id=added.request_id,
            uploader_id=added.uploader_id,
            reason=reason,
        )
