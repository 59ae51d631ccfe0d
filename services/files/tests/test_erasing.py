"""A person is erased: what they alone have sent is deleted, also what is still on its way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from files_support import STORED, World

from zavhoz_chassis.database import Database
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.files.v1.events import AddedFile, AttachmentAdded
from zavhoz_contracts.message import AttachmentKind
from zavhoz_contracts.people.v1.events import PersonErased
from zavhoz_files.application.erasing import Erasing
from zavhoz_files.storage import StorageUnavailable
from zavhoz_messaging.testing import wait_until

PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n%%EOF\n"


def erased(person_id: UUID) -> Envelope[Any]:
    data = PersonErased(person_id=person_id, occurred_at=datetime.now(UTC))
    return wrap(data, source="/zavhoz/requests", subject=f"person/{person_id}", version=2)


async def announce(world: World, content: bytes, uploader: UUID) -> Envelope[Any]:
    """Somebody has sent a file."""
    file, request_id = await world.document(content, "letter.pdf"), uuid4()
    added = AttachmentAdded(
        request_id=request_id,
        attachment=AddedFile(
            attachment_id=uuid4(),
            kind=AttachmentKind.DOCUMENT,
            file_id=file["file_id"],
            file_unique_id=file["file_unique_id"],
        ),
        uploader_id=uploader,
        occurred_at=datetime.now(UTC),
    )
    envelope = wrap(added, source="/zavhoz/requests", subject=f"request/{request_id}", version=2)
    await world.publisher.publish(envelope)
    return envelope


async def taken(world: World, *envelopes: Envelope[Any]) -> None:
    ids = [envelope.id for envelope in envelopes]

    async def all_taken() -> bool:
        return len(await world.rows("SELECT 1 FROM inbox WHERE message_id = ANY($1)", ids)) == len(ids)

    await wait_until(all_taken, "every message is taken")


async def test_what_others_sent_too_stays_and_the_rest_is_deleted(world: World) -> None:
    anna, boris = uuid4(), uuid4()
    async with world.service():
        await announce(world, PDF, anna)
        await announce(world, PDF, boris)
        await announce(world, PDF + b"% anna's own\n", anna)
        await announce(world, b"MZ" + b"\0" * 300, anna)  # refused: a program
        await world.subscriber.wait_for(3, STORED)
        await world.subscriber.wait_for(4)
        assert len(await world.store.keys()) == 2
        messages = [erased(anna), erased(anna)]
        for message in messages:
            await world.publisher.publish(message)
        await taken(world, *messages)
        assert list((await world.store.objects()).values()) == [PDF]
        rows = await world.rows("SELECT state, key, sha256, reason FROM attachments WHERE uploader_id = $1", anna)
        assert {tuple(row) for row in rows} == {("erased", None, None, None)}
        (row,) = await world.rows("SELECT state FROM attachments WHERE uploader_id = $1", boris)
        assert row["state"] == "stored"
        # The last one goes too.
        last = erased(boris)
        await world.publisher.publish(last)
        await taken(world, last)
        assert await world.store.keys() == []


async def test_what_is_on_its_way_is_not_kept(world: World) -> None:
    anna = uuid4()
    async with world.service():
        gone = erased(anna)
        await world.publisher.publish(gone)
        await taken(world, gone)
        late = await announce(world, PDF, anna)
        await taken(world, late)

        async def deleted() -> bool:
            return await world.store.keys() == []

        await wait_until(deleted, "what came late is deleted")
        assert await world.rows("SELECT * FROM attachments") == []
        assert await world.rows("SELECT * FROM uploads") == []


class Away:
    """A store that is away at first."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.away = True

    async def delete(self, key: str) -> None:
        if self.away:
            raise StorageUnavailable("away")
        self.deleted.append(key)


async def test_what_could_not_be_deleted_is_found_again(world: World) -> None:
    anna = uuid4()
    async with world.service():
        await announce(world, PDF, anna)
        (stored,) = await world.subscriber.wait_for(1, STORED)
    database, store = Database(world.settings.database, pool_size=2), Away()
    erasing = Erasing(database, store, timedelta(hours=1))
    with pytest.raises(StorageUnavailable):
        await erasing.erase(anna)
    (row,) = await world.rows("SELECT state, key FROM attachments")
    assert (row["state"], row["key"]) == ("stored", stored.data.key), "the row goes with the object, not before"
    store.away = False
    assert await erasing.erase(anna) == 1
    assert store.deleted == [stored.data.key]
    assert await erasing.erase(anna) == 0
    await database.close()
