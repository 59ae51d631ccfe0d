"""The files service between a real broker, a real database, both kinds of store and the stand-in for Telegram."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from files_support import FAILPOINT, MARK, REFUSED, STORED, World, picture, zipped
from PIL import Image

from zavhoz_chassis.health import Health
from zavhoz_chassis.migrations import downgrade, migrate
from zavhoz_contracts.message import AttachmentKind
from zavhoz_devstack.servers.seaweedfs import SeaweedFS
from zavhoz_devstack.state import temporary_folder
from zavhoz_files.__main__ import MIGRATIONS
from zavhoz_messaging.testing import wait_until
from zavhoz_telegram.answers import File
from zavhoz_telegram.client import Bot

JPEG = picture()
only_folder = pytest.mark.parametrize("store", ["folder"], indirect=True)


async def test_a_photo_is_stored_under_the_hash_of_what_is_stored(world: World) -> None:
    async with world.service():
        added = await world.announce(await world.photo(JPEG), AttachmentKind.PHOTO)
        (event,) = await world.subscriber.wait_for(1, STORED)
    ((key, content),) = (await world.store.objects()).items()
    assert event.data.key == key
    assert event.data.sha256 == hashlib.sha256(content).hexdigest()
    assert event.data.size == len(content)
    assert event.data.media_type == "image/jpeg"
    assert Image.open(io.BytesIO(content)).size == (40, 30)
    assert (event.source, event.sequence) == ("/zavhoz/files", "0000000001")
    assert event.subject == f"attachment/{added.data.attachment.attachment_id}"
    assert (event.causationid, event.correlationid) == (added.id, added.correlationid)
    assert await world.rows("SELECT FROM uploads") == []


async def test_a_document_is_stored_as_it_is(world: World) -> None:
    content = "Течёт кран в 214-й\n".encode() * 5000
    async with world.service(max_file_bytes=20_000_000):
        await world.announce(await world.document(content, "заметка.txt"), AttachmentKind.DOCUMENT)
        (event,) = await world.subscriber.wait_for(1, STORED)
    assert await world.store.objects() == {event.data.key: content}
    assert event.data.sha256 == hashlib.sha256(content).hexdigest()


async def test_the_same_content_and_the_same_message_make_one_copy(world: World) -> None:
    async with world.service():
        added = await world.announce(await world.photo(JPEG), AttachmentKind.PHOTO)
        await world.subscriber.wait_for(1, STORED)
        await world.publisher.publish(added)
        await world.announce(await world.photo(JPEG), AttachmentKind.PHOTO)
        events = await world.subscriber.wait_for(2, STORED)
    assert len({event.subject for event in events}) == 2
    assert len(await world.store.keys()) == 1
    assert len(world.subscriber.of(STORED)) == 2


@only_folder
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"MZ\x90\x00" + bytes(60), "executable"),
        (zipped("a.txt"), "archive"),
        (b"<svg onload='alert(1)'>", "type_not_allowed"),
        (b"", "empty"),
        (os.urandom(100_001), "too_large"),
        (JPEG[:200], "damaged"),
        (picture(size=(400, 300)), "too_many_pixels"),
    ],
)
async def test_what_is_not_kept_is_said_with_its_reason(world: World, content: bytes, reason: str) -> None:
    async with world.service(max_image_pixels=100_000):
        added = await world.announce(await world.document(content), AttachmentKind.DOCUMENT)
        (event,) = await world.subscriber.wait_for(1, REFUSED)
    assert event.data.reason == reason
    assert event.data.uploader_id == added.data.uploader_id
    assert await world.store.keys() == []


@only_folder
async def test_a_file_that_telegram_says_is_too_big_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zavhoz_sandbox.methods.files.DOWNLOAD_MAX_BYTES", 100)
    async with world.service():
        await world.announce(await world.document(JPEG), AttachmentKind.DOCUMENT)
        (event,) = await world.subscriber.wait_for(1, REFUSED)
    assert event.data.reason == "too_large"


@only_folder
async def test_a_file_longer_than_telegram_said_is_not_fetched_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_file = Bot.get_file

    async def silent(bot: Bot, file_id: str) -> File:
        return (await get_file(bot, file_id)).model_copy(update={"file_size": None})

    monkeypatch.setattr(Bot, "get_file", silent)
    async with world.service():
        await world.announce(await world.document(os.urandom(100_001)), AttachmentKind.DOCUMENT)
        (event,) = await world.subscriber.wait_for(1, REFUSED)
    assert event.data.reason == "too_large"


@only_folder
@pytest.mark.parametrize("kind", ["drop_after_receipt", "400"])
async def test_a_transfer_that_breaks_off_is_tried_again(world: World, kind: str) -> None:
    await world.sandbox.fault(kind, method="download" if kind == "drop_after_receipt" else "getFile")
    async with world.service():
        await world.announce(await world.photo(JPEG), AttachmentKind.PHOTO)
        await world.subscriber.wait_for(1, STORED)
    assert len(await world.store.keys()) == 1


@only_folder
async def test_while_telegram_is_away_the_work_waits(world: World) -> None:
    photo = await world.photo(JPEG)
    await world.sandbox.fault("5xx", method="download", times=2)
    async with world.service():
        await world.announce(photo, AttachmentKind.PHOTO)
        await world.subscriber.wait_for(1, STORED)
    assert world.subscriber.of(REFUSED) == []


async def test_one_bad_file_does_not_keep_its_neighbours(world: World) -> None:
    missing = {"file_id": "nobody-has-this", "file_unique_id": "x"}
    photos = [await world.photo(picture(shade=number * 40)) for number in range(5)]
    await world.announce(missing, AttachmentKind.PHOTO)
    for photo in photos:
        await world.announce(photo, AttachmentKind.PHOTO)
    async with world.service():
        await world.subscriber.wait_for(5, STORED)
    assert len(await world.store.keys()) == 5


def unmount(disk: Path) -> None:
    """What lies in a folder is not there, and nothing can be put there."""
    disk.rename(disk.with_name("unmounted"))
    disk.touch()


def mount(disk: Path) -> None:
    """It is there again."""
    disk.unlink()
    disk.with_name("unmounted").rename(disk)


@pytest.mark.timeout(240)
async def test_while_the_store_is_away_nothing_is_lost_and_readiness_says_so(world: World, tmp_path: Path) -> None:
    """A folder without its file system, and a server that is killed in the middle; both come back."""
    health = Health()
    with temporary_folder() as state:
        server = SeaweedFS(state) if world.store.kind == "s3" else None
        changed: dict[str, object] = {}
        if server is not None:
            await asyncio.to_thread(server.start)
            given = {name.lower(): value for name, value in server.settings().items()}
            fresh = type(world.settings).model_validate({**world.settings.model_dump(), **given})
            changed = {name: getattr(fresh, name) for name in given}
        else:
            changed = {"storage_url": (tmp_path / "disk" / "files").as_uri()}

        async def readiness(wanted: bool) -> bool:
            return health.ready is wanted

        async with world.service(health=health, **changed):
            await wait_until(lambda: readiness(True), "ready", timeout=60)
            await asyncio.to_thread(server.kill if server else partial(unmount, tmp_path / "disk"))
            await world.announce(await world.photo(JPEG), AttachmentKind.PHOTO)
            await wait_until(lambda: readiness(False), "not ready", timeout=60)

            async def waits() -> bool:
                return "waits for storage" in health.report()["files.events"]

            await wait_until(waits, "the queue waits for the store", timeout=60)
            await asyncio.to_thread(server.start if server else partial(mount, tmp_path / "disk"))
            await world.subscriber.wait_for(1, STORED, timeout=60)
            await wait_until(lambda: readiness(True), "ready again", timeout=60)
        assert world.subscriber.of(REFUSED) == []
        if server is not None:
            server.kill()


def place_full_device(temporary: Path) -> None:
    """Where the worker will write the file that it calls `full` there is a device that is always full."""
    (folder,) = temporary.glob("zavhoz-files-*")
    (folder / "full.part").symlink_to("/dev/full")


@only_folder
async def test_a_full_disk_is_waited_for(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first download goes to a device that is always full; its place is free again afterwards."""
    names = iter(["full"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("zavhoz_files.application.intake.uuid4", lambda: next(names, "free"))
    health, seen = Health(), list[str]()
    note = health.set

    def noting(name: str, ok: bool, detail: str = "") -> None:
        seen.append(detail)
        note(name, ok, detail)

    monkeypatch.setattr(health, "set", noting)
    await world.announce(await world.photo(JPEG), AttachmentKind.PHOTO)
    async with world.service(health=health):
        place_full_device(tmp_path)
        await world.subscriber.wait_for(1, STORED)
    assert any("waits for disk: no room for files on their way" in detail for detail in seen)


@pytest.mark.parametrize("failpoint", ["before_storing", "before_commit", "after_commit"])
@pytest.mark.timeout(180)
async def test_a_kill_half_way_leaves_one_object_one_row_one_event(
    world: World, tmp_path: Path, failpoint: str
) -> None:
    await world.announce(await world.photo(JPEG), AttachmentKind.PHOTO)
    mark = tmp_path / "died"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    secrets = {name: getattr(value, "get_secret_value", lambda v=value: v)() for name, value in world.settings}
    given = {
        **{name.upper(): str(value) for name, value in secrets.items() if value not in (None, (), {})},
        "HTTP_PORT": "0",
        FAILPOINT: failpoint,
        MARK: str(mark),
    }
    command = [sys.executable, str(Path(__file__).with_name("files_support.py"))]
    with (tmp_path / "log").open("wb") as log:
        first = await asyncio.create_subprocess_exec(*command, env=plain | given, stdout=log, stderr=log)
        status = await asyncio.wait_for(first.wait(), 60)
        assert (status, mark.exists()) == (-9, True), (tmp_path / "log").read_text()
        begun = await world.rows("SELECT key FROM uploads")
        assert len(begun) == (failpoint != "after_commit"), "what is not settled was written down before it was stored"
        second = await asyncio.create_subprocess_exec(*command, env=plain | given, stdout=log, stderr=log)
        try:
            (event,) = await world.subscriber.wait_for(1, STORED, timeout=60)

            async def settled() -> bool:
                rows = await world.rows("SELECT state FROM attachments")
                return [row["state"] for row in rows] == ["stored"]

            await wait_until(settled, "the row is there")
        finally:
            second.terminate()
            await second.wait()
    assert await world.store.keys() == [event.data.key]
    assert len(await world.rows("SELECT FROM events")) == len(world.subscriber.of(STORED)) == 1
    assert await world.rows("SELECT FROM uploads") == []


@only_folder
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
