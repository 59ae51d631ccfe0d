"""Whatever people type, and whatever a message may hold: stored as a reader sees it, or refused for good."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from awkward import FILE_NAMES, PERSON_IDS, WORDS
from requests_support import ANNA, LEAK, MARINA, Desk, Sender, Served, photo, tg

from zavhoz_chassis.database import Unstorable
from zavhoz_contracts.envelope import parse
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason


async def test_what_was_typed_is_kept_and_comes_out_as_it_is_kept(desk: Desk, served: Served) -> None:
    typed = [one for one in WORDS if not any("\ud800" <= c <= "\udfff" for c in one.typed)]
    filed = {one.name: ANNA.create(description=one.typed) for one in typed}
    sent = [parse(command.to_json()) for command in filed.values()]
    outcomes = dict(zip(filed, await desk.handle(*sent), strict=True))
    for one in typed:
        outcome, request_id = outcomes[one.name], filed[one.name].data.request_id
        if one.kept is None:
            assert isinstance(outcome, CommandRefused), one.name
            assert outcome.reason is RefusalReason.DESCRIPTION_TOO_LONG
            continue
        assert isinstance(outcome, CommandDone), one.name
        card = await served.api.card(request_id, tg(ANNA))
        assert card.description == one.kept, one.name
        assert len(card.title) <= len(one.kept)


async def test_reasons_and_comments_too(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id))
    said = [one for one in WORDS if one.kept and len(one.kept) <= 500 and "surrogate" not in one.name]
    await desk.handle(*(ANNA.comment(request_id, one.typed) for one in said))
    bodies = await desk.rows("SELECT body FROM texts WHERE request_id = :id ORDER BY version", id=request_id)
    assert [row.body for row in bodies] == [one.kept for one in said]
    nul = next(one for one in WORDS if one.name == "nul")
    await desk.handle(MARINA.reject(request_id, nul.typed))
    assert (await served.api.card(request_id, tg(ANNA))).rejection == nul.kept


@pytest.mark.parametrize(("sent", "kept"), [(sent, kept) for name, sent, kept in FILE_NAMES if "surrogate" not in name])
async def test_names_of_files(desk: Desk, sent: str, kept: str | None) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id, attachments=(photo(request_id).model_copy(update={"file_name": sent}),)))
    assert await desk.value("SELECT file_name FROM attachments WHERE request_id = :id", id=request_id) == kept


async def test_people_of_any_id_and_name(desk: Desk) -> None:
    names = [one for one in WORDS if one.kept and len(one.kept) <= 60 and "surrogate" not in one.name]
    people = [Sender(id, names[n % len(names)].typed) for n, id in enumerate(PERSON_IDS)]
    await desk.handle(*(person.create(description=LEAK) for person in people))
    rows = await desk.rows("SELECT telegram_id, name FROM people ORDER BY telegram_id")
    assert [row.telegram_id for row in rows] == list(PERSON_IDS)
    assert [row.name.replace("\n", " ") for row in rows] == [
        (names[n % len(names)].kept or "").replace("\n", " ") for n in range(len(PERSON_IDS))
    ]


@pytest.mark.parametrize("field", ["username", "language"])
async def test_a_nul_where_nobody_types_is_refused_for_good_and_leaves_nothing(desk: Desk, field: str) -> None:
    await desk.handle(MARINA.register())
    forged = replace(ANNA, **{field: "a\x00b"})
    with pytest.raises(Unstorable):
        await desk.handle(forged.create(), MARINA.create())
    assert await desk.value("SELECT count(*) FROM inbox") == 1, "Marina's own, from before"
    assert await desk.value("SELECT count(*) FROM requests") == 0
    (outcome,) = await desk.handle(MARINA.create())
    assert isinstance(outcome, CommandDone), "its neighbour is handled alone"
