"""`python -m scripts.guide` takes the pictures of the guides anew: `make screenshots`.

Those of the requester's are in docs/images/guide; of the managers', in `guide_manager`.

A seeded demo is started; one person for each language goes through everything that the guide shows, on a phone, while
the technician does his part through the stand-in. Labels are those of the message files.
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright, expect
from scripts import guide_manager
from scripts.screenshots import Phone
from tests.browser.browser_support import PHONE, ChatPage, opened

from zavhoz_devstack.browser import BrowserMissing, arguments, program
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.seeding.people import ANNA, EMILY, PYOTR, Known, acting
from zavhoz_sandbox.client import Person, SandboxClient, SeenMessage
from zavhoz_telegram.texts import Texts, Translator

QUICK = {"CHAT_RATE": "20", "GROUP_RATE": "1200"}
"""The notifier does not keep to what Telegram allows."""
FOLDER = Path(__file__).parents[1] / "docs/images/guide"


@dataclass(frozen=True)
class Words:
    """What somebody types in their language."""

    broken: str
    search: str
    wrong: str
    comment: str


SAID = {
    "ru": Words("Капает кран у доски", "медкаб", "Снова капает, только слабее", "Кабинет открыт до пяти"),
    "en": Words("The tap by the board drips", "медкаб", "It drips again, only less", "The room is open until five"),
}


@dataclass
class Guide:
    """One person's way through the guide, in their language."""

    who: Known
    page: ChatPage
    phone: Phone
    pyotr: Person
    t: Translator

    async def shoot(self, step: str) -> None:
        """Keep what is on the screen now."""
        await self.phone.shoot(step)

    @property
    def name(self) -> str:
        return self.who.first_name

    def label(self, key: str, sign: str = "") -> re.Pattern[str]:
        """The label of a button, whatever stands before and behind it."""
        return re.compile(re.escape(f"{sign} {self.t.plain(key)}".strip()))

    async def press(self, text: str | re.Pattern[str], key: str, sign: str = "") -> None:
        await self.page.press(self.name, text, self.label(key, sign))

    async def walk(self) -> None:
        """Everything, in the order of the guide."""
        said, t = SAID[self.t.language], self.t
        draft = t.plain("draft.title")
        await self.page.attach(self.name, "Scan the QR of room 214")
        await self.page.sees(self.name, draft)
        await self.shoot("1-qr")
        await self.page.attach_sample(self.name, "Dripping tap")
        await self.page.sees(self.name, re.compile("1 (фото|photo)"))
        await self.page.write(self.name, said.broken)
        await self.page.sees(self.name, re.compile(f"{draft}.*{said.broken}", re.DOTALL))
        await self.shoot("2-draft")
        await self.press(draft, "draft.place", "📍")
        await self.page.write(self.name, said.search)
        await self.page.sees(self.name, re.compile(f"{draft}.*{said.search}", re.DOTALL))
        await self.shoot("3-place")
        await self.press(draft, "draft.back")
        await self.press(draft, "draft.send", "📨")
        open_card = re.compile(rf"#\d+ 🆕 {t.plain('status.open')}")
        await self.page.sees(self.name, open_card)
        await self.shoot("4-sent")
        await self.press(open_card, "action.edit", "✏️")
        question = t.plain("question.edit")[:20]
        await self.page.sees(self.name, question)
        await self.shoot("5-change")
        await self.press(question, "question.cancel")
        await self.page.sees(self.name, t.plain("question.cancelled.edit"))
        await self._work(said)
        fixed = t.plain("notice.is_it_fixed", until="").partition("?")[0]
        await self.page.sees(self.name, fixed)
        await self.shoot("6-fixed")
        await self.press(fixed, "action.reopen", "↩️")
        await self.page.sees(self.name, t.plain("question.reopen")[:20])
        await self.page.write(self.name, said.wrong)
        await self.page.sees(self.name, t.plain("done.reopen", number=0).partition(": ")[2])
        await self.shoot("7-not-fixed")
        await self._work(None)
        await self.page.press(self.name, fixed, "5 ⭐")
        await self.page.sees(self.name, t.plain("card.rating", rating=5, most=5))
        await self.shoot("8-rated")
        await self.page.write(self.name, "/my")
        await self.page.sees(self.name, t.plain("list.mine"))
        await self.shoot("9-my")
        await self.page.write(self.name, "/settings")
        await self.page.sees(self.name, t.plain("settings.title"))
        await expect(self.page.log(self.name).get_by_role("button", name=self.label("settings.erase"))).to_be_visible()
        await self.shoot("10-settings")
        await self.press(t.plain("settings.title"), "settings.erase", "🗑")
        await self.page.sees(self.name, t.plain("privacy.what_goes")[:12])
        await self.shoot("11-erase")

    async def _work(self, said: Words | None) -> None:
        """Pyotr takes the newest request of this person, answers a comment, and completes it."""
        number = await self._number()
        card = await self.pyotr.wait_for(lambda one: one.text.startswith(f"#{number} 🆕") and _has(one, "🔧"))
        await self.pyotr.press(card, next(label for label in card.labels if "🔧" in label))
        await self.pyotr.wait_for(lambda one: one.id == card.id and _has(one, "✅"))
        if said is not None:
            await self.page.sees(self.name, re.compile(rf"#{number} 🔧"))
            await self.page.act_on(self.name, f"#{number} 🔧", "Reply")
            await self.page.write(self.name, said.comment)
            await self.pyotr.wait_for(said.comment)
        card = await self.pyotr.wait_for(lambda one: one.id == card.id and _has(one, "✅"))
        await self.pyotr.press(card, next(label for label in card.labels if "✅" in label))
        asked = await self.pyotr.wait_for(
            lambda one: one.id > card.id and one.text.startswith(f"#{number} ") and _has(one, "✅")
        )
        await self.pyotr.press(asked, next(label for label in asked.labels if "✅" in label))

    async def _number(self) -> int:
        shown = await self.page.message(self.name, re.compile(r"#\d+ 🆕")).inner_text()
        return int(shown.partition("#")[2].split()[0])


def _has(message: SeenMessage, sign: str) -> bool:
    return any(sign in label for label in message.labels)


async def take(browser: Browser, url: str, sandbox: SandboxClient) -> None:
    """All pictures, of a demo that runs at this address."""
    for who in (ANNA, EMILY):
        pyotr = await acting(sandbox, PYOTR)
        context, page = await opened(browser, url, PHONE, "light", "en", prefs={"columns": [who.id]})
        t = Texts.load().for_language(who.language)
        await Guide(who, page, Phone(browser, url, who, FOLDER), pyotr, t).walk()
        await context.close()


async def main() -> int:
    """Returns the exit code."""
    try:
        path = program()
    except BrowserMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    stack = Devstack(demo=True, seed=True, settings=QUICK, say=print)
    async with stack, SandboxClient(stack.sandbox_url) as sandbox, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments())
        await guide_manager.take(browser, stack.sandbox_url, sandbox, stack.bot_token)
        await take(browser, stack.sandbox_url, sandbox)
        await browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
