"""What is refused: a clear sentence in the person's language, nothing changed, and the neighbours go on."""

from __future__ import annotations

from uuid import uuid4

from e2e_support import ANNA_ID, BORIS_ID, Running, button, file_request, watching

from zavhoz_contracts.registry import Queue
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.evidence import connect
from zavhoz_messaging import delivery as headers
from zavhoz_messaging.publisher import Outgoing, publishing
from zavhoz_messaging.testing import take_one
from zavhoz_messaging.topology import WorkQueue
from zavhoz_telegram.callbacks import RequestPress

WORDS = "Не горит свет в коридоре второго этажа"


async def _requests(running: Running) -> list[tuple[int, str]]:
    connection = await connect(running.stack, "requests")
    try:
        rows = await connection.fetch("SELECT number, status FROM requests ORDER BY number")
        return [(row["number"], row["status"]) for row in rows]
    finally:
        await connection.close()


async def test_texts_and_kinds(stack: Devstack) -> None:
    async with watching(stack) as running:
        anna = await running.person(ANNA_ID, "Анна")
        john = await running.person(BORIS_ID, "John", language="en")

        # Too long: said at once, and the draft that is there stays as it was.
        first = await anna.text("Кран")
        draft = await anna.wait_for(lambda message: "📨" in "".join(message.labels), after=first.id)
        await anna.text("о" * 1001)
        await anna.wait_for("Слишком длинно", after=draft.id)

        # Too short: refused at [Send] with an alert; the draft works again once there is more.
        refused = await anna.press(draft, button(draft, "📨"))
        assert refused is not None
        assert refused.alert
        assert "не меньше 10 символов, сейчас 4" in refused.text
        assert await _requests(running) == []

        await anna.other({"sticker": {"file_id": "x", "file_unique_id": "y", "type": "regular", "width": 1, "height": 1,
                                      "is_animated": False, "is_video": False}})  # fmt: skip
        await anna.wait_for("Такое я принять не могу")
        await john.other({"location": {"latitude": 1.0, "longitude": 2.0}})
        assert "text" in (await john.wait_for(lambda message: message.id > 0)).text.lower()

        card = await file_request(anna, WORDS)
        assert card.text.startswith("#1 🆕 Открыта")
        assert await _requests(running) == [(1, "open")]


async def test_presses_that_are_not_allowed_or_too_late(stack: Devstack) -> None:
    async with watching(stack) as running:
        marina, anna = await running.manager(), await running.person(ANNA_ID, "Анна")
        boris = await running.person(BORIS_ID, "Борис")
        await file_request(anna, WORDS)
        card = await marina.wait_for("#1 🆕 Открыта")
        take = card.data(button(card, "🔧"))

        # Somebody else's request, and an action of a higher role: the data of the manager's button, forged.
        mine = (await boris.chat())[-1]
        forged = await boris.press(mine, data=take)
        assert forged is not None
        assert forged.alert
        assert "недоступно" in forged.text
        unheard = RequestPress.unpack(take).model_copy(update={"request_id": uuid4()}).pack()
        nothing = await marina.press(card, data=unheard)
        assert nothing is not None
        assert nothing.alert
        assert "нет" in nothing.text
        gibberish = await marina.press(card, data="r:no-such-thing")
        assert gibberish is not None
        assert gibberish.alert
        assert await _requests(running) == [(1, "open")]

        # Two managers press at once: one wins, the other is told who was first.
        await running.execute("requests", "UPDATE people SET role = 'manager' WHERE telegram_id = $1", BORIS_ID)
        await marina.press(card, button(card, "🔧"))
        late = await boris.press(mine, data=take)
        assert late is not None
        assert late.alert
        assert "Марина" in late.text

        # A stale button whose action is over: the card is drawn again.
        card = await marina.wait_for(lambda message: message.id == card.id and "✅ Выполнено" in message.labels)
        await marina.press(card, button(card, "✅"))
        stale = await marina.press(card, data=take)
        assert stale is not None
        assert stale.alert
        assert "уже выполнил" in stale.text
        assert await _requests(running) == [(1, "completed")]


async def test_reject_asks_for_its_reason(stack: Devstack) -> None:
    async with watching(stack) as running:
        marina, anna = await running.manager(), await running.person(ANNA_ID, "Анна")
        await file_request(anna, WORDS)
        card = await marina.wait_for("#1 🆕 Открыта")
        await marina.press(card, button(card, "🚫"))
        await marina.wait_for("Почему")
        await marina.text("да")
        await marina.wait_for("слишком короткая")
        assert await _requests(running) == [(1, "open")]
        await marina.press(card, button(card, "🚫"))
        question = await marina.wait_for("Почему")
        await marina.text("Это лампа <соседнего> здания & не наша")
        await marina.wait_for("#1: отклонено", after=question.id)
        notice = await anna.wait_for("#1 🚫 Отклонено")
        assert "Это лампа <соседнего> здания & не наша" in notice.text
        await anna.press(notice, button(notice, "Открыть"))
        opened = await anna.wait_for(lambda message: message.id == notice.id and "#1 🚫 Отклонена" in message.text)
        assert opened.labels == ()
        assert await _requests(running) == [(1, "rejected")]


async def test_my_requests_open_their_cards(stack: Devstack) -> None:
    async with watching(stack) as running:
        anna = await running.person(ANNA_ID, "Анна")
        await anna.text("/my")
        await anna.wait_for("пока нет заявок")
        for number in range(9):
            await file_request(anna, f"{WORDS}, лампа {number}")
        asked = await anna.text("/my")
        page = await anna.wait_for("9 заявок", after=asked.id)
        assert len([label for label in page.labels if "#" in label]) == 8
        await anna.press(page, "›")
        page = await anna.wait_for(lambda message: message.id == page.id and "2 из 2" in message.labels)
        await anna.press(page, button(page, "#1 "))
        card = await anna.wait_for("#1 🆕 Открыта", after=page.id)
        assert card.id > page.id


async def test_a_deactivated_person_gets_one_sentence(stack: Devstack) -> None:
    async with watching(stack) as running:
        anna = await running.person(ANNA_ID, "Анна")
        draft_of = await anna.text(WORDS)
        draft = await anna.wait_for(lambda message: "📨" in "".join(message.labels), after=draft_of.id)
        await running.execute("requests", "UPDATE people SET active = false WHERE telegram_id = $1", ANNA_ID)
        answer = await anna.press(draft, button(draft, "📨"))
        said = answer.text if answer and answer.text else (await anna.wait_for("доступ")).text
        assert "доступ" in said
        assert await _requests(running) == []


async def test_a_malformed_message_is_a_dead_letter_and_its_neighbours_go_on(stack: Devstack) -> None:
    async with watching(stack) as running:
        amqp_url = stack.addresses.amqp_url
        work = WorkQueue(Queue.REQUESTS_COMMANDS)
        async with publishing(amqp_url, "test") as publisher:
            for body in (b"{", b'{"type": "zavhoz.request.explode.v1"}'):
                await publisher.send(Outgoing(body, "", work.name))
        anna = await running.person(ANNA_ID, "Анна")
        await file_request(anna, WORDS)
        reasons = {(await take_one(amqp_url, work.dead)).headers[headers.REASON] for _ in range(2)}
        assert reasons == {"malformed", "unknown_type"}
