"""The pictures of the managers' guide, in docs/images/guide-manager: taken by `python -m scripts.guide`.

Марина and her deputy Grace look through the seeded desk on a phone, each in their language, and change nothing. They
act through the stand-in; labels are those of the message files.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pypdfium2
from playwright.async_api import Browser
from scripts.screenshots import Phone, kept_image

from zavhoz_devstack.seeding.desk import CATEGORIES, GROUPS, SORTED, Group, category_of
from zavhoz_devstack.seeding.people import GENNADY, PYOTR, acting
from zavhoz_devstack.seeding.school import CASES
from zavhoz_sandbox.client import Group as SeenGroup
from zavhoz_sandbox.client import Person, SandboxClient, SeenMessage
from zavhoz_telegram.texts import Texts, Translator

FOLDER = Path(__file__).parents[1] / "docs/images/guide-manager"
OPENED = "Разбито стекло в двери запасного выхода"
TALL, TALLEST = 1180, 1480
"""Of a telephone on which what is long can be seen whole, in pixels."""
SHEET_WIDTH = 620
"""Pixels."""
TOPIC = CATEGORIES[0]
"""The category whose topic is shown: plumbing."""


@dataclass
class Guide:
    """A manager's way through the guide; `group` is the staff's group in their language."""

    group: Group
    manager: Person
    phone: Phone
    t: Translator
    sandbox: SandboxClient
    bot_token: str

    async def walk(self) -> None:
        """Everything, in the order of the guide."""
        queue = await self._ask("/queue", self.t.plain("list.queue"))
        await self.phone.shoot("queue", height=TALL)
        filters = await self._turn(queue, self.t.plain("queue.filters"), self.t.plain("queue.overdue"))
        await self.phone.shoot("filters")
        queue = await self._many(filters)
        number = [case.words for case in CASES].index(OPENED) + 1
        await self._press(queue, f"#{number}")
        card = await self.manager.wait_for(lambda one: one.id > queue.id and one.text.startswith(f"#{number} "))
        await self.phone.shoot("card", height=TALL)
        await self._press(card, self.t.plain("action.assign"))
        asked = await self.manager.wait_for(self.t.plain("assign.who"), after=card.id)
        await self.phone.shoot("assign")
        await self._turn(asked, self.t.plain("question.cancel"), None)
        people = await self._ask("/people", self.t.plain("people.title"))
        await self.phone.shoot("people")
        await self._turn(people, GENNADY.name, self.t.plain("people.places"))
        await self.phone.shoot("person")
        await self._places()
        await self._ask("/organisation", self.t.plain("organisation.title"))
        await self.phone.shoot("organisation", height=TALLEST)
        shelf = await self._ask("/categories", self.t.plain("shelf.title"))
        await self._turn(shelf, TOPIC.names[self.t.language], TOPIC.questions[self.t.language][0])
        await self.phone.shoot("category", height=TALL)
        await self._topic()

    async def _many(self, filters: SeenMessage) -> SeenMessage:
        """What is open at once, up to the confirmation and no further; returns the whole queue."""
        shown, every = self.t.plain("queue.show"), self.t.plain("queue.filters")
        filters = await self._turn(filters, self.t.plain("status.open"), "●")
        queue = await self._turn(filters, shown, every)
        many = await self._turn(queue, "☑️", self.t.plain("many.what"))
        await self.phone.shoot("bulk")
        staff = await self._turn(many, self.t.plain("many.assign"), PYOTR.name)
        sure = await self._turn(staff, PYOTR.name, self.t.plain("many.do"))
        await self.phone.shoot("sure")
        left = await self._turn(sure, self.t.plain("question.cancel"), self.t.plain("many.cancelled"))
        queue = await self._turn(left, self.t.plain("list.queue"), every)
        filters = await self._turn(queue, every, shown)
        return await self._turn(await self._turn(filters, self.t.plain("queue.reset"), shown), shown, every)

    async def _places(self) -> None:
        page = await self._ask("/places", self.t.plain("tree.title"))
        for name in ("Школа № 7", "Главный корпус", "2 этаж"):
            page = await self._turn(page, name, f"{name}\n")
        await self.phone.shoot("places")
        await self._press(page, self.t.plain("tree.sheet"))
        sent = await self.manager.wait_for(lambda one: one.id > page.id and "document" in one.raw)
        with pypdfium2.PdfDocument(await self._file(sent)) as document:
            paper = document[0]
            image = paper.render(scale=SHEET_WIDTH / paper.get_width()).to_pil().convert("RGB")
        kept_image(image, FOLDER / f"sheet-{self.t.language}.png")

    async def _topic(self) -> None:
        group = SeenGroup(self.sandbox, self.group.id)
        for case in CASES:
            if case.words in SORTED and category_of(case) is TOPIC:
                await group.wait_for(case.words, timeout=60)
        await self.phone.shoot("topic", self.group.title, TOPIC.names[self.t.language], height=TALL)

    async def _ask(self, command: str, title: str) -> SeenMessage:
        said = await self.manager.text(command)
        return await self.manager.wait_for(title, after=said.id)

    async def _press(self, message: SeenMessage, label: str) -> None:
        found = next(one for one in message.labels if label in one)
        answer = await self.manager.press(message, found)
        if answer is None or answer.alert:
            raise AssertionError(f"{found!r} was answered {answer}")

    async def _turn(self, message: SeenMessage, label: str, wanted: str | None) -> SeenMessage:
        """Press what shows something else in the same message; returns it, when it says `wanted` somewhere."""
        before = (message.text, message.buttons)
        await self._press(message, label)
        return await self.manager.wait_for(
            lambda one: (
                one.id == message.id
                and (one.text, one.buttons) != before
                and (wanted is None or wanted in one.text + "".join(one.labels))
            )
        )

    async def _file(self, message: SeenMessage) -> io.BytesIO:
        async with aiohttp.ClientSession(self.phone.url) as session:
            given = {"file_id": message.raw["document"]["file_id"]}
            async with session.post(f"/bot{self.bot_token}/getFile", json=given) as response:
                path = (await response.json())["result"]["file_path"]
            async with session.get(f"/file/bot{self.bot_token}/{path}") as response:
                return io.BytesIO(await response.read())


async def take(browser: Browser, url: str, sandbox: SandboxClient, bot_token: str) -> None:
    """All pictures, of a demo that runs at this address."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for group in GROUPS:
        who = group.by
        manager = await acting(sandbox, who)
        t = Texts.load().for_language(who.language)
        await Guide(group, manager, Phone(browser, url, who, FOLDER), t, sandbox, bot_token).walk()
