"""The story of the tour, played by three people with clicks alone; see `zavhoz_devstack.story`."""

from __future__ import annotations

import re

import pytest
from browser_support import PATIENCE_MS, ChatPage, Open
from playwright.async_api import expect

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.story import PROMISE, THANKS, WORDS

PEOPLE = ("Анна", "Пётр", "Марина")
pytestmark = pytest.mark.timeout(240)


async def begin(page: ChatPage) -> None:
    """Everybody presses START who has not yet, in whatever order the tests run."""
    for name in PEOPLE:
        start = page.column(name).get_by_role("button", name="START", exact=True)
        await expect(start.or_(page.composer(name))).to_be_visible()
        if await start.is_visible():
            await start.click()
            await page.sees(name, f"Здравствуйте, {name}")


async def test_a_request_from_photo_to_completed(open_page: Open, system: Devstack) -> None:
    """Анна files, Пётр takes and comments, Анна replies, Марина finds it, Пётр completes; with a reload on the way."""
    page = await open_page(system.sandbox_url)
    await begin(page)
    await page.attach_sample("Анна", "Dripping tap")
    await page.sees("Анна", "Новая заявка")
    await page.write("Анна", WORDS)
    await page.press("Анна", "Новая заявка", "🔴 Высокий")
    await expect(page.message("Анна", "Новая заявка").get_by_role("button", name="● 🔴 Высокий")).to_be_visible()
    await page.press("Анна", "Новая заявка", "📨 Отправить")
    await page.told("Анна", re.compile(r"Принято: #\d+"))
    await page.sees("Анна", "🆕 Открыта")

    await page.press("Пётр", "🆕 Открыта", "🔧 Взять в работу")
    await page.told("Пётр", "взято в работу")
    await page.sees("Анна", "🔧 В работе: ")
    await page.press("Пётр", "🔧 В работе", "💬 Комментировать")
    await page.sees("Пётр", "Что передать?")
    await page.write("Пётр", PROMISE)
    await page.sees("Анна", f"💬 Пётр Смирнов: {PROMISE}")

    await page.sees("Пётр", "комментарий добавлен")
    shown = [await page.log(name).get_by_role("article").count() for name in PEOPLE]
    await page.page.reload()
    for name, count in zip(PEOPLE, shown, strict=True):
        await expect(page.log(name).get_by_role("article")).to_have_count(count)
    await page.act_on("Анна", f"💬 Пётр Смирнов: {PROMISE}", "Reply")
    await page.write("Анна", THANKS)
    await page.sees("Пётр", f"💬 Анна Лебедева: {THANKS}")

    await page.column("Марина").get_by_role("button", name="Commands").click()
    await page.page.get_by_role("menuitem", name="/queue").click()
    await page.press("Марина", "🔴 Высокий приоритет", re.compile(r"#\d+"))
    await page.sees("Марина", f"Пётр Смирнов: {PROMISE}")

    await page.press("Пётр", re.compile(r"#\d+ 🔧 В работе\n"), "✅ Выполнено")
    await page.press("Пётр", "Что сделано?", "✅ Без слов")
    await page.told("Пётр", "выполнено")
    await page.sees("Анна", "✅ Выполнено: ")
    await page.sees("Анна", "✅ Выполнена")
    await page.write("Анна", "/my")
    await page.press("Анна", "Мои заявки", "Закрытые")
    closed = page.log("Анна").get_by_role("article").last.get_by_role("button", name=re.compile(r"✅ #\d+"))
    await expect(closed).to_be_visible(timeout=PATIENCE_MS)


async def test_a_fault_delays_what_is_told(open_page: Open, system: Devstack) -> None:
    """Telegram says 429: the notice comes when it may; the calls tell of both; switched off, all is well."""
    page = await open_page(system.sandbox_url)
    await begin(page)
    drawer = await page.open_drawer("Faults")
    await drawer.get_by_role("switch", name="429 Too Many Requests").check()
    await page.write("Анна", "Скрипит дверь в 105")
    await page.open_drawer("Calls")
    await expect(drawer.get_by_role("listitem").filter(has_text="429").first).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.message("Анна", "Новая заявка").filter(has_text="Скрипит")).to_have_count(0)
    await page.open_drawer("Faults")
    await drawer.get_by_role("switch", name="429 Too Many Requests").uncheck()
    draft = re.compile("Новая заявка.*Скрипит дверь в 105", re.DOTALL)
    await page.sees("Анна", draft)
    await page.press("Анна", draft, "📨 Отправить")
    await page.told("Анна", re.compile(r"Принято: #\d+"))


async def test_the_way_of_a_press_through_the_services(open_page: Open, system: Devstack) -> None:
    """From the gateway over broker, requests and relay to the notifier, each with what it took."""
    page = await open_page(system.sandbox_url)
    await begin(page)
    await page.write("Анна", "Мигает лампа в 301")
    await page.press("Анна", re.compile("Новая заявка.*Мигает лампа в 301", re.DOTALL), "📨 Отправить")
    await page.press("Пётр", "Мигает лампа в 301", "🔧 Взять в работу")
    await page.told("Пётр", "взято в работу")
    drawer = await page.open_drawer("Way")
    way = drawer.get_by_role("table")
    rows = way.get_by_role("row").filter(has=page.page.get_by_role("rowheader"))
    for who in ("gateway", "broker", "requests", "relay", "notifier", "Telegram"):
        took = re.compile(rf"{who}.*\d ms", re.DOTALL)
        await expect(rows.filter(has_text=took).first).to_be_visible(timeout=PATIENCE_MS)
