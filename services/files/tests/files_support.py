"""What the tests of the files service share: stores of both kinds, the world around the service, and real pictures.

Run as a script it is the service as a process of its own, which kills itself where FAILPOINT says, once.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import obstore
from obstore.store import LocalStore, ObjectStore
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_chassis.health import Health
from zavhoz_chassis.process import Process, running
from zavhoz_chassis.process import main as run
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.files.v1.events import AddedFile, AttachmentAdded, AttachmentRefused, AttachmentStored
from zavhoz_contracts.message import AttachmentKind
from zavhoz_files.application.intake import Kept, NotKept
from zavhoz_files.bootstrap import bootstrap
from zavhoz_files.settings import ROLES, Settings
from zavhoz_files.storage import ObjectStorage
from zavhoz_files.store import attachments
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.relay import Relay
from zavhoz_messaging.testing import Subscriber
from zavhoz_sandbox.client import Person, SandboxClient

STORED, REFUSED = AttachmentStored.TYPE, AttachmentRefused.TYPE
FAILPOINT, MARK = "TEST_FAILPOINT", "TEST_FAILPOINT_MARK"


class TestSettings(Settings):
    """The service's settings, on a database of the test's own."""

    __test__ = False
    database: str

    def database_url(self, service: str) -> str:
        del service
        return self.database


@dataclass(frozen=True)
class Store:
    """A store as an outsider sees it, and the settings that make the service use it."""

    kind: str
    settings: dict[str, str]
    outside: ObjectStore
    folder: Path | None = None

    async def keys(self) -> list[str]:
        """The names of all that is in it."""
        return [one["path"] for one in await obstore.list(self.outside).collect_async()]

    async def objects(self) -> dict[str, bytes]:
        """All that is in it, by key; nothing may be removed meanwhile."""
        return {
            key: bytes(await (await obstore.get_async(self.outside, key)).bytes_async()) for key in await self.keys()
        }


def folder_store(folder: Path) -> Store:
    """A folder."""
    return Store("folder", {"storage_url": folder.as_uri()}, LocalStore(folder, mkdir=True), folder)


@dataclass
class World:
    """Telegram with one person in it, a publisher for their attachments, and a subscriber of what becomes of them."""

    anna: Person
    sandbox: SandboxClient
    publisher: Publisher
    subscriber: Subscriber
    settings: TestSettings
    store: Store

    async def announce(self, file: dict[str, Any], kind: AttachmentKind, id: UUID | None = None) -> Envelope[Any]:
        """Say, as the requests service does, that a request has this file."""
        request_id = uuid4()
        attachment = AddedFile(
            attachment_id=id or uuid4(),
            kind=kind,
            file_id=file["file_id"],
            file_unique_id=file["file_unique_id"],
        )
        added = AttachmentAdded(
            request_id=request_id, attachment=attachment, uploader_id=uuid4(), occurred_at=datetime.now(UTC)
        )
        envelope = wrap(added, source="/zavhoz/requests", subject=f"request/{request_id}", version=2)
        await self.publisher.publish(envelope)
        return envelope

    async def photo(self, content: bytes) -> dict[str, Any]:
        """Anna sends a photo; returns the largest size."""
        size: dict[str, Any] = (await self.anna.photo(content)).raw["photo"][-1]
        return size

    async def document(self, content: bytes, name: str = "holiday.jpg") -> dict[str, Any]:
        """Anna sends a file."""
        document: dict[str, Any] = (await self.anna.document(content, name)).raw["document"]
        return document

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """What the service's database answers."""
        connection = await asyncpg.connect(self.settings.database.replace("+asyncpg", ""))
        try:
            rows: list[asyncpg.Record] = await connection.fetch(query, *values)
        finally:
            await connection.close()
        return rows

    @contextlib.asynccontextmanager
    async def service(self, *roles: str, health: Health | None = None, **changed: Any) -> AsyncIterator[Process]:
        """The service, running in this process as it does in its own; the worker unless other roles are named."""
        settings = self.settings.model_copy(update=changed)
        async with (
            bootstrap(settings, roles=frozenset(roles or ("worker",)), health=health) as process,
            running(process),
        ):
            yield process


def picture(format: str = "JPEG", size: tuple[int, int] = (40, 30), *, shade: int = 0, **options: Any) -> bytes:
    """A small picture; another `shade` makes another content."""
    image = Image.effect_noise(size, 60).convert("RGB") if options.pop("noise", False) else Image.new("RGB", size)
    image.paste((shade, 90, 200), (0, 0, size[0] // 2, size[1] // 2))
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def zipped(*names: str) -> bytes:
    """An archive with files of these names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return buffer.getvalue()


def _die_once() -> None:
    mark = Path(os.environ[MARK])
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _arm(failpoint: str) -> None:
    """Have the process kill itself before it stores, after that and before the commit, or after the commit."""
    put, settle = ObjectStorage.put, attachments.settle
    wake = Relay.wake

    async def dying_put(self: ObjectStorage, key: str, path: Path) -> None:
        if failpoint == "before_storing":
            _die_once()
        await put(self, key, path)

    async def dying_settle(connection: AsyncConnection, cause: Envelope[Any], result: Kept | NotKept) -> bool:
        if failpoint == "before_commit":
            _die_once()
        return await settle(connection, cause, result)

    def dying_wake(self: Relay) -> None:
        if failpoint == "after_commit":
            _die_once()
        wake(self)

    ObjectStorage.put = dying_put  # type: ignore[method-assign]
    attachments.settle = dying_settle
    Relay.wake = dying_wake  # type: ignore[method-assign]


def main() -> int:
    """The worker as a process of its own."""
    _arm(os.environ.get(FAILPOINT, ""))
    return run("files", TestSettings, bootstrap, roles=ROLES, arguments=["run", "worker"])


if __name__ == "__main__":
    sys.exit(main())
