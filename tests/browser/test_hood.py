"""Under the hood: what the bot calls, what it is told, what is made to go wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browser_support import Bot, Open
from playwright.async_api import Response, expect

ANNA = 1
pytestmark = pytest.mark.usefixtures("three")


async def test_calls_are_listed_with_what_was_said(open_page: Open, url: str, bot: Bot) -> None:
    """The newest first; one opens to its arguments and its answer; a word filters."""
    page = await open_page(url)
    drawer = await page.open_drawer("Calls")
    await bot.say(ANNA, "Привет")
    entry = drawer.get_by_role("listitem").filter(has_text="sendMessage").first
    await expect(entry).to_contain_text("200")
    await expect(entry).to_contain_text("Анна · Привет")
    await entry.get_by_role("button").click()
    await expect(entry).to_contain_text('"chat_id": 1')
    await drawer.get_by_role("searchbox").fill("getMe")
    await expect(drawer.get_by_role("listitem")).to_have_count(0)


async def test_updates_wait_until_the_bot_takes_them(open_page: Open, url: str, bot: Bot) -> None:
    """How many wait is counted on the tab."""
    page = await open_page(url)
    drawer = await page.open_drawer("Updates")
    await expect(drawer).to_contain_text("3 updates wait for the bot")
    await page.write("Анна", "Ещё одно")
    await expect(drawer).to_contain_text("4 updates wait for the bot")
    newest = drawer.get_by_role("listitem").first
    await expect(newest).to_contain_text("Анна: Ещё одно")
    await expect(newest).to_contain_text("waits")
    await bot.hears("message", lambda one: one["text"] == "Ещё одно")
    await bot.call("getUpdates", offset=2**31 - 1)
    await expect(drawer).to_contain_text("0 updates wait for the bot")
    await expect(newest).to_contain_text("taken")


async def test_a_fault_is_switched_on_and_off(open_page: Open, url: str, bot: Bot) -> None:
    """While it is on, calls of its method fail and others do not; who looks elsewhere sees the same switch."""
    page, other = await open_page(url), await open_page(url)
    drawer, beside = await page.open_drawer("Faults"), await other.open_drawer("Faults")
    switch = drawer.get_by_role("switch", name="429 Too Many Requests")
    await switch.check()
    await expect(beside.get_by_role("switch", name="429 Too Many Requests")).to_be_checked()
    for _ in range(2):
        with pytest.raises(AssertionError, match="Too Many Requests"):
            await bot.say(ANNA, "Не дойдёт")
    await bot.call("getMe")
    await page.open_drawer("Calls")
    await expect(drawer.get_by_role("listitem").filter(has_text="429")).to_have_count(2)
    await page.open_drawer("Faults")
    await switch.uncheck()
    await expect(beside.get_by_role("switch", name="429 Too Many Requests")).not_to_be_checked()
    await bot.say(ANNA, "Дойдёт")
    await page.sees("Анна", "Дойдёт")
    await expect(page.message("Анна", "Не дойдёт")).to_have_count(0)


async def test_a_fault_has_a_method_and_a_chat(open_page: Open, url: str, bot: Bot) -> None:
    """Chosen before it is switched on, or after, both at once: the second does not wait for the first."""
    page = await open_page(url)
    drawer = await page.open_drawer("Faults")
    about = drawer.get_by_role("group", name="403 Blocked by the user").last
    await about.get_by_label("Chat").select_option("Анна")
    await drawer.get_by_role("switch", name="403 Blocked by the user").check()
    await expect(drawer.get_by_role("tab", name="Faults")).to_contain_text("1")
    with pytest.raises(AssertionError, match="blocked"):
        await bot.say(ANNA, "Нет")
    await bot.say(2, "Да")
    await page.sees("Пётр", "Да")

    def changed(part: str) -> Callable[[Response], bool]:
        return lambda one: "/sandbox/faults" in one.url and part in (one.request.post_data or "")

    async with page.page.expect_response(changed("method")), page.page.expect_response(changed("chat")):
        await about.get_by_label("Method").select_option("sendPhoto")
        await about.get_by_label("Chat").select_option("everybody")
    await expect(about.get_by_label("Method")).to_have_value("sendPhoto")
    await expect(about.get_by_label("Chat")).to_have_value("")
    await expect(drawer.get_by_role("tab", name="Faults")).to_contain_text("1")
    await bot.say(ANNA, "Снова да")
    await page.sees("Анна", "Снова да")
