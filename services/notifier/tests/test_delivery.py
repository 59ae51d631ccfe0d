"""Each delivery ends as sent, refused or unknown, whatever Telegram answers, and however often a message comes."""

from __future__ import annotations

from notifier_support import Town, delete, done, opening
from sqlalchemy import text

from zavhoz_contracts.message import Role
from zavhoz_contracts.people.v1.events import PersonReachability
from zavhoz_contracts.registry import Exchange
from zavhoz_messaging.testing import subscribed, wait_until


async def test_an_event_that_comes_twice_is_told_once(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    taken = town.desk.taken(created.data.request_id, boris.known)
    async with town.notifier():
        await town.settle(created, taken)
        await town.publish(taken, taken, created)
        await town.settle(town.desk.completed(created.data.request_id, boris.known))  # behind them in the queue
    assert len(await anna.chat()) == 2
    assert len(await boris.chat()) == 1


async def test_an_event_whose_deliveries_are_forgotten_is_not_told_again(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    taken = town.desk.taken(created.data.request_id, boris.known)
    async with town.notifier():
        await town.settle(created, taken)
        async with town.database.transaction() as connection:
            await connection.execute(text("DELETE FROM deliveries"))
        await town.publish(taken)
        await town.settle(town.desk.completed(created.data.request_id, boris.known))  # behind it in the queue
    assert len(await anna.chat()) == 2


async def test_a_gap_in_the_sequence_is_fetched_and_what_comes_late_is_not_told_again(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    taken = town.desk.taken(created.data.request_id, boris.known)
    completed = town.desk.completed(created.data.request_id, boris.known)
    async with town.notifier():
        await town.settle(completed)
        await town.idle(created, taken, completed)
        assert len(await anna.chat()) == 2
        await town.settle(created, taken)
    assert len(await anna.chat()) == 2
    (card,) = await marina.chat()
    assert not card.labels


async def test_an_old_event_disturbs_nobody_but_its_card_is_drawn(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    fresh = town.desk.created(anna.known)
    async with town.notifier():
        await town.settle(fresh)
        await town.settle(
            town.desk.taken(fresh.data.request_id, boris.known, ago=90_000),
            town.desk.created(anna.known, "Старая заявка", ago=90_000),
        )
        (card,) = await marina.chat()
    assert "Борис" in card.text
    assert await anna.chat() == []


async def test_an_older_version_is_never_drawn_over_a_newer(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    old = town.desk.card(request, marina.known)
    taken = town.desk.taken(request.id, boris.known)
    async with town.notifier():
        await town.settle(created, taken)
        (card,) = await marina.chat()
        town.desk.shown[request.id] = old
        await town.settle(town.desk.completed(request.id, boris.known))
        assert (await marina.chat())[0].text == card.text
        del town.desk.shown[request.id]


async def test_a_card_that_looks_the_same_is_not_drawn(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        await town.settle(created)
        (card,) = await marina.chat()
        await town.settle(done(marina.known, request, message_id=card.id, query=await marina.press(card, data="x")))
    assert await town.writes("editMessageText", chat=marina.chat_id) == []


async def test_a_card_that_is_drawn_already_is_a_success(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        await town.settle(created)
        (card,) = await marina.chat()
        async with town.database.transaction() as connection:  # as after a crash between the edit and its record
            await connection.execute(text("UPDATE live_cards SET content_hash = 'of the version before'"))
        await town.settle(done(marina.known, request, message_id=card.id, query=await marina.press(card, data="x")))
    assert [call["status"] for call in await town.writes("editMessageText", chat=marina.chat_id)] == [400]
    assert (await town.states()).keys() == {"sent"}


async def test_a_card_whose_message_is_gone_goes_on_in_a_new_one(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    async with town.notifier():
        await town.settle(created)
        (card,) = await marina.chat()
        await delete(town, marina.chat_id, card.id)
        await town.settle(town.desk.taken(created.data.request_id, boris.known))
        (again,) = await marina.chat()
        assert again.id != card.id
        await town.settle(town.desk.completed(created.data.request_id, boris.known))
        (drawn,) = await marina.chat()
    assert (drawn.id, drawn.labels) == (again.id, ())


async def test_a_429_holds_up_its_chat_and_no_other(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    await town.sandbox.fault("429", chat=marina.chat_id, retry_after=2)
    async with town.notifier():
        await town.settle(town.desk.created(anna.known))
    first, second = await town.writes(chat=marina.chat_id)
    (other,) = await town.writes(chat=boris.chat_id)
    assert first["status"] == 429
    assert second["started_ms"] - first["finished_ms"] >= 1_900
    assert other["finished_ms"] < second["started_ms"]
    assert await town.states() == {"sent": 2}


async def test_429s_in_several_chats_hold_up_everything(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    staff = [await town.someone(10 + n, f"Мастер {n}", Role.TECHNICIAN) for n in range(4)]
    for one in staff[:3]:
        await town.sandbox.fault("429", chat=one.chat_id, retry_after=2)
    boris = staff[3].changed(reachable=False)
    first = town.desk.created(anna.known)
    async with town.notifier():
        await town.publish(first)

        async def all_were_told_to_wait() -> bool:
            return len([call for call in await town.writes() if call["status"] == 429]) == 3

        await wait_until(all_were_told_to_wait, "three chats are told to wait")
        boris.changed(reachable=True)
        for one in staff[:3]:
            one.changed(reachable=False)
        second = town.desk.created(anna.known, "Ещё одна заявка")
        await town.settle(second)
        await town.idle(first)
    refused = max(call["finished_ms"] for call in await town.writes() if call["status"] == 429)
    (call,) = await town.writes(chat=boris.chat_id)
    assert call["started_ms"] - refused >= 1_800


async def test_who_blocked_the_bot_is_marked_until_they_are_back(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    await marina.at_telegram.block()
    async with subscribed(town.amqp_url, Exchange.PRIVATE, keys=(PersonReachability.TYPE,)) as seen, town.notifier():
        await town.settle(created)
        (lost,) = await seen.wait_for(1, PersonReachability.TYPE)
        assert (lost.data.person_id, lost.data.reachable) == (marina.known.person_id, False)
        assert lost.subject == f"person/{marina.known.person_id}"
        await town.settle(town.desk.created(anna.known, "Ещё одна"))  # said once
        await marina.at_telegram.unblock()
        await town.settle(opening(marina.known, request.id))
        _, back = await seen.wait_for(2, PersonReachability.TYPE)
        assert back.data.reachable
        assert back.version == 2
    assert await town.states() == {"refused": 2, "sent": 1}


async def test_a_chat_that_does_not_exist_is_refused_for_good(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    town.desk.person(99, "Никогда не писал", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    async with subscribed(town.amqp_url, Exchange.PRIVATE, keys=(PersonReachability.TYPE,)) as seen, town.notifier():
        await town.settle(town.desk.created(anna.known))
        await seen.wait_for(1, PersonReachability.TYPE)
    assert len(await town.writes(chat=99)) == 1
    assert len(await boris.chat()) == 1


async def test_a_server_error_of_telegrams_is_tried_again(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    await town.sandbox.fault("5xx", chat=marina.chat_id, times=2)
    async with town.notifier():
        await town.settle(town.desk.created(anna.known))
    assert [call["status"] for call in await town.writes(chat=marina.chat_id)] == [502, 502, 200]
    assert len(await marina.chat()) == 1


async def test_a_notice_without_an_answer_is_said_once_more_in_the_same_words(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    async with town.notifier():
        await town.settle(created)
        await town.sandbox.fault("drop_after_receipt", chat=anna.chat_id, times=5)
        await town.settle(town.desk.taken(created.data.request_id, boris.known))
    first, second = await anna.chat()
    assert first.text == second.text
    assert (await town.states())["unknown"] == 1


async def test_a_card_without_an_answer_is_said_once_more_in_the_same_words(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    await town.sandbox.fault("drop_after_receipt", chat=marina.chat_id)
    async with town.notifier():
        await town.publish(created)

        async def received() -> bool:
            return bool(await marina.chat())

        await wait_until(received, "the first card is there")
        town.desk.taken(created.data.request_id, boris.known)  # what is said again must not know of it
        await town.idle(created)
    first, second = await marina.chat()
    assert (first.text, first.buttons) == (second.text, second.buttons)


async def test_nothing_is_lost_while_the_read_api_is_away(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    town.desk.away = True
    async with town.notifier() as process:
        await town.publish(created)

        async def not_ready() -> bool:
            return "requests-api" in process.health.report().get("notifier.events", "")

        await wait_until(not_ready, "readiness says what is missing")
        town.desk.away = False
        await town.idle(created)
    assert len(await marina.chat()) == 1


async def test_what_was_planned_is_said_after_a_restart(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    async with town.notifier("consumer"):
        await town.publish(created)

        async def planned() -> bool:
            return bool(await town.rows("SELECT 1 FROM deliveries"))

        await wait_until(planned, "a delivery is planned")
    assert await marina.chat() == []
    async with town.notifier("sender"):
        await town.idle(created)
    assert len(await marina.chat()) == 1
