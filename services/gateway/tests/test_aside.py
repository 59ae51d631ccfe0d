"""/cancel and /help: at any time, whatever else is under way."""

from __future__ import annotations

from uuid import uuid4

import pytest
from gateway_support import CREATE, REJECT, System, bot_messages

from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_sandbox.client import Person
from zavhoz_telegram.callbacks import RequestPress

DRAFT = "Новая заявка"
TOPICS = ("Как подать заявку", "Фото", "Сколько ждать", "Не помогло", "Контакты")


async def asked_why(system: System, person: Person) -> None:
    """The person has pressed [Reject] and is asked for the reason."""
    data = RequestPress(action=Action.REJECT, request_id=uuid4(), version=2).pack()
    keyboard = {"inline_keyboard": [[{"text": "reject", "callback_data": data}]]}
    await system.telegram("sendMessage", chat_id=person.id, text="the card", reply_markup=keyboard)
    await person.press(await person.wait_for("the card"), "reject")
    await person.wait_for("Почему заявка отклоняется?")


async def test_cancel_drops_the_question_then_the_draft_then_nothing(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Течёт кран <на кухне>\nи капает")
    draft = await anna.wait_for(DRAFT)
    await asked_why(gate, anna)

    await anna.text("/cancel")
    await anna.wait_for("Вопрос снят; в заявке ничего не изменилось.")
    question = next(message for message in bot_messages(await anna.chat()) if "Отклонение отменено" in message.text)
    assert not question.labels

    await anna.text("/cancel")
    await anna.wait_for("Черновик удалён: Течёт кран <на кухне> и капает")
    gone = next(message for message in await anna.chat() if message.id == draft.id)
    assert (gone.text, gone.labels) == ("Черновик удалён.", ())

    last = await anna.text("/cancel")
    await anna.wait_for("Отменять нечего", after=last.id)
    await anna.text("Не горит лампа")
    assert (await anna.wait_for("Не горит лампа", after=last.id)).id != draft.id
    await gate.confirmed()
    assert gate.commands.of(REJECT, CREATE) == []


async def test_cancel_leaves_alone_what_was_sent(gate: System) -> None:
    anna = await gate.someone()
    await anna.photo(b"\xff\xd8\xff\xe0", caption="")
    await anna.press(await anna.wait_for(DRAFT), "📨 Отправить", timeout=0)
    await gate.commands.wait_for(1, CREATE)
    await anna.text("/cancel")
    await anna.wait_for("Отменять нечего")


async def test_cancel_without_redis_says_so_and_drops_nothing(gate: System) -> None:
    anna = await gate.someone()
    await anna.photo(b"\xff\xd8\xff\xe0", caption="")
    await anna.wait_for(DRAFT)
    await gate.confirmed()
    gate.redis.cut()
    await anna.text("/cancel")
    await anna.wait_for("Сейчас отменить не получается")
    gate.redis.mend()
    await anna.text("/cancel")
    await anna.wait_for("Черновик удалён: Фото")


async def test_help_turns_over_in_place(around: System) -> None:
    anna = await around.someone()
    async with around.gateway(help_contacts="Дежурный <пост>: 12-34"):
        await anna.text("/help")
        help = await anna.wait_for("О чём рассказать?")
        assert help.labels == TOPICS
        for topic, said in zip(
            TOPICS,
            ("нажмите «Отправить»", "до 10 фото", "за 4 часа", "номер старой", "Дежурный <пост>: 12-34"),
            strict=True,
        ):
            answer = await anna.press(help, data=next(b for row in help.buttons for label, b in row if topic in label))
            assert answer is not None
            assert not answer.text
            shown = await anna.wait_for(said)
            assert shown.id == help.id
            assert f"● {topic}" in shown.labels
        assert len(bot_messages(await anna.chat())) == 1
        await around.telegram("deleteMessage", chat_id=anna.id, message_id=help.id)


async def test_help_speaks_the_persons_language_and_needs_no_contacts(gate: System) -> None:
    person = await gate.someone(language_code="en")
    await person.text("/help")
    help = await person.wait_for("What would you like to know?")
    await person.press(help, "Contacts")
    await person.wait_for("ask the facility manager")


@pytest.mark.parametrize("command", ["/help", "/cancel"])
async def test_both_are_in_the_menu(gate: System, command: str) -> None:
    for call in await gate.sandbox.calls("setMyCommands"):
        assert command.removeprefix("/") in str(call["arguments"]["commands"])
