"""What the tests in a browser share: the chat page as somebody uses it, by what can be seen, and a bot to talk to."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from zavhoz_messaging.testing import wait_until

TOKEN = "100001:token-of-the-stand-in"
PATIENCE_MS = 20_000
"""For what takes a whole system: a bot's answer, with everything cold."""
DESKTOP, PHONE = (1440, 900), (390, 844)
expect.set_options(timeout=10_000)


class Watch:
    """Notes what a page complains of. What a test provokes on purpose it names by `expects`."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._note(f"error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def expects(self, pattern: str) -> None:
        """Complaints that this pattern is found in are none, from now on."""
        self._expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        """What is left."""
        return [one for one in self.complaints if not any(pattern.search(one) for pattern in self._expected)]

    def _note(self, text: str) -> None:
        self.complaints.append(text)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # given up by the page itself, as players do
            self._note(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.status}: {response.request.method} {response.url}")


class ChatPage:
    """The page, and what one does there. Names are those that are read out."""

    def __init__(self, page: Page, watch: Watch) -> None:
        self.page = page
        self.watch = watch

    def column(self, name: str) -> Locator:
        """Somebody's Telegram."""
        return self.page.get_by_role("region", name=name, exact=True)

    def log(self, name: str) -> Locator:
        """The messages of the chat that is open."""
        return self.column(name).get_by_role("log")

    def message(self, name: str, text: str | re.Pattern[str]) -> Locator:
        """The newest message with this text in somebody's chat."""
        return self.log(name).get_by_role("article").filter(has_text=text).last

    def composer(self, name: str) -> Locator:
        """Where one writes."""
        return self.column(name).get_by_role("textbox", name="Message")

    async def start(self, name: str) -> None:
        """Press START."""
        await self.column(name).get_by_role("button", name="START", exact=True).click()

    async def write(self, name: str, text: str) -> None:
        """Write and send; done when it is in the chat."""
        await self.composer(name).fill(text)
        await self.column(name).get_by_role("button", name="Send", exact=True).click()
        await expect(self.composer(name)).to_have_value("")
        await expect(self.message(name, text.splitlines()[0])).to_be_visible()

    async def press(self, name: str, text: str | re.Pattern[str], label: str | re.Pattern[str]) -> None:
        """Press a button of the newest message with this text."""
        await self.message(name, text).get_by_role("button", name=label).click(timeout=PATIENCE_MS)

    async def sees(self, name: str, text: str | re.Pattern[str]) -> Locator:
        """Wait for a message; returns it."""
        message = self.message(name, text)
        await expect(message).to_be_visible(timeout=PATIENCE_MS)
        return message

    async def told(self, name: str, text: str | re.Pattern[str]) -> None:
        """Wait for the toast that answers a press."""
        await expect(self.column(name).get_by_role("status").filter(has_text=text)).to_be_visible(timeout=PATIENCE_MS)

    async def attach(self, name: str, what: str) -> None:
        """Choose from the menu of what can be sent."""
        await self.column(name).get_by_role("button", name="Attach").click()
        await self.page.get_by_role("menuitem", name=what, exact=True).click()

    async def attach_sample(self, name: str, title: str) -> None:
        """Send one of the sample photos."""
        await self.attach(name, "Sample photos")
        await self.page.get_by_role("dialog").get_by_role("button", name=title).click()

    async def act_on(self, name: str, text: str, what: str) -> None:
        """Choose from the menu of a message."""
        await self.message(name, text).click(button="right")
        await self.page.get_by_role("menuitem", name=what, exact=True).click()

    async def open_drawer(self, tab: str) -> Locator:
        """Look under the hood; returns the drawer."""
        drawer = self.page.get_by_role("complementary", name="Under the hood")
        if not await drawer.is_visible():
            await self.page.get_by_role("banner").get_by_role("button", name="Under the hood").click()
        await drawer.get_by_role("tab", name=tab).click()
        return drawer


Open = Callable[..., Awaitable[ChatPage]]
"""Opens the page of a stand-in: `await open_page(url, size=PHONE, theme="dark")`."""


async def opened(
    browser: Browser,
    url: str,
    size: tuple[int, int],
    theme: str,
    language: str,
    prefs: dict[str, Any] | None = None,
) -> tuple[BrowserContext, ChatPage]:
    """The page in a context of its own, connected; `prefs` are what it remembers. Whoever asks closes the context."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        locale=language,
        reduced_motion="reduce",
    )
    if prefs is not None:
        await context.add_init_script(f"localStorage.setItem('zavhoz.page', {json.dumps(json.dumps(prefs))})")
    page = await context.new_page()
    chat = ChatPage(page, Watch(page))
    await page.goto(url)
    await expect(page.get_by_role("main")).to_have_attribute("aria-busy", "false")
    return context, chat


class Bot:
    """A bot that is moved by a test: calls methods of the Bot API and hears updates."""

    def __init__(self, url: str, token: str, http: aiohttp.ClientSession) -> None:
        self._base = f"{url}/bot{token}"
        self._http = http
        self._offset = 0
        self._heard: list[dict[str, Any]] = []

    async def call(self, method: str, **arguments: Any) -> Any:
        """What a method results in.

        Raises:
            AssertionError: it was refused.
        """
        async with self._http.post(f"{self._base}/{method}", json=arguments) as response:
            body = await response.json()
        assert body["ok"], body
        return body["result"]

    async def say(self, chat: int, text: str, *rows: list[tuple[str, str]], **more: Any) -> int:
        """Send a text with rows of buttons (label, data); returns its id."""
        keyboard = [[{"text": label, "callback_data": data} for label, data in row] for row in rows]
        markup = {"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}
        sent = await self.call("sendMessage", chat_id=chat, text=text, **markup, **more)
        return int(sent["message_id"])

    async def hears(self, kind: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Wait for an update of this kind: what it holds. Each is heard once."""

        async def come() -> bool:
            updates = await self.call("getUpdates", offset=self._offset, timeout=1)
            self._heard += updates
            self._offset = max([self._offset, *(one["update_id"] + 1 for one in updates)])
            return any(kind in one and wanted(one[kind]) for one in self._heard)

        await wait_until(come, f"a {kind}", timeout=20)
        found = next(one for one in self._heard if kind in one and wanted(one[kind]))
        self._heard.remove(found)
        content: dict[str, Any] = found[kind]
        return content

    async def answer(self, press: dict[str, Any], text: str = "", *, alert: bool = False) -> None:
        """Answer a press."""
        await self.call("answerCallbackQuery", callback_query_id=press["id"], text=text, show_alert=alert)
