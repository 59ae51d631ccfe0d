"""Places from the bot: looked through, changed, loaded from a table, downloaded, and printed as QR codes."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from e2e_support import Running, button, load_places, number_of, somebody
from personal_support import sent_file

from zavhoz_contracts.places.v1.events import PlaceChanged
from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.sample import picture
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.managed_callbacks import TreeAct, TreePress

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system
HEAD = "code;parent;kind;name\n"
SCHOOL = f"""{HEAD}school-7;;site;Школа № 7
main;school-7;building;Главный корпус
floor-1;main;floor;1 этаж
floor-2;main;floor;2 этаж
room-101;floor-1;room;Кабинет 101
room-214;floor-2;room;Кабинет 214 (химия)
hood;room-214;asset;Вытяжной <шкаф>
gym;school-7;building;Спортивный зал
"""


async def places(person: Person, title: str = "🗺 Места") -> SeenMessage:
    """What /places shows."""
    asked = await person.text("/places")
    return await person.wait_for(title, after=asked.id)


async def tapped(person: Person, message: SeenMessage, part: str, shows: str) -> SeenMessage:
    """Press a button of a message, which then shows something else."""
    answer = await person.press(message, button(message, part))
    assert answer is not None
    assert not answer.alert, answer
    return await person.wait_for(lambda one: one.id == message.id and shows in one.text)


async def walked(person: Person, page: SeenMessage, *names: str) -> SeenMessage:
    """Go down the tree, name by name."""
    for name in names:
        page = await tapped(person, page, name, name)
    return page


async def asked(person: Person, page: SeenMessage, part: str, question: str) -> SeenMessage:
    """Press a button that asks something, in a message of its own."""
    answer = await person.press(page, button(page, part))
    assert answer is not None
    assert not answer.alert, answer
    return await person.wait_for(question, after=page.id)


async def typed(person: Person, words: str, shows: str) -> SeenMessage:
    """Write something; the message that answers it."""
    said = await person.text(words)
    return await person.wait_for(shows, after=said.id)


async def table(person: Person, content: str | bytes, shows: str) -> SeenMessage:
    """Send a table; what is said of it."""
    sent = content if isinstance(content, bytes) else content.encode()
    document = await person.document(sent, "places.csv", mime_type="text/csv")
    return await person.wait_for(shows, after=document.id)


async def refused(person: Person, message: SeenMessage, part: str | None = None, *, data: str | None = None) -> str:
    """Press a button that is refused, or forge a press; what the alert says."""
    label = None if part is None else button(message, part)
    answer = await person.press(message, label, data=data)
    assert answer is not None
    assert answer.alert, answer
    return answer.text


async def downloaded(running: Running, person: Person, page: SeenMessage, part: str, caption: str) -> tuple[str, bytes]:
    """Press a button that brings a file: its name, and what is in it."""
    answer = await person.press(page, button(page, part))
    assert answer is not None
    assert not answer.alert, answer
    message = await person.wait_for(lambda one: one.id > page.id and caption in one.text and "document" in one.raw)
    return message.raw["document"]["file_name"], await sent_file(running, message)


async def promoted(running: Running, name: str, role: str = "manager", *areas: str, language: str = "ru") -> Person:
    """Somebody of the staff, perhaps limited to parts of the places."""
    person = await known(running, await somebody(running, name, language=language))
    statement = "UPDATE people SET role = $1, areas = $2 WHERE telegram_id = $3"
    await running.execute("requests", statement, role, list(areas), person.id)
    return person


async def known(running: Running, person: Person) -> Person:
    """Somebody, when they are registered."""

    async def registered() -> bool:
        return await running.values("requests", "SELECT 1 FROM people WHERE telegram_id = $1", person.id) == [1]

    await wait_until(registered, f"{person.first_name} being known")
    return person


async def manager(running: Running) -> Person:
    """The first manager."""
    return await known(running, await running.person(MANAGER_ID, "Марина"))


async def cleared(running: Running, file: Path) -> None:
    """No place is offered any more, whatever other stories have loaded."""
    load_places(running, file, HEAD, "--archive-missing")


@pytest.mark.story(
    "Places",
    "A manager sends a table of places, sees what it would change, and only then loads it; what is downloaded loads"
    " again and changes nothing",
    languages="ru",
    refusals=[
        "a file larger than 1 MB",
        "a file that is no table",
        "wrong rows, each named with its line",
        "a table that would do something else by now",
    ],
)
async def test_a_table_is_looked_at_and_loaded(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    await cleared(running, file)
    marina = await manager(running)
    page = await places(marina)
    question = await asked(marina, page, "Загрузить CSV", "Пришлите таблицу файлом CSV")
    await table(marina, "x" * 1_100_000, "Файл больше 1 МБ")
    await table(marina, SCHOOL.encode("cp1251"), "это не CSV в UTF-8")
    wrong = await table(
        marina,
        f"{SCHOOL}room-101;floor-1;room;Опять\nлифт;main;asset;Лифт\nattic;roof;room;Чердак\nx;gym;cellar;<b>X\n",
        "Таблицу не загрузить: неверны 4 строки",
    )
    assert wrong.text.splitlines()[2:6] == [
        "строка 10: код «room-101» уже есть в строке 6",
        "строка 11: код «лифт»: нужно от 1 до 59 знаков из A-Z, a-z, 0-9, _ и -",
        "строка 12: места «roof», в котором оно находится, нет ни в файле, ни в списке",
        "строка 13: вид «cellar»: нужно site, building, floor, room или asset",
    ]
    preview = await table(marina, SCHOOL, "Вот что изменится")
    assert "добавится: 8" in preview.text or "вернётся из архива: 8" in preview.text
    assert "Школа № 7 › Главный корпус › 2 этаж › Кабинет 214 (химия) › Вытяжной <шкаф>" in preview.text
    await marina.wait_for(lambda one: one.id == question.id and one.text == "Принято.")
    assert await here(running) == []
    loaded = await tapped(marina, preview, "✅ Загрузить", "✅ Загружено: места теперь как в таблице.")
    assert button(loaded, "Школа № 7 · 2")
    assert await here(running) == sorted(line.split(";")[0] for line in SCHOOL.splitlines()[1:])

    # Meanwhile somebody else loads another table: what was shown would not be what is done.
    page = await places(marina)
    await asked(marina, page, "Загрузить CSV", "Пришлите таблицу файлом CSV")
    smaller = SCHOOL.replace("2 этаж", "Второй этаж").replace("gym;school-7;building;Спортивный зал\n", "")
    preview = await table(marina, smaller, "переименуется: 1")
    preview = await tapped(marina, preview, "убрать в архив", "уйдёт в архив: 1")
    load_places(running, file, SCHOOL.replace("2 этаж", "Этаж 2"))
    assert "Места за это время изменились" in await refused(marina, preview, "✅ Загрузить")
    preview = await tapped(marina, preview, "Проверить снова", "Этаж 2 → Второй этаж")
    assert button(preview, "☑️")
    await tapped(marina, preview, "✅ Загрузить", "✅ Загружено")
    assert "gym" not in await here(running)
    await wait_until(lambda: gone_by_hand(running, "gym"), "the event of the place that was archived")

    page = await places(marina)
    name, content = await downloaded(running, marina, page, "Скачать CSV", "Таблицу можно загрузить снова")
    assert name == "places.csv"
    assert content.decode("utf-8-sig").splitlines()[0] == HEAD.strip()
    again = await asked(marina, page, "Загрузить CSV", "Пришлите таблицу файлом CSV")
    same = await table(marina, content, "Эта таблица ничего не меняет")
    assert "без изменений: 7" in same.text
    assert "✅" not in "".join(same.labels)
    same = await tapped(marina, same, "убрать в архив", "ничего не меняет")
    await tapped(marina, same, "Отмена", "Таблица не загружена")
    assert again.id < same.id


async def gone_by_hand(running: Running, code: str) -> bool:
    """Whether others were told that somebody archived this place."""
    events = [one.data for one in running.subscriber.of(PlaceChanged.TYPE) if one.data.code == code]
    told = [one for one in events if one.archived and one.actor_id is not None]
    return any(one.previous is not None and not one.previous.archived for one in told)


async def here(running: Running) -> list[str]:
    """The codes of the places that are offered."""
    return await running.values("requests", "SELECT code FROM places WHERE archived_at IS NULL ORDER BY code")


@pytest.mark.story(
    "Places",
    "A manager prints the QR codes of a floor, and whoever scans one of them has the place filled in; one who is"
    " limited to parts of the places prints and downloads those",
    languages="ru, en",
    refusals=["a place outside of one's own parts", "a technician", "a sheet of more than 5,000 places"],
)
async def test_qr_codes_are_printed_and_scanned(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    await cleared(running, file)
    load_places(running, file, SCHOOL)
    john = await promoted(running, "John", language="en")
    page = await walked(john, await places(john, "🗺 Places"), "Школа № 7", "Главный корпус", "2 этаж")
    assert "Floor · code floor-2\n2 places in it" in page.text
    name, pdf = await downloaded(running, john, page, "QR codes", "QR codes for printing on A4")
    assert name == "qr-floor-2.pdf"
    (tmp_path / "sheet.pdf").write_bytes(pdf)
    links = scanned(pdf)
    assert links == {f"https://t.me/zavhoz_sandbox_bot?start=loc_{code}" for code in ("floor-2", "room-214", "hood")}

    anna = await somebody(running)
    (room,) = [link for link in links if "room-214" in link]
    begun = await anna.start(room.partition("?start=")[2])
    draft = await anna.wait_for("📍 Школа № 7 › Главный корпус › 2 этаж › Кабинет 214 (химия)", after=begun.id)
    await anna.photo(picture())
    draft = await anna.wait_for(lambda one: one.id == draft.id and "1 фото" in one.text)
    await anna.press(draft, button(draft, "📨"))
    card = await anna.wait_for(lambda one: one.id == draft.id and one.text.startswith("#"))
    query = "SELECT code FROM requests AS r JOIN places AS p ON p.id = r.place_id WHERE number = $1"
    assert await running.values("requests", query, number_of(card)) == ["room-214"]

    oleg = await promoted(running, "Олег", "manager", "floor-2")
    page = await places(oleg)
    assert page.labels == ("2 этаж · 1 ›", "🖨 QR-коды", "⬇️ Скачать CSV")
    _, part = await downloaded(running, oleg, page, "Скачать CSV", "Таблицу можно загрузить снова")
    assert [line.split(";")[0] for line in part.decode("utf-8-sig").splitlines()[1:]] == ["floor-2", "room-214", "hood"]
    page = await walked(oleg, page, "2 этаж", "Кабинет 214")
    name, pdf = await downloaded(running, oleg, page, "QR-коды", "QR-коды для печати")
    assert (name, len(scanned(pdf))) == ("qr-room-214.pdf", 2)
    sheet = TreePress(act=TreeAct.SHEET, code="gym").pack()
    assert await refused(oleg, page, data=sheet) == "Эти места вам не распечатать и не скачать."
    assert "вне ваших участков" in await refused(oleg, page, data=TreePress(act=TreeAct.OPEN, code="gym").pack())
    boris = await promoted(running, "Борис", "technician")
    line = await typed(boris, "/places", "Список мест смотрят только завхозы")
    assert await refused(boris, line, data=sheet) == "Эти места вам не распечатать и не скачать."

    rooms = "".join(f"n{number};gym;room;Шкафчик {number}\n" for number in range(5_001))
    load_places(running, file, SCHOOL + rooms)
    page = await walked(john, await places(john, "🗺 Places"), "Школа № 7", "Спортивный зал")
    answer = await john.press(page, button(page, "QR codes"))
    assert answer is not None
    assert not answer.alert
    await john.wait_for("These are more than 5,000 places", after=page.id)


def scanned(pdf: bytes) -> set[str]:
    """What a telephone reads on all pages."""
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        pictures = [page.render(scale=3, grayscale=True).to_pil() for page in document]
    return {code.text for one in pictures for code in zxingcpp.read_barcodes(one)}


@pytest.mark.story(
    "Places",
    "A manager adds a room, renames it, archives a floor with all that is in it, and restores it; codes never change",
    languages="ru, en",
    refusals=[
        "a name too long",
        "a code that is taken",
        "restoring a place in one that is archived",
        "a technician, and a manager who is limited to parts of the places",
        "a place that is gone meanwhile",
    ],
)
async def test_places_are_changed_one_by_one(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    await cleared(running, file)
    load_places(running, file, SCHOOL)
    marina = await manager(running)
    page = await walked(marina, await places(marina), "Школа № 7", "Главный корпус", "1 этаж")
    kinds = await tapped(marina, page, "Добавить", "Что добавить сюда")
    assert kinds.labels == ("Этаж", "Помещение", "Оборудование", "‹ Назад")
    question = await asked(marina, kinds, "Помещение", "Напишите название")
    await typed(marina, "к" * 101, "Название слишком длинное: 101")
    await marina.wait_for(lambda one: one.id == question.id and one.text == "Принято.")
    await asked(marina, kinds, "Помещение", "Напишите название")
    await typed(marina, "Кладовая\nroom-101", "Этот код уже у другого места")
    await asked(marina, kinds, "Помещение", "Напишите название")
    added = await typed(marina, "Кладовая <тёмная>", "✅ Добавлено.")
    assert "Школа № 7 › Главный корпус › 1 этаж › Кладовая <тёмная>" in added.text
    assert "Помещение · код kladovaya-temnaya" in added.text

    question = await asked(marina, added, "Переименовать", "Напишите новое название")
    await tapped(marina, question, "Отмена", "Вопрос закрыт")
    said = await marina.text("Это уже не название, а заявка")
    await marina.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
    await marina.text("/cancel")
    await asked(marina, added, "Переименовать", "Напишите новое название")
    renamed = await typed(marina, "Кладовая № 1", "✅ Переименовано.")
    assert "код kladovaya-temnaya" in renamed.text

    # Two windows on one floor: what one archives is gone in the other.
    other = await walked(marina, await places(marina), "Школа № 7", "Главный корпус", "1 этаж", "Кабинет 101")
    floor = await tapped(marina, renamed, "Наверх", "1 этаж")
    sure = await tapped(marina, floor, "В архив", "Убрать в архив")
    assert "Внутри 2 места" in sure.text
    gone = await tapped(marina, sure, "Да, в архив", "В архиве: его никому не предлагают")
    assert "room-101" not in await here(running)
    assert await refused(marina, other, data=TreePress(act=TreeAct.ADD_ROOM, code="nowhere").pack()) == (
        "Такого места больше нет."
    )
    back = TreePress(act=TreeAct.RESTORE, code="room-101").pack()
    assert await refused(marina, other, data=back) == ("Сначала верните из архива то, внутри чего оно находится.")
    await asked(marina, other, "Переименовать", "Напишите новое название")
    await typed(marina, "Кабинет 102", "Такого места больше нет")
    up = await tapped(marina, gone, "Наверх", "Главный корпус")
    archive = await tapped(marina, up, "🗄 Архив: 1", "Архив: Школа № 7 › Главный корпус")
    gone = await tapped(marina, archive, "1 этаж", "В архиве")
    restored = await tapped(marina, gone, "Вернуть", "Внутри 2 места")
    assert restored.labels[:2] == ("Кабинет 101 ›", "Кладовая № 1 ›")
    assert {"floor-1", "room-101", "kladovaya-temnaya"} <= set(await here(running))

    john = await promoted(running, "John", language="en")
    page = await walked(john, await places(john, "🗺 Places"), "Школа № 7")
    kinds = await tapped(john, page, "Add", "What is added to: Школа № 7?")
    await asked(john, kinds, "Room", "Write the name.")
    added = await typed(john, "Boiler house\nboiler", "✅ Added.")
    assert "Room · code boiler\n0 places in it" in added.text
    sure = await tapped(john, added, "Archive", "Archive Школа № 7 › Boiler house?")
    await tapped(john, sure, "Yes, archive", "Archived: nobody is offered it.")

    oleg = await promoted(running, "Олег", "manager", "floor-2")
    boris = await promoted(running, "Борис", "technician")
    mine = await walked(oleg, await places(oleg), "2 этаж")
    assert mine.labels == ("Кабинет 214 (химия) · 1 ›", "🖨 QR-коды", "‹ Наверх")
    for person, message in ((oleg, mine), (boris, await typed(boris, "/places", "только завхозы"))):
        press = TreePress(act=TreeAct.ARCHIVE, code="floor-2").pack()
        assert await refused(person, message, data=press) == "Вам это действие недоступно."
    question = await asked_by_force(oleg, mine, TreePress(act=TreeAct.ADD_ROOM, code="floor-2").pack())
    assert "Напишите название" in question.text
    await typed(oleg, "Моя комната", "Вам это действие недоступно.")
    await asked_by_force(oleg, mine, TreePress(act=TreeAct.IMPORT).pack())
    await table(oleg, SCHOOL, "Менять места могут")
    assert "floor-2" in await here(running)


async def asked_by_force(person: Person, page: SeenMessage, data: str) -> SeenMessage:
    """Forge a press of a button that asks something; the question."""
    last = max(one.id for one in await person.chat())
    answer = await person.press(page, data=data)
    assert answer is not None
    assert not answer.alert, answer
    return await person.wait_for(lambda one: not one.mine, after=last)
