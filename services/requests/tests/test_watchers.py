"""Me too: who joins a request sees it, hears of it, and may leave it again."""

from __future__ import annotations

from uuid import uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, OLEG, Desk, Served, tg

from zavhoz_contracts.api.client import Forbidden
from zavhoz_contracts.api.v1 import Relation
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.requests.v1.outcomes import CommandDone
from zavhoz_requests.application.commands import NotFiledYet
from zavhoz_requests.store import erasing, people


async def test_who_joins_may_see_it_and_is_of_the_audience_until_they_leave(desk: Desk, served: Served) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id))
    await desk.handle(BORIS.register(), MARINA.register())
    with pytest.raises(Forbidden):
        await served.api.card(id, tg(BORIS))
    (joined,) = await desk.handle(BORIS.join(id))
    assert isinstance(joined, CommandDone)
    assert joined.changed
    card = await served.api.card(id, tg(BORIS))
    assert (card.joined, card.watching) == (1, True)
    assert card.allowed_actions == (Action.COMMENT, Action.LEAVE)
    assert (await served.api.card(id, tg(ANNA))).watching is False
    relations = {one.person_id: one.relation for one in (await served.api.audience(id)).members}
    assert relations[await desk.person_id(BORIS)] is Relation.WATCHER
    await desk.handle(BORIS.leave(id))
    with pytest.raises(Forbidden):
        await served.api.card(id, tg(BORIS))
    assert (await desk.history(id))[1:] == ["request.joined", "request.left"]


async def test_of_one_group_the_last_that_somebody_says_counts(desk: Desk) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id), BORIS.join(id), BORIS.leave(id), OLEG.join(id), BORIS.join(id))
    rows = await desk.rows("SELECT person_id FROM watchers WHERE request_id = :id", id=id)
    assert {row.person_id for row in rows} == {await desk.person_id(BORIS), await desk.person_id(OLEG)}
    await desk.handle(BORIS.leave(id), BORIS.join(id), OLEG.leave(id), OLEG.leave(id))
    assert await desk.value("SELECT person_id FROM watchers WHERE request_id = :id", id=id) == await desk.person_id(
        BORIS
    )


async def test_what_is_said_with_a_join_waits_for_it(desk: Desk) -> None:
    id, boris_says = uuid4(), "Here, too"
    await desk.handle(ANNA.create(id))
    join = BORIS.join(id)
    said = BORIS.comment(id, boris_says)
    said = said.model_copy(update={"data": said.data.model_copy(update={"follows": join.id})})
    with pytest.raises(NotFiledYet):
        await desk.handle(said)
    assert await desk.history(id) == ["request.created"]
    joined, commented = await desk.handle(join, said)
    assert isinstance(joined, CommandDone)
    assert isinstance(commented, CommandDone)
    later = BORIS.comment(id, "And there")
    await desk.handle(later.model_copy(update={"data": later.data.model_copy(update={"follows": join.id})}))
    assert (await desk.history(id)).count("request.commented") == 2


async def test_the_same_press_twice_joins_once(desk: Desk) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id))
    join = BORIS.join(id)
    await desk.handle(join)
    await desk.handle(join)
    (again,) = await desk.handle(BORIS.join(id))
    assert isinstance(again, CommandDone)
    assert not again.changed
    assert await desk.history(id) == ["request.created", "request.joined"]


async def test_whoever_is_erased_follows_nothing_any_more(desk: Desk, served: Served) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id), BORIS.join(id))
    async with desk.database.transaction() as connection:
        boris = await people.by_telegram_id(connection, BORIS.telegram_id)
        assert boris is not None
        await erasing.erase(connection, [boris])
    await desk.handle(MARINA.register())
    assert await desk.value("SELECT count(*) FROM watchers") == 0
    assert (await served.api.card(id, tg(ANNA))).joined == 0
