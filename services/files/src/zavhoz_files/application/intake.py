"""One attachment from Telegram to the store: fetch, judge, keep."""

from __future__ import annotations

import asyncio
import errno
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID, uuid4

from zavhoz_contracts.errors import Outage, Permanent, Transient
from zavhoz_contracts.files.v1.events import AttachmentAdded, AttachmentRefusalReason
from zavhoz_contracts.message import Payload
from zavhoz_files.application.sniffing import media_type
from zavhoz_files.domain.media import IMAGES, Received, judge, object_key
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_telegram.downloads import FileTooLarge, FileUnavailable

GIVE_UP_AFTER: Final = 4
"""Attempts (1 s, 5 s, 30 s and 5 min apart) before a file that Telegram does not give out counts as unavailable."""


_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class PictureRefused(Permanent):
    """The picture cannot be kept; `refusal` says why."""

    def __init__(self, refusal: AttachmentRefusalReason) -> None:
        super().__init__(refusal.value, reason=refusal.value)
        self.refusal = refusal


class PictureUnreadable(Transient):
    """The process that reads pictures ended without a word, or took too long: the picture's fault, or the machine's."""


class DiskFull(Outage):
    """There is no room for files on their way: every one would fail."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"no room for files on their way: {error.strerror}", dependency="disk")


Begin = Callable[[str], Awaitable[None]]
"""Writes down that an object is about to be stored under a key."""


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


class Pictures(Protocol):
    """Draws pictures anew, without what else their files held."""

    async def reencode(self, source: Path, target: Path, media_type: str) -> str:
        """Write the picture to `target`; return its media type, which may be another one.

        Raises:
            PictureRefused: damaged, or too large in pixels or bytes.
            PictureUnreadable: as it says.
            OSError: there is no room for it.
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

    def __init__(self, downloads: Downloads, pictures: Pictures, storage: Storage, folder: Path) -> None:
        self._downloads = downloads
        self._pictures = pictures
        self._storage = storage
        self._folder = folder

    async def take(self, added: AttachmentAdded, attempt: int, begin: Begin) -> Kept | NotKept:
        """Fetch, judge and keep one attachment. `attempt` counts from 0; `begin` is told before anything is stored.

        Raises:
            FileUnavailable, PictureUnreadable: there are attempts left.
            Outage: Telegram or the store is away, or the disk is full.
        """
        path = self._folder / f"{uuid4()}.part"
        picture = path.with_suffix(".picture")
        try:
            return await self._keep(added, path, picture, begin)
        except FileTooLarge:
            reason = AttachmentRefusalReason.TOO_LARGE
        except PictureRefused as error:
            reason = error.refusal
        except (FileUnavailable, PictureUnreadable) as error:
            if attempt < GIVE_UP_AFTER:
                raise
            gone = isinstance(error, FileUnavailable)
            reason = AttachmentRefusalReason.UNAVAILABLE if gone else AttachmentRefusalReason.DAMAGED
        except OSError as error:
            if error.errno in _FULL:
                raise DiskFull(error) from error
            raise
        finally:
            path.unlink(missing_ok=True)
            picture.unlink(missing_ok=True)
        return _not_kept(added, reason)

    async def _keep(self, added: AttachmentAdded, path: Path, picture: Path, begin: Begin) -> Kept | NotKept:
        attachment = added.attachment
        size, sha256 = await self._downloads.fetch(attachment.file_id, path)
        received = Received(size, sha256, await asyncio.to_thread(media_type, path))
        reason = judge(received)
        if reason is not None:
            return _not_kept(added, reason)
        if received.media_type in IMAGES:
            drawn = await self._pictures.reencode(path, picture, received.media_type)
            path, received = picture, await asyncio.to_thread(_received, picture, drawn)
        key = object_key(received.sha256)
        await reached(Point.DOWNLOADED)
        await begin(key)
        await reached(Point.STORING)
        await self._storage.put(key, path)
        await reached(Point.STORED)
        return Kept(
            attachment_id=attachment.attachment_id,
            request_id=added.request_id,
            size=received.size,
            sha256=received.sha256,
            media_type=received.media_type,
            key=key,
        )


def _received(path: Path, media_type: str) -> Received:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Received(path.stat().st_size, digest, media_type)


def _not_kept(added: AttachmentAdded, reason: AttachmentRefusalReason) -> NotKept:
    return NotKept(
        attachment_id=added.attachment.attachment_id,
        request_id=added.request_id,
        uploader_id=added.uploader_id,
        reason=reason,
    )
