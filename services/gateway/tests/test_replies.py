"""Canned replies: chosen as the answer to a question, and managed in /replies."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from gateway_support import COMMENT, COMPLETE, HOLD, NOTE, REJECT, System, started

from zavhoz_contracts.api.replies import Reply
from zavhoz_contracts.identity import command_id_of_press, reply_id_of_message
from zavhoz_contracts.message import Role, Shows
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import CannedAction, CannedPress, HoldPress, QuestionPress, RequestPress
from zavhoz_telegram.managed_callbacks import ReplyAction, ReplyPress

CHANGE = ChangeReply.TYPE
ASKED = {
    Action.COMMENT: "#12 Что передать?",
    Action.REJECT: "#12 Почему заявка отклоняется?",
    Action.HOLD: "#12 Почему заявка ставится на паузу?",
    Action.COMPLETE: "#12 Что сделано?",
    Action.NOTE: "#12 Что записать?",
}
LONG = "Заявка относится не к нам. " + "Обратитесь, пожалуйста, в управляющую компанию. " * 6


def reply(number: int, text: str, language: str = "ru") -> Reply:
    return Reply(reply_id=UUID(int=number), language=language, text=text)


@pytest.fixture
async def stocked(gate: System) -> System:
    """The gateway, and replies in two languages."""
    gate.api.replies = [
        reply(1, "Мастер <придёт> сегодня"),
        reply(2, LONG.strip()),
        reply(3, "The technician will come today", "en"),
    ]
    return gate


async def asked(system: System, person: Person, action: Action, request_id: UUID) -> tuple[SeenMessage, SeenMessage]:
    """The card whose button was pressed, and the question."""
    press = RequestPress(action=action, request_id=request_id, version=4).pack()
    keyboard = {"inline_keyboard": [[{"text": action.value, "callback_data": press}]]}
    await system.telegram("sendMessage", chat_id=person.id, text="#12 В работе", reply_markup=keyboard)
    card = (await person.chat())[-1]
    await person.press(card, action.value)
    return card, await person.wait_for(ASKED[action], after=card.id)


async def alerted(person: Person, message: SeenMessage, label: str | None = None, *, data: str | None = None) -> str:
    answer = await person.press(message, label, data=data)
    assert answer is not None
    assert answer.alert, answer
    return answer.text


async def turned(person: Person, message: SeenMessage, label: str, shows: str) -> SeenMessage:
    """The same message once a press has it show this."""
    answer = await person.press(message, label)
    assert answer is not None
    assert not answer.alert, answer
    return await person.wait_for(lambda one: one.id == message.id and shows in "\n".join((one.text, *one.labels)))


@pytest.mark.parametrize("action", ASKED)
async def test_the_staff_is_offered_canned_replies_and_nobody_else_is(gate: System, action: Action) -> None:
    boris, anna = await started(gate, "Борис", Role.TECHNICIAN), await started(gate)
    _, question = await asked(gate, boris, action, uuid4())
    assert question.labels[0] == "💬 Заготовки"
    _, question = await asked(gate, anna, action, uuid4())
    assert "💬 Заготовки" not in question.labels


async def test_no_other_question_offers_them(gate: System) -> None:
    boris, request_id = await started(gate, "Борис", Role.MANAGER), uuid4()
    gate.api.duplicates[request_id] = []
    for action, words in (
        (Action.REOPEN, "#12 Что не так?"),
        (Action.EDIT, "#12 "),
        (Action.MERGE, "#12 С какой заявкой"),
    ):
        press = RequestPress(action=action, request_id=request_id, version=4).pack()
        keyboard = {"inline_keyboard": [[{"text": "x", "callback_data": press}]]}
        await gate.telegram("sendMessage", chat_id=boris.id, text="#12 В работе", reply_markup=keyboard)
        card = (await boris.chat())[-1]
        await boris.press(card, "x")
        question = await boris.wait_for(words, after=card.id)
        assert "💬 Заготовки" not in question.labels


async def test_they_are_shown_in_the_question_by_language(stocked: System) -> None:
    boris = await started(stocked, "Борис", Role.TECHNICIAN)
    _, question = await asked(stocked, boris, Action.REJECT, uuid4())
    listed = await turned(boris, question, "💬 Заготовки", "1. Мастер <придёт> сегодня")
    assert listed.text.startswith(ASKED[Action.REJECT]), "one still knows what is asked"
    assert listed.labels[1].endswith("…")
    assert listed.labels[2:] == ("🌐 English", "‹ Назад", "Отмена")
    assert "2. Заявка относится не к нам." in listed.text, "what the button cuts"
    assert "1. Мастер" not in listed.text
    english = await turned(boris, listed, "🌐 English", "1. The technician will come today")
    assert english.labels == ("1. The technician will come today", "🌐 Русский", "‹ Назад", "Отмена")
    again = await turned(boris, english, "‹ Назад", "💬 Заготовки")
    assert (again.text, again.labels) == (question.text, question.labels)
    stocked.api.replies = []
    listed = await turned(boris, again, "💬 Заготовки", "На этом языке их пока нет")
    assert listed.labels == ("🌐 English", "‹ Назад", "Отмена")
    await boris.press(listed, "Отмена")
    closed = await boris.wait_for(lambda one: one.id == question.id and not one.labels)
    assert closed.text.startswith("#12 ")


async def test_pages_are_turned_and_one_that_is_gone_is_the_last_there_is(gate: System) -> None:
    boris = await started(gate, "Борис", Role.TECHNICIAN)
    gate.api.replies = [reply(number, f"Ответ {number}") for number in range(1, 20)]
    _, question = await asked(gate, boris, Action.COMMENT, uuid4())
    listed = await turned(boris, question, "💬 Заготовки", "1/3")
    assert listed.labels[:8] == tuple(f"{n}. Ответ {n}" for n in range(1, 9))
    second = await turned(boris, listed, "›", "2/3")
    gate.api.replies = gate.api.replies[:3]
    left = await turned(boris, second, "›", "3. Ответ 3")
    assert left.labels == ("1. Ответ 1", "2. Ответ 2", "3. Ответ 3", "🌐 English", "‹ Назад", "Отмена")
    for value in ("0", "-1", "99999", "9" * 30, "x"):
        forged = CannedPress(action=CannedAction.SHOW, language="ru", value=value).pack()
        answer = await boris.press(left, data=forged)
        assert answer is not None
        assert not answer.alert
    assert (await boris.chat())[-1].labels == left.labels


@pytest.mark.parametrize(
    ("action", "kind", "field"),
    [
        (Action.COMMENT, COMMENT, "text"),
        (Action.REJECT, REJECT, "reason"),
        (Action.COMPLETE, COMPLETE, "note"),
        (Action.NOTE, NOTE, "text"),
    ],
)
async def test_a_press_says_it_as_if_it_had_been_typed(stocked: System, action: Action, kind: str, field: str) -> None:
    boris, request_id = await started(stocked, "Борис", Role.TECHNICIAN), uuid4()
    card, question = await asked(stocked, boris, action, request_id)
    listed = await turned(boris, question, "💬 Заготовки", "1. Мастер")
    query = await boris.begin_press(listed, listed.labels[1])
    (command,) = await stocked.commands.wait_for(1, kind)
    assert (command.data.request_id, getattr(command.data, field)) == (request_id, LONG.strip())
    assert command.id == command_id_of_press(stocked.bot_id, query)
    origin = command.data.origin
    assert (origin.message_id, origin.callback_query_id) == (card.id, query), "the outcome answers the press"
    await boris.wait_for(lambda one: one.id == question.id and "олучен" in one.text and not one.labels)
    # Pressed a second time it is said no more, and what is typed next is something else.
    assert "уже снят" in await alerted(boris, listed, data=listed.data(listed.labels[1]))
    await boris.text("Течёт кран на кухне")
    await boris.wait_for("Новая заявка")
    assert len(stocked.commands.of(kind)) == 1


async def test_a_press_that_is_delivered_again_says_the_same(stocked: System) -> None:
    boris = await started(stocked, "Борис", Role.TECHNICIAN)
    _, question = await asked(stocked, boris, Action.COMMENT, uuid4())
    listed = await turned(boris, question, "💬 Заготовки", "1. Мастер")
    await boris.begin_press(listed, "1. Мастер <придёт> сегодня")
    await stocked.commands.wait_for(1, COMMENT)
    await stocked.confirmed()
    update = (await stocked.sandbox.updates())["updates"][-1]
    # As after a crash before it was noted as finished.
    await stocked.sandbox.inject({**update, "update_id": update["update_id"] + 1_000_000})
    first, second = await stocked.commands.wait_for(2, COMMENT)
    assert first.id == second.id


async def test_a_hold_goes_on_to_until_when(stocked: System) -> None:
    boris, request_id = await started(stocked, "Борис", Role.TECHNICIAN), uuid4()
    _, question = await asked(stocked, boris, Action.HOLD, request_id)
    listed = await turned(boris, question, "💬 Заготовки", "1. Мастер")
    answer = await boris.press(listed, "1. Мастер <придёт> сегодня")
    assert answer is not None
    assert (answer.text, answer.alert) == ("", False)
    until = await boris.wait_for("#12 На паузу: Мастер <придёт> сегодня")
    assert "💬 Заготовки" not in until.labels
    say = listed.data("1. Мастер <придёт> сегодня")
    for message in (listed, until):  # asked already; and not a day
        assert "уже снят" in await alerted(boris, message, data=say)
    await boris.begin_press(until, "До завтра")
    (command,) = await stocked.commands.wait_for(1, HOLD)
    assert (command.data.request_id, command.data.reason) == (request_id, "Мастер <придёт> сегодня")


async def test_what_was_removed_meanwhile_is_told_and_the_others_are_shown(stocked: System) -> None:
    boris = await started(stocked, "Борис", Role.TECHNICIAN)
    _, question = await asked(stocked, boris, Action.REJECT, uuid4())
    listed = await turned(boris, question, "💬 Заготовки", "1. Мастер")
    del stocked.api.replies[0]
    assert await alerted(boris, listed, "1. Мастер <придёт> сегодня") == "Этой заготовки больше нет. Вот те, что есть."
    left = await boris.wait_for(lambda one: one.id == question.id and "1. Заявка" in one.labels[0])
    assert len(left.labels) == 4
    stocked.api.replies[0] = reply(2, "Сегодня не успеем")
    await boris.begin_press(left, left.labels[0])
    (command,) = await stocked.commands.wait_for(1, REJECT)
    assert command.data.reason == "Сегодня не успеем", "as it is now"


async def test_a_question_that_is_over_is_answered_by_no_press(stocked: System) -> None:
    boris = await started(stocked, "Борис", Role.TECHNICIAN)
    _, question = await asked(stocked, boris, Action.NOTE, uuid4())
    listed = await turned(boris, question, "💬 Заготовки", "1. Мастер")
    await stocked.forget(boris, "question")
    for label in ("1. Мастер <придёт> сегодня", "🌐 English", "‹ Назад"):
        assert "уже снят" in await alerted(boris, listed, label)
    # A reply to it is known for an answer too late: it is no comment on the request.
    await boris.text("Только для своих", reply_to=question.id)
    await boris.wait_for("Этот вопрос уже снят", after=question.id)
    assert stocked.commands.of(COMMENT) == []


@pytest.mark.parametrize("what", ["question", "canned"])
async def test_without_a_memory_or_the_api_a_sentence_says_so(stocked: System, what: str) -> None:
    boris = await started(stocked, "Борис", Role.TECHNICIAN)
    _, question = await asked(stocked, boris, Action.REJECT, uuid4())
    listed = await turned(boris, question, "💬 Заготовки", "1. Мастер")
    if what == "question":
        stocked.redis.cut()
        sentence = "Сейчас спросить не получается"
    else:
        stocked.api.status = 503
        sentence = "Заготовки сейчас не прочитать"
    for label in ("1. Мастер <придёт> сегодня", "🌐 English"):
        assert sentence in await alerted(boris, listed, label)
    assert stocked.commands.of(REJECT) == []


async def test_forged_presses_are_refused(stocked: System) -> None:
    anna = await started(stocked)
    _, question = await asked(stocked, anna, Action.COMMENT, uuid4())
    for language, value, sentence in (
        ("ru", UUID(int=1).hex, "недоступно"),
        ("de", UUID(int=1).hex, "устарела"),
        ("", UUID(int=1).hex, "устарела"),
    ):
        forged = CannedPress(action=CannedAction.SAY, language=language, value=value).pack()
        assert sentence in await alerted(anna, question, data=forged)
    boris = await started(stocked, "Борис", Role.TECHNICIAN)
    _, question = await asked(stocked, boris, Action.COMMENT, uuid4())
    forged = CannedPress(action=CannedAction.SAY, language="ru", value="nobody").pack()
    assert "больше нет" in await alerted(boris, question, data=forged)
    # Not in the message of a former question, while another one waits.
    _, second = await asked(stocked, boris, Action.COMMENT, uuid4())
    forged = CannedPress(action=CannedAction.SAY, language="ru", value=UUID(int=1).hex).pack()
    assert "уже снят" in await alerted(boris, question, data=forged)
    question = second
    # Nor in the message of a question of another kind.
    await boris.press(question, data=QuestionPress(action=Action.COMMENT, request_id=uuid4()).pack())
    press = RequestPress(action=Action.REOPEN, request_id=uuid4(), version=1).pack()
    await boris.press(question, data=press)
    reopening = await boris.wait_for("Что не так?", after=question.id)
    forged = CannedPress(action=CannedAction.SAY, language="ru", value=UUID(int=1).hex).pack()
    assert "уже снят" in await alerted(boris, reopening, data=forged)
    assert stocked.commands.of(COMMENT) == []


async def test_one_comment_too_many_is_not_said_by_a_press_either(around: System) -> None:
    around.api.replies = [reply(1, "Мастер придёт сегодня")]
    async with around.gateway(comment_limit=1, comment_seconds=3600):
        boris = await started(around, "Борис", Role.TECHNICIAN)
        for _ in range(2):
            _, question = await asked(around, boris, Action.COMMENT, uuid4())
            listed = await turned(boris, question, "💬 Заготовки", "1. Мастер")
            await boris.begin_press(listed, "1. Мастер придёт сегодня")
        refused = await boris.wait_for("Слишком много комментариев подряд")
        assert refused.text.startswith("#12 ")
        await around.confirmed()
        assert len(around.commands.of(COMMENT)) == 1


async def book(manager: Person) -> SeenMessage:
    """/replies, as a new message."""
    typed = await manager.text("/replies")
    return await manager.wait_for(lambda one: one.text.startswith("💬 Заготовки"), after=typed.id)


async def test_the_list_is_for_who_may_change_it(stocked: System) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    listed = await book(marina)
    assert "2 заготовки" in listed.text
    assert listed.labels[:3] == ("English", "● Русский", "1. Мастер <придёт> сегодня")
    assert listed.labels[4:] == ("➕ Добавить",)
    english = await turned(marina, listed, "English", "1 заготовка.")
    assert english.labels == ("● English", "Русский", "1. The technician will come today", "➕ Добавить")
    for role in (Role.REQUESTER, Role.TECHNICIAN):
        somebody = await started(stocked, "Борис", role)
        typed = await somebody.text("/replies")
        await somebody.wait_for("Заготовки меняет завхоз, который отвечает за все места.", after=typed.id)
        for action in (ReplyAction.LIST, ReplyAction.ADD, ReplyAction.OPEN, ReplyAction.CHANGE, ReplyAction.ASK):
            forged = ReplyPress(action=action, language="ru", reply_id=UUID(int=1)).pack()
            last = (await somebody.chat())[-1]
            assert "Заготовки меняет завхоз" in await alerted(somebody, last, data=forged)
    stocked.api.status = 503
    typed = await marina.text("/replies")
    await marina.wait_for("Заготовки сейчас не прочитать", after=typed.id)
    assert "Заготовки сейчас не прочитать" in await alerted(marina, listed, "➕ Добавить")


async def test_a_reply_is_added(stocked: System) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    listed = await turned(marina, await book(marina), "English", "● English")
    question = await turned(marina, listed, "➕ Добавить", "Напишите текст одним сообщением")
    assert question.labels == ("‹ Назад",)
    for words, sentence in (("ок", "Слишком коротко"), ("о" * 501, "Слишком длинно: 501")):
        typed = await marina.text(words)
        await marina.wait_for(sentence, after=typed.id)
    typed = await marina.photo(b"\xff\xd8\xff\xe0", caption="A photo")
    await marina.wait_for("Здесь нужны только слова", after=typed.id)
    assert stocked.commands.of(CHANGE) == []
    typed = await marina.text("The <parts> are on order")
    (command,) = await stocked.commands.wait_for(1, CHANGE)
    assert (command.data.language, command.data.text) == ("en", "The <parts> are on order")
    assert command.data.reply_id == reply_id_of_message(stocked.bot_id, marina.id, typed.id)
    origin = command.data.origin
    assert (origin.message_id, origin.callback_query_id, origin.shows) == (question.id, None, Shows.REPLIES)
    view = ReplyPress.unpack(str(origin.view))
    assert (view.action, view.language) == (ReplyAction.LIST, "en")
    await marina.text("Течёт кран на кухне")
    await marina.wait_for("Новая заявка")
    assert len(stocked.commands.of(CHANGE)) == 1


async def test_a_reply_is_changed(stocked: System) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    page = await turned(marina, await book(marina), "1. Мастер <придёт> сегодня", "✏️ Изменить")
    assert "Мастер <придёт> сегодня" in page.text
    assert page.labels == ("✏️ Изменить", "🗑 Убрать", "‹ Назад")
    question = await turned(marina, page, "✏️ Изменить", "Напишите новый текст")
    assert "Мастер <придёт> сегодня" in question.text
    await marina.text("Мастер придёт завтра")
    (command,) = await stocked.commands.wait_for(1, CHANGE)
    assert (command.data.reply_id, command.data.text) == (UUID(int=1), "Мастер придёт завтра")
    assert command.data.origin.message_id == question.id


async def test_a_reply_is_removed_when_it_is_meant(stocked: System) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    page = await turned(marina, await book(marina), "1. Мастер <придёт> сегодня", "✏️ Изменить")
    sure = await turned(marina, page, "🗑 Убрать", "Убрать эту заготовку?")
    assert sure.labels == ("Нет, оставить", "Да, убрать")
    page = await turned(marina, sure, "Нет, оставить", "✏️ Изменить")
    sure = await turned(marina, page, "🗑 Убрать", "Убрать эту заготовку?")
    assert stocked.commands.of(CHANGE) == []
    query = await marina.begin_press(sure, "Да, убрать")
    (command,) = await stocked.commands.wait_for(1, CHANGE)
    assert (command.data.reply_id, command.data.language, command.data.text) == (UUID(int=1), "ru", None)
    origin = command.data.origin
    assert (origin.message_id, origin.callback_query_id, origin.shows) == (sure.id, query, Shows.REPLIES)


async def test_what_another_manager_removed_meanwhile_is_told(stocked: System) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    listed = await book(marina)
    page = await turned(marina, listed, "1. Мастер <придёт> сегодня", "✏️ Изменить")
    del stocked.api.replies[0]
    for message, label in ((listed, "1. Мастер <придёт> сегодня"), (page, "✏️ Изменить"), (page, "🗑 Убрать")):
        assert await alerted(marina, message, data=message.data(label)) == "Этой заготовки больше нет."
    left = await marina.wait_for(lambda one: one.id == page.id and "1 заготовка." in one.text)
    assert left.labels[2].startswith("1. Заявка")


@pytest.mark.parametrize("way", ["back", "cancel", "other"])
async def test_a_question_for_a_text_can_be_given_up(stocked: System, way: str) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    question = await turned(marina, await book(marina), "➕ Добавить", "Напишите текст")
    if way == "back":
        await turned(marina, question, "‹ Назад", "2 заготовки")
    else:
        if way == "cancel":
            await marina.text("/cancel")
        else:
            await asked(stocked, marina, Action.COMMENT, uuid4())
        over = await marina.wait_for(lambda one: one.id == question.id and one.text == "Ничего не изменилось.")
        await turned(marina, over, "‹ Назад", "2 заготовки")
    await marina.text("Течёт кран на кухне")
    await marina.wait_for("Новая заявка" if way != "other" else "#12 Комментарий получен")
    assert stocked.commands.of(CHANGE) == []


async def test_asking_for_a_text_gives_up_the_question_that_waited(stocked: System) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    listed = await book(marina)
    _, question = await asked(stocked, marina, Action.COMMENT, uuid4())
    await turned(marina, listed, "➕ Добавить", "Напишите текст")
    closed = await marina.wait_for(lambda one: one.id == question.id and not one.labels)
    assert closed.text.startswith("#12 ")
    await marina.text("Мастер придёт завтра")
    await stocked.commands.wait_for(1, CHANGE)
    assert stocked.commands.of(COMMENT) == []


async def test_a_page_that_cannot_be_shown_leaves_the_question_there(stocked: System) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    question = await turned(marina, await book(marina), "➕ Добавить", "Напишите текст")
    stocked.api.status = 503
    assert "Заготовки сейчас не прочитать" in await alerted(marina, question, "‹ Назад")
    stocked.api.status = 200
    await marina.text("Мастер придёт завтра")
    (command,) = await stocked.commands.wait_for(1, CHANGE)
    assert command.data.text == "Мастер придёт завтра"


async def test_a_button_of_what_is_gone_gives_up_no_question(stocked: System) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    page = await turned(marina, await book(marina), "1. Мастер <придёт> сегодня", "✏️ Изменить")
    await asked(stocked, marina, Action.COMMENT, uuid4())
    del stocked.api.replies[0]
    await alerted(marina, page, "✏️ Изменить")
    await marina.text("Мастер придёт завтра")
    (command,) = await stocked.commands.wait_for(1, COMMENT)
    assert command.data.text == "Мастер придёт завтра"


async def test_without_a_memory_no_text_is_asked_for(stocked: System) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    listed = await book(marina)
    stocked.redis.cut()
    assert "Сейчас спросить не получается" in await alerted(marina, listed, "➕ Добавить")
    await turned(marina, listed, "English", "1 заготовка.")


async def test_thirty_are_enough(gate: System) -> None:
    marina = await started(gate, "Марина", Role.MANAGER)
    gate.api.replies = [reply(number, f"Ответ {number}") for number in range(1, 31)]
    listed = await book(marina)
    assert "Их уже 30" in listed.text
    assert "➕ Добавить" not in listed.labels
    assert listed.labels[-2:] == ("1/4", "›")


@pytest.mark.parametrize(
    "forged",
    [
        ReplyPress(action=ReplyAction.REMOVE, language="de", reply_id=UUID(int=1)),
        ReplyPress(action=ReplyAction.LIST, language="xx"),
        ReplyPress(action=ReplyAction.LIST, language="ru", page=0),
        ReplyPress(action=ReplyAction.REMOVE, language="ru", page=31, reply_id=UUID(int=1)),
        CannedPress(action=CannedAction.SHOW, language="xx", value="1"),
        HoldPress(request_id=UUID(int=1), days=1),
    ],
)
async def test_what_no_button_of_ours_carries_is_no_command(stocked: System, forged: Any) -> None:
    marina = await started(stocked, "Марина", Role.MANAGER)
    listed = await book(marina)
    await alerted(marina, listed, data=forged.pack())
    await stocked.confirmed()
    assert stocked.commands.of(CHANGE) == []
