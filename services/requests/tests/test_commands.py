"""Groups of commands against a real PostgreSQL: what is committed, and what is answered."""

from __future__ import annotations

from uuid import uuid4

from requests_support import ANNA, LEAK, MARINA, Desk, photo

from zavhoz_contracts.requests.v1.outcomes import CommandDone


async def test_a_whole_story_in_one_group(desk: Desk) -> None:
    request_id = uuid4()
    create = ANNA.create(request_id, attachments=(photo(request_id, "a"), photo(request_id, "b")))
    outcomes = await desk.handle(create, MARINA.take(request_id), MARINA.complete(request_id))
    assert all(isinstance(outcome, CommandDone) and outcome.changed for outcome in outcomes)
    assert await desk.history(request_id) == [
        "request.created",
        "attachment.added",
        "attachment.added",
        "request.taken",
        "request.completed",
    ]
    row = (await desk.rows("SELECT * FROM requests"))[0]
    assert (row.status, row.version, row.number, row.title, row.description) == ("completed", 5, 1, LEAK, LEAK)
    assert row.assignee_id == row.closed_by == await desk.person_id(MARINA)
