"""`python -m scripts.screenshots` makes the pictures of the chat page in docs/images anew: `make screenshots`.

A seeded demo is started, three people play the beginning of the story in a browser, and what they see is taken in both
themes: three columns, the drawer with the way of a press, a phone.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright
from tests.browser.browser_support import DESKTOP, PHONE, ChatPage, opened

from zavhoz_devstack.browser import BrowserMissing, arguments, program
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.seeding.people import Known
from zavhoz_devstack.story import PROMISE, THANKS, WORDS

FOLDER = Path(__file__).parents[1] / "docs/images"
MOST = 300_000
"""Bytes of one picture of a desktop."""
LITTLE = 120_000
"""Bytes of one picture of a phone."""
THEMES = ("light", "dark")
_DECODED = """() => Promise.all([...document.images].filter((image) => {
  const { top, bottom } = image.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}).map((image) => image.decode()))"""
"""Others are fetched when they are near."""
_TO_THE_END = """(log) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  log.scrollTop = log.scrollHeight;
  done();
})))"""
"""When the page has drawn what was opened, and has gone to where it begins by itself."""


async def play(page: ChatPage) -> None:
    """Анна files a request, Пётр takes it, they talk; Марина looks at the queue."""
    await page.attach_sample("Анна", "Dripping tap")
    await page.sees("Анна", "Новая заявка")
    await page.write("Анна", WORDS)
    await page.press("Анна", "Новая заявка", "🔴 Высокий")
    await page.press("Анна", "● 🔴 Высокий", "📨 Отправить")
    await page.press("Пётр", re.compile(rf"🆕 Открыта\s.*{WORDS}", re.DOTALL), "🔧 Взять в работу")
    await page.press("Пётр", "🔧 В работе", "💬 Комментировать")
    await page.sees("Пётр", "Что передать?")
    await page.write("Пётр", PROMISE)
    await page.act_on("Анна", f"💬 Пётр Смирнов: {PROMISE}", "Reply")
    await page.write("Анна", THANKS)
    await page.sees("Пётр", f"Анна Лебедева: {THANKS}")
    await page.write("Марина", "/queue")
    await page.sees("Марина", "🔴 Высокий приоритет")


def reduced(image: Image.Image) -> Image.Image:
    """The same in 256 colours: the most frequent ones as they are, and the best for the rest and for small things.

    Surfaces keep their colour by the first, photos by the medians, emoji by the coverage.
    """
    counted = sorted(image.getcolors(image.width * image.height) or [], reverse=True)
    colours = [value for _, colour in counted[:96] if isinstance(colour, tuple) for value in colour]
    for method in (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE):
        colours += (image.quantize(80, method).getpalette() or [])[: 80 * 3]
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


async def shoot(page: ChatPage, name: str) -> None:
    """Keep what is on the screen now as a picture of this name."""
    await kept(page.page, FOLDER / f"{name}.png", MOST)


async def kept(page: Page, path: Path, most: int = LITTLE) -> None:
    """Keep what is on the screen now, in at most 256 colours where the file has more than `most` bytes otherwise.

    Raises:
        ValueError: it is too large even so.
    """
    await page.mouse.move(0, 0)
    await page.evaluate(_DECODED)
    image: Image.Image = Image.open(io.BytesIO(await page.screenshot(animations="disabled"))).convert("RGB")
    kept_image(image, path, most)


def kept_image(image: Image.Image, path: Path, most: int = LITTLE) -> None:
    """Keep a picture, as `kept` does; raises as it does."""
    for shown in (image, reduced(image)):
        written = io.BytesIO()
        shown.save(written, "PNG", optimize=True)
        if written.tell() <= most:
            path.write_bytes(written.getvalue())
            print(f"{path.relative_to(FOLDER.parents[1])}  {written.tell() // 1000} kB")
            return
    raise ValueError(f"{path.name} has {written.tell()} bytes, more than {most}")


@dataclass(frozen=True)
class Phone:
    """Somebody's telephone, in their language; what is on its screen is kept in a folder."""

    browser: Browser
    url: str
    who: Known
    folder: Path

    async def shoot(self, step: str, *chat: str, height: int = PHONE[1]) -> None:
        """Keep the end of the chat with the bot, or of the one that these buttons lead to."""
        prefs = {"columns": [self.who.id]}
        size = PHONE[0], height
        context, page = await opened(self.browser, self.url, size, "light", self.who.language, prefs=prefs)
        for button in chat:
            await page.column(self.who.first_name).get_by_role("button", name=button).click()
        await page.log(self.who.first_name).evaluate(_TO_THE_END)
        await kept(page.page, self.folder / f"{step}-{self.who.language}.png")
        await context.close()


async def take(browser: Browser, url: str) -> None:
    """All pictures, of a demo that runs at this address."""
    context, page = await opened(browser, url, DESKTOP, "light", "en")
    await play(page)
    await context.close()
    for theme in THEMES:
        context, page = await opened(browser, url, DESKTOP, theme, "en")
        await page.sees("Анна", THANKS)
        photo = page.log("Анна").get_by_role("button", name="Open the photo").last
        await photo.evaluate("(button) => button.closest('article').scrollIntoView({ block: 'start' })")
        await photo.locator("img").evaluate("(image) => image.decode()")  # it is fetched when it is near
        await shoot(page, f"chat-{theme}")
        drawer = await page.open_drawer("Way")
        await drawer.get_by_role("button", name=re.compile("Взять в работу")).first.click()
        await drawer.get_by_role("table").wait_for()
        await shoot(page, f"hood-{theme}")
        await context.close()
        context, page = await opened(browser, url, PHONE, theme, "en")
        await page.sees("Анна", THANKS)
        await shoot(page, f"phone-{theme}")
        await context.close()


async def main() -> int:
    """Returns the exit code."""
    try:
        path = program()
    except BrowserMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    stack = Devstack(demo=True, seed=True, say=print)
    async with stack, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments())
        await take(browser, stack.sandbox_url)
        await browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
