"""A card is drawn from what is true when it is sent: so of several that wait for a chat, one is enough."""

from __future__ import annotations

from uuid import uuid4

import pytest
from notifier_support import Town
from sqlalchemy import text

from zavhoz_contracts.message import Role
from zavhoz_messaging.testing import wait_until
from zavhoz_notifier.domain.coalescing import coalesced
from zavhoz_notifier.domain.delivery import Delivery, Placement, card, notice
from zavhoz_notifier.store import Connection, deliveries

MARINA, REQUEST = uuid4(), uuid4()


def _card(placement: Placement, *, chat: int = 2, language: str = "ru") -> Delivery:
    return card(uuid4(), chat, language, MARINA, REQUEST, placement, message_id=5)


async def _plan(town: Town, *planned: Delivery) -> int:
    async with town.database.transaction() as connection:
        return await deliveries.plan(connection, list(planned))


async def _claim(connection: Connection) -> list[Delivery]:
    return await deliveries.claim_chats(connection, 10)


@pytest.mark.parametrize("waiting", list(Placement))
async def test_a_live_card_is_not_planned_while_one_waits_that_shows_as_much(town: Town, waiting: Placement) -> None:
    assert await _plan(town, _card(waiting)) == 1
    assert await _plan(town, _card(Placement.LIVE)) == 0
    assert await _plan(town, _card(Placement.NEW), _card(Placement.APPEAR), _card(Placement.CONVERT)) == 3
    elsewhere = card(uuid4(), 2, "ru", MARINA, uuid4(), Placement.LIVE)
    assert await _plan(town, _card(Placement.LIVE, chat=3), _card(Placement.LIVE, language="en"), elsewhere) == 3


@pytest.mark.parametrize("change", ["attempts = 1", "unknown = 1", """content = content || '{"rendered": {}}'"""])
async def test_a_card_that_was_attempted_makes_no_other_needless(town: Town, change: str) -> None:
    await _plan(town, _card(Placement.APPEAR))
    async with town.database.transaction() as connection:
        await connection.execute(text(f"UPDATE deliveries SET {change}"))  # noqa: S608
    assert await _plan(town, _card(Placement.LIVE)) == 1


async def test_a_card_planned_during_a_claim_is_drawn_by_it_or_by_itself(town: Town) -> None:
    await _plan(town, _card(Placement.LIVE))
    async with town.database.transaction() as claiming:
        (claimed,) = await _claim(claiming)
        # The claim is not committed: what it has claimed is read after this plan, and shows what this would.
        assert await _plan(town, _card(Placement.LIVE)) == 0
    # It is committed: what it has claimed may be drawn already.
    assert await _plan(town, _card(Placement.LIVE)) == 1
    (under_way,) = await town.rows("SELECT id FROM deliveries WHERE state = 'attempting'")
    assert under_way.id == claimed.id


async def test_what_is_planned_keeps_its_order(town: Town) -> None:
    await _plan(town, _card(Placement.APPEAR, chat=9))
    planned = [notice(uuid4(), 2, "ru", str(number)) for number in range(200)]
    live = [_card(Placement.LIVE, chat=9) for _ in planned]
    assert await _plan(town, *(one for both in zip(planned, live, strict=True) for one in both)) == 200
    rows = await town.rows("SELECT id FROM deliveries WHERE kind = 'notice' ORDER BY position")
    assert [row.id for row in rows] == [one.id for one in planned]


def test_of_the_cards_planned_together_the_first_is_enough() -> None:
    appear, news = _card(Placement.APPEAR), notice(uuid4(), 2, "ru", "Новость")
    others = [_card(Placement.LIVE, chat=3), _card(Placement.LIVE, language="en"), _card(Placement.CONVERT)]
    planned = [appear, news, _card(Placement.LIVE), *others, _card(Placement.LIVE)]
    assert coalesced(planned) == [appear, news, *others]


async def test_a_backlog_is_drawn_once_and_as_it_ended(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    request_id = created.data.request_id
    messages = [
        created,
        town.desk.taken(request_id, boris.known),
        town.desk.added(request_id, anna.known),
        town.desk.completed(request_id, boris.known),
    ]
    async with town.notifier("consumer"):
        for message in messages:
            await town.publish(message)
            await town.taken(message)
    async with town.notifier("sender"):
        await town.idle(*messages)
    (call,) = await town.writes(chat=marina.chat_id)
    (shown,) = await marina.chat()
    assert call["method"] == "sendMessage"
    assert "Борис" in shown.text
    assert shown.labels == ("🖼 Фото",)
    assert len(await anna.chat()) == 2


async def test_what_happens_while_a_card_is_being_sent_is_drawn_after_it(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    await town.sandbox.fault("slow", chat=marina.chat_id, seconds=2)
    async with town.notifier():
        await town.publish(created)

        async def attempting() -> bool:
            sql = "SELECT 1 FROM deliveries WHERE chat_id = :chat AND content ? 'rendered'"
            return bool(await town.rows(sql, chat=marina.chat_id))

        await wait_until(attempting, "Marina's card is drawn and on its way")
        await town.settle(town.desk.taken(created.data.request_id, boris.known))
    (shown,) = await marina.chat()
    assert "Борис" in shown.text
