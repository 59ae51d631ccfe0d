"""Comments: the answer to [Comment], replies to whatever the bot said about a request, and albums."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from gateway_support import ATTACH, COMMENT, CREATE, REJECT, System, bot_messages, started

from zavhoz_contracts import identity
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import OpenNotice, RequestPress

PHOTO = b"\xff\xd8\xff\xe0"
DRAFT, QUESTION = "Новая заявка", "Что передать?"


async def told(system: System, person: Person, text: str, *data: str) -> SeenMessage:
    """Something that the notifier has said to somebody, with buttons that carry `data`."""
    keyboard = {"inline_keyboard": [[{"text": one.split(":")[1], "callback_data": one} for one in data]]}
    markup: dict[str, Any] = {"reply_markup": keyboard} if data else {}
    await system.telegram("sendMessage", chat_id=person.id, text=text, **markup)
    return await person.wait_for(text)


def pressed(action: Action, request_id: UUID) -> str:
    return RequestPress(action=action, request_id=request_id, version=3).pack()


async def test_comment_asks_and_the_next_message_is_said(gate: System) -> None:
    anna, request_id = await started(gate), uuid4()
    card = await told(gate, anna, "#12 В работе", pressed(Action.COMMENT, request_id))
    answer = await anna.press(card, "comment")
    assert answer is not None
    assert not answer.text
    question = await anna.wait_for(QUESTION)
    assert question.text.startswith("#12 ")
    assert question.labels == ("Отмена",)
    said = await anna.text("  Уже <по колено>\x07 ")
    (command,) = await gate.commands.wait_for(1, COMMENT)
    assert (command.data.request_id, command.data.text, command.data.attachments) == (
        request_id,
        "Уже <по колено>",
        (),
    )
    assert command.data.origin.message_id == card.id, "the card whose button asked"
    assert command.id == identity.command_id_of_message(gate.bot_id, "message", anna.id, said.id)
    closed = await anna.wait_for("#12 Комментарий получен.")
    assert (closed.id, closed.labels) == (question.id, ())
    # What is left of the question is about the request still.
    gate.api.file(anna.id, 12)
    await anna.text("И ещё", reply_to=question.id)
    *_, second = await gate.commands.wait_for(2, COMMENT)
    assert second.data.text == "И ещё"
    await anna.text("Течёт кран на кухне")
    await anna.wait_for(DRAFT)
    assert len(gate.commands.of(COMMENT)) == 2


@pytest.mark.parametrize("by_reply", [False, True])
async def test_a_photo_with_words_answers_the_question(gate: System, by_reply: bool) -> None:
    anna, request_id = await started(gate), uuid4()
    card = await told(gate, anna, "#12 В работе", pressed(Action.COMMENT, request_id))
    await anna.press(card, "comment")
    question = await anna.wait_for(QUESTION)
    await anna.photo(PHOTO, caption="Вот так", reply_to=question.id if by_reply else None)
    (command,) = await gate.commands.wait_for(1, COMMENT)
    (file,) = command.data.attachments
    assert (command.data.text, command.data.origin.message_id) == ("Вот так", card.id)
    assert file.attachment_id == identity.attachment_id(request_id, file.file_unique_id)
    await gate.confirmed()
    assert not any(DRAFT in message.text for message in await anna.chat())


async def test_the_question_of_a_comment_can_be_cancelled(gate: System) -> None:
    anna = await started(gate)
    card = await told(gate, anna, "#12 В работе", pressed(Action.COMMENT, uuid4()))
    await anna.press(card, "comment")
    question = await anna.wait_for(QUESTION)
    assert await anna.press(question, "Отмена") is not None
    closed = await anna.wait_for("#12 Комментарий отменён.")
    assert (closed.id, closed.labels) == (question.id, ())
    await anna.text("Течёт кран на кухне")
    await anna.wait_for(DRAFT)
    assert gate.commands.of(COMMENT) == []


async def test_a_reply_to_whatever_was_said_about_a_request_is_a_comment_on_it(gate: System) -> None:
    anna, request_id = await started(gate), uuid4()
    (by_number, *_) = gate.api.file(anna.id, 12)
    messages = [
        (await told(gate, anna, "#12 Открыта: карточка", pressed(Action.TAKE, request_id)), request_id),
        (await told(gate, anna, "#12 В работе: извещение", OpenNotice(request_id=request_id).pack()), request_id),
        (await told(gate, anna, "#12: взято в работу"), by_number),
        # A button that nobody understands any more: by the number, too.
        (await told(gate, anna, "#12 Выполнена", "r:vanish:x:1"), by_number),
    ]
    for count, (message, expected) in enumerate(messages, 1):
        said = await anna.text(f"Ответ {count}", reply_to=message.id)
        commands = await gate.commands.wait_for(count, COMMENT)
        assert (commands[-1].data.request_id, commands[-1].data.text) == (expected, f"Ответ {count}")
        assert commands[-1].data.origin.message_id is None, "nothing was pressed, so nothing is converted"
        assert commands[-1].id == identity.command_id_of_message(gate.bot_id, "message", anna.id, said.id)
    document = await anna.document(b"%PDF-1.4", "act.pdf", reply_to=messages[0][0].id)
    *_, command = await gate.commands.wait_for(5, COMMENT)
    assert [file.file_name for file in command.data.attachments] == ["act.pdf"]
    assert command.data.text == ""
    await gate.confirmed()
    assert [message for message in bot_messages(await anna.chat()) if message.id > document.id] == []


async def test_a_reply_to_anything_else_is_no_comment(gate: System) -> None:
    anna = await started(gate)
    gate.api.file(anna.id, 12)
    own = await anna.text("#12 так и течёт, сделайте что-нибудь")
    draft = await anna.wait_for(DRAFT)
    await anna.text("и капает", reply_to=own.id)
    await anna.wait_for("и капает", after=own.id)
    await anna.text("и шумит", reply_to=draft.id)
    await anna.wait_for("и шумит", after=own.id)
    await anna.text("/my")
    listed = await anna.wait_for("12 открытых заявок")
    await anna.text("и гудит", reply_to=listed.id)
    await anna.wait_for("и гудит", after=own.id)
    await gate.confirmed()
    assert gate.commands.of(COMMENT, CREATE) == []


async def test_a_number_that_is_not_theirs_gets_a_sentence(gate: System) -> None:
    anna = await started(gate)
    message = await told(gate, anna, "#7: комментарий добавлен")
    for status, words in ((200, "Этой заявки нет, или вам она не видна"), (404, "Этой заявки нет")):
        gate.api.status = status
        reply = await anna.text("Что с ней?", reply_to=message.id)
        await anna.wait_for(words, after=reply.id)
    # Not the first to ask, so known: only the number is asked for while the API is away.
    gate.api.status = 503
    reply = await anna.text("Что с ней?", reply_to=message.id)
    await anna.wait_for("Сейчас комментарий не добавить", after=reply.id)
    await gate.confirmed()
    assert gate.commands.of(COMMENT) == []
    assert not any(DRAFT in one.text for one in await anna.chat())


async def test_a_reply_to_the_pending_question_is_its_answer_and_to_a_card_a_comment(gate: System) -> None:
    boris, rejected, other = await started(gate, "Борис"), uuid4(), uuid4()
    card = await told(gate, boris, "#5 Открыта", pressed(Action.REJECT, rejected))
    another = await told(gate, boris, "#6 Открыта", pressed(Action.TAKE, other))
    await boris.press(card, "reject")
    question = await boris.wait_for("Почему заявка отклоняется?")
    await boris.text("Посмотрю завтра", reply_to=another.id)
    (comment,) = await gate.commands.wait_for(1, COMMENT)
    assert comment.data.request_id == other
    assert gate.commands.of(REJECT) == []
    await boris.text("Не к нам", reply_to=question.id)
    (reject,) = await gate.commands.wait_for(1, REJECT)
    assert (reject.data.request_id, reject.data.reason) == (rejected, "Не к нам")
    assert len(gate.commands.of(COMMENT)) == 1


async def test_an_answer_to_a_question_that_waits_no_longer_is_not_lost_silently(gate: System) -> None:
    boris, request_id = await started(gate, "Борис"), uuid4()
    for action, asked in ((Action.REJECT, "Почему"), (Action.COMMENT, QUESTION)):
        card = await told(gate, boris, f"#5 {action.value}", pressed(action, request_id))
        await boris.press(card, action.value)
        question = await boris.wait_for(asked)
        await gate.confirmed()
        await gate.forget(boris, "question")
        await boris.text("Поздний ответ", reply_to=question.id)
        if action is Action.REJECT:
            await boris.wait_for("Этот вопрос уже снят")
            assert gate.commands.of(REJECT, COMMENT) == []
    (comment,) = await gate.commands.wait_for(1, COMMENT)
    assert (comment.data.request_id, comment.data.text) == (request_id, "Поздний ответ")


@pytest.mark.parametrize("asked", [False, True])
async def test_an_album_is_one_comment_and_its_further_parts_are_attached(gate: System, asked: bool) -> None:
    anna, request_id = await started(gate), uuid4()
    card = await told(gate, anna, "#12 В работе", pressed(Action.COMMENT, request_id))
    reply_to = card.id
    if asked:
        await anna.press(card, "comment")
        reply_to = (await anna.wait_for(QUESTION)).id
    first = await anna.photo(PHOTO + b"1", caption="Три фото", media_group_id="777", reply_to=reply_to)
    parts = [
        await anna.photo(PHOTO + number, media_group_id="777", reply_to=None if asked else reply_to)
        for number in (b"2", b"3")
    ]
    (comment,) = await gate.commands.wait_for(1, COMMENT)
    attached = await gate.commands.wait_for(2, ATTACH)
    assert (comment.data.text, len(comment.data.attachments)) == ("Три фото", 1)
    assert comment.id == identity.command_id_of_message(gate.bot_id, "message", anna.id, first.id)
    assert {command.id for command in attached} == {
        identity.command_id_of_message(gate.bot_id, "message", anna.id, part.id) for part in parts
    }
    assert {command.data.request_id for command in attached} == {request_id}
    assert len({command.data.attachments[0].attachment_id for command in (comment, *attached)}) == 3
    await gate.confirmed()
    assert not any(DRAFT in message.text for message in await anna.chat())


async def test_without_redis_a_reply_is_a_comment_all_the_same(gate: System) -> None:
    anna, request_id = await started(gate), uuid4()
    card = await told(gate, anna, "#12 В работе", pressed(Action.COMMENT, request_id))
    await gate.confirmed()
    gate.redis.cut()
    await anna.photo(PHOTO, caption="Вот", media_group_id="778", reply_to=card.id)
    (command,) = await gate.commands.wait_for(1, COMMENT)
    assert command.data.request_id == request_id
    answer = await anna.press(card, "comment")
    assert answer is not None
    assert "Сейчас спросить не получается" in answer.text
    gate.redis.mend()


async def test_an_update_that_comes_twice_is_the_same_command(around: System) -> None:
    """The gateway stops between the publishing and the mark: Telegram delivers the reply again."""
    async with around.gateway():
        anna, request_id = await started(around), uuid4()
        card = await told(around, anna, "#12 В работе", pressed(Action.COMMENT, request_id))
        await anna.photo(PHOTO, caption="Вот", media_group_id="779", reply_to=card.id)
        (first,) = await around.commands.wait_for(1, COMMENT)
        await around.confirmed()
        (update,) = [one for one in (await around.sandbox.updates())["updates"] if "caption" in one.get("message", {})]
        await around.sandbox.inject({**update, "update_id": update["update_id"] + 1_000_000})
        _, again = await around.commands.wait_for(2, COMMENT)
    assert again.id == first.id
    assert again.data == first.data
