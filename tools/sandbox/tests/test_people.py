"""Acting as people, and seeing what they see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from zavhoz_sandbox.client import Answer, Person, SandboxClient

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
PATIENCE = 10.0
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Взять", "callback_data": "take"}, {"text": "Сайт", "url": "https://a.example"}],
        [{"text": "Отклонить", "callback_data": "reject"}],
    ]
}


async def newest(call: Call) -> dict[str, Any]:
    """The newest update that waits for the bot, without its id."""
    (update,) = (await call("getUpdates", offset=-1))[1]
    return {key: value for key, value in update.items() if key != "update_id"}


async def test_a_text_becomes_an_update(call: Call, anna: Person) -> None:
    said = await anna.text("Течёт кран")
    update = (await newest(call))["message"]
    assert update == said.raw
    assert update["from"] == {
        "id": 7,
        "is_bot": False,
        "first_name": "Анна",
        "username": "anna",
        "language_code": "ru",
    }
    assert update["chat"] == {"id": 7, "type": "private", "first_name": "Анна", "username": "anna"}
    assert (said.mine, said.text) == (True, "Течёт кран")


async def test_a_command_with_a_payload(call: Call, anna: Person) -> None:
    await anna.text("/start loc_12")
    update = (await newest(call))["message"]
    assert update["text"] == "/start loc_12"
    assert update["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


async def test_a_reply(call: Call, anna: Person) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="Почему?")
    await anna.text("Потому", reply_to=sent["message_id"])
    assert (await newest(call))["message"]["reply_to_message"]["text"] == "Почему?"
    with pytest.raises(ValueError, match="no message 999"):
        await anna.text("x", reply_to=999)


async def test_what_bots_rarely_support(call: Call, anna: Person) -> None:
    await anna.other({"sticker": {"file_id": "x", "emoji": "🔧"}})
    update = (await newest(call))["message"]
    assert update["sticker"]["emoji"] == "🔧"
    assert "text" not in update


async def test_a_button_by_its_label(call: Call, anna: Person) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="Карточка", reply_markup=KEYBOARD)
    card = await anna.wait_for("Карточка")
    assert card.labels == ("Взять", "Сайт", "Отклонить")
    assert card.data("Отклонить") == "reject"
    await anna.begin_press(card, "Отклонить")
    query = (await newest(call))["callback_query"]
    assert query["data"] == "reject"
    assert query["from"]["id"] == 7
    assert query["message"]["message_id"] == sent["message_id"]
    assert query["chat_instance"]
    with pytest.raises(ValueError, match="no button 'Завершить'"):
        await anna.begin_press(card, "Завершить")


async def test_a_forged_press_on_the_message_of_another(call: Call, client: SandboxClient, anna: Person) -> None:
    mallory = await client.person(666, "Мэллори")
    _, sent = await call("sendMessage", chat_id=anna.id, text="Карточка", reply_markup=KEYBOARD)
    await mallory.begin_press(sent["message_id"], data="anything at all", chat=anna.id)
    query = (await newest(call))["callback_query"]
    assert (query["from"]["id"], query["message"]["chat"]["id"], query["data"]) == (666, 7, "anything at all")


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ({"text": "Готово"}, Answer("Готово", alert=False)),
        ({"text": "Нельзя", "show_alert": True}, Answer("Нельзя", alert=True)),
        ({}, Answer("", alert=False)),
    ],
)
async def test_who_pressed_sees_the_answer(call: Call, anna: Person, said: dict[str, Any], seen: Answer) -> None:
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        pressing = group.create_task(anna.press(1, data="x"))
        update: dict[str, Any] = {}
        while "callback_query" not in update:
            offset = update.get("update_id", -1) + 1
            update = next(iter((await call("getUpdates", offset=offset, timeout=5))[1]))
        await call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], **said)
    assert pressing.result() == seen


async def test_a_press_nobody_answers(anna: Person) -> None:
    assert await anna.press(1, data="x", timeout=0.1) is None


async def test_waiting_for_a_message_that_comes(call: Call, anna: Person) -> None:
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        waiting = group.create_task(anna.wait_for("принята", timeout=PATIENCE))
        await call("sendMessage", chat_id=7, text="Что-то другое")
        await call("sendMessage", chat_id=7, text="Заявка принята")
    assert waiting.result().text == "Заявка принята"


async def test_waiting_for_an_edit(call: Call, anna: Person) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="Открыта")
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        waiting = group.create_task(anna.wait_for(lambda message: message.edited, timeout=PATIENCE))
        await call("editMessageText", chat_id=7, message_id=sent["message_id"], text="В работе")
    assert (waiting.result().id, waiting.result().text) == (sent["message_id"], "В работе")


async def test_reading_a_chat_waits_for_a_change(client: SandboxClient, anna: Person) -> None:
    seen = await client.get("people/7/chat")
    began = time.monotonic()
    unchanged = await client.get("people/7/chat", after=seen["revision"], timeout=0.3)
    assert time.monotonic() - began >= 0.3
    assert unchanged == seen
    await anna.text("x")
    assert (await client.get("people/7/chat", after=seen["revision"], timeout=20))["revision"] > seen["revision"]


async def test_waiting_only_for_what_is_new(call: Call, anna: Person) -> None:
    _, old = await call("sendMessage", chat_id=7, text="#1 принята")
    _, new = await call("sendMessage", chat_id=7, text="#2 принята")
    assert (await anna.wait_for("принята")).id == new["message_id"]
    assert (await anna.wait_for("принята", after=old["message_id"])).id == new["message_id"]
    with pytest.raises(AssertionError):
        await anna.wait_for("принята", after=new["message_id"], timeout=0.1)


async def test_waiting_in_vain_shows_the_chat(call: Call, anna: Person) -> None:
    await call("sendMessage", chat_id=7, text="Карточка", reply_markup=KEYBOARD)
    with pytest.raises(AssertionError) as failed:
        await anna.wait_for("чего нет", timeout=0.1)
    shown = str(failed.value)
    assert "Анна did not see 'чего нет' within 0.1 s" in shown
    assert "> /start" in shown
    assert "< Карточка ('Взять', 'Сайт', 'Отклонить')" in shown


async def test_own_words_are_not_what_one_waits_for(anna: Person) -> None:
    with pytest.raises(AssertionError):
        await anna.wait_for("/start", timeout=0.1)


async def test_chats_are_private(call: Call, client: SandboxClient, anna: Person) -> None:
    boris = await client.person(8, "Борис", language_code=None)
    await boris.text("привет")
    await call("sendMessage", chat_id=8, text="для Бориса")
    assert [message.text for message in await boris.chat()] == ["привет", "для Бориса"]
    assert [message.text for message in await anna.chat()] == ["/start"]
    assert "language_code" not in (await newest(call))["message"]["from"]


async def test_describing_someone_anew_keeps_what_was(call: Call, client: SandboxClient, anna: Person) -> None:
    await anna.block()
    again = await client.person(7, "Анна Сергеевна")
    assert (await call("sendMessage", chat_id=7, text="x"))[0] == 403
    await again.unblock()
    assert (await call("sendMessage", chat_id=7, text="x"))[0] == 200
    assert len(await again.chat()) == 2


async def test_nobody_acts_unless_known(client: SandboxClient) -> None:
    with pytest.raises(ValueError, match="nobody has this id"):
        await Person(client, 99, "Никто").text("x")
    with pytest.raises(ValueError, match="no such press"):
        await client.answer("1", 0)
    with pytest.raises(RuntimeError, match="async with"):
        await SandboxClient("http://127.0.0.1:1").updates()
