"""The category of a draft and of a request that is filed, through real RabbitMQ and Redis."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from gateway_support import CREATE, EDIT, System, bot_messages
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.limits import ANSWER_MAX
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.domain.draft import Asks, Draft, Obstacle, Sort, TooMuch
from zavhoz_gateway.domain.updates import Content
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import CategoryAction, CategoryPress, RecategoryPress, RequestPress

WATER, LIGHT = UUID(int=1), UUID(int=2)
SEND, PICK = "📨 Отправить", "🏷 Категория"
OVER = "Этот вопрос уже снят, и ответ никуда не попал. Нажмите на кнопку под заявкой ещё раз."
SORT = Sort(WATER, "Вода", Priority.HIGH, ("Какой кран?", "Давно ли?"), ("", ""))


def shelve(gate: System, questions: str = "Какой кран?\nДавно ли?") -> None:
    """Let there be two categories."""
    asked = {"ru": questions} if questions else {}
    gate.api.categories = [
        Category(category_id=WATER, names={"ru": "Вода", "en": "Water"}, questions=asked, priority=Priority.HIGH),
        Category(category_id=LIGHT, names={"ru": "Свет"}),
    ]


async def now(person: Person, message: SeenMessage) -> SeenMessage:
    return next(one for one in await person.chat() if one.id == message.id)


async def tap(person: Person, message: SeenMessage, label: str) -> SeenMessage:
    answer = await person.press(message, label)
    assert answer is not None
    assert not answer.text, answer
    return await now(person, message)


async def alerted(person: Person, message: SeenMessage, data: str) -> str:
    answer = await person.press(message, data=data)
    assert answer is not None
    assert answer.alert, answer
    return answer.text


async def begun(person: Person) -> SeenMessage:
    said = await person.text("Капает из крана на кухне")
    return await person.wait_for(lambda one: SEND in one.labels, after=said.id)


@pytest.fixture
async def anna(gate: System) -> Person:
    shelve(gate)
    return await gate.someone()


async def test_a_category_its_questions_and_its_priority_go_into_the_command(gate: System, anna: Person) -> None:
    draft = await begun(anna)
    assert PICK in draft.labels
    choice = await tap(anna, draft, PICK)
    assert choice.labels == ("🔴 Вода", "Свет", "‹ К заявке")
    asked = await tap(anna, draft, "🔴 Вода")
    assert "Вопрос 1 из 2" in asked.text
    await anna.photo(b"\xff\xd8\xff\xe0 picture")
    asked = await anna.wait_for("1 фото")
    assert "Вопрос 1 из 2" in asked.text, "a file is no answer, and is not lost"
    await anna.location(55.75, 37.61)
    asked = await anna.wait_for("📍 55.75")
    assert "Вопрос 1 из 2" in asked.text
    await anna.text("Левый")
    await anna.wait_for("Вопрос 2 из 2")
    await tap(anna, draft, "⏭ Пропустить")
    await anna.press(draft, SEND, timeout=0)
    (created,) = await gate.commands.wait_for(1, CREATE)
    assert (created.data.category_id, created.data.priority) == (WATER, None), "the service knows the priority"
    assert [(one.question, one.text) for one in created.data.answers] == [("Какой кран?", "Левый")]
    assert created.data.description == "Капает из крана на кухне"
    assert len(bot_messages(await anna.chat())) == 1


async def test_without_categories_or_the_api_nothing_is_offered_and_nothing_blocks(gate: System) -> None:
    boris = await gate.someone("Борис")
    draft = await begun(boris)
    assert PICK not in draft.labels
    choice = await boris.press(draft, data=CategoryPress(action=CategoryAction.PICK).pack())
    assert choice is not None
    assert "Категорий пока нет" in (await now(boris, draft)).text
    shelve(gate)
    draft = await tap(boris, draft, "‹ К заявке")
    draft = await tap(boris, draft, PICK)
    gate.api.status = 503
    said = await alerted(boris, draft, CategoryPress(action=CategoryAction.CHOOSE, value=WATER.hex).pack())
    assert said == "Сейчас категории не прочитать. Попробуйте через минуту."
    draft = await tap(boris, draft, "‹ К заявке")
    await boris.press(draft, SEND, timeout=0)
    assert (await gate.commands.wait_for(1, CREATE))[0].data.category_id is None


async def test_what_has_changed_meanwhile_is_said_at_send_and_the_draft_stays(gate: System, anna: Person) -> None:
    draft = await begun(anna)
    await tap(anna, draft, PICK)
    await tap(anna, draft, "🔴 Вода")
    await anna.text("Левый")
    await anna.wait_for("Вопрос 2 из 2")
    draft = await tap(anna, draft, "‹ К заявке")
    shelve(gate, "Какой этаж?\nКакой кран?")
    assert "тем временем изменили" in await alerted(anna, draft, draft.data(SEND))
    draft = await now(anna, draft)
    assert "❓ Какой этаж? — —\n❓ Какой кран? — Левый" in draft.text, "the answer to the same question is kept"
    gate.api.categories = gate.api.categories[1:]
    for _ in range(2):
        assert "Такой категории больше нет" in await alerted(anna, draft, draft.data(SEND))
    assert gate.commands.of(CREATE) == []
    await tap(anna, draft, PICK)
    await tap(anna, draft, "Свет")
    gate.api.status = 503  # what cannot be read now is decided by the requests service
    await anna.press(draft, SEND, timeout=0)
    created = (await gate.commands.wait_for(1, CREATE))[0].data
    assert (created.category_id, created.answers) == (LIGHT, ())


@pytest.mark.parametrize(
    "press",
    [
        CategoryPress(action=CategoryAction.CHOOSE, value="nothing"),
        CategoryPress(action=CategoryAction.CHOOSE, value=uuid4().hex),
    ],
)
async def test_a_forged_choice_is_refused(anna: Person, press: CategoryPress) -> None:
    draft = await begun(anna)
    assert "Такой категории больше нет" in await alerted(anna, draft, press.pack())


async def test_without_a_memory_an_answer_waits_and_is_no_request(gate: System, anna: Person) -> None:
    draft = await begun(anna)
    await tap(anna, draft, PICK)
    await tap(anna, draft, "🔴 Вода")
    gate.redis.cut()
    assert "Попробуйте через минуту" in await alerted(
        anna, draft, CategoryPress(action=CategoryAction.SKIP, value="0").pack()
    )
    gate.redis.mend()
    await tap(anna, draft, "⏭ Пропустить")
    assert gate.commands.of(CREATE) == []


async def test_the_category_of_a_request_is_changed_in_the_question(gate: System, anna: Person) -> None:
    id = uuid4()
    card = await begun(anna)  # stands for a card, whose button it is
    await anna.press(card, data=RequestPress(action=Action.EDIT, request_id=id, version=3).pack())
    question = (await anna.chat())[-1]
    assert PICK in question.labels
    choice = await tap(anna, question, PICK)
    assert choice.labels == ("🔴 Вода", "Свет", "‹ К заявке", "✖ Без категории")
    question = await tap(anna, choice, "‹ К заявке")
    assert PICK in question.labels
    await tap(anna, question, PICK)
    await anna.press(choice, "Свет", timeout=0)
    (edit,) = await gate.commands.wait_for(1, EDIT)
    assert (edit.data.request_id, edit.data.seen_version, edit.data.category) == (id, 3, LIGHT)
    assert edit.data.origin.message_id == question.id
    assert await alerted(anna, choice, choice.data("Свет")) == OVER
    assert len(gate.commands.of(EDIT)) == 1
    await anna.press(card, data=RequestPress(action=Action.EDIT, request_id=id, version=3).pack())
    question = (await anna.chat())[-1]
    await tap(anna, question, PICK)
    skip = RecategoryPress(action=CategoryAction.SKIP, value="0").pack()
    assert await alerted(anna, question, skip)
    await anna.press(question, "✖ Без категории", timeout=0)
    assert (await gate.commands.wait_for(2, EDIT))[1].data.category == ""


def test_a_draft_of_the_former_version_is_read_and_filed_as_it_was() -> None:
    former = (
        '{"chat_id": 1, "message_id": 2, "text": "Течёт", "files": [], "priority": "medium", "parts": [5],'
        ' "albums": [], "state": "open", "place": "", "place_code": null, "asks": "",'
        ' "looking": {"query": "", "under": null, "page": 1}, "revision": 3}'
    )
    read = TypeAdapter(Draft).validate_json(former)
    assert (read.priority, read.urgency, read.sort, read.text) == (Priority.MEDIUM, Priority.MEDIUM, None, "Течёт")
    kept = TypeAdapter(Draft)
    assert kept.validate_json(kept.dump_json(read.of_sort(SORT))) == read.of_sort(SORT)


async def test_a_request_without_words_is_called_by_its_category(gate: System, anna: Person) -> None:
    await anna.photo(b"\xff\xd8\xff\xe0 picture")
    draft = await anna.wait_for("1 фото")
    await tap(anna, draft, PICK)
    draft = await tap(anna, draft, "Свет")
    await anna.press(draft, SEND, timeout=0)
    assert (await gate.commands.wait_for(1, CREATE))[0].data.title == "Свет"


def test_who_joins_another_request_says_there_what_they_answered() -> None:
    draft = Draft(1, 2, text="Течёт").of_sort(SORT)
    answered = draft.add(Content("Левый"), 7)
    assert isinstance(answered, Draft)
    assert answered.words == "Течёт\nКакой кран? — Левый"
    assert replace(answered, text="").words == "Какой кран? — Левый"
    assert Draft(1, 2, text="Течёт").words == "Течёт"


def test_the_priority_is_that_of_the_category_until_somebody_chooses() -> None:
    draft = Draft(1, 2)
    assert draft.urgency is Priority.MEDIUM
    assert draft.of_sort(SORT).urgency is Priority.HIGH
    assert replace(draft, priority=Priority.LOW).of_sort(SORT).urgency is Priority.LOW


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=ANSWER_MAX + 20))
def test_an_answer_is_taken_whole_or_refused(words: str) -> None:
    draft = Draft(1, 2, text="Течёт").of_sort(SORT)
    assert (draft.asks, draft.asked) == (Asks.QUESTION, 0)
    answered = draft.add(Content(words), 7)
    if isinstance(answered, TooMuch):
        assert (answered.obstacle, answered.limit) == (Obstacle.ANSWER_TOO_LONG, ANSWER_MAX)
        return
    assert answered.sort is not None
    assert (answered.sort.answers, answered.asked, answered.text) == ((words, ""), 1, "Течёт")
    assert answered.add(Content(words), 7) is answered, "delivered again"
    last = answered.add(Content(words), 8)
    assert isinstance(last, Draft)
    assert (last.asks, last.sort and last.sort.answers) == (Asks.NOTHING, (words, words))
