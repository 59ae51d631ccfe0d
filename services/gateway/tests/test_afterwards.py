"""The buttons for afterwards: rated, not fixed, changed, withdrawn; each asks what it needs and becomes one command."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from gateway_support import ATTACH, CANCEL, COMMENT, CONFIRM, EDIT, REOPEN, System, started

from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_sandbox.client import Part, Person, SeenMessage
from zavhoz_telegram.callbacks import PriorityPress, RatePress, RequestPress, SurePress

PHOTO = b"\xff\xd8\xff\xe0"


async def card(system: System, person: Person, **buttons: str) -> SeenMessage:
    """A card that the notifier has sent, with these buttons."""
    keyboard = {"inline_keyboard": [[{"text": label, "callback_data": data} for label, data in buttons.items()]]}
    await system.telegram("sendMessage", chat_id=person.id, text="#12 Выполнена", reply_markup=keyboard)
    return await person.wait_for("#12 Выполнена")


async def test_a_rating_is_a_command_at_once(gate: System) -> None:
    anna, request_id = await started(gate), uuid4()
    shown = await card(gate, anna, four=RatePress(rating=4, request_id=request_id, version=5).pack())
    await anna.begin_press(shown, "four")
    (command,) = await gate.commands.wait_for(1, CONFIRM)
    assert (command.data.rating, command.data.request_id, command.data.seen_version) == (4, request_id, 5)
    assert (command.data.origin.message_id, command.data.actor.telegram_id) == (shown.id, anna.id)


@pytest.mark.parametrize("rating", [0, 6, -1])
async def test_a_forged_rating_is_no_command(gate: System, rating: int) -> None:
    anna = await started(gate)
    shown = await card(gate, anna, star=RatePress(rating=rating, request_id=uuid4(), version=5).pack())
    answer = await anna.press(shown, "star")
    assert answer is not None
    assert answer.alert
    assert gate.commands.of(CONFIRM) == []


async def test_not_fixed_asks_what_is_wrong_and_takes_words_and_albums(gate: System) -> None:
    anna, request_id = await started(gate), uuid4()
    shown = await card(gate, anna, no=RequestPress(action=Action.REOPEN, request_id=request_id, version=5).pack())
    await anna.press(shown, "no")
    question = await anna.wait_for("#12 Что не так?")
    await anna.album(Part(PHOTO, caption="Опять капает"), Part(PHOTO + b"2"))
    (command,) = await gate.commands.wait_for(1, REOPEN)
    assert (command.data.reason, command.data.seen_version, len(command.data.attachments)) == ("Опять капает", 5, 1)
    assert command.data.origin.message_id == shown.id, "the card whose button asked"
    (attached,) = await gate.commands.wait_for(1, ATTACH)
    assert (attached.data.request_id, len(attached.data.attachments)) == (request_id, 1)
    closed = await anna.wait_for("#12 Получено.")
    assert (closed.id, closed.labels) == (question.id, ())
    # The question is over: a reply to it says so, and is nobody's comment.
    await anna.press(shown, "no")
    again = await anna.wait_for("#12 Что не так?", after=closed.id)
    await anna.press(again, "Отмена")
    await anna.wait_for("#12 Ничего не изменилось.")
    assert gate.commands.of(COMMENT) == []


async def test_change_takes_new_words(gate: System) -> None:
    anna, request_id = await started(gate), uuid4()
    shown = await card(gate, anna, edit=RequestPress(action=Action.EDIT, request_id=request_id, version=1).pack())
    await anna.press(shown, "edit")
    await anna.wait_for("#12 Что написать в заявке?")
    await anna.photo(PHOTO, caption="Это не ответ")
    await anna.wait_for("Новая заявка")
    await anna.text("Течёт кран в 215")
    (command,) = await gate.commands.wait_for(1, EDIT)
    assert (command.data.description, command.data.priority) == ("Течёт кран в 215", None)
    assert command.data.origin.message_id == shown.id


async def test_change_takes_another_priority(gate: System) -> None:
    anna, request_id = await started(gate), uuid4()
    shown = await card(gate, anna, edit=RequestPress(action=Action.EDIT, request_id=request_id, version=1).pack())
    await anna.press(shown, "edit")
    question = await anna.wait_for("#12 Что написать в заявке?")
    high = next(label for label in question.labels if "Высокий" in label)
    assert PriorityPress.unpack(question.data(high)).priority is Priority.HIGH
    await anna.begin_press(question, high)
    (command,) = await gate.commands.wait_for(1, EDIT)
    assert (command.data.description, command.data.priority) == (None, Priority.HIGH)
    assert command.data.origin.message_id == question.id, "the question becomes the card"
    # It has its answer: what is written next is something else.
    await gate.confirmed()
    await anna.text("Сломалась дверь")
    await anna.wait_for("Новая заявка")
    assert len(gate.commands.of(EDIT)) == 1


async def test_withdrawing_is_asked_about_first(gate: System) -> None:
    anna, request_id = await started(gate), uuid4()
    press = RequestPress(action=Action.CANCEL, request_id=request_id, version=1)
    shown = await card(gate, anna, withdraw=press.pack())
    await anna.press(shown, "withdraw")
    question = await anna.wait_for("#12 Отозвать заявку?")
    assert gate.commands.of(CANCEL) == []
    await anna.press(question, "Нет, оставить")
    kept = await anna.wait_for("#12 Заявка остаётся.")
    assert kept.id == question.id
    await anna.press(shown, "withdraw")
    question = await anna.wait_for("#12 Отозвать заявку?", after=question.id)
    await anna.begin_press(question, "Да, отозвать")
    (command,) = await gate.commands.wait_for(1, CANCEL)
    assert (command.data.request_id, command.data.seen_version) == (request_id, 1)
    assert command.data.origin.message_id == question.id


@pytest.mark.parametrize(
    "forged",
    [
        SurePress(action=Action.TAKE, request_id=uuid4(), version=1),
        RequestPress(action=Action.CONFIRM, request_id=uuid4(), version=1),
        PriorityPress(priority=Priority.HIGH, request_id=uuid4(), version=-1),
    ],
)
async def test_what_no_button_of_ours_carries_is_no_command(gate: System, forged: Any) -> None:
    anna = await started(gate)
    before = len(gate.commands.messages)
    answer = await anna.press(await card(gate, anna, forged=forged.pack()), "forged")
    assert answer is not None
    assert answer.alert
    await gate.confirmed()
    assert len(gate.commands.messages) == before
