"""Nothing is lost and everything stays where it was: through a reload, a lost connection, a stand-in begun anew."""

from __future__ import annotations

import pytest
from aiohttp import web
from browser_support import TOKEN, Bot, ChatPage, Open
from playwright.async_api import expect

from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import SandboxClient
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app

ANNA, PYOTR = 1, 2
pytestmark = pytest.mark.usefixtures("three")
LOST = r"ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED"
MANY = 180
"""Messages: three pages of history."""


async def _top_of(page: ChatPage, name: str, text: str) -> float:
    """How far below the top of the page a message begins, in pixels."""
    box = await page.message(name, text).bounding_box()
    assert box is not None
    return box["y"]


async def test_a_reload_keeps_messages_drafts_and_places(open_page: Open, url: str, bot: Bot) -> None:
    """Where one had scrolled to, what one was writing, which tab of the drawer was open."""
    for number in range(1, 51):
        await bot.say(ANNA, f"Сообщение {number}.")
    page = await open_page(url)
    await page.open_drawer("Updates")
    await page.message("Анна", "Сообщение 20.").scroll_into_view_if_needed()
    await page.composer("Пётр").fill("Недописанное")
    before = await _top_of(page, "Анна", "Сообщение 20.")

    async def remembered() -> bool:
        return "views" in str(await page.page.evaluate('localStorage[\'zavhoz.page\'].match(/"views":{"/)'))

    await wait_until(remembered, "the place is remembered", timeout=10)
    await page.page.reload()
    await expect(page.composer("Пётр")).to_have_value("Недописанное")
    await expect(page.page.get_by_role("tab", name="Updates")).to_have_attribute("aria-selected", "true")
    await expect(page.log("Анна").get_by_role("article").filter(has_text="Сообщение")).to_have_count(50)
    assert abs(await _top_of(page, "Анна", "Сообщение 20.") - before) < 2
    assert await page.log("Пётр").get_by_role("article").count() == 1


async def test_a_lost_connection_comes_back_with_what_was_missed(open_page: Open, url: str, bot: Bot) -> None:
    """It is said while it lasts; what came meanwhile is there once, in order."""
    page = await open_page(url)
    page.watch.expects(LOST)
    await page.write("Анна", "До обрыва")
    await page.page.context.set_offline(True)
    await expect(page.page.get_by_role("banner").get_by_role("status")).to_contain_text("The connection is lost")
    for number in range(1, 4):
        await bot.say(ANNA, f"Пропущенное {number}")
    await expect(page.message("Анна", "Пропущенное")).to_have_count(0)
    await page.page.context.set_offline(False)
    await page.sees("Анна", "Пропущенное 3")
    await expect(page.log("Анна").get_by_role("article")).to_contain_text(
        ["/start", "До обрыва", "Пропущенное 1", "Пропущенное 2", "Пропущенное 3"]
    )
    await expect(page.page.get_by_role("banner").get_by_role("status")).to_have_text("")
    await page.write("Анна", "После обрыва")


async def test_what_cannot_be_sent_stays_in_the_composer(open_page: Open, url: str) -> None:
    """Without a connection the words are kept, and why is told."""
    page = await open_page(url)
    page.watch.expects(LOST)
    await page.page.context.set_offline(True)
    await page.composer("Анна").fill("Важное")
    await page.page.keyboard.press("Enter")
    await expect(page.column("Анна").get_by_role("status").filter(has_text="")).to_be_attached()
    await expect(page.composer("Анна")).to_have_value("Важное")
    await page.page.context.set_offline(False)
    await page.composer("Анна").press("Enter")
    await page.sees("Анна", "Важное")


async def test_a_stand_in_that_begins_anew_is_noticed(open_page: Open) -> None:
    """Another run at the same address: what was before is gone, and the page shows what is now."""

    async def begin(port: int) -> tuple[web.AppRunner, int]:
        runner = web.AppRunner(make_app(Sandbox(TOKEN)), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        return runner, int(runner.addresses[0][1])

    runner, port = await begin(0)
    try:
        url = f"http://127.0.0.1:{port}"
        async with SandboxClient(url) as client:
            await (await client.person(ANNA, "Анна")).text("Из прошлого")
            page = await open_page(url)
            page.watch.expects(LOST)
            await page.sees("Анна", "Из прошлого")
            await page.composer("Анна").fill("Черновик из прошлого")
        await runner.cleanup()
        await expect(page.page.get_by_role("banner").get_by_role("status")).to_contain_text("The connection is lost")
        runner, _ = await begin(port)
        async with SandboxClient(url) as client:
            await client.person(PYOTR, "Пётр")
            await expect(page.column("Пётр")).to_be_visible(timeout=15_000)
            await expect(page.column("Анна")).to_have_count(0)
            await (await client.person(ANNA, "Анна")).text("Сейчас")
            await page.sees("Анна", "Сейчас")
            await expect(page.message("Анна", "Из прошлого")).to_have_count(0)
            await expect(page.composer("Анна")).to_have_value("")
    finally:
        await runner.cleanup()


async def test_older_messages_come_on_the_way_up(open_page: Open, url: str, bot: Bot) -> None:
    """Page by page, without a jump under the reader's eyes; the button leads back down."""
    for number in range(1, MANY + 1):
        await bot.say(ANNA, f"Сообщение {number}.")
    page = await open_page(url)
    articles = page.log("Анна").get_by_role("article")
    await page.sees("Анна", f"Сообщение {MANY}.")
    assert await articles.count() < MANY
    await page.log("Анна").hover()

    async def at_the_beginning() -> bool:
        await page.page.mouse.wheel(0, -4000)
        return bool(await articles.filter(has_text="/start").count())

    await wait_until(at_the_beginning, "the first message", timeout=30)
    shown = [
        text.split(".")[0] for text in await articles.filter(has_text="Сообщение").locator(".text").all_text_contents()
    ]
    assert shown == [f"Сообщение {number}" for number in range(1, MANY + 1)]
    await page.column("Анна").get_by_role("button", name="To the newest message").click()
    await expect(page.message("Анна", f"Сообщение {MANY}.")).to_be_in_viewport()
