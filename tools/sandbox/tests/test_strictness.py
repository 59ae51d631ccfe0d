"""What the Bot API refuses, and with which words; and every limit from both sides."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from zavhoz_sandbox.client import Person, SandboxClient

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
    " current content and reply markup of the message"
)
BLOCKED = "Forbidden: bot was blocked by the user"
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def inline(*data: str) -> dict[str, Any]:
    """An inline keyboard with one button a row."""
    return {"inline_keyboard": [[{"text": "button", "callback_data": one}] for one in data]}


@pytest.mark.parametrize(
    ("method", "arguments", "code", "description"),
    [
        ("sendMessage", {"chat_id": 8, "text": "x"}, 400, "Bad Request: chat not found"),
        ("sendMessage", {"text": "x"}, 400, "Bad Request: chat_id is empty"),
        ("sendMessage", {"chat_id": 7, "text": ""}, 400, "Bad Request: message text is empty"),
        ("sendMessage", {"chat_id": 7, "text": " \n "}, 400, "Bad Request: message text is empty"),
        (
            "sendMessage",
            {"chat_id": 7, "text": "<b></b>", "parse_mode": "HTML"},
            400,
            "Bad Request: message text is empty",
        ),
        ("sendMessage", {"chat_id": 7, "text": "x" * 4097}, 400, "Bad Request: message is too long"),
        ("sendMessage", {"chat_id": 7, "text": "🔧" * 2049}, 400, "Bad Request: message is too long"),
        (
            "sendMessage",
            {"chat_id": 7, "text": "x", "reply_markup": inline("")},
            400,
            "Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            {"chat_id": 7, "text": "x", "reply_markup": inline("x" * 65)},
            400,
            "Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            {"chat_id": 7, "text": "x", "reply_markup": inline("ж" * 33)},
            400,
            "Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            {"chat_id": 7, "text": "x", "reply_markup": inline(*["x"] * 101)},
            400,
            "Bad Request: too many inline keyboard buttons",
        ),
        (
            "sendMessage",
            {"chat_id": 7, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "does nothing"}]]}},
            400,
            "Bad Request: text buttons are unallowed in the inline keyboard",
        ),
        (
            "sendMessage",
            {"chat_id": 7, "text": "x", "reply_parameters": {"message_id": 999}},
            400,
            "Bad Request: message to be replied not found",
        ),
        (
            "editMessageText",
            {"chat_id": 7, "message_id": 999, "text": "x"},
            400,
            "Bad Request: message to edit not found",
        ),
        ("editMessageText", {"chat_id": 7, "message_id": 1, "text": "x"}, 400, "Bad Request: message can't be edited"),
        ("editMessageReplyMarkup", {"chat_id": 7, "message_id": 999}, 400, "Bad Request: message to edit not found"),
        ("deleteMessage", {"chat_id": 7, "message_id": 999}, 400, "Bad Request: message to delete not found"),
        ("answerCallbackQuery", {"callback_query_id": "1"}, 400, TOO_OLD),
        (
            "getFile",
            {"file_id": "no such file"},
            400,
            "Bad Request: wrong file_id or the file is temporarily unavailable",
        ),
        (
            "sendDocument",
            {"chat_id": 7, "document": "no such file"},
            400,
            "Bad Request: wrong file identifier/HTTP URL specified",
        ),
        (
            "sendMessage",
            {"chat_id": 7, "text": "x", "message_thread_id": 3},
            400,
            "Bad Request: message thread not found",
        ),
        (
            "setMyCommands",
            {"commands": [{"command": "Start!", "description": "x"}]},
            400,
            "Bad Request: BOT_COMMAND_INVALID",
        ),
        (
            "setMyCommands",
            {"commands": [{"command": "start", "description": ""}]},
            400,
            "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            "setMyCommands",
            {"commands": [{"command": f"c{number}", "description": "x"} for number in range(101)]},
            400,
            "Bad Request: BOT_COMMANDS_TOO_MUCH",
        ),
        (
            "setMyCommands",
            {"commands": [], "language_code": "rus"},
            400,
            "Bad Request: invalid language code specified",
        ),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat"}}, 400, "Bad Request: chat_id is empty"),
        ("getMyCommands", {"scope": {"type": "chat", "chat_id": 8}}, 400, "Bad Request: chat not found"),
        ("sendChatAction", {"chat_id": 7, "action": "dance"}, 400, "Bad Request: wrong parameter action in request"),
        ("getYou", {}, 404, "Not Found"),
    ],
)
@pytest.mark.usefixtures("anna")
async def test_refused_in_telegrams_words(
    call: Call, method: str, arguments: dict[str, Any], code: int, description: str
) -> None:
    assert await call(method, **arguments) == (code, description)


@pytest.mark.parametrize(
    ("method", "arguments", "names"),
    [
        ("sendMessage", {"chat_id": 7}, "text"),
        ("sendMessage", {"chat_id": "seven", "text": "x"}, "chat_id"),
        ("sendMessage", {"chat_id": 7, "text": "x", "disable_notification": "perhaps"}, "disable_notification"),
        ("sendMessage", {"chat_id": 7, "text": "x", "reply_markup": "{not json"}, "reply_markup"),
        ("sendMessage", {"chat_id": 7, "text": "x", "reply_markup": {"inline_keybord": []}}, "inline_keybord"),
        ("sendMessage", {"chat_id": 7, "text": "x", "reply_marckup": {}}, "reply_marckup"),
        ("sendMessage", {"chat_id": 7, "text": "x", "message_thread_id": "main"}, "message_thread_id"),
        ("getUpdates", {"limit": 101}, "limit"),
        ("getUpdates", {"limit": 0}, "limit"),
        ("getUpdates", {"timeout": "long"}, "timeout"),
        ("setMyCommands", {"commands": [{"command": "start"}]}, "description"),
        ("setMyCommands", {"commands": [], "scope": {"type": "everybody"}}, "scope"),
        ("setMyDescription", {"description": "x" * 513}, "description"),
        ("setMyShortDescription", {"short_description": "x" * 121}, "short_description"),
    ],
)
@pytest.mark.usefixtures("anna")
async def test_mistyped_arguments_are_refused_by_name(
    call: Call, method: str, arguments: dict[str, Any], names: str
) -> None:
    code, description = await call(method, **arguments)
    assert code == 400
    assert names in description


@pytest.mark.parametrize(
    "content",
    [
        {"text": "x" * 4096},
        {"text": "🔧" * 2048},
        {"text": "<b>" + "x" * 4096 + "</b>", "parse_mode": "HTML"},
        {"text": "&lt;" * 4096, "parse_mode": "HTML"},
        {"text": "x", "reply_markup": inline("x" * 64)},
        {"text": "x", "reply_markup": inline("ж" * 32)},
        {"text": "x", "reply_markup": inline(*["x"] * 100)},
        {"text": "x", "reply_parameters": {"message_id": 999, "allow_sending_without_reply": True}},
        {"text": "x", "disable_notification": True, "protect_content": False},
        {"text": "x", "link_preview_options": {"is_disabled": True}},
    ],
)
@pytest.mark.usefixtures("anna")
async def test_what_just_fits_is_sent(call: Call, content: dict[str, Any]) -> None:
    code, message = await call("sendMessage", chat_id=7, **content)
    assert code == 200, message
    assert message["chat"]["id"] == 7
    assert message["from"]["id"] == 100001


@pytest.mark.parametrize(("length", "code"), [(1024, 200), (1025, 400)])
@pytest.mark.usefixtures("anna")
async def test_captions_have_a_limit_of_their_own(call: Call, client: SandboxClient, length: int, code: int) -> None:
    document = (await Person(client, 7, "Анна").document(b"x", "x.pdf")).raw["document"]
    answer = await call("sendDocument", chat_id=7, document=document["file_id"], caption="x" * length)
    assert answer[0] == code
    if code == 400:
        assert answer[1] == "Bad Request: message caption is too long"


async def test_an_edit_that_changes_nothing(call: Call, anna: Person) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="<b>a</b>", parse_mode="HTML", reply_markup=inline("1"))
    where = {"chat_id": 7, "message_id": sent["message_id"]}
    same = {**where, "text": "<b>a</b>", "parse_mode": "HTML", "reply_markup": inline("1")}
    assert await call("editMessageText", **same) == (400, NOT_MODIFIED)
    assert await call("editMessageReplyMarkup", **where, reply_markup=inline("1")) == (400, NOT_MODIFIED)
    assert not (await anna.chat())[-1].edited

    for different in ({"text": "<b>b</b>"}, {"text": "b", "parse_mode": None}, {"reply_markup": inline("2")}):
        code, edited = await call("editMessageText", **(same | different))
        assert code == 200
        assert edited["edit_date"] >= edited["date"]


async def test_an_edit_without_markup_takes_the_buttons_away(call: Call, anna: Person) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="a", reply_markup=inline("1"))
    assert (await anna.chat())[-1].labels == ("button",)
    await call("editMessageText", chat_id=7, message_id=sent["message_id"], text="a")
    seen = (await anna.chat())[-1]
    assert (seen.text, seen.labels, seen.edited) == ("a", (), True)


async def test_a_bot_cannot_write_first_nor_to_who_blocked_it(call: Call, client: SandboxClient) -> None:
    boris = await client.person(8, "Борис")
    first = (403, "Forbidden: bot can't initiate conversation with a user")
    assert await call("sendMessage", chat_id=8, text="x") == first
    await boris.text("hello")
    _, sent = await call("sendMessage", chat_id=8, text="x")
    await boris.block()
    assert await call("sendMessage", chat_id=8, text="x") == (403, BLOCKED)
    assert await call("editMessageText", chat_id=8, message_id=sent["message_id"], text="y") == (403, BLOCKED)
    await boris.unblock()
    assert (await call("sendMessage", chat_id=8, text="x"))[0] == 200


@pytest.mark.parametrize(("length", "code"), [(200, 200), (201, 400)])
async def test_the_answer_to_a_press_has_a_limit(call: Call, anna: Person, length: int, code: int) -> None:
    query = await anna.begin_press(1, data="x")
    answer = await call("answerCallbackQuery", callback_query_id=query, text="x" * length)
    assert answer == ((200, True) if code == 200 else (400, "Bad Request: MESSAGE_TOO_LONG"))


async def test_a_press_is_answered_once(call: Call, anna: Person) -> None:
    query = await anna.begin_press(1, data="x")
    assert await call("answerCallbackQuery", callback_query_id=query) == (200, True)
    assert await call("answerCallbackQuery", callback_query_id=query) == (400, TOO_OLD)


async def test_a_deleted_message_is_gone(call: Call, anna: Person) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="soon gone")
    assert await call("deleteMessage", chat_id=7, message_id=sent["message_id"]) == (200, True)
    assert [message.id for message in await anna.chat()] == [1]
    gone = await call("editMessageText", chat_id=7, message_id=sent["message_id"], text="x")
    assert gone == (400, "Bad Request: message to edit not found")


@pytest.mark.usefixtures("anna")
async def test_a_reply_shows_what_it_replies_to(call: Call) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="x", reply_parameters={"message_id": 1})
    assert sent["reply_to_message"]["text"] == "/start"


async def test_commands_and_webhook(call: Call, anna: Person, client: SandboxClient) -> None:
    commands = [{"command": "my", "description": "My requests"}]
    assert await call("setMyCommands", commands=commands, language_code="en", scope={"type": "default"}) == (200, True)
    assert (await call("getWebhookInfo"))[1]["pending_update_count"] == 1
    assert (await call("getWebhookInfo"))[1]["url"] == ""
    assert await call("deleteWebhook") == (200, True)
    assert (await client.updates())["pending"] == 1
    await call("deleteWebhook", drop_pending_updates=True)
    assert (await client.updates())["pending"] == 0
    assert (await call("sendChatAction", chat_id=anna.id, action="typing")) == (200, True)
