"""The first minute: an empty page, a new person, START."""

from __future__ import annotations

from browser_support import Bot, Open
from playwright.async_api import expect

from zavhoz_sandbox.client import SandboxClient

ANNA = 1


async def test_an_empty_page_says_what_to_do(open_page: Open, url: str) -> None:
    """Nobody is there: the page offers to make somebody."""
    page = await open_page(url)
    main = page.page.get_by_role("main")
    await expect(main).to_contain_text("Nobody is here yet.")
    await main.get_by_role("button", name="Add a person").click()
    await page.page.get_by_role("dialog").get_by_label("First name").fill("Анна")
    await page.page.keyboard.press("Enter")
    await expect(page.column("Анна").get_by_role("button", name="START", exact=True)).to_be_visible()


async def test_a_new_person_presses_start(open_page: Open, url: str, client: SandboxClient, bot: Bot) -> None:
    """Before that there is nothing to write into; the bot's description says what it is for."""
    await bot.call("setMyDescription", description="Заявки на ремонт")
    await client.person(ANNA, "Анна", language_code="ru")
    page = await open_page(url)
    await expect(page.column("Анна")).to_contain_text("Заявки на ремонт")
    await expect(page.composer("Анна")).to_have_count(0)
    await page.start("Анна")
    message = await bot.hears("message")
    assert (message["text"], message["from"]["id"]) == ("/start", ANNA)
    await bot.say(ANNA, "Здравствуйте, <b>Анна</b>", parse_mode="HTML")
    await expect((await page.sees("Анна", "Здравствуйте")).locator("b").filter(has_text="Анна")).to_be_visible()
    await expect(page.composer("Анна")).to_be_visible()
