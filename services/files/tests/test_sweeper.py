"""What nobody names is removed when it is old enough; what anybody names, or may name yet, stays."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import obstore
import pytest
from files_support import STORED, World, picture
from prometheus_client import REGISTRY

from zavhoz_chassis.database import Database
from zavhoz_contracts.message import AttachmentKind
from zavhoz_files.domain.media import object_key
from zavhoz_files.entrypoints.sweeper import Sweeper
from zavhoz_files.storage import ObjectStorage
from zavhoz_files.store import orphans
from zavhoz_files.workfolder import remove_abandoned, work_folder
from zavhoz_messaging.testing import wait_until

NOW, DAY = timedelta(0), timedelta(days=1)


@pytest.fixture
async def database(world: World) -> AsyncIterator[Database]:
    database = Database(world.settings.database, pool_size=3)
    yield database
    await database.close()


def key_of(content: bytes) -> str:
    return object_key(hashlib.sha256(content).hexdigest())


async def orphan(world: World, content: bytes = b"nobody's") -> str:
    """An object without a row, as a crash leaves one; returned when it is older than an instant."""
    key = key_of(content)
    await obstore.put_async(world.store.outside, key, content)

    async def old() -> bool:  # a bucket's clock has whole seconds
        probe = f"probe/{uuid4()}"
        await obstore.put_async(world.store.outside, probe, b"")
        newer = (await obstore.head_async(world.store.outside, probe))["last_modified"]
        await obstore.delete_async(world.store.outside, probe)
        return newer > (await obstore.head_async(world.store.outside, key))["last_modified"]

    await wait_until(old, "the store's clock goes on")
    return key


def sweeper(world: World, database: Database, grace: timedelta) -> Sweeper:
    return Sweeper(database, ObjectStorage.from_settings(world.settings), every=3600, grace=grace)


async def test_only_what_nobody_names_is_removed(world: World, database: Database) -> None:
    async with world.service():
        await world.announce(await world.photo(picture()), AttachmentKind.PHOTO)
        (event,) = await world.subscriber.wait_for(1, STORED)
    key = await orphan(world)
    assert set(await world.store.keys()) == {key, event.data.key}
    assert await sweeper(world, database, NOW).sweep(asyncio.Event()) == 1
    assert await world.store.keys() == [event.data.key]


async def test_an_object_younger_than_the_grace_is_kept(world: World, database: Database) -> None:
    key = await orphan(world)
    assert await sweeper(world, database, DAY).sweep(asyncio.Event()) == 0
    assert await world.store.keys() == [key]


async def test_what_is_on_its_way_is_kept_however_old_the_object_is(world: World, database: Database) -> None:
    """The same content once lay here as an orphan, and now somebody sends it again."""
    key, attachment_id = await orphan(world), uuid4()
    patient = Sweeper(database, _Old(ObjectStorage.from_settings(world.settings)), every=3600, grace=DAY)
    async with database.transaction() as connection:
        await orphans.begin(connection, attachment_id, key)
    assert await patient.sweep(asyncio.Event()) == 0
    await world.rows("UPDATE uploads SET begun_at = begun_at - interval '2 days'")
    assert await patient.sweep(asyncio.Event()) == 1
    assert await world.store.keys() == []
    assert await world.rows("SELECT FROM uploads") == []


class _Old(ObjectStorage):
    """The store, some days later."""

    def __init__(self, store: ObjectStorage) -> None:
        super().__init__(store._store, store._folder)

    async def pages(self):  # type: ignore[no-untyped-def]
        async for page in super().pages():
            yield [type(one)(one.key, one.written - 2 * DAY) for one in page]


@pytest.mark.parametrize("store", ["folder"], indirect=True)
async def test_an_upload_that_begins_during_a_removal_waits_for_its_end(world: World, database: Database) -> None:
    key = await orphan(world)
    begun = asyncio.Event()

    async def upload() -> None:
        async with database.transaction() as connection:
            await orphans.begin(connection, uuid4(), key)
        begun.set()

    async with asyncio.TaskGroup() as group, orphans.still_unnamed(database, key, NOW) as unnamed:
        assert unnamed
        group.create_task(upload())

        async def waits() -> bool:
            return bool(await world.rows("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))

        await wait_until(waits, "the upload waits")
        assert not begun.is_set()
    assert begun.is_set()
    async with orphans.still_unnamed(database, key, DAY) as unnamed:
        assert not unnamed


@pytest.mark.parametrize("store", ["folder"], indirect=True)
async def test_more_than_a_page_is_swept_and_counted(world: World, database: Database) -> None:
    folder = world.store.folder
    assert folder is not None
    for number in range(1100):
        path = folder / key_of(str(number).encode())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (1, 1))
    before = REGISTRY.get_sample_value("zavhoz_swept_total", {"kind": "object"}) or 0
    assert await sweeper(world, database, DAY).sweep(asyncio.Event()) == 1100
    assert REGISTRY.get_sample_value("zavhoz_swept_total", {"kind": "object"}) == before + 1100
    assert (REGISTRY.get_sample_value("zavhoz_sweep_last_success_seconds") or 0) > 1e9


@pytest.mark.parametrize("store", ["folder"], indirect=True)
async def test_writes_that_a_crash_broke_off_are_removed(world: World, database: Database) -> None:
    folder = world.store.folder
    assert folder is not None
    old, young = folder / "sha256" / "ab#1", folder / "sha256" / "cd#12"
    (folder / "sha256").mkdir()
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    await sweeper(world, database, DAY).sweep(asyncio.Event())
    assert (old.exists(), young.exists()) == (False, True)


async def test_it_runs_as_a_role_of_its_own(world: World) -> None:
    key = await orphan(world)
    async with world.service("sweeper", orphan_grace_seconds=0.0, sweep_every_seconds=0.2):

        async def gone() -> bool:
            return key not in await world.store.keys()

        await wait_until(gone, "the orphan is removed")


def test_folders_of_dead_processes_are_removed_and_of_living_ones_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, making = tmp_path / "zavhoz-files-dead", tmp_path / "zavhoz-files-making"
    for folder in (dead, making):
        folder.mkdir()
        (folder / "x.part").write_bytes(b"half")
    with work_folder() as living:
        for folder in (dead, living):
            os.utime(folder, (1, 1))
        assert remove_abandoned() == 1
        assert sorted(tmp_path.iterdir()) == sorted([living, making])
    assert list(tmp_path.iterdir()) == [making]
