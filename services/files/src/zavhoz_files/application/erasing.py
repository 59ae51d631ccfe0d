"""Somebody was erased: the files that they alone have sent are deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog

from zavhoz_chassis.database import Database
from zavhoz_files.store import Connection, erasing, orphans

_log = structlog.get_logger("zavhoz.files")


class Objects(Protocol):
    """The store, as far as it is emptied."""

    async def delete(self, key: str) -> None:
        """Remove what is under `key`; nothing there is fine."""
        ...


class Erasing:
    """Deletes what a person sent. Done again, it does what is left; `grace` is that of uploads under way."""

    def __init__(self, database: Database, storage: Objects, grace: timedelta) -> None:
        self._database = database
        self._storage = storage
        self._grace = grace

    async def erase(self, person_id: UUID) -> int:
        """Delete the objects that nobody else sent too, and empty the person's rows; returns how many were deleted.

        Raises:
            Outage: store or database went away; some of it may be done.
        """
        keys = await self._database.run(lambda connection: erasing.remember(connection, person_id))
        deleted = 0
        for key in keys:
            async with orphans.alone_with(self._database, key) as connection:
                # The row goes with the object: after a crash in between it is still there, to be found again.
                await erasing.forget(connection, person_id, key)
                deleted += await self._delete(connection, key)
        await self._database.run(lambda connection: erasing.forget(connection, person_id, None))
        _log.info("a person was erased", person_id=str(person_id), objects=deleted)
        return deleted

    async def drop(self, key: str) -> None:
        """Delete what came for somebody who was erased meanwhile; left over, it is the sweeper's."""
        async with orphans.alone_with(self._database, key) as connection:
            await self._delete(connection, key)

    async def _delete(self, connection: Connection, key: str) -> bool:
        unnamed = bool(await orphans.unnamed(connection, [key], self._grace))
        if unnamed:
            await self._storage.delete(key)
        return unnamed
