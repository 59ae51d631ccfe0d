"""How quick the chat page is with a thousand messages in each of three chats: scrolling, and something new."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from playwright.async_api import Page, async_playwright

from benchmarks.figures import Figure, wait_until_idle
from zavhoz_devstack.browser import arguments, program
from zavhoz_devstack.ports import LOOPBACK, free_port
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import SandboxClient

PEOPLE: Final = {1: "Anna", 2: "Boris", 3: "Clara"}
MESSAGES: Final = 1_000
NEWS: Final = 30
"""New messages a round, to each person in turn."""
_TOKEN: Final = "1:bench"  # noqa: S105  # nosec B105: opens nothing but the stand-in
_KEYBOARD: Final = {
    "inline_keyboard": [[{"text": "Take", "callback_data": "t"}, {"text": "Comment", "callback_data": "c"}]]
}

# From when the bot's call began, by this machine's clock, to the frame after the one in which the message was drawn.
_WAIT_FOR_NEWS = """
([name, text]) => new Promise((resolve) => {
  const log = document.querySelector(`section[aria-label="${name}"] [role=log]`);
  const look = () => {
    if (!log.lastElementChild.lastElementChild.textContent.includes(text)) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.timeOrigin + performance.now())));
  };
  const observer = new MutationObserver(look);
  observer.observe(log, {childList: true, subtree: true});
  look();
})
"""
# All the way up, a third of a screen each frame: milliseconds from each frame to the next.
_SCROLL = """
(name) => new Promise((resolve) => {
  const log = document.querySelector(`section[aria-label="${name}"] [role=log]`);
  log.scrollTop = log.scrollHeight;
  const frames = [];
  let before = null;
  const step = (now) => {
    if (before !== null) frames.push(now - before);
    before = now;
    if (log.scrollTop <= 0) return resolve(frames);
    log.scrollTop -= log.clientHeight / 3;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})
"""
_ALL_THERE = """
(count) => [...document.querySelectorAll("[role=log]")].every((log) => {
  if (log.querySelectorAll("article").length >= count) return true;
  log.scrollTop = log.scrollTop > 0 ? 0 : 1;
  return false;
})
"""


async def measure(rounds: int, say: Callable[[str], None]) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Fill the chats, open the page, load all of them, then measure in rounds; the slowest of each round counts."""
    async with _stand_in() as url, SandboxClient(url) as sandbox, aiohttp.ClientSession() as http:
        await _fill(sandbox, http, url)
        say(f"  three chats with {MESSAGES:,} messages each")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program(), args=arguments())
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await page.goto(url)
            await page.wait_for_function(_ALL_THERE, arg=MESSAGES, timeout=60_000, polling=50)
            slowest_news, slowest_frames, all_news = [], [], []
            for number in range(rounds):
                wait_until_idle(say)
                news = [await _news(page, http, url, number * NEWS + at) for at in range(NEWS)]
                frames = [max(await page.evaluate(_SCROLL, name)) for name in PEOPLE.values()]
                slowest_news.append(max(news))
                slowest_frames.append(max(frames))
                all_news += news
                say(f"  round {number + 1}: new message {max(news):.0f} ms, frame {max(frames):.0f} ms, at most")
            await browser.close()
    all_news.sort()
    figures = {"page_news_ms": Figure.of(slowest_news), "page_frame_ms": Figure.of(slowest_frames)}
    return figures, {"new_message_median_ms": round(all_news[len(all_news) // 2], 1)}


@asynccontextmanager
async def _stand_in() -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "zavhoz_sandbox", "--port", str(port), "--token", _TOKEN),
        stdout=asyncio.subprocess.DEVNULL,
    )

    async def answers() -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await wait_until(answers, "the stand-in listens")
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _fill(sandbox: SandboxClient, http: aiohttp.ClientSession, url: str) -> None:
    for id, name in PEOPLE.items():
        person = await sandbox.person(id, name, language_code="en")
        await person.text("/start")
        for number in range(1, MESSAGES):
            if number % 4 == 0:
                await person.text(f"Message {number}, from {name}")
            else:
                text = f"<b>#{number}</b> In progress\n" + "What has been said of it, word for word. " * (number % 5)
                await _send(http, url, id, text, keyboard=number % 3 == 0)


async def _news(page: Page, http: aiohttp.ClientSession, url: str, number: int) -> float:
    id = 1 + number % len(PEOPLE)
    text = f"News {number}."
    async with asyncio.TaskGroup() as group:
        drawn = group.create_task(page.evaluate(_WAIT_FOR_NEWS, [PEOPLE[id], text]))
        await asyncio.sleep(0.1)  # the page is looking by now
        began = time.time() * 1000
        await _send(http, url, id, text, keyboard=True)
    return float(drawn.result()) - began


async def _send(http: aiohttp.ClientSession, url: str, chat: int, text: str, *, keyboard: bool) -> None:
    body = {"chat_id": chat, "text": text, "parse_mode": "HTML", **({"reply_markup": _KEYBOARD} if keyboard else {})}
    async with http.post(f"{url}/bot{_TOKEN}/sendMessage", json=body) as response:
        response.raise_for_status()
