"""What other services say, noted in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, NOW, Desk, photo

from zavhoz_contracts.envelope import Envelope, UnknownMessage, wrap
from zavhoz_contracts.files.v1.events import AttachmentRefusalReason, AttachmentRefused, AttachmentStored
from zavhoz_contracts.message import Message
from zavhoz_contracts.people.v1.events import PersonReachability
from zavhoz_requests.application import foreign_events


def said(data: Message, id: UUID | None = None) -> Envelope[Any]:
    return wrap(data, source="/zavhoz/elsewhere", subject="something", id=id)


async def note(desk: Desk, *messages: Envelope[Any]) -> None:
    await desk.database.run(lambda connection: foreign_events.note(connection, messages))


def stored(request_id: UUID, name: str, key: str = "ab/cd") -> AttachmentStored:
    return AttachmentStored(
        attachment_id=photo(request_id, name).attachment_id,
        request_id=request_id,
        sha256="a" * 64,
        size=2**33,
        media_type="image/jpeg",
        key=key,
        occurred_at=NOW,
    )


def refused(request_id: UUID, name: str) -> AttachmentRefused:
    return AttachmentRefused(
        attachment_id=photo(request_id, name).attachment_id,
        request_id=request_id,
        uploader_id=uuid4(),
        reason=AttachmentRefusalReason.TOO_LARGE,
        occurred_at=NOW,
    )


async def test_what_became_of_attachments(desk: Desk) -> None:
    request_id = uuid4()
    files = tuple(photo(request_id, name) for name in ("first", "second", "third"))
    await desk.handle(ANNA.create(request_id, attachments=files))
    await note(desk, said(stored(request_id, "second")), said(refused(request_id, "first")))
    rows = await desk.rows("SELECT * FROM attachments ORDER BY position")
    assert [(row.id, row.status, row.reason, row.key, row.sha256, row.size, row.media_type) for row in rows] == [
        (files[0].attachment_id, "refused", "too_large", None, None, None, None),
        (files[1].attachment_id, "stored", None, "ab/cd", "a" * 64, 2**33, "image/jpeg"),
        (files[2].attachment_id, "pending", None, None, None, None, None),
    ]


async def test_what_was_noted_before_is_not_noted_again(desk: Desk) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id, attachments=(photo(request_id),)))
    message = said(stored(request_id, "one"))
    await note(desk, message, message)
    await desk.change("UPDATE attachments SET key = 'moved'")
    await note(desk, message)
    assert await desk.value("SELECT key FROM attachments") == "moved"
    assert await desk.value("SELECT outcome FROM inbox WHERE message_id = :id", id=message.id) is None


async def test_news_of_an_attachment_nobody_knows_is_harmless(desk: Desk) -> None:
    await note(desk, said(stored(uuid4(), "one")))
    assert await desk.rows("SELECT id FROM attachments") == []


def reachable(person_id: UUID, reachable: bool, seconds: int) -> Envelope[Any]:
    at = NOW + timedelta(seconds=seconds)
    return said(PersonReachability(person_id=person_id, reachable=reachable, occurred_at=at))


async def test_who_cannot_be_reached_until_they_write_again(desk: Desk) -> None:
    await desk.handle(ANNA.register(), BORIS.register())
    anna, boris = await desk.person_id(ANNA), await desk.person_id(BORIS)
    # The newest counts, whatever the order they come in.
    await note(desk, reachable(anna, True, 5), reachable(anna, False, 9), reachable(anna, True, 7))
    await note(desk, reachable(boris, False, 1))
    marks = "SELECT name, reachable FROM people ORDER BY name"
    assert [tuple(row) for row in await desk.rows(marks)] == [("Anna", False), ("Boris", False)]
    await desk.handle(replace(ANNA, seen_at=NOW + timedelta(seconds=60)).register())
    assert [tuple(row) for row in await desk.rows(marks)] == [("Anna", True), ("Boris", False)]
    await note(desk, reachable(anna, False, 30))
    assert [tuple(row) for row in await desk.rows(marks)] == [("Anna", True), ("Boris", False)], "they wrote since"
    await note(desk, reachable(boris, True, 2))
    assert [tuple(row) for row in await desk.rows(marks)] == [("Anna", True), ("Boris", True)]


async def test_what_is_none_of_its_business_never_will_be(desk: Desk) -> None:
    with pytest.raises(UnknownMessage):
        await note(desk, ANNA.register())
    assert await desk.rows("SELECT message_id FROM inbox") == []
