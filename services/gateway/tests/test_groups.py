"""Groups: /desk and its buttons, presses under cards there, and what Telegram says of groups."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from gateway_support import COMMENT, REGISTER, REJECT, TAKE, System, started

from zavhoz_contracts.cards.v1.commands import OpenCard
from zavhoz_contracts.groups.v1.commands import BindGroup, GroupBy, UnbindGroup
from zavhoz_contracts.groups.v1.facts import GroupLeft, GroupMigrated
from zavhoz_contracts.message import Role
from zavhoz_contracts.registry import Exchange
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_messaging.testing import Subscriber, subscribed
from zavhoz_sandbox.client import Group, SeenMessage
from zavhoz_telegram.callbacks import DeskAction, DeskPress, OpenNotice, PhotosPress, RequestPress


@pytest.fixture
async def facts(amqp_vhost_url: str) -> AsyncIterator[Subscriber]:
    """What is told privately."""
    async with subscribed(amqp_vhost_url, Exchange.PRIVATE) as subscriber:
        yield subscriber


@pytest.fixture
async def staff(gate: System) -> Group:
    return await gate.sandbox.group(-1000000000000 - secrets.randbelow(10**9), "Хозчасть", is_forum=True)


async def card(system: System, group: Group, **buttons: str) -> SeenMessage:
    """A card that the notifier has sent, with these buttons."""
    keyboard = {"inline_keyboard": [[{"text": label, "callback_data": data} for label, data in buttons.items()]]}
    await system.telegram("sendMessage", chat_id=group.id, text="#12 Открыта", reply_markup=keyboard)
    return await group.wait_for("#12 Открыта")


async def test_desk_binds_the_group(gate: System, staff: Group) -> None:
    marina = await started(gate, "Марина")
    await marina.text("/desk", chat=staff.id)
    (bind,) = await gate.commands.wait_for(1, BindGroup.TYPE)
    data = bind.data
    assert (data.chat_id, data.by, data.area, data.title, data.forum) == (staff.id, None, None, "Хозчасть", True)
    assert (data.actor.telegram_id, data.origin.chat_id, data.origin.thread_id) == (marina.id, staff.id, None)
    thread = await staff.begin_topic("Разное")
    await marina.text(f"/desk@zavhoz_sandbox_bot  {'x' * 70} ", chat=staff.id, thread=thread)
    _, bind = await gate.commands.wait_for(2, BindGroup.TYPE)
    assert (bind.data.area, bind.data.origin.thread_id) == ("x" * 64, thread)
    plain = await gate.sandbox.group(staff.id - 1, "Без тем")
    await marina.text("/desk main", chat=plain.id)
    bind = (await gate.commands.wait_for(3, BindGroup.TYPE))[-1]
    assert (bind.data.area, bind.data.forum) == ("main", False)


async def test_the_buttons_of_the_desk(gate: System, staff: Group) -> None:
    marina = await started(gate, "Марина")
    buttons = {action.value: DeskPress(action=action).pack() for action in DeskAction}
    shown = await card(gate, staff, **buttons)
    for action in DeskAction:
        await marina.begin_press(shown, action.value, chat=staff.id)
    binds = await gate.commands.wait_for(3, BindGroup.TYPE)
    assert {(one.data.by, one.data.area) for one in binds} == {
        (GroupBy.SITE, None), (GroupBy.CATEGORY, None), (None, ""),
    }  # fmt: skip
    (unbind,) = await gate.commands.wait_for(1, UnbindGroup.TYPE)
    assert (unbind.data.chat_id, unbind.data.actor.telegram_id) == (staff.id, marina.id)
    assert {one.data.origin.message_id for one in [*binds, unbind]} == {shown.id}


async def test_who_is_anonymous_is_asked_to_say_who_they_are(gate: System, staff: Group) -> None:
    user = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    chat = {"id": staff.id, "type": "supergroup", "title": "Хозчасть"}
    message = {"message_id": 9, "date": 1764000000, "from": user, "sender_chat": chat, "chat": chat, "text": "/desk"}
    entities = [{"type": "bot_command", "offset": 0, "length": 5}]
    await gate.sandbox.inject({"update_id": 2**30, "message": {**message, "entities": entities}})
    await staff.wait_for("Switch off the anonymity")
    assert gate.commands.of(BindGroup.TYPE, REGISTER) == []


async def test_talk_in_a_group_is_not_for_us(gate: System, staff: Group) -> None:
    anna = await gate.someone(known=False)
    shown = await card(gate, staff)
    await anna.text("/queue", chat=staff.id)
    await anna.text("Я посмотрю", chat=staff.id, reply_to=shown.id)
    await gate.confirmed()
    assert gate.commands.of() == []
    assert [one.text for one in await staff.chat() if not one.mine] == ["#12 Открыта"]


async def test_take_is_the_pressers_and_the_groups(gate: System, staff: Group) -> None:
    boris, request_id = await gate.someone("Борис", known=False), uuid4()
    shown = await card(gate, staff, take=RequestPress(action=Action.TAKE, request_id=request_id, version=3).pack())
    await boris.begin_press(shown, "take", chat=staff.id)
    (command,) = await gate.commands.wait_for(1, TAKE)
    assert (command.data.actor.telegram_id, command.data.request_id) == (boris.id, request_id)
    assert (command.data.origin.chat_id, command.data.origin.message_id) == (staff.id, shown.id)


@pytest.mark.parametrize(
    ("action", "asks", "words", "type"),
    [
        (Action.REJECT, "#12 Почему", "Не наше здание", REJECT),
        (Action.COMMENT, "#12", "Ключ у вахтёра", COMMENT),
    ],
)
async def test_words_are_asked_for_in_the_pressers_own_chat(
    gate: System, staff: Group, action: Action, asks: str, words: str, type: str
) -> None:
    marina, request_id = await started(gate, "Марина"), uuid4()
    gate.api.show(marina.id, request_id, Action.REJECT, Action.COMMENT)
    shown = await card(gate, staff, ask=RequestPress(action=action, request_id=request_id, version=3).pack())
    answer = await marina.press(shown, "ask", chat=staff.id)
    assert answer is not None
    assert (answer.text, answer.alert) == ("Спросил вас в нашем чате.", False)
    await marina.wait_for(asks)
    await marina.text(words)
    (command,) = await gate.commands.wait_for(1, type)
    origin = command.data.origin
    assert (origin.chat_id, origin.message_id, command.data.actor.telegram_id) == (marina.id, None, marina.id)
    assert [one.text for one in await staff.chat() if not one.mine] == ["#12 Открыта"]


@pytest.mark.parametrize("known", [True, False])
async def test_who_may_not_is_not_asked(gate: System, staff: Group, known: bool) -> None:
    boris, request_id = await gate.someone("Борис", known=known), uuid4()
    gate.api.show(boris.id, request_id, Action.TAKE)
    shown = await card(gate, staff, ask=RequestPress(action=Action.REJECT, request_id=request_id, version=3).pack())
    answer = await boris.press(shown, "ask", chat=staff.id)
    assert answer is not None
    assert (answer.text, answer.alert) == ("#12: Вам это действие недоступно.", True)
    assert await boris.chat() == []


async def test_without_the_read_api_it_is_asked_all_the_same(gate: System, staff: Group) -> None:
    marina, request_id = await started(gate, "Марина"), uuid4()
    shown = await card(gate, staff, ask=RequestPress(action=Action.REJECT, request_id=request_id, version=3).pack())
    gate.api.status = 503
    answer = await marina.press(shown, "ask", chat=staff.id)
    assert answer is not None
    assert not answer.alert
    await marina.wait_for("#12 Почему")


async def test_who_never_pressed_start_is_told_what_to_do(gate: System, staff: Group) -> None:
    boris, request_id = await gate.someone("Борис"), uuid4()
    gate.api.show(boris.id, request_id, Action.REJECT)
    shown = await card(
        gate,
        staff,
        ask=RequestPress(action=Action.REJECT, request_id=request_id, version=3).pack(),
        open=OpenNotice(request_id=request_id).pack(),
    )
    for label in ("ask", "open"):
        answer = await boris.press(shown, label, chat=staff.id)
        assert answer is not None
        assert answer.alert
        assert answer.text.startswith("#12: Я не могу вам написать")
    assert gate.commands.of(OpenCard.TYPE) == []


async def test_the_whole_card_opens_in_the_pressers_own_chat(gate: System, staff: Group) -> None:
    boris, request_id = await started(gate, "Борис"), uuid4()
    shown = await card(gate, staff, open=OpenNotice(request_id=request_id).pack())
    await boris.begin_press(shown, "open", chat=staff.id)
    (command,) = await gate.commands.wait_for(1, OpenCard.TYPE)
    assert (command.data.origin.chat_id, command.data.origin.message_id) == (boris.id, None)
    assert command.data.origin.callback_query_id is not None


@pytest.mark.parametrize("data", ["x", PhotosPress(request_id=UUID(int=7)).pack(), "desk:dance", "r:take:nobody:1"])
async def test_what_no_button_of_a_group_says(gate: System, staff: Group, data: str) -> None:
    boris = await started(gate, "Борис")
    shown = await card(gate, staff)
    answer = await boris.press(shown, data=data, chat=staff.id)
    assert answer is not None
    assert answer.alert
    assert [one for one in gate.commands.of() if one.type != REGISTER] == []


async def test_a_group_that_becomes_a_supergroup_is_told_of_once(gate: System, facts: Subscriber) -> None:
    old = await gate.sandbox.group(-secrets.randbelow(10**6) - 1, "Хозчасть", type="group")
    new = await old.migrate(-1000000000000 - secrets.randbelow(10**9))
    told = await facts.wait_for(2, GroupMigrated.TYPE)
    assert {(one.data.chat_id, one.data.new_chat_id) for one in told} == {(old.id, new.id)}
    assert len({one.id for one in told}) == 1, "both chats say so; the inbox takes it once"
    assert gate.commands.of() == []


async def test_who_removes_the_bot_is_told(gate: System, staff: Group, facts: Subscriber) -> None:
    boris = await gate.someone("Борис", known=False)
    await staff.kick(by=boris.id)
    (left,) = await facts.wait_for(1, GroupLeft.TYPE)
    assert (left.data.chat_id, left.data.by) == (staff.id, boris.id)
    await staff.add(by=boris.id)
    await gate.confirmed()
    bot: dict[str, Any] = {"id": gate.bot_id, "is_bot": True, "first_name": "Завхоз"}
    change = {
        "chat": {"id": staff.id, "type": "supergroup", "title": "Хозчасть"},
        "from": bot,
        "date": 1764000000,
        "old_chat_member": {"status": "member", "user": bot},
        "new_chat_member": {"status": "left", "user": bot},
    }
    await gate.sandbox.inject({"update_id": 2**30, "my_chat_member": change})
    *_, left = await facts.wait_for(2, GroupLeft.TYPE)
    assert left.data.by is None
    assert len(facts.of(GroupLeft.TYPE)) == 2
    assert gate.commands.of(REGISTER) == [], "who removes the bot is not made known by that"


async def test_a_deactivated_person_presses(gate: System, staff: Group) -> None:
    boris = await gate.someone("Борис")
    gate.api.know(boris.id, active=False, role=Role.TECHNICIAN)
    shown = await card(gate, staff, take=RequestPress(action=Action.TAKE, request_id=uuid4(), version=3).pack())
    answer = await boris.press(shown, "take", chat=staff.id)
    assert answer is not None
    assert answer.alert
    assert gate.commands.of() == []
