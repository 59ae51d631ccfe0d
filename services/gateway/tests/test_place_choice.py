"""Choosing a place inside the draft, and links that begin a draft with its place."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from gateway_support import COMMENT, CREATE, EDIT, REGISTER, System, bot_messages, started, until

from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import MovePress, PlaceAction, RequestPress

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080010001001011100ffd9")
DRAFT = "Новая заявка"
SEND = "📨 Отправить"
PLACE = "📍 Место"
ROOM = "Школа › 2 этаж › Кабинет 214"
LABEL = "Кабинет 214 · 2 этаж · Школа"


@pytest.fixture(autouse=True)
def tree(around: System) -> None:
    around.api.grow(("school", None, "Школа"), ("f2", "school", "2 этаж"), ("r214", "f2", "Кабинет 214"))
    around.api.grow(("yard", None, "Двор"), *((f"r{n}", "f2", f"Кабинет {n}") for n in range(301, 311)))


async def drafted(person: Person, words: str = "Течёт кран на кухне") -> SeenMessage:
    said = await person.text(words)
    return await person.wait_for(DRAFT, after=said.id)


async def tap(person: Person, draft: SeenMessage, label: str) -> SeenMessage:
    """Press a button of the draft; the draft as it stands then."""
    answer = await person.press(draft, label)
    assert answer is not None
    assert not answer.text, answer
    return await now(person, draft)


async def now(person: Person, draft: SeenMessage) -> SeenMessage:
    return next(message for message in await person.chat() if message.id == draft.id)


async def test_a_place_is_reached_level_by_level_in_the_message_of_the_draft(gate: System) -> None:
    anna = await gate.someone()
    draft = await drafted(anna)
    assert (await tap(anna, draft, PLACE)).labels == ("Школа ›", "Двор", "‹ К заявке")
    assert (await tap(anna, draft, "Школа ›")).labels[:3] == ("✓ Здесь: Школа", "‹ Назад", "2 этаж ›")
    floor = await tap(anna, draft, "2 этаж ›")
    assert floor.labels[2:] == ("Кабинет 214", *(f"Кабинет {n}" for n in range(301, 308)), "1/2", "›", "‹ К заявке")
    assert "Кабинет 310" in (await tap(anna, draft, "›")).labels
    assert "Школа › 2 этаж" in (await now(anna, draft)).text
    assert "2 этаж ›" in (await tap(anna, draft, "‹ Назад")).labels
    await tap(anna, draft, "2 этаж ›")
    chosen = await tap(anna, draft, "Кабинет 214")
    assert f"📍 {ROOM}\n" in chosen.text
    assert SEND in chosen.labels
    await anna.press(draft, SEND, timeout=0)
    (created,) = await gate.commands.wait_for(1, CREATE)
    assert (created.data.place_code, created.data.place) == ("r214", ROOM)
    assert len(bot_messages(await anna.chat())) == 1


async def test_the_place_itself_is_chosen_and_can_be_taken_back(gate: System) -> None:
    anna = await gate.someone()
    draft = await drafted(anna)
    await tap(anna, draft, PLACE)
    await tap(anna, draft, "Школа ›")
    assert "📍 Школа\n" in (await tap(anna, draft, "✓ Здесь: Школа")).text
    await tap(anna, draft, PLACE)
    assert "📍 Школа\n" in (await tap(anna, draft, "‹ К заявке")).text
    await tap(anna, draft, PLACE)
    assert "место не указано" in (await tap(anna, draft, "✖ Без места")).text
    await anna.press(draft, SEND, timeout=0)
    (created,) = await gate.commands.wait_for(1, CREATE)
    assert (created.data.place_code, created.data.place) == (None, None)


async def test_what_is_typed_while_a_place_is_chosen_is_looked_for(gate: System) -> None:
    anna = await gate.someone()
    draft = await drafted(anna)
    await tap(anna, draft, PLACE)
    await anna.text("кабинет  2")
    found = await anna.wait_for("нашлось 1 место")
    assert found.id == draft.id
    assert "Течёт кран на кухне" in found.text
    assert found.labels[:2] == (LABEL, "✍️ Так и записать: «кабинет 2»")
    await anna.text("кабинет")
    await anna.wait_for("нашлось 11 мест")
    assert "2/2" in (await tap(anna, draft, "›")).labels
    await anna.text("за углом у столовой")
    await anna.wait_for("такого места в списке нет")
    own = await tap(anna, draft, "✍️ Так и записать: «за углом у столовой»")
    assert "📍 за углом у столовой\n" in own.text
    await anna.press(draft, SEND, timeout=0)
    (created,) = await gate.commands.wait_for(1, CREATE)
    assert (created.data.place_code, created.data.place) == (None, "за углом у столовой")
    assert created.data.description == "Течёт кран на кухне"


async def test_files_sent_meanwhile_go_into_the_draft(gate: System) -> None:
    anna = await gate.someone()
    draft = await drafted(anna)
    await tap(anna, draft, PLACE)
    await anna.text("кабинет")
    await anna.wait_for("нашлось 11 мест")
    await anna.photo(JPEG, caption="вот он")
    grown = await anna.wait_for("1 фото")
    assert "Течёт кран на кухне\nвот он" in grown.text
    assert "нашлось 11 мест" in grown.text, "the choice goes on"


async def test_recent_places_come_first(gate: System) -> None:
    anna = await gate.someone()
    gate.api.recent[anna.id] = ["r214"]
    draft = await drafted(anna)
    assert (await tap(anna, draft, PLACE)).labels[:2] == (f"🕘 {LABEL}", "Школа ›")
    assert f"📍 {ROOM}\n" in (await tap(anna, draft, f"🕘 {LABEL}")).text


@pytest.mark.parametrize(("typed", "said"), [("я", "слишком короткое"), ("я" * 101, None)])
async def test_words_that_are_no_place(gate: System, typed: str, said: str | None) -> None:
    anna = await gate.someone()
    draft = await drafted(anna)
    await tap(anna, draft, PLACE)
    await anna.text(typed)
    shown = await anna.wait_for("такого места в списке нет")
    words = [label for label in shown.labels if "Так и записать" in label]
    assert bool(words) == (said is not None)
    answer = await anna.press(draft, data="p:w:")
    assert answer is not None
    assert answer.alert
    assert (said or "слишком длинное") in answer.text


async def test_with_the_api_away_a_place_is_said_in_words(gate: System) -> None:
    anna = await gate.someone()
    draft = await drafted(anna)
    await tap(anna, draft, PLACE)
    gate.api.status = 503
    answer = await anna.press(draft, data="p:c:yard")
    assert answer is not None
    assert answer.alert
    assert "Список мест сейчас не открыть" in answer.text
    await anna.text("за углом")
    shown = await anna.wait_for("Список мест сейчас не открыть")
    assert "📍 за углом\n" in (await tap(anna, draft, next(one for one in shown.labels if "Так и" in one))).text
    gate.api.status = 200


async def test_a_place_that_is_gone_says_so_and_the_draft_stays_open_for_another(gate: System) -> None:
    anna = await gate.someone()
    draft = await drafted(anna)
    await tap(anna, draft, PLACE)
    await tap(anna, draft, "Двор")
    del gate.api.places["yard"]
    for data in ("d:send", "p:c:yard"):
        answer = await anna.press(draft, data=data)
        assert answer is not None
        assert answer.alert
        assert "Этого места больше нет" in answer.text
    shown = await anna.press(draft, data="p:o:yard")
    assert shown is not None
    assert "Школа ›" in (await now(anna, draft)).labels, "back at the roots"
    await tap(anna, draft, "‹ К заявке")
    await tap(anna, draft, PLACE)
    await tap(anna, draft, "✖ Без места")
    await anna.press(draft, SEND, timeout=0)
    await gate.commands.wait_for(1, CREATE)


async def test_another_process_goes_on_in_the_middle_of_the_choice(around: System) -> None:
    anna = await around.someone()
    async with around.gateway():
        draft = await drafted(anna)
        await tap(anna, draft, PLACE)
        await tap(anna, draft, "Школа ›")
        await tap(anna, draft, "2 этаж ›")
        await around.confirmed()
    async with around.gateway():
        assert "Кабинет 310" in (await tap(anna, draft, "›")).labels
        await anna.text("214")
        await anna.wait_for("нашлось 1 место")
        assert f"📍 {ROOM}\n" in (await tap(anna, draft, LABEL)).text


async def test_cancel_gives_the_draft_up_from_inside_the_choice(gate: System) -> None:
    anna = await gate.someone()
    draft = await drafted(anna)
    await tap(anna, draft, PLACE)
    await anna.text("/cancel")
    await anna.wait_for("Черновик удалён: Течёт кран на кухне", after=draft.id)
    assert (await now(anna, draft)).labels == ()
    answer = await anna.press(draft, data="p:t:2")
    assert answer is not None
    assert "черновика больше нет" in answer.text


async def test_a_link_begins_a_draft_with_its_place(gate: System) -> None:
    anna = await gate.someone(known=False)
    begun = await anna.start("loc_r214")
    draft = await anna.wait_for(f"📍 {ROOM}", after=begun.id)
    assert "Пришлите фото или напишите, что сломалось" in draft.text
    await gate.commands.wait_for(1, REGISTER)
    answer = await anna.press(draft, SEND)
    assert answer is not None
    assert answer.alert
    assert "отправлять нечего" in answer.text
    await anna.photo(JPEG)
    await anna.wait_for("1 фото")
    await anna.press(draft, SEND, timeout=0)
    (created,) = await gate.commands.wait_for(1, CREATE)
    assert (created.data.title, created.data.place_code) == ("Фото: Кабинет 214", "r214")
    assert len(bot_messages(await anna.chat())) == 1


async def test_a_link_replaces_the_place_of_an_open_draft_and_nothing_else(gate: System) -> None:
    anna = await gate.someone()
    draft = await drafted(anna)
    await tap(anna, draft, "🔴 Высокий")
    await tap(anna, draft, PLACE)
    followed = await anna.start("loc_r214")
    await anna.wait_for(f"Место в вашей заявке заменено: {ROOM}", after=followed.id)
    changed = await now(anna, draft)
    assert f"📍 {ROOM}\n" in changed.text
    assert "Течёт кран на кухне" in changed.text
    assert {"● 🔴 Высокий", SEND} <= set(changed.labels)
    update = (await gate.sandbox.updates())["updates"][-1]
    await gate.confirmed()
    await gate.sandbox.inject(update)
    await gate.confirmed()
    assert len(bot_messages(await anna.chat())) == 2


@pytest.mark.parametrize(("payload", "said"), [("loc_nowhere", "больше нет в списке"), ("loc_", "больше нет в списке")])
async def test_a_link_to_no_place_says_so_and_an_ordinary_draft_can_be_begun(
    gate: System, payload: str, said: str
) -> None:
    anna = await gate.someone()
    await anna.start(payload)
    await anna.wait_for(said)
    assert "место не указано" in (await drafted(anna)).text


async def test_any_other_payload_is_a_greeting(gate: System) -> None:
    anna = await gate.someone()
    await anna.start("something")
    await anna.wait_for("Здравствуйте")


async def test_a_link_with_the_api_away(gate: System) -> None:
    anna = await gate.someone()
    gate.api.status = 503
    await anna.start("loc_r214")
    await anna.wait_for("Сейчас не узнать, какое это место")
    gate.api.status = 200


async def test_without_redis_a_link_asks_for_one_message_and_the_known_place_goes_with_it(gate: System) -> None:
    anna, boris = await gate.someone(), await gate.someone("Борис")
    await boris.start("loc_r214")
    await boris.wait_for(f"📍 {ROOM}")
    await gate.confirmed()
    gate.redis.cut()
    await anna.start("loc_r214")
    await anna.wait_for("Сейчас место не запомнить")
    await anna.location(55.75, 37.61)
    await anna.wait_for("Сейчас место не запомнить", after=3)
    assert gate.commands.of(CREATE) == []
    gate.redis.mend()
    await until(lambda: gate.health.ready, "ready again")


async def changing(system: System, person: Person, request_id: UUID | None = None) -> SeenMessage:
    """The question what is to be changed about request 12."""
    press = RequestPress(action=Action.EDIT, request_id=request_id or uuid4(), version=1).pack()
    keyboard = {"inline_keyboard": [[{"text": "edit", "callback_data": press}]]}
    await system.telegram("sendMessage", chat_id=person.id, text="#12 Открыта", reply_markup=keyboard)
    shown = await person.wait_for("#12 Открыта")
    await person.press(shown, "edit")
    return await person.wait_for("#12 Что написать в заявке?", after=shown.id)


async def test_a_request_that_is_filed_is_moved(gate: System) -> None:
    anna, request_id = await started(gate), uuid4()
    question = await changing(gate, anna, request_id)
    roots = await tap(anna, question, PLACE)
    assert roots.labels == ("Школа ›", "Двор", "‹ К заявке")
    assert roots.text.startswith("#12 📍 Где это?")
    assert (await tap(anna, question, "‹ К заявке")).labels == question.labels
    await tap(anna, question, PLACE)
    await tap(anna, question, "Школа ›")
    assert (await tap(anna, question, "2 этаж ›")).text.startswith("#12 📍 Школа › 2 этаж")
    await anna.begin_press(question, "Кабинет 214")
    (command,) = await gate.commands.wait_for(1, EDIT)
    assert (command.data.request_id, command.data.seen_version, command.data.place_code) == (request_id, 1, "r214")
    assert (command.data.description, command.data.priority) == (None, None)
    assert command.data.origin.message_id == question.id, "the question becomes the card"
    # It has its answer: what is written next is something else.
    await gate.confirmed()
    await drafted(anna)
    assert len(gate.commands.of(EDIT)) == 1


async def test_what_is_typed_while_a_request_is_moved_is_looked_for(gate: System) -> None:
    anna = await started(gate)
    question = await changing(gate, anna)
    await tap(anna, question, PLACE)
    await anna.text("кабинет  2")
    found = await anna.wait_for("#12 🔎 кабинет 2: нашлось 1 место")
    assert (found.id, found.labels[0]) == (question.id, LABEL)
    await anna.text("за углом у столовой")
    await anna.wait_for("#12 🔎 «за углом у столовой»: такого места в списке нет")
    assert gate.commands.of(EDIT) == []
    await anna.begin_press(question, data=MovePress(action=PlaceAction.WORDS).pack())
    (command,) = await gate.commands.wait_for(1, EDIT)
    assert (command.data.place_code, command.data.place) == (None, "за углом у столовой")


async def test_what_was_looked_for_is_no_answer_when_it_comes_again(gate: System) -> None:
    anna = await started(gate)
    question = await changing(gate, anna)
    await tap(anna, question, PLACE)
    await anna.text("кабинет 2")
    await anna.wait_for("нашлось 1 место")
    await tap(anna, question, "‹ К заявке")
    updates = (await gate.sandbox.updates())["updates"]
    (told,) = [one for one in updates if one.get("message", {}).get("text") == "кабинет 2"]
    await gate.sandbox.inject(told | {"update_id": told["update_id"] + 1000})
    await gate.confirmed()
    await anna.text("Течёт кран в 215, а не в 214")
    (command,) = await gate.commands.wait_for(1, EDIT)
    assert command.data.description == "Течёт кран в 215, а не в 214"
    assert len(bot_messages(await anna.chat())) == 3, "the greeting, the card and the question: no draft"


async def test_a_location_moves_a_request(gate: System) -> None:
    anna = await started(gate)
    question = await changing(gate, anna)
    await anna.location(59.93, 30.31)
    (command,) = await gate.commands.wait_for(1, EDIT)
    assert (command.data.place, command.data.description) == ("59.93000, 30.31000", None)
    assert (await anna.wait_for("#12 Получено.")).id == question.id


async def test_a_choice_that_is_over_says_so(gate: System) -> None:
    anna = await started(gate)
    former = await changing(gate, anna)
    await tap(anna, former, PLACE)
    drawn = await now(anna, former)
    await changing(gate, anna)
    for press in ("Двор", "Школа ›"):
        answer = await anna.press(former, data=drawn.data(press))
        assert answer is not None
        assert answer.alert
        assert "вопрос уже снят" in answer.text
    assert gate.commands.of(EDIT) == []


async def test_a_reply_to_a_choice_that_is_over_is_no_comment(gate: System) -> None:
    anna = await started(gate)
    question = await changing(gate, anna)
    await tap(anna, question, PLACE)
    await gate.forget(anna, "question")
    said = await anna.text("кабинет 2", reply_to=question.id)
    await anna.wait_for("вопрос уже снят", after=said.id)
    assert gate.commands.of(COMMENT) == []


async def test_with_no_memory_a_request_is_not_moved_and_it_is_said(gate: System) -> None:
    anna = await started(gate)
    question = await changing(gate, anna)
    gate.redis.cut()
    answer = await anna.press(question, PLACE)
    assert answer is not None
    assert answer.alert
    assert "Сейчас спросить не получается" in answer.text
    gate.redis.mend()
