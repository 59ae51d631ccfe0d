"""The files service between a real broker, a real database and the stand-in for Telegram."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiohttp import web

from zavhoz_chassis.migrations import downgrade, migrate
from zavhoz_chassis.process import running
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.files.v1.events import AttachmentAdded, AttachmentRefused, AttachmentStored
from zavhoz_contracts.message import Attachment, AttachmentKind
from zavhoz_files.__main__ import MIGRATIONS
from zavhoz_files.bootstrap import bootstrap
from zavhoz_files.settings import Settings
from zavhoz_messaging.publisher import Publisher, publishing
from zavhoz_messaging.testing import Subscriber, subscribed
from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app

TOKEN = "100001:token-of-the-files-tests"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)) * 40 + b"\xff\xd9"
STORED, REFUSED = AttachmentStored.TYPE, AttachmentRefused.TYPE


class TestSettings(Settings):
    """The service's settings, on a database of the test's own."""

    __test__ = False
    database: str

    def database_url(self, service: str) -> str:
        del service
        return self.database


@dataclass
class World:
    """Telegram with one person in it, a publisher for their attachments, and a subscriber of what becomes of them."""

    anna: Person
    sandbox: SandboxClient
    publisher: Publisher
    subscriber: Subscriber
    settings: TestSettings
    folder: Path

    async def announce(self, file: dict[str, Any], kind: AttachmentKind, id: UUID | None = None) -> Envelope[Any]:
        """Say, as the requests service does, that a request has this file."""
        request_id = uuid4()
        attachment = Attachment(
            attachment_id=id or uuid4(), kind=kind, file_id=file["file_id"], file_unique_id=file["file_unique_id"]
        )
        added = AttachmentAdded(
            request_id=request_id, attachment=attachment, uploader_id=uuid4(), occurred_at=datetime.now(UTC)
        )
        envelope = wrap(added, source="/zavhoz/requests", subject=f"request/{request_id}", version=2)
        await self.publisher.publish(envelope)
        return envelope

    async def photo(self, content: bytes = JPEG) -> dict[str, Any]:
        """Anna sends a photo; returns the largest size."""
        size: dict[str, Any] = (await self.anna.photo(content)).raw["photo"][-1]
        return size

    async def document(self, content: bytes, name: str = "holiday.jpg") -> dict[str, Any]:
        """Anna sends a file."""
        document: dict[str, Any] = (await self.anna.document(content, name)).raw["document"]
        return document


@pytest.fixture
async def world(database_url: str, amqp_vhost_url: str, tmp_path: Path) -> AsyncIterator[World]:
    database = urlunsplit(urlsplit(database_url)._replace(scheme="postgresql+asyncpg"))
    await asyncio.to_thread(migrate, database, MIGRATIONS)
    runner = web.AppRunner(make_app(Sandbox(TOKEN)), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings = TestSettings(
        database=database,
        postgres_url=database_url,
        amqp_url=amqp_vhost_url,
        bot_token=TOKEN,
        telegram_api_url=url,
        storage_url=(tmp_path / "files").as_uri(),
        max_file_bytes=100_000,
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        sandbox = await stack.enter_async_context(SandboxClient(url))
        subscriber = await stack.enter_async_context(subscribed(amqp_vhost_url))
        publisher = await stack.enter_async_context(publishing(amqp_vhost_url, "test"))
        anna = await sandbox.person(700_002, "Анна")
        yield World(anna, sandbox, publisher, subscriber, settings, tmp_path / "files")


@contextlib.asynccontextmanager
async def service(world: World) -> AsyncIterator[None]:
    async with bootstrap(world.settings) as process, running(process):
        yield


def stored_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_photo_is_stored_under_the_hash_of_its_content(world: World) -> None:
    async with service(world):
        added = await world.announce(await world.photo(), AttachmentKind.PHOTO)
        (event,) = await world.subscriber.wait_for(1, STORED)
    digest = hashlib.sha256(JPEG).hexdigest()
    assert event.data.sha256 == digest
    assert event.data.size == len(JPEG)
    assert event.data.media_type == "image/jpeg"
    assert (event.source, event.sequence) == ("/zavhoz/files", "0000000001")
    assert event.subject == f"attachment/{added.data.attachment.attachment_id}"
    assert (event.causationid, event.correlationid) == (added.id, added.correlationid)
    assert (world.folder / event.data.key).read_bytes() == JPEG


async def test_the_same_content_and_the_same_message_make_one_copy(world: World) -> None:
    async with service(world):
        added = await world.announce(await world.photo(), AttachmentKind.PHOTO)
        await world.subscriber.wait_for(1, STORED)
        await world.publisher.publish(added)
        await world.announce(await world.photo(), AttachmentKind.PHOTO)
        events = await world.subscriber.wait_for(2, STORED)
    assert len({event.subject for event in events}) == 2
    assert len(stored_files(world.folder)) == 1
    assert len(world.subscriber.of(STORED)) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"MZ\x90\x00" + bytes(60), "type_not_allowed"),
        (b"<svg onload='alert(1)'>", "type_not_allowed"),
        (b"", "empty"),
        (JPEG * 11, "too_large"),
    ],
)
async def test_what_is_not_kept_is_said_with_its_reason(world: World, content: bytes, reason: str) -> None:
    async with service(world):
        await world.announce(await world.document(content), AttachmentKind.DOCUMENT)
        (event,) = await world.subscriber.wait_for(1, REFUSED)
    assert event.data.reason == reason
    assert stored_files(world.folder) == []


async def test_a_file_that_telegram_says_is_too_big_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zavhoz_sandbox.methods.files.DOWNLOAD_MAX_BYTES", 1000)
    async with service(world):
        await world.announce(await world.document(JPEG), AttachmentKind.DOCUMENT)
        (event,) = await world.subscriber.wait_for(1, REFUSED)
    assert event.data.reason == "too_large"


@pytest.mark.parametrize("kind", ["drop_after_receipt", "400"])
async def test_a_transfer_that_breaks_off_is_tried_again(world: World, kind: str) -> None:
    await world.sandbox.fault(kind, method="download" if kind == "drop_after_receipt" else "getFile")
    async with service(world):
        await world.announce(await world.photo(), AttachmentKind.PHOTO)
        await world.subscriber.wait_for(1, STORED)
    assert len(stored_files(world.folder)) == 1


async def test_while_telegram_is_away_the_work_waits(world: World) -> None:
    photo = await world.photo()
    await world.sandbox.fault("5xx", method="download", times=2)
    async with service(world):
        await world.announce(photo, AttachmentKind.PHOTO)
        await world.subscriber.wait_for(1, STORED)
    assert world.subscriber.of(REFUSED) == []


async def test_one_bad_file_does_not_keep_its_neighbours(world: World) -> None:
    missing = {"file_id": "nobody-has-this", "file_unique_id": "x"}
    photos = [await world.photo(JPEG + bytes([number])) for number in range(5)]
    await world.announce(missing, AttachmentKind.PHOTO)
    for photo in photos:
        await world.announce(photo, AttachmentKind.PHOTO)
    async with service(world):
        await world.subscriber.wait_for(5, STORED)
    assert len(stored_files(world.folder)) == 5


async def test_migrations_go_up_and_down(world: World) -> None:
    await asyncio.to_thread(downgrade, world.settings.database, MIGRATIONS, "base")
    url = urlunsplit(urlsplit(world.settings.database)._replace(scheme="postgresql"))
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert [row["tablename"] for row in tables] == ["alembic_version"]
    finally:
        await connection.close()
    await asyncio.to_thread(migrate, world.settings.database, MIGRATIONS)
