"""Groups, their topics, and what somebody has not read yet."""

from __future__ import annotations

import pytest
from browser_support import PHONE, Bot, Open
from playwright.async_api import expect

from zavhoz_sandbox.client import SandboxClient

ANNA, PYOTR, MARINA = 1, 2, 3
pytestmark = pytest.mark.usefixtures("three")


async def test_a_group_with_topics(open_page: Open, url: str, bot: Bot) -> None:
    """Made by a click; what is said in a topic is seen there by everybody, and nowhere else."""
    page = await open_page(url)
    await page.page.get_by_role("button", name="Add a group").click()
    dialog = page.page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Хозчасть")
    await dialog.get_by_label("With topics").check()
    await dialog.get_by_role("button", name="Add").click()
    anna, pyotr = page.column("Анна"), page.column("Пётр")
    for column in (anna, pyotr):
        await column.get_by_role("navigation", name="Chats").get_by_role("button", name="Хозчасть").click()
    topics = anna.get_by_role("navigation", name="Topics")
    await topics.get_by_role("button", name="Add a topic").click()
    await page.page.get_by_role("dialog").get_by_label("Name").fill("Сантехника")
    await page.page.get_by_role("dialog").get_by_role("button", name="Add").click()
    await topics.get_by_role("button", name="Сантехника").click()
    await page.write("Анна", "/new Кран на кухне")
    heard = await bot.hears("message", lambda one: one.get("text", "").startswith("/new"))
    assert heard["is_topic_message"] is True
    thread = heard["message_thread_id"]
    await bot.say(heard["chat"]["id"], "Принято: №8", message_thread_id=thread)
    await page.sees("Анна", "Принято: №8")
    await expect(page.message("Пётр", "Принято: №8")).to_have_count(0)
    await pyotr.get_by_role("navigation", name="Topics").get_by_role("button", name="Сантехника").click()
    await expect(await page.sees("Пётр", "/new Кран на кухне")).to_contain_text("Анна")
    await pyotr.get_by_role("navigation", name="Topics").get_by_role("button", name="General").click()
    await expect(page.message("Пётр", "Принято: №8")).to_have_count(0)


async def test_a_group_is_shown_to_its_members(open_page: Open, url: str, client: SandboxClient) -> None:
    await client.group(-1001, "Хозчасть", members=[PYOTR])
    page = await open_page(url)
    chats = page.column("Пётр").get_by_role("navigation", name="Chats")
    await expect(chats.get_by_role("button", name="Хозчасть")).to_be_visible()
    await expect(page.column("Анна").get_by_role("navigation", name="Chats")).to_have_count(0)


async def test_unread_messages_are_counted_and_marked(open_page: Open, url: str, bot: Bot) -> None:
    """On a phone one column is in front: the others count what came, and a line shows where it begins."""
    page = await open_page(url, size=PHONE)
    tabs = page.page.get_by_role("navigation", name="People")
    pyotr = tabs.get_by_role("button", name="Пётр")
    await pyotr.click()
    await tabs.get_by_role("button", name="Анна").click()
    await bot.say(PYOTR, "Первое")
    await bot.say(PYOTR, "Второе")
    await expect(pyotr).to_have_accessible_name("Пётр 2 unread")
    await pyotr.click()
    await expect(page.message("Пётр", "Второе")).to_be_in_viewport()
    await expect(pyotr).to_have_accessible_name("Пётр")
    await expect(tabs.get_by_role("button", name="Анна")).to_have_accessible_name("Анна")


async def test_who_scrolls_back_keeps_their_place(open_page: Open, url: str, bot: Bot) -> None:
    """What comes below is counted at the button that leads there, and does not move what one reads."""
    for number in range(1, 41):
        await bot.say(ANNA, f"Сообщение {number}.")
    page = await open_page(url)
    await expect(page.message("Анна", "Сообщение 40.")).to_be_in_viewport()
    await page.log("Анна").hover()
    await page.page.mouse.wheel(0, -1200)
    button = page.column("Анна").get_by_role("button", name="To the newest message")
    await expect(button).to_be_visible()
    top = await page.message("Анна", "Сообщение 25.").bounding_box()
    await bot.say(ANNA, "Новое")
    await expect(button).to_have_text("1")
    assert await page.message("Анна", "Сообщение 25.").bounding_box() == top
    await button.click()
    await expect(page.message("Анна", "Новое")).to_be_in_viewport()


async def test_people_are_added_shown_and_put_away(open_page: Open, url: str, bot: Bot, client: SandboxClient) -> None:
    """A fourth person waits in a menu; a fifth is made by a form; columns close and change whom they show."""
    await client.person(4, "Ольга")
    page = await open_page(url)
    columns = page.page.get_by_role("main").get_by_role("region")
    await expect(columns).to_have_count(3)
    await page.page.get_by_role("button", name="Add a person").click()
    await page.page.get_by_role("menuitem", name="New person…").click()
    dialog = page.page.get_by_role("dialog")
    await dialog.get_by_label("First name").fill("Игорь")
    await dialog.get_by_label("About").fill("охранник")
    await dialog.get_by_role("button", name="Add").click()
    await expect(page.column("Игорь")).to_contain_text("охранник")
    await page.start("Игорь")
    assert (await bot.hears("message", lambda one: one["from"]["first_name"] == "Игорь"))["text"] == "/start"
    await page.column("Анна").get_by_role("button", name="Show somebody else instead of Анна").click()
    await page.page.get_by_role("menuitem", name="Ольга").click()
    await expect(page.column("Ольга")).to_be_visible()
    await expect(page.column("Анна")).to_have_count(0)
    await page.column("Пётр").get_by_role("button", name="More about Пётр").click()
    await page.page.get_by_role("menuitem", name="Close the column").click()
    await expect(columns).to_have_count(3)
    await page.page.reload()
    await expect(columns).to_have_count(3)
    await expect(page.column("Игорь")).to_be_visible()
