"""The object store, through obstore: a folder (`file:///…`) or a bucket that speaks S3 (`s3://bucket/prefix`)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from zavhoz_contracts.errors import Outage, Permanent
from zavhoz_files.settings import StorageSettings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

_CHUNK: Final = 256 * 1024
_LARGE: Final = 4 * 1024 * 1024
_PAGE: Final = 1000
_CLIENT: Final[ClientConfig] = {"connect_timeout": "3s", "timeout": "60s"}
_RETRY: Final[RetryConfig] = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
"""Little: whoever asks tries again anyway, and shows meanwhile that the store is away."""
_STAGED: Final = re.compile(r".+#\d+")
"""How obstore names what it has not finished writing into a folder."""


class StorageUnavailable(Outage):
    """The store does not take or give bytes: no space, no rights, not there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency="storage")


class ObjectMissing(Permanent):
    """There is nothing under this key."""

    reason = "object_missing"


@dataclass(frozen=True, slots=True)
class Listed:
    """An object in the store; `written` is by the store's clock."""

    key: str
    written: datetime


class ObjectStorage:
    """Keeps files under keys. Every method raises `StorageUnavailable` when the store refuses or does not answer.

    An object is written by one request and never in parts, so that a crash leaves nothing unfinished in a bucket. Of
    large files, which are held in memory meanwhile, one is written at a time.
    """

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder
        self._large = asyncio.Semaphore(1)

    @classmethod
    def from_settings(cls, settings: StorageSettings) -> ObjectStorage:
        """Open the store that the settings name; a folder is made when it is missing, a bucket is not."""
        if settings.storage_folder is not None:
            with _outages("cannot use the folder"):
                return cls(LocalStore(settings.storage_folder, mkdir=True), settings.storage_folder)
        client: ClientConfig = {**_CLIENT, "allow_http": _is_plain(settings)}
        config: S3Config = {"virtual_hosted_style_request": not settings.s3_path_style, "region": settings.s3_region}
        if settings.s3_endpoint is not None:
            config["endpoint"] = settings.s3_endpoint.get_secret_value()
        if settings.s3_access_key_id is not None and settings.s3_secret_access_key is not None:
            config["access_key_id"] = settings.s3_access_key_id
            config["secret_access_key"] = settings.s3_secret_access_key.get_secret_value()
        bucket, prefix = settings.storage_bucket
        return cls(S3Store(bucket, prefix=prefix or None, config=config, client_options=client, retry_config=_RETRY))

    async def put(self, key: str, path: Path) -> None:
        """Store the bytes of `path` under `key`: whole, or not at all; the same again is harmless."""
        size = (await asyncio.to_thread(path.stat)).st_size
        async with self._large if size > _LARGE else contextlib.nullcontext():
            with _outages(f"cannot store {key}"):
                await obstore.put_async(self._store, key, path, use_multipart=False)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """The bytes under `key`, in chunks of some 256 KiB.

        Raises:
            ObjectMissing: there is nothing.
        """
        try:
            with _outages(f"cannot read {key}"):
                found = await obstore.get_async(self._store, key)
        except StorageUnavailable as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise ObjectMissing(f"there is nothing under {key}") from error
            raise
        return _guarded(found.stream(min_chunk_size=_CHUNK), key)

    async def check(self) -> None:
        """See whether the store answers."""
        with _outages("no answer to a listing"):
            await obstore.list_with_delimiter_async(self._store)

    async def pages(self) -> AsyncIterator[Sequence[Listed]]:
        """Everything in the store, a page of at most 1000 at a time, in no particular order."""
        with _outages("cannot list"):
            async for page in obstore.list(self._store, chunk_size=_PAGE):
                yield [Listed(one["path"], one["last_modified"]) for one in page]

    async def delete(self, key: str) -> None:
        """Remove what is under `key`; nothing there is fine."""
        with _outages(f"cannot delete {key}"), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, key)

    async def remove_unfinished(self, older_than: timedelta) -> int:
        """Remove what writes that a crash broke off have left; returns how many. In a bucket there are none."""
        if self._folder is None:
            return 0
        return await asyncio.to_thread(_remove_staged, self._folder, older_than)


def _is_plain(settings: StorageSettings) -> bool:
    return settings.s3_endpoint is not None and settings.s3_endpoint.get_secret_value().startswith("http://")


async def _guarded(chunks: obstore.BytesStream, key: str) -> AsyncIterator[bytes]:
    with _outages(f"cannot read {key}"):
        async for chunk in chunks:
            yield bytes(chunk)


@contextlib.contextmanager
def _outages(what: str) -> Iterator[None]:
    """The library's errors, and those of the file system, as ours."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StorageUnavailable(f"{what}: {_line(error)}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _remove_staged(folder: Path, older_than: timedelta) -> int:
    removed, before = 0, time.time() - older_than.total_seconds()
    for path in folder.rglob("*#*"):
        with contextlib.suppress(FileNotFoundError):
            if _STAGED.fullmatch(path.name) and path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed
