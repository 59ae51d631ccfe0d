"""Files in a bucket: the photo of the story lies there by the hash of its content, and a link leads to it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from uuid import uuid4

import obstore
import pytest
from aiohttp import ClientResponseError
from e2e_support import Running, button, number_of, watching

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.downloading import download
from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.sample import picture
from zavhoz_devstack.servers.seaweedfs import SeaweedFS
from zavhoz_messaging.testing import wait_until

ANNA, BORIS, BOB = 720_001, 720_002, 720_003


@pytest.fixture
async def running(shared_stack: Devstack, s3_server: SeaweedFS) -> AsyncIterator[Running]:
    """The shared system, whose files service keeps its files in a bucket from now on."""
    files = shared_stack.services["files"]
    before = dict(files.env)
    await files.terminate()
    files.env.update(s3_server.settings("e2e"))
    files.start()
    await files.wait_ready()
    async with watching(shared_stack) as running:
        yield running
    await files.terminate()
    files.env = before
    files.start()


@pytest.mark.timeout(240)
async def test_the_photo_is_in_the_bucket_and_a_refused_file_is_told(running: Running, s3_server: SeaweedFS) -> None:
    await running.person(MANAGER_ID, "Марина")
    anna, boris = await running.person(ANNA, "Анна"), await running.person(BORIS, "Борис")
    sent = await anna.photo(picture(), caption="Течёт кран в кабинете 214")
    draft = await anna.wait_for(lambda message: "📨" in "".join(message.labels), after=sent.id)
    await anna.press(draft, button(draft, "📨"))
    await anna.wait_for(lambda message: message.id == draft.id and message.text.startswith("#"))
    row = "SELECT {} FROM attachments WHERE state = 'stored'"

    async def stored() -> bool:
        return bool(await running.values("files", row.format("id")))

    await wait_until(stored, "the photo is stored", timeout=60)
    (id,), (key,), (sha256,) = [await running.values("files", row.format(name)) for name in ("id", "key", "sha256")]
    kept = bytes(await (await obstore.get_async(s3_server.bucket("e2e"), key)).bytes_async())
    assert hashlib.sha256(kept).hexdigest() == sha256
    for who in (anna.id, MANAGER_ID):
        assert await download(running.stack, id, f"tg:{who}") == kept
    for who, status in ((boris.id, 403), (999, 404)):
        with pytest.raises(ClientResponseError) as refused:
            await download(running.stack, id, f"tg:{who}")
        assert refused.value.status == status
    with pytest.raises(ClientResponseError) as unknown:
        await download(running.stack, uuid4())
    assert unknown.value.status == 404

    bob = await running.person(BOB, "Bob", language="en")
    document = await bob.document(b"MZ\x90\x00" + bytes(60), "setup & <run>.exe", caption="The lift does not come")
    draft = await bob.wait_for(lambda message: "📨" in "".join(message.labels), after=document.id)
    await bob.press(draft, button(draft, "📨"))
    card = await bob.wait_for(lambda message: message.id == draft.id and message.text.startswith("#"))
    told = await bob.wait_for("📎 The file")
    assert told.text.startswith(f"#{number_of(card)} 📎 The file “setup & <run>.exe” was not accepted: programs")
    await bob.wait_for(lambda message: message.id == draft.id and "⚠️" in message.text)
