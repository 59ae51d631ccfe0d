"""The queue and the archive of the staff: in which order, narrowed by filters, searched, cut to what is inside."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_support import Running, button, file_request, load_places, number_of, of_the_staff, somebody
from queue_support import filed, numbers, shown, tap

from zavhoz_contracts.api.v1 import View
from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import ListPress, QueueAct, QueuePress

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system
_PLACES = (
    "code;parent;kind;name\nnorth;;site;Северная площадка\nn214;north;room;Кабинет 214\nn301;north;room;Кабинет 301\n"
    "south;;site;Южная площадка\ns7;south;room;Котельная 7\n"
)
FILTERS, SHOW, ARCHIVE, SEARCH = "⚙️ Фильтры", "‹ Показать", "🗄 Архив", "🔎 Поиск"


async def search(person: Person, message: SeenMessage, words: str, ask: str = SEARCH) -> SeenMessage:
    """What is found by these words."""
    await person.press(message, ask)
    said = await person.text(words)
    return await person.wait_for(lambda one: one.text.startswith("🔎") and words in one.text, after=said.id)


@pytest.mark.story(
    "The queue",
    "What is not closed, by priority, what is overdue first and what is on hold last; a number opens its card",
    languages="ru, en",
    refusals=["/queue by a requester, and its buttons forged", "a filter button that nobody drew so"],
)
async def test_the_queue(running: Running) -> None:
    anna, john = await somebody(running), await of_the_staff(running, "John", language="en")
    calm = await filed(anna, "Скрипит дверь в библиотеке", priority="🟢")
    later = await filed(anna, "Искрит розетка в библиотеке", priority="🔴")
    late = await filed(anna, "Прорвало трубу в библиотеке", priority="🔴")
    held = await filed(anna, "Нет света в библиотеке", priority="🔴")
    due = "UPDATE requests SET due_at = now() - interval '1 hour' WHERE number = $1"
    await running.execute("requests", due, late)
    await running.execute("requests", "UPDATE requests SET status = 'on_hold' WHERE number = $1", held)

    queue = await shown(john)
    assert [one for one in numbers(queue) if one in (calm, later, late, held)] == [late, later, held, calm]
    assert "🔴 High priority\n" in queue.text
    assert f"⏰ 🆕 #{late} Прорвало трубу в библиотеке" in queue.text
    assert f"\n🆕 #{later} Искрит розетка в библиотеке" in queue.text
    await john.press(queue, f"#{late}")
    await john.wait_for(lambda one: one.id > queue.id and one.text.startswith(f"#{late} "))

    # Who is no technician gets a sentence, whatever they forge.
    asked = await anna.text("/queue")
    said = await anna.wait_for("Очередь видят только те", after=asked.id)
    for forged in (
        ListPress(view=View.QUEUE, page=1),
        ListPress(view=View.ARCHIVE, page=1),
        QueuePress(act=QueueAct.FILTERS),
        QueuePress(act=QueueAct.PEOPLE, value="1"),
    ):
        refused = await anna.press(said, data=forged.pack())
        assert refused is not None
        assert refused.alert
        assert refused.text.startswith("Очередь видят"), refused
    for value in ("1lost", "open"):
        refused = await john.press(queue, data=QueuePress(act=QueueAct.STATUS, value=value).pack())
        assert refused is not None
        assert refused.alert


@pytest.mark.story(
    "The queue",
    "Each filter narrows the queue, they stand above it, and are kept while the gateway is killed and started again",
    languages="ru",
)
async def test_filters(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    anna, boris = await somebody(running), await of_the_staff(running, "Борис")
    north = await filed(anna, "Капает кран в углу", at="n214")
    south = await filed(anna, "Гудит котёл, громко", at="s7", priority="🔴")
    taken = await filed(anna, "Отвалилась плитка у окна", at="n301")
    old = await filed(anna, "Треснуло стекло давно", at="n301")
    ours = {north, south, taken, old}
    await running.execute(
        "requests", "UPDATE requests SET created_at = now() - interval '9 days' WHERE number = $1", old
    )
    await running.execute("requests", "UPDATE requests SET due_at = now() - interval '1 hour' WHERE number = $1", old)
    card = await file_request(anna, "Мигает лампа в холле")
    queue = await shown(boris)
    await boris.press(queue, f"#{number_of(card)}")
    live = await boris.wait_for(lambda one: one.text.startswith(card.text.split()[0]) and "🔧" in "".join(one.labels))
    await boris.press(live, button(live, "🔧"))
    await boris.wait_for(lambda one: one.id == live.id and "В работе" in one.text)
    mine = number_of(card)

    async def narrowed(*labels: str) -> set[int]:
        """What the queue has when these buttons alone are pressed."""
        queue = await shown(boris)
        queue = await tap(boris, queue, FILTERS, "Сбросить", *labels, SHOW)
        return set(numbers(queue)) & (ours | {mine})

    assert await narrowed() == ours | {mine}
    assert await narrowed("В работе") == {mine}
    assert await narrowed("Открыта", "Высокий") == {south}
    assert await narrowed("📍 Место", "Северная площадка ›", "✓ Здесь") == {north, taken, old}
    assert await narrowed("📍 Место", "Северная площадка ›", "Кабинет 301") == {taken, old}
    assert await narrowed("Мои") == {mine}
    assert await narrowed("👤", "Борис") == {mine}
    assert await narrowed("Ничьи", "Сегодня") == {north, south, taken}
    assert await narrowed("7 дней") == {north, south, taken, mine}
    assert await narrowed("Просрочено") == {old}
    assert await narrowed("Просрочено", "Сегодня") == set()

    last = await shown(boris)
    await tap(boris, last, FILTERS, "Сбросить", "Высокий", "📍 Место", "Южная площадка ›", "✓ Здесь")
    gateway = running.stack.services["gateway"]
    gateway.kill()
    gateway.start()
    await gateway.wait_ready()
    kept = await shown(boris)
    assert numbers(kept) == [south]
    assert "⚙️ Высокий приоритет · 📍 Южная площадка\n" in kept.text


@pytest.mark.story(
    "The queue",
    "Requests are found in the queue and the archive: Russian and English words in any form, mistyped, begun,"
    " by room, by number; the archive page by page",
    languages="ru, en",
    refusals=["a search by a requester"],
)
async def test_search_and_archive(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    marina = await running.person(MANAGER_ID, "Марина")
    anna, john = await somebody(running), await of_the_staff(running, "John", language="en")
    beamer = await filed(anna, "Прожектор не светит на сцену", at="n301")
    leak = await filed(anna, "The radiator leaks on the carpet", at="n214")
    closed = await filed(anna, "Прожекторы перегорели оба", at="s7")
    listed = await shown(marina)
    await tap(marina, listed, FILTERS, "Сбросить", "📍 Место", "Южная площадка ›", "✓ Здесь", SHOW)
    await marina.press(listed, f"#{closed}")
    card = await marina.wait_for(lambda one: one.id > listed.id and one.text.startswith(f"#{closed} "))
    await marina.press(card, button(card, "Отклонить"))
    asks = await marina.wait_for(lambda one: one.id > card.id and "Отмена" in "".join(one.labels))
    await marina.text("Это не наши", reply_to=asks.id)
    await anna.wait_for(lambda one: one.text.startswith(f"#{closed} ") and "тклонена" in one.text)

    queue = await shown(john)
    for words, found in (
        ("прожектора", [closed, beamer]),
        ("прожетор", [closed, beamer]),
        ("прожек", [closed, beamer]),
        ("radiators leaking", [leak]),
        ("raditaor", [leak]),
        ("прожектор 301", [beamer]),
        ("carpet северная", [leak]),
        (f"#{closed}", [closed]),
        ("синхрофазотрон", []),
    ):
        shown_there = await search(john, queue, words, "🔎 Search")
        assert numbers(shown_there) == found, words
    await tap(john, queue, "⚙️ Filters", "Open", "‹ Show")
    narrowed = await search(john, queue, "прожектор", "🔎 Search")
    assert numbers(narrowed) == [beamer]
    assert "⚙️ Open\n" in narrowed.text

    archive = await tap(john, await tap(john, queue, "⚙️ Filters", "Reset", "‹ Show"), "🗄 Archive")
    assert closed in numbers(archive)
    assert beamer not in numbers(archive)
    assert f"🚫 #{closed} Прожекторы перегорели оба" in archive.text
    assert closed in numbers(await tap(john, archive, "⚙️ Filters", "Rejected", "‹ Show"))

    asked = await anna.text("/queue")
    said = await anna.wait_for("Очередь видят только те", after=asked.id)
    await anna.press(said, data=QueuePress(act=QueueAct.SEARCH).pack())
    await anna.wait_for("Что найти в очереди", after=said.id)
    words_said = await anna.text("прожектор")
    await anna.wait_for("Очередь видят только те", after=words_said.id)


@pytest.mark.story(
    "The queue",
    "A technician who is limited to a part of the places has that part alone in the queue, the archive and the search",
    languages="ru",
    refusals=["opening what is outside"],
)
async def test_inside(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    anna, free = await somebody(running), await of_the_staff(running, "Егор")
    vera = await of_the_staff(running, "Вера", "technician", "south")
    inside = await filed(anna, "Заклинил замок подвала", at="s7")
    outside = await filed(anna, "Заклинил замок чердака", at="n214")
    nowhere = await filed(anna, "Заклинил замок гаража")
    everything = await search(free, await shown(free), "замок")
    assert set(numbers(everything)) >= {inside, outside, nowhere}
    queue = await shown(vera)
    assert inside in numbers(queue)
    assert not {outside, nowhere} & set(numbers(queue))
    assert numbers(await search(vera, queue, "замками")) == [inside]
    assert numbers(await search(vera, queue, f"#{outside}")) == []
    for number in (outside, inside):
        await running.execute("requests", "UPDATE requests SET status = 'rejected' WHERE number = $1", number)
    archive = await tap(vera, queue, ARCHIVE)
    assert inside in numbers(archive)
    assert outside not in numbers(archive)
    # What another sees in their list cannot be opened by forging its button.
    refused = await vera.press(archive, data=everything.data(f"#{outside}"))
    assert refused is not None
    assert refused.alert
    await tap(vera, archive, FILTERS, "📍 Место", "Северная площадка ›", "✓ Здесь", SHOW)
    narrowed = next(one for one in await vera.chat() if one.id == archive.id)
    assert numbers(narrowed) == []
    assert "По этим фильтрам ничего нет" in narrowed.text
