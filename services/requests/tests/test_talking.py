"""Comments put into other words, and the files of a request as Telegram has them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, Desk, Served, photo, tg

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.envelope import wrap
from zavhoz_contracts.files.v1.events import AttachmentStored
from zavhoz_contracts.limits import COMMENT_EDIT_SECONDS
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_requests.application.commands import NotFiledYet
from zavhoz_requests.application.foreign_events import note


def reasons(outcomes: Sequence[CommandDone | CommandRefused]) -> list[str | None]:
    return [one.reason.value if isinstance(one, CommandRefused) else None for one in outcomes]


async def test_a_comment_is_said_in_other_words(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    comment = ANNA.comment(request_id, "Is anybody coming?")
    edit = ANNA.edit_comment(comment, "  Is somebody coming?\x07 ")
    # Both in one group, and the edit again in another.
    await desk.handle(ANNA.create(request_id), MARINA.register(), comment, edit)
    await desk.handle(edit)
    (shown,) = (await served.api.card(request_id, tg(MARINA))).comments
    assert (shown.text, shown.edited, shown.author.name) == ("Is somebody coming?", True, "Anna")
    assert await desk.history(request_id) == ["request.created", "request.commented", "request.comment_edited"]
    (event,) = await desk.rows("SELECT data FROM events WHERE type = 'zavhoz.request.comment_edited.v1'")
    assert event.data["text_id"] == str(shown.text_id)
    assert "somebody" not in str(event.data)

    found = await served.api.comment_by_command(comment.id, tg(ANNA))
    assert (found.request_id, found.number, found.text) == (request_id, 1, "Is somebody coming?")
    with pytest.raises(Forbidden):
        await served.api.comment_by_command(comment.id, tg(MARINA))
    with pytest.raises(NotFound):
        await served.api.comment_by_command(edit.id, tg(ANNA))


async def test_whose_comment_and_until_when(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    words, file = ANNA.comment(request_id, "Any news?"), ANNA.comment(request_id, "Look", photo(request_id))
    await desk.handle(ANNA.create(request_id), MARINA.register(), BORIS.register(), words, file)
    settled = await desk.handle(
        MARINA.edit_comment(words, "No news"),
        BORIS.edit_comment(words, "No news"),
        ANNA.edit_comment(words, "Any news now?", seconds=COMMENT_EDIT_SECONDS + 1),
        ANNA.edit_comment(words, ""),
        ANNA.edit_comment(words, "x" * 501),
        ANNA.edit_comment(words, "Any news?", seconds=COMMENT_EDIT_SECONDS + 1),  # as it is already
        ANNA.edit_comment(file, "", seconds=COMMENT_EDIT_SECONDS - 60),
    )
    late, empty, long = "comment_edited_too_late", "comment_empty", "comment_too_long"
    assert reasons(settled) == ["not_allowed", "not_allowed", late, empty, long, None, None]
    assert isinstance(settled[4], CommandRefused)
    assert (settled[4].limit, settled[4].length) == (500, 501)
    comments = (await served.api.card(request_id, tg(ANNA))).comments
    assert [(one.text, one.attachments, one.edited) for one in comments] == [("Any news?", 0, False), ("", 1, True)]


async def test_an_edit_that_overtakes_its_comment_waits_for_it(desk: Desk) -> None:
    request_id = uuid4()
    comment = ANNA.comment(request_id, "Any news?")
    edit = ANNA.edit_comment(comment, "Any news now?")
    await desk.handle(ANNA.create(request_id))
    with pytest.raises(NotFiledYet):
        await desk.handle(edit)
    await desk.handle(comment)
    assert reasons(await desk.handle(edit)) == [None]
    assert [row.body for row in await desk.rows("SELECT body FROM texts")] == ["Any news now?"]


async def test_the_comment_of_another_request_is_not_found(desk: Desk) -> None:
    request_id, other = uuid4(), uuid4()
    comment = ANNA.comment(request_id, "Any news?")
    edit = ANNA.edit_comment(comment, "Any news now?")
    astray = edit.model_copy(update={"data": edit.data.model_copy(update={"request_id": other})})
    await desk.handle(ANNA.create(request_id), ANNA.create(other), comment)
    assert reasons(await desk.handle(astray)) == ["not_found"]


async def test_the_album_holds_what_was_found_good(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    good, waiting = photo(request_id, "good"), photo(request_id, "waiting")
    await desk.handle(ANNA.create(request_id, attachments=(good, waiting)), MARINA.register(), BORIS.register())
    stored = AttachmentStored(
        attachment_id=good.attachment_id,
        request_id=request_id,
        sha256="0" * 64,
        size=5,
        media_type="image/jpeg",
        key="a/key",
        occurred_at=ANNA.seen_at,
    )
    async with desk.database.transaction() as connection:
        await note(connection, [wrap(stored, source="/zavhoz/files", subject=f"attachment/{good.attachment_id}")])
    for person in (ANNA, MARINA):
        album = await served.api.album(request_id, tg(person))
        assert [(file.attachment_id, file.file_id) for file in album.files] == [(good.attachment_id, "good")]
        assert (album.number, album.pending) == (1, 1)
    with pytest.raises(Forbidden):
        await served.api.album(request_id, tg(BORIS))
    with pytest.raises(NotFound):
        await served.api.album(uuid4(), tg(MARINA))
