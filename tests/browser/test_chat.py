"""The chat page with a stand-in alone: what a person does there reaches the bot, and what the bot does is seen."""

from __future__ import annotations

import re

import pytest
from browser_support import Bot, Open
from playwright.async_api import expect

ANNA, PYOTR = 1, 2
pytestmark = pytest.mark.usefixtures("three")


async def test_words_are_words(open_page: Open, url: str, bot: Bot) -> None:
    """Markup that somebody writes is shown as it was written, and does nothing."""
    page = await open_page(url)
    await page.write("Анна", "<img src=x onerror=alert(1)><script>alert(2)</script>")
    assert await page.message("Анна", "<img src=x").locator("img, script").count() == 0
    heard = await bot.hears("message", lambda one: one["text"].startswith("<img"))
    assert heard["from"]["id"] == ANNA


async def test_a_press_waits_is_answered_and_changes_the_message(open_page: Open, url: str, bot: Bot) -> None:
    """The button is busy until the answer, which is a toast; an edit replaces text and buttons."""
    card = await bot.say(ANNA, "Заявка №1", [("Взять", "take"), ("Отклонить", "reject")])
    page = await open_page(url)
    await page.press("Анна", "Заявка №1", "Взять")
    button = page.message("Анна", "Заявка №1").get_by_role("button", name="Взять")
    await expect(button).to_have_attribute("aria-busy", "true")
    press = await bot.hears("callback_query")
    assert press["data"] == "take"
    await bot.answer(press, "Взято в работу")
    await page.told("Анна", "Взято в работу")
    await expect(button).not_to_have_attribute("aria-busy", "true")
    await bot.call(
        "editMessageText",
        chat_id=ANNA,
        message_id=card,
        text="Заявка №1: в работе",
        reply_markup={"inline_keyboard": [[{"text": "Готово", "callback_data": "done"}]]},
    )
    message = await page.sees("Анна", "Заявка №1: в работе")
    await expect(message.get_by_role("button", name="Взять")).to_have_count(0)
    await expect(message.get_by_role("button", name="Готово")).to_be_visible()
    await bot.call("deleteMessage", chat_id=ANNA, message_id=card)
    await expect(message).to_have_count(0)


async def test_an_alert_waits_for_ok(open_page: Open, url: str, bot: Bot) -> None:
    """It takes the focus, belongs to one column, and goes with OK."""
    await bot.say(ANNA, "Опасно", [("Удалить", "x")])
    page = await open_page(url)
    await page.press("Анна", "Опасно", "Удалить")
    await bot.answer(await bot.hears("callback_query"), "Нельзя: заявка закрыта", alert=True)
    alert = page.column("Анна").get_by_role("alertdialog")
    await expect(alert).to_contain_text("Нельзя: заявка закрыта")
    await expect(alert.get_by_role("button", name="OK")).to_be_focused()
    await expect(page.column("Пётр").get_by_role("alertdialog")).to_have_count(0)
    await alert.get_by_role("button", name="OK").click()
    await expect(alert).to_have_count(0)


async def test_a_reply_shows_what_it_is_to(open_page: Open, url: str, bot: Bot) -> None:
    """Through the menu of the message; Escape gives it up."""
    asked = await bot.say(ANNA, "Какой кабинет?")
    page = await open_page(url)
    await page.act_on("Анна", "Какой кабинет?", "Reply")
    await expect(page.composer("Анна")).to_be_focused()
    await page.page.keyboard.press("Escape")
    await page.write("Анна", "Не ответ")
    await page.act_on("Анна", "Какой кабинет?", "Reply")
    await page.write("Анна", "Двести четырнадцатый")
    heard = await bot.hears("message", lambda one: one.get("text") == "Двести четырнадцатый")
    assert heard["reply_to_message"]["message_id"] == asked
    plain = await bot.hears("message", lambda one: one.get("text") == "Не ответ")
    assert "reply_to_message" not in plain
    await expect(page.message("Анна", "Двести четырнадцатый")).to_contain_text("Какой кабинет?")


async def test_an_edit_says_so(open_page: Open, url: str, bot: Bot) -> None:
    """Only one's own messages can be edited; the draft that was there comes back."""
    await bot.say(ANNA, "Слушаю")
    page = await open_page(url)
    await page.write("Анна", "Течёт кран в 241")
    await page.composer("Анна").fill("Черновик")
    await page.act_on("Анна", "Течёт кран", "Edit")
    await expect(page.composer("Анна")).to_have_value("Течёт кран в 241")
    await page.composer("Анна").fill("Течёт кран в 214")
    await page.page.keyboard.press("Enter")
    await expect(await page.sees("Анна", "Течёт кран в 214")).to_contain_text("edited")
    heard = await bot.hears("edited_message")
    assert heard["text"] == "Течёт кран в 214"
    await page.message("Анна", "Слушаю").click(button="right")
    await expect(page.page.get_by_role("menuitem", name="Reply")).to_be_visible()
    await expect(page.page.get_by_role("menuitem", name="Edit")).to_have_count(0)


async def test_commands_are_offered_while_one_writes(open_page: Open, url: str, bot: Bot) -> None:
    """From the slash on, and by a button; the keyboard chooses."""
    await bot.call(
        "setMyCommands",
        commands=[{"command": "my", "description": "Мои заявки"}, {"command": "queue", "description": "Очередь"}],
    )
    page = await open_page(url)
    await page.composer("Анна").fill("/")
    options = page.column("Анна").get_by_role("option")
    await expect(options).to_have_text([re.compile("/my.*Мои заявки"), re.compile("/queue.*Очередь")])
    await page.page.keyboard.press("ArrowDown")
    await page.page.keyboard.press("Enter")
    await page.sees("Анна", "/queue")
    await page.column("Анна").get_by_role("button", name="Commands").click()
    await page.page.get_by_role("menuitem", name="/my").click()
    await page.sees("Анна", "/my")
    await bot.hears("message", lambda one: one.get("text") == "/queue" and one["entities"][0]["type"] == "bot_command")


async def test_a_reply_keyboard_writes_for_one(open_page: Open, url: str, bot: Bot) -> None:
    """Its keys send their words; removed, it is gone."""
    keys = {"keyboard": [[{"text": "Да"}, {"text": "Нет"}]], "input_field_placeholder": "Да или нет"}
    await bot.call("sendMessage", chat_id=ANNA, text="Закрыть?", reply_markup=keys)
    page = await open_page(url)
    await expect(page.composer("Анна")).to_have_attribute("placeholder", "Да или нет")
    await page.column("Анна").get_by_role("button", name="Да", exact=True).click()
    await bot.hears("message", lambda one: one.get("text") == "Да")
    await bot.call("sendMessage", chat_id=ANNA, text="Закрыто", reply_markup={"remove_keyboard": True})
    await page.sees("Анна", "Закрыто")
    await expect(page.column("Анна").get_by_role("button", name="Нет", exact=True)).to_have_count(0)


async def test_who_blocks_the_bot_is_out_of_its_reach(open_page: Open, url: str, bot: Bot) -> None:
    """By the menu of the person, and back."""
    page = await open_page(url)
    await page.column("Анна").get_by_role("button", name="More about Анна").click()
    await page.page.get_by_role("menuitem", name="Block the bot").click()
    changed = await bot.hears("my_chat_member")
    assert changed["new_chat_member"]["status"] == "kicked"
    with pytest.raises(AssertionError, match="blocked by the user"):
        await bot.say(ANNA, "Слышите?")
    await page.column("Анна").get_by_role("button", name="More about Анна").click()
    await page.page.get_by_role("menuitem", name="Unblock the bot").click()
    await bot.hears("my_chat_member")
    await bot.say(ANNA, "Снова здесь")
    await page.sees("Анна", "Снова здесь")


async def test_a_deep_link_starts_with_its_payload(open_page: Open, url: str, bot: Bot) -> None:
    """A button with a link to the bot itself sends what Telegram would; and so does a code on a door."""
    me = await bot.call("getMe")
    button = {"text": "Открыть", "url": f"https://t.me/{me['username']}?start=req_7"}
    await bot.call("sendMessage", chat_id=PYOTR, text="Заявка №7", reply_markup={"inline_keyboard": [[button]]})
    page = await open_page(url)
    await page.message("Пётр", "Заявка №7").get_by_role("link", name="Открыть").click()
    heard = await bot.hears("message", lambda one: one["text"] == "/start req_7")
    assert heard["from"]["id"] == PYOTR
    await page.attach("Пётр", "Scan the QR of room 214")
    await bot.hears("message", lambda one: one["text"] == "/start loc_214")


async def test_somebody_typing_is_shown_until_they_speak(open_page: Open, url: str, bot: Bot) -> None:
    """In the chat's header, in that chat only."""
    page = await open_page(url)
    await bot.call("sendChatAction", chat_id=ANNA, action="typing")
    await expect(page.column("Анна")).to_contain_text("typing…")
    await expect(page.column("Пётр")).not_to_contain_text("typing…")
    await bot.say(ANNA, "Вот")
    await expect(page.column("Анна")).not_to_contain_text("typing…")
