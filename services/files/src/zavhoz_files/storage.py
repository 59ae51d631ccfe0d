"""The object store, through obstore: a folder (`file:///…`) today; its other stores share the same calls."""

from __future__ import annotations

from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore

from zavhoz_contracts.errors import Outage


class StorageUnavailable(Outage):
    """The store does not take or give bytes: no space, no rights, not there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency="storage")


class ObjectStorage:
    """Keeps files under keys; memory stays bounded, for parts are streamed."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def from_url(cls, url: str) -> ObjectStorage:
        """Open the store that `url` names; a folder is made when it is missing."""
        folder = Path(url.removeprefix("file://"))
        return cls(LocalStore(prefix=folder, mkdir=True))

    async def put(self, key: str, path: Path) -> None:
        """Store the bytes of `path` under `key`: whole, or not at all.

        Raises:
            StorageUnavailable: the store refused or did not answer.
        """
        try:
            await obstore.put_async(self._store, key, path)
        except (BaseError, OSError) as error:
            raise StorageUnavailable(f"cannot store {key}: {error}") from error

    async def check(self) -> None:
        """See whether the store answers.

        Raises:
            StorageUnavailable: it does not.
        """
        try:
            await obstore.list_with_delimiter_async(self._store)
        except (BaseError, OSError) as error:
            raise StorageUnavailable(f"storage does not answer: {error}") from error
