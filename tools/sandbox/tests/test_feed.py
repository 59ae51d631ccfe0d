"""What a page hears: everything at first, then what is new, and what it missed."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest

from zavhoz_sandbox import journal
from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox


async def test_it_begins_with_everything(client: SandboxClient, call: Any, anna: Person) -> None:
    (said,) = await anna.chat()
    await call("sendMessage", chat_id=anna.id, text="Здравствуйте")
    await call("setMyCommands", commands=[{"command": "my", "description": "Мои"}], language_code="ru")
    async with client.feed() as feed:
        snapshot = await feed.next("snapshot")
    (person,) = snapshot["people"]
    assert (person["id"], person["started"]) == (anna.id, True)
    assert person["commands"] == [{"command": "my", "description": "Мои"}]
    chat = snapshot["chats"][str(anna.id)]
    assert [one["text"] for one in chat["messages"]] == ["/start", "Здравствуйте"]
    assert chat["more"] is False
    assert [one["method"] for one in snapshot["calls"]] == ["sendMessage", "setMyCommands"]
    (update,) = snapshot["updates"]
    assert update["update"]["message"]["message_id"] == said.id
    assert (update["confirmed_ms"], snapshot["pending"]) == (None, 1)


async def test_what_is_new_comes_by_itself(client: SandboxClient, call: Any, anna: Person) -> None:
    async with client.feed() as feed:
        await feed.next("snapshot")
        await client.person(8, "Пётр")
        assert (await feed.next("person"))["person"]["started"] is False
        await anna.text("раз")
        assert (await feed.next("message"))["message"]["text"] == "раз"
        update = (await feed.next("update"))["update"]["update"]
        keyboard = {"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}]]}
        _, sent = await call("sendMessage", chat_id=anna.id, text="Всё?", reply_markup=keyboard)
        assert (await feed.next("message"))["message"]["reply_markup"] == keyboard
        press = await anna.begin_press(sent["message_id"], "Да")
        pressed = await feed.next("pressed")
        assert (pressed["press"], pressed["chat"], pressed["data"]) == (press, anna.id, "yes")
        await call("answerCallbackQuery", callback_query_id=press, text="Хорошо", show_alert=True)
        answered = await feed.next("answered")
        assert (answered["person"], answered["text"], answered["alert"]) == (anna.id, "Хорошо", True)
        await call("editMessageText", chat_id=anna.id, message_id=sent["message_id"], text="Всё.")
        assert "edit_date" in (await feed.next("message"))["message"]
        await call("deleteMessage", chat_id=anna.id, message_id=sent["message_id"])
        assert (await feed.next("deleted"))["message_id"] == sent["message_id"]
        await call("sendChatAction", chat_id=anna.id, action="typing")
        assert (await feed.next("typing"))["action"] == "typing"
        assert (await feed.next("call"))["call"]["method"] == "sendChatAction"
        await call("getUpdates", offset=update["update_id"] + 1)
        confirmed = await feed.next("confirmed")
        assert (confirmed["update_ids"], confirmed["pending"]) == ([update["update_id"] - 1, update["update_id"]], 1)
        await client.fault("429", method="sendMessage")
        assert [one["kind"] for one in (await feed.next("faults"))["faults"]] == ["429"]
        await call("sendMessage", chat_id=anna.id, text="ещё")
        assert (await feed.next("faults"))["faults"] == []


async def test_who_was_cut_off_goes_on_where_it_was(client: SandboxClient, anna: Person) -> None:
    async with client.feed() as feed:
        begun = await feed.next("snapshot")
        await anna.text("раз")
        heard = await feed.next("update")
    await anna.text("два")
    async with client.feed(run=begun["run"], after=heard["seq"]) as feed:
        assert (await feed.next("resumed"))["seq"] == heard["seq"]
        assert (await feed.next("message"))["message"]["text"] == "два"


@pytest.mark.parametrize(("run", "after"), [("another", 0), (None, 99_999), ("", 0)])
async def test_who_cannot_go_on_begins_anew(client: SandboxClient, anna: Person, run: str | None, after: int) -> None:
    async with client.feed() as feed:
        begun = await feed.next("snapshot")
    await anna.text("раз")
    async with client.feed(run=begun["run"] if run is None else run, after=after) as feed:
        snapshot = await feed.next("snapshot")
    assert snapshot["chats"][str(anna.id)]["messages"][-1]["text"] == "раз"


def test_a_journal_forgets_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT", 3)
    kept = journal.Journal()
    for number in range(5):
        kept.add("message", number)
    assert [entry.subject for entry in kept.after(2) or []] == [2, 3, 4]
    assert kept.after(5) == []
    assert kept.after(1) is None
    assert kept.after(6) is None


async def test_older_messages_are_had_by_the_page(client: SandboxClient, anna: Person) -> None:
    ids = [(await anna.text(f"{number}")).id for number in range(5)]
    older = await client.get(f"people/{anna.id}/chat", before=ids[3], limit=2)
    assert [one["text"] for one in older["messages"]] == ["1", "2"]
    assert older["more"] is True
    oldest = await client.get(f"people/{anna.id}/chat", before=ids[1], limit=2)
    assert [one["text"] for one in oldest["messages"]] == ["/start", "0"]
    assert oldest["more"] is False


async def test_a_fault_may_stay_until_it_is_taken_away(call: Any, client: SandboxClient, anna: Person) -> None:
    await anna.text("/start")
    staying = (await client.post("faults", {"kind": "5xx", "method": "sendMessage", "times": None}))["id"]
    await client.fault("5xx", method="getMe")
    for _ in range(3):
        assert (await call("sendMessage", chat_id=anna.id, text="раз"))[0] == 502
    await client.clear_faults(staying)
    assert (await call("sendMessage", chat_id=anna.id, text="раз"))[0] == 200
    assert [one["method"] for one in await client.faults()] == ["getMe"]


async def test_a_page_that_cannot_be_told_is_not_left_in_the_dark(
    client: SandboxClient, anna: Person, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake in how something is shown ends the feed, with its traceback in the log."""
    async with client.feed() as feed:
        await feed.next("snapshot")
        sandbox.world.journal.add("nonsense", None)
        await anna.text("раз")
        with pytest.raises(ConnectionError):
            await feed.next("message")
    assert "nonsense" in caplog.text
    async with client.feed() as feed:
        assert (await feed.next("snapshot"))["people"][0]["id"] == anna.id


async def test_a_reply_keyboard_stays_below_its_chat(client: SandboxClient, call: Any, anna: Person) -> None:
    keyboard = {"keyboard": [[{"text": "Да"}, {"text": "Нет"}]], "one_time_keyboard": True}
    async with client.feed() as feed:
        assert (await feed.next("snapshot"))["keyboards"] == {}
        _, sent = await call("sendMessage", chat_id=anna.id, text="Всё?", reply_markup=keyboard)
        assert "reply_markup" not in sent
        shown = {**keyboard, "message_id": sent["message_id"]}
        told = await feed.next("keyboard")
        assert (told["chat"], told["markup"]) == (anna.id, shown)
        await call("sendMessage", chat_id=anna.id, text="Кстати")
    async with client.feed() as feed:
        assert (await feed.next("snapshot"))["keyboards"] == {str(anna.id): shown}
        await call("sendMessage", chat_id=anna.id, text="Ну", reply_markup={"force_reply": True})
        assert (await feed.next("keyboard"))["markup"]["force_reply"] is True
        await call("sendMessage", chat_id=anna.id, text="Ладно", reply_markup={"remove_keyboard": True})
        assert (await feed.next("keyboard"))["markup"] is None


async def test_each_has_the_narrowest_menu_in_their_language(client: SandboxClient, call: Any, anna: Person) -> None:
    await client.person(8, "Emily", language_code="en")
    await client.group(-5, "Хозчасть")

    async def menus() -> dict[int, str]:
        async with client.feed() as feed:
            snapshot = await feed.next("snapshot")
        places = [*snapshot["people"], *snapshot["groups"]]
        return {one["id"]: "".join(command["command"] for command in one["commands"]) for one in places}

    async def menu(command: str, **where: Any) -> None:
        assert await call("setMyCommands", commands=[{"command": command, "description": "x"}], **where) == (200, True)

    assert await menus() == {anna.id: "", 8: "", -5: ""}
    await menu("all")
    assert await menus() == {anna.id: "all", 8: "all", -5: "all"}
    await menu("ru", language_code="ru")
    assert await menus() == {anna.id: "ru", 8: "all", -5: "all"}
    await menu("private", scope={"type": "all_private_chats"})
    assert await menus() == {anna.id: "private", 8: "private", -5: "all"}
    await menu("groups", scope={"type": "all_group_chats"})
    await menu("here", scope={"type": "chat", "chat_id": anna.id})
    assert await menus() == {anna.id: "here", 8: "private", -5: "groups"}
    async with client.feed() as feed:
        await feed.next("snapshot")
        await call("deleteMyCommands", scope={"type": "chat", "chat_id": anna.id})
        told = (await feed.next("commands"))["chats"]
    assert told[str(anna.id)][0]["command"] == "private"


async def test_what_the_bot_says_of_itself_is_told(client: SandboxClient, call: Any) -> None:
    async with client.feed() as feed:
        assert (await feed.next("snapshot"))["bot"]["description"] == {}
        await call("setMyDescription", description="Сообщайте о поломках", language_code="ru")
        assert (await feed.next("bot"))["bot"]["description"] == {"ru": "Сообщайте о поломках"}


async def test_a_slow_fault_is_told_as_used_up_before_its_call_is_answered(
    client: SandboxClient, call: Any, anna: Person, sandbox: Sandbox
) -> None:
    async with client.feed() as feed, asyncio.TaskGroup() as group:
        await feed.next("snapshot")
        await client.fault("slow", method="sendMessage", seconds=60)
        assert len((await feed.next("faults"))["faults"]) == 1
        sending = group.create_task(call("sendMessage", chat_id=anna.id, text="x"))
        assert (await feed.next("faults"))["faults"] == []
        assert not sandbox.calls
        sending.cancel()


async def test_a_page_that_does_not_listen_holds_up_nobody(
    client: SandboxClient, anna: Person, sandbox: Sandbox
) -> None:
    """What it has not taken waits in the journal and nowhere else; when that has gone on, it begins anew."""
    sandbox.world.journal._entries = deque(maxlen=50)
    async with client.feed() as deaf, client.feed() as feed:
        await feed.next("snapshot")
        for _ in range(400):
            await anna.text("я" * 4000)
            await feed.next("update")
        last = await anna.text("последнее")
        while (await feed.next("message"))["message"]["message_id"] != last.id:
            continue
        assert (await deaf.next("snapshot"))["chats"][str(anna.id)]["more"] is False
        snapshot = await deaf.next("snapshot")
        assert snapshot["chats"][str(anna.id)]["messages"][-1]["text"] == "последнее"
