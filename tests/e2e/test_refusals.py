"""What is refused: a clear sentence in the person's language, nothing changed, and the neighbours go on."""

from __future__ import annotations

from uuid import uuid4

import pytest
from e2e_support import Running, button, complete, file_request, number_of, somebody

from zavhoz_contracts.registry import Queue
from zavhoz_devstack.environment import MANAGER_ID, MIGRATING
from zavhoz_messaging import delivery as headers
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.publisher import publishing
from zavhoz_messaging.testing import take_one, wait_until
from zavhoz_messaging.topology import WorkQueue
from zavhoz_sandbox.client import Person
from zavhoz_telegram.callbacks import RequestPress

WORDS = "Не горит свет в коридоре второго этажа"
pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system


async def requests_of(running: Running, person: Person) -> list[str]:
    return await running.values(
        "requests",
        "SELECT status FROM requests JOIN people ON people.id = requester_id WHERE telegram_id = $1 ORDER BY number",
        person.id,
    )


@pytest.mark.story(
    "Filing",
    "Words become a draft and the draft a request",
    languages="ru, en",
    refusals=["too long, said at once", "too short, at [Send]", "a sticker, which cannot be taken"],
)
async def test_texts_and_kinds(running: Running) -> None:
    anna, john = await somebody(running), await somebody(running, "John", language="en")

    # Too long: said at once, and the draft that is there stays as it was.
    first = await anna.text("Кран")
    draft = await anna.wait_for(lambda message: "📨" in "".join(message.labels), after=first.id)
    await anna.text("о" * 1001)
    await anna.wait_for("Слишком длинно", after=draft.id)

    # Too short: refused at [Send] with an alert; nothing is filed, and the draft stays where it is.
    for _ in range(2):
        refused = await anna.press(draft, button(draft, "📨"))
        assert refused is not None
        assert refused.alert
        assert "не меньше 10 символов, сейчас 4" in refused.text
    assert await requests_of(running, anna) == []
    assert next(one for one in await anna.chat() if one.id == draft.id).text == draft.text

    sticker = {"file_id": "x", "file_unique_id": "y", "type": "regular", "width": 1, "height": 1}
    await anna.other({"sticker": {**sticker, "is_animated": False, "is_video": False}})
    await anna.wait_for("Такое я принять не могу")
    sent = await john.other({"dice": {"emoji": "🎲", "value": 3}})
    await john.wait_for("I cannot take that", after=sent.id)

    # What was too short is still open, so that more words make it long enough.
    await anna.text(WORDS)
    await anna.wait_for(f"Кран\n{WORDS}")
    await anna.press(draft, button(draft, "📨"))
    await anna.wait_for(lambda message: message.id == draft.id and message.text.startswith("#"))
    assert await requests_of(running, anna) == ["open"]


async def test_presses_that_are_not_allowed_or_too_late(running: Running) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    anna, boris = await somebody(running), await somebody(running, "Борис")
    number = number_of(await file_request(anna, WORDS))
    card = await marina.wait_for(f"#{number} 🆕 Открыта")
    take = card.data(button(card, "🔧"))

    # Somebody else's request and an action of a higher role: the data of the manager's button, forged.
    his = (await boris.chat())[-1]
    forged = await boris.press(his, data=take)
    assert forged is not None
    assert forged.alert
    assert "недоступно" in forged.text
    unheard = RequestPress.unpack(take).model_copy(update={"request_id": uuid4()}).pack()
    nothing = await marina.press(card, data=unheard)
    assert nothing is not None
    assert nothing.alert
    assert "Такой заявки нет" in nothing.text
    gibberish = await marina.press(card, data="r:no-such-thing")
    assert gibberish is not None
    assert gibberish.alert
    assert await requests_of(running, anna) == ["open"]

    # Two managers press: one wins, the other is told who was first.
    await running.execute("requests", "UPDATE people SET role = 'technician' WHERE telegram_id = $1", boris.id)
    await marina.press(card, button(card, "🔧"))
    late = await boris.press(his, data=take)
    assert late is not None
    assert late.alert
    assert "Марина" in late.text

    # A stale button whose action is over says so, and the card is drawn again.
    card = await marina.wait_for(lambda message: message.id == card.id and "✅ Выполнено" in message.labels)
    card = await complete(marina, card)
    stale = await marina.press(card, data=take)
    assert stale is not None
    assert stale.alert
    assert "уже выполнил" in stale.text
    assert await requests_of(running, anna) == ["completed"]


async def test_reject_asks_for_its_reason(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    number = number_of(await file_request(anna, WORDS))
    card = await marina.wait_for(f"#{number} 🆕 Открыта")
    await marina.press(card, button(card, "🚫"))
    question = await marina.wait_for("Почему", after=card.id)
    await marina.text("да")
    await marina.wait_for("слишком короткая", after=question.id)
    assert await requests_of(running, anna) == ["open"]

    await marina.press(card, button(card, "🚫"))
    question = await marina.wait_for("Почему", after=question.id)
    await marina.text("Это лампа <соседнего> здания & не наша")
    await marina.wait_for(f"#{number}: отклонено", after=question.id)
    notice = await anna.wait_for(f"#{number} 🚫 Отклонено")
    assert "Это лампа <соседнего> здания & не наша" in notice.text
    await anna.press(notice, button(notice, "Открыть"))
    opened = await anna.wait_for(lambda message: message.id == notice.id and "🚫 Отклонена" in message.text)
    assert opened.labels == ("↩️ Открыть снова", "💬 Комментировать")
    assert await requests_of(running, anna) == ["rejected"]


async def test_comments_that_cannot_be(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    boris = await somebody(running, "Boris", language="en")
    mine = await file_request(anna, WORDS)
    number = number_of(mine)
    card = await marina.wait_for(f"#{number} 🆕 Открыта")
    comments = (
        "SELECT body FROM texts JOIN requests ON requests.id = request_id WHERE number = $1 ORDER BY texts.version"
    )

    # Too long: refused with the limit; a reply to the refusal itself, which begins with the number, is the next try.
    long = await anna.text("о" * 501, reply_to=mine.id)
    refused = await anna.wait_for("Комментарий слишком длинный: 501 символов, а можно не больше 500", after=long.id)
    assert refused.text.startswith(f"#{number}: ")
    await anna.text("Покороче: <не горит>", reply_to=refused.id)
    await anna.wait_for(f"#{number}: комментарий добавлен", after=refused.id)
    told = await marina.wait_for(f"#{number} 💬 Анна: Покороче: <не горит>", after=card.id)
    assert await running.values("requests", comments, number) == ["Покороче: <не горит>"]

    # Somebody else's: by its number it is not found, by a forged button it is refused.
    his = (await boris.chat())[-1]
    forged = next(data for row in card.buttons for label, data in row if "💬" in label)
    asked = await boris.press(his, data=forged)
    assert asked is not None
    await boris.wait_for("What would you like to say?")
    said = await boris.text("Let me in")
    await boris.wait_for(f"#{number}: You may not do that.", after=said.id)

    # Its first words are on the card of who may see it, and a closed request can be talked about.
    await marina.press(card, button(card, "🚫"))
    question = await marina.wait_for("Почему", after=told.id)
    await marina.text("Не наша лампа")
    await marina.wait_for(f"#{number}: отклонено", after=question.id)
    await marina.text("Но соседи знают", reply_to=told.id)
    await anna.wait_for(f"#{number} 💬 Марина: Но соседи знают", after=refused.id)
    shown = await anna.wait_for(lambda message: message.id == mine.id and "Марина: Но соседи" in message.text)
    assert "💬 2 комментария" in shown.text
    assert await running.values("requests", comments, number) == [
        "Покороче: <не горит>",
        "Не наша лампа",
        "Но соседи знают",
    ]


async def test_my_requests_open_their_cards(running: Running) -> None:
    anna = await somebody(running)
    await anna.text("/my")
    await anna.wait_for("Открытых заявок у вас нет")
    cards = [await file_request(anna, f"{WORDS}, лампа {number}") for number in range(9)]
    asked = await anna.text("/my")
    page = await anna.wait_for("9 открытых заявок", after=asked.id)
    assert len([label for label in page.labels if "#" in label]) == 8
    await anna.press(page, "›")
    page = await anna.wait_for(lambda message: message.id == page.id and "2/2" in message.labels)
    await anna.press(page, button(page, f"#{number_of(cards[0])} "))
    card = await anna.wait_for(f"#{number_of(cards[0])} 🆕 Открыта", after=page.id)
    assert "лампа 0" in card.text


async def test_the_queue_is_for_those_who_do_the_work(running: Running) -> None:
    anna, boris = await somebody(running), await somebody(running, "Борис")
    number = number_of(await file_request(anna, WORDS))
    for person in (anna, boris):
        await person.text("/queue")
        await person.wait_for("Очередь видят только те")
    await running.execute("requests", "UPDATE people SET role = 'technician' WHERE telegram_id = $1", boris.id)
    asked = await boris.text("/queue")
    page = await boris.wait_for("Средний приоритет", after=asked.id)
    while f"#{number}" not in page.labels:  # what the other tests have filed is older
        await boris.press(page, "›")
        page = next(message for message in await boris.chat() if message.id == page.id)
    await boris.press(page, f"#{number}")
    card = await boris.wait_for(f"#{number} 🆕 Открыта", after=page.id)
    await boris.press(card, button(card, "🔧"))
    await anna.wait_for(f"#{number} 🔧 В работе")


async def test_a_deactivated_person_gets_one_sentence(running: Running) -> None:
    anna = await somebody(running)
    said = await anna.text(WORDS)
    draft = await anna.wait_for(lambda message: "📨" in "".join(message.labels), after=said.id)

    async def deactivated() -> bool:  # as soon as she is registered, for which the draft does not wait
        deactivate = "UPDATE people SET active = false WHERE telegram_id = $1 RETURNING id"
        return bool(await running.values("requests", deactivate, anna.id))

    await wait_until(deactivated, "she is known, and deactivated")
    answer = await anna.press(draft, button(draft, "📨"))
    assert answer is not None
    assert "доступ отключён" in answer.text
    assert await requests_of(running, anna) == []


async def test_a_malformed_message_is_a_dead_letter_and_its_neighbours_go_on(running: Running) -> None:
    amqp_url = running.stack.addresses.amqp_url
    work = WorkQueue(Queue.REQUESTS_COMMANDS)
    async with publishing(amqp_url, "test") as publisher:
        for body in (b"{", b'{"type": "zavhoz.request.explode.v1"}'):
            await publisher.send(Outgoing(body, "", work.name))
    anna = await somebody(running)
    await file_request(anna, WORDS)
    reasons = {(await take_one(amqp_url, work.dead)).headers[headers.REASON] for _ in range(2)}
    assert reasons == {"malformed", "unknown_type"}
    assert await requests_of(running, anna) == ["open"]


async def test_each_service_is_connected_to_its_own_database_alone(running: Running) -> None:
    connected = await running.values(
        "requests",
        "SELECT DISTINCT datname || ' by ' || application_name FROM pg_stat_activity WHERE application_name LIKE $1",
        "zavhoz-%",
    )
    assert sorted(connected) == [f"zavhoz_{name} by zavhoz-{name}" for name in sorted(MIGRATING)]
