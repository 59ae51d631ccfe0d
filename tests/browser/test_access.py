"""Who cannot see well, has no mouse, or has a phone: they can do the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from browser_support import DESKTOP, PHONE, Bot, ChatPage, Open
from playwright.async_api import expect

from zavhoz_sandbox.client import SandboxClient

ANNA = 1
pytestmark = pytest.mark.usefixtures("three")
WIDER = """document.documentElement.scrollWidth > innerWidth ||
    [...document.querySelectorAll(".log")].some((one) => one.scrollWidth > one.clientWidth)"""
"""Whether anything is wider than the screen."""
GRAVE = {"serious", "critical"}


async def findings(page: ChatPage) -> list[str]:
    """What axe-core finds serious or critical, one line each."""
    results = await Axe().run(page.page)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in results.response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


async def furnish(bot: Bot, client: SandboxClient) -> None:
    """A chat with something of everything that is drawn in its own way."""
    await bot.call("setMyCommands", commands=[{"command": "my", "description": "Мои заявки"}])
    asked = await bot.say(ANNA, "<b>Заявка</b> №1 <code>код</code>\nhttps://example.org", parse_mode="HTML")
    anna = await client.person(ANNA, "Анна", language_code="ru")
    said = await anna.text("Ответ", reply_to=asked)
    await anna.edit(said, "Исправленный ответ")
    await bot.say(ANNA, "Что дальше?", [("Взять", "a"), ("Отклонить", "b")])
    keys = {"keyboard": [[{"text": "Да"}, {"text": "Нет"}]]}
    await bot.call("sendMessage", chat_id=ANNA, text="Точно?", reply_markup=keys)


async def drawer_way(page: ChatPage) -> None:
    """The drawer, on its first tab."""
    await page.open_drawer("Way")


async def drawer_calls(page: ChatPage) -> None:
    """Calls, one of them open."""
    drawer = await page.open_drawer("Calls")
    await drawer.get_by_role("listitem").first.get_by_role("button").click()


async def drawer_faults(page: ChatPage) -> None:
    """Faults, one of them on."""
    drawer = await page.open_drawer("Faults")
    await drawer.get_by_role("switch", name="403 Blocked by the user").check()


async def menu(page: ChatPage) -> None:
    """The menu of what can be sent."""
    await page.column("Анна").get_by_role("button", name="Attach").click()


async def form(page: ChatPage) -> None:
    """A dialog with a form."""
    await page.page.get_by_role("button", name="Add a group").click()


async def nothing(_: ChatPage) -> None:
    """The page as it opens."""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_grave(
    open_page: Open, url: str, bot: Bot, client: SandboxClient, theme: str, size: tuple[int, int]
) -> None:
    """In both themes, on both sizes, with everything that opens."""
    await furnish(bot, client)
    page = await open_page(url, size=size, theme=theme)
    await page.sees("Анна", "Точно?")
    states: list[Callable[[ChatPage], Awaitable[None]]] = [nothing, drawer_way, drawer_calls, drawer_faults]
    for state in states:
        await state(page)
        assert await findings(page) == [], state.__doc__
    await page.page.get_by_role("banner").get_by_role("button", name="Under the hood").click()
    for state in (menu, form):
        await state(page)
        assert await findings(page) == [], state.__doc__
        await page.page.keyboard.press("Escape")


async def test_the_keyboard_alone_is_enough(open_page: Open, url: str, bot: Bot) -> None:
    """Tab to the composer, write, send; arrows to a message, Tab to its button, press; Enter opens its menu."""
    await bot.say(ANNA, "Что дальше?", [("Взять", "take")])
    page = await open_page(url)
    keyboard = page.page.keyboard
    await page.sees("Анна", "Что дальше?")

    async def tab_to(name: str, role: str) -> None:
        for _ in range(40):
            await keyboard.press("Tab")
            focused = page.page.locator(":focus")
            if await focused.count() and await focused.and_(page.page.get_by_role(role, name=name)).count():
                return
        raise AssertionError(f"Tab does not lead to the {role} {name}")

    await tab_to("Message", "textbox")
    await keyboard.type("С клавиатуры")
    await keyboard.press("Enter")
    assert (await bot.hears("message", lambda one: one["text"] == "С клавиатуры"))["from"]["id"] == ANNA
    await page.page.reload()
    await page.sees("Анна", "С клавиатуры")
    await tab_to("Messages with", "log")
    await keyboard.press("ArrowUp")
    await expect(page.message("Анна", "С клавиатуры")).to_be_focused()
    await keyboard.press("Enter")
    await expect(page.page.get_by_role("menuitem", name="Reply")).to_be_focused()
    await keyboard.press("ArrowDown")
    await expect(page.page.get_by_role("menuitem", name="Edit")).to_be_focused()
    await keyboard.press("Escape")
    await expect(page.message("Анна", "С клавиатуры")).to_be_focused()
    await keyboard.press("ArrowUp")
    await tab_to("Взять", "button")
    await keyboard.press("Enter")
    press = await bot.hears("callback_query")
    await bot.answer(press, "Взято")
    await page.told("Анна", "Взято")


async def test_a_phone_shows_one_column_and_reaches_everything(open_page: Open, url: str, bot: Bot) -> None:
    """Tabs change people; nothing is wider than the screen."""
    await bot.say(ANNA, "Что дальше?", [("Взять в работу", "a"), ("Отклонить", "b"), ("Комментировать", "c")])
    await bot.say(ANNA, "Оченьдлинноеслово" * 20)
    page = await open_page(url, size=PHONE)
    await page.sees("Анна", "Что дальше?")
    await expect(page.column("Пётр")).to_be_hidden()
    assert not await page.page.evaluate(WIDER)
    await page.page.get_by_role("navigation", name="People").get_by_role("button", name="Пётр").click()
    await expect(page.column("Анна")).to_be_hidden()
    await page.write("Пётр", "С телефона")
    drawer = await page.open_drawer("Faults")
    await expect(drawer.get_by_role("switch", name="Slow answers")).to_be_visible()
    assert not await page.page.evaluate(WIDER)
    await page.page.get_by_role("banner").get_by_role("button", name="Under the hood").click()
    for button in ("Add a person", "Add a group", "Theme"):
        await expect(page.page.get_by_role("button", name=button)).to_be_in_viewport()
    await page.column("Пётр").get_by_role("button", name="Attach").click()
    await expect(page.page.get_by_role("menuitem", name="Scan the QR of room 214")).to_be_in_viewport()


async def test_themes_and_languages_are_chosen(open_page: Open, url: str) -> None:
    """They are kept in the browser; without a choice the system's are taken."""
    page = await open_page(url, language="ru", theme="dark")
    await expect(page.page.get_by_role("button", name="Под капотом")).to_be_visible()
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = await page.page.evaluate(colour)
    await page.page.get_by_role("button", name="Оформление").click()
    await page.page.get_by_role("menuitemradio", name="English").click()
    await page.page.get_by_role("button", name="Theme").click()
    await page.page.get_by_role("menuitemradio", name="Light").click()
    await page.page.reload()
    await expect(page.page.get_by_role("button", name="Under the hood")).to_be_visible()
    assert await page.page.evaluate(colour) != dark
