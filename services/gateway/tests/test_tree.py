"""/places: what is shown, what is asked, and what is published; and tables that are sent."""

from __future__ import annotations

from uuid import uuid4

import pytest
from gateway_support import System, bot_messages, started
from tree_double import DIGEST, page, place

from zavhoz_contracts.api.places import IMPORT_BYTES_MAX, PlaceImport, PlaceKind, RowFault, WrongRow
from zavhoz_contracts.message import Shows
from zavhoz_contracts.places.v1.commands import (
    AddPlace,
    ApplyPlaces,
    ArchivePlace,
    ExportPlaces,
    RenamePlace,
    SendPlaceSheet,
)
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.managed_callbacks import ImportAct, ImportPress, TreeAct, TreePress, TreeTurn

SCHOOL = place("school", "Школа", PlaceKind.SITE, children=1, inside=2)
FLOOR = place("f1", "Школа › Этаж", PlaceKind.FLOOR, parent="school", children=1, inside=1)
ROOM = place("r1", "Школа › Этаж › Комната <1>", parent="f1")
CODE_OF_59 = "c" * 59


@pytest.fixture
async def marina(gate: System) -> Person:
    """Somebody for whom there is a tree."""
    gate.api.tree.pages = {
        None: page(None, SCHOOL),
        "school": page(SCHOOL, FLOOR, archived=2),
        "f1": page(FLOOR, ROOM, up="school", page=1, pages=2, total=9),
        "r1": page(ROOM, up="f1"),
    }
    return await started(gate, "Марина")


async def opened(marina: Person) -> SeenMessage:
    asked = await marina.text("/places")
    return await marina.wait_for("🗺 Места", after=asked.id)


async def pressed(marina: Person, message: SeenMessage, act: TreeAct, code: str = "") -> SeenMessage:
    """Press a button; the message as it stands then."""
    answer = await marina.press(message, data=TreePress(act=act, code=code).pack())
    assert answer is not None
    assert not answer.alert, answer
    return next(one for one in await marina.chat() if one.id == message.id)


async def alert(marina: Person, message: SeenMessage, data: str) -> str:
    answer = await marina.press(message, data=data)
    assert answer is not None
    assert answer.alert
    return answer.text


async def test_the_tree_is_walked_in_one_message(gate: System, marina: Person) -> None:
    top = await opened(marina)
    assert top.labels == ("Школа · 1 ›", "➕ Добавить", "⬆️ Загрузить CSV", "🖨 QR-коды", "⬇️ Скачать CSV")
    school = await pressed(marina, top, TreeAct.OPEN, "school")
    assert school.labels == (
        "Этаж · 1 ›", "➕ Добавить", "✏️ Переименовать", "🖨 QR-коды", "🗄 В архив", "🗄 Архив: 2", "‹ Наверх",
    )  # fmt: skip
    assert "Площадка · код school\nВнутри 2 места" in school.text
    assert school.data("‹ Наверх") == TreePress(act=TreeAct.OPEN).pack()
    floor = await pressed(marina, school, TreeAct.OPEN, "f1")
    assert floor.labels[1:3] == ("1/2", "›")
    turn = floor.data("›")
    assert TreeTurn.unpack(turn) == TreeTurn(place_id=FLOOR.place_id, page=2)
    await marina.press(floor, data=turn)
    assert gate.api.tree.asked[-1]["id"] == str(FLOOR.place_id)
    assert gate.api.tree.asked[-1]["page"] == "2"
    room = await pressed(marina, floor, TreeAct.OPEN, "r1")
    assert "Школа › Этаж › Комната <1>" in room.text
    assert bot_messages(await marina.chat())[-1].id == top.id, "all in the message of /places"


async def test_only_what_may_be_done_is_offered(gate: System, marina: Person) -> None:
    tree = gate.api.tree
    tree.pages[None] = page(None, FLOOR, may_change=False)
    tree.pages["f1"] = page(FLOOR, ROOM, may_change=False)
    top = await opened(marina)
    assert top.labels == ("Этаж · 1 ›", "🖨 QR-коды", "⬇️ Скачать CSV")
    assert (await pressed(marina, top, TreeAct.OPEN, "f1")).labels == ("Комната <1> ›", "🖨 QR-коды", "‹ Наверх")
    tree.pages["r1"] = page(ROOM.model_copy(update={"archived": True}), up="f1")
    assert (await pressed(marina, top, TreeAct.OPEN, "r1")).labels == ("♻️ Вернуть из архива", "‹ Наверх")
    tree.pages["r1"] = page(ROOM.model_copy(update={"archived": True}), up="f1", may_change=False)
    assert (await pressed(marina, top, TreeAct.OPEN, "r1")).labels == ("‹ Наверх",)
    kinds = await pressed(marina, top, TreeAct.ADD, "f1")
    assert kinds.labels == ("Этаж", "Помещение", "Оборудование", "‹ Назад"), "none that is wider"
    tree.pages[None] = page(None)
    empty = await opened(marina)
    assert "Мест пока нет" in empty.text
    assert empty.labels == ("➕ Добавить", "⬆️ Загрузить CSV")


async def test_presses_become_commands(gate: System, marina: Person) -> None:
    top = await opened(marina)
    longest = place(CODE_OF_59, "Длинный код")
    gate.api.tree.pages[CODE_OF_59] = page(longest)
    sure = await pressed(marina, top, TreeAct.ASK_ARCHIVE, CODE_OF_59)
    assert "Убрать в архив: Длинный код?" in sure.text
    await marina.begin_press(top, sure.labels[0])
    for act, code in (
        (TreeAct.RESTORE, "r1"), (TreeAct.SHEET, "r1"), (TreeAct.SHEET, ""), (TreeAct.EXPORT, ""),
    ):  # fmt: skip
        await marina.begin_press(top, data=TreePress(act=act, code=code).pack())
    archive, restore = await gate.commands.wait_for(2, ArchivePlace.TYPE)
    assert [(one.data.code, one.data.archived) for one in (archive, restore)] == [(CODE_OF_59, True), ("r1", False)]
    assert (archive.data.origin.message_id, archive.data.origin.shows) == (top.id, Shows.PLACE)
    sheets = await gate.commands.wait_for(2, SendPlaceSheet.TYPE)
    assert [(one.data.under, one.data.origin.message_id) for one in sheets] == [("r1", None), (None, None)]
    (export,) = await gate.commands.wait_for(1, ExportPlaces.TYPE)
    assert export.data.under is None


async def test_what_nobody_of_us_drew_is_outdated(gate: System, marina: Person) -> None:
    top = await opened(marina)
    for data in ("T:o:два", "T:d:", "T:q:a b", "T:r:", "T:x", "U:nonsense:1:0", "U:" + "0" * 32 + ":0:0", "I:a:1:0:0"):
        assert "устарела" in await alert(marina, top, data), data
    assert gate.commands.of(ArchivePlace.TYPE) == []


async def test_names_are_asked_for_and_become_commands(gate: System, marina: Person) -> None:
    top = await opened(marina)
    await pressed(marina, top, TreeAct.ADD_ROOM, "f1")
    question = await marina.wait_for("Помещение, где: Школа › Этаж", after=top.id)
    answer = await marina.text("Кладовая\n closet-1 ")
    (added,) = await gate.commands.wait_for(1, AddPlace.TYPE)
    data = added.data
    assert (data.parent, data.kind, data.name, data.code) == ("f1", PlaceKind.ROOM, "Кладовая", "closet-1")
    assert (data.origin.shows, data.origin.callback_query_id) == (Shows.PLACE, None)
    await marina.wait_for(lambda one: one.id == question.id and one.text == "Принято.")

    # What comes after the answer is something else again.
    await marina.text("Течёт кран в кладовой")
    await marina.wait_for(lambda one: "📨" in "".join(one.labels), after=answer.id)
    await marina.text("/cancel")
    await pressed(marina, top, TreeAct.RENAME, "r1")
    first = await marina.wait_for("Напишите новое название", after=answer.id)
    await pressed(marina, top, TreeAct.ADD_SITE)
    second = await marina.wait_for("Площадка, где: Места", after=first.id)
    await marina.wait_for(lambda one: one.id == first.id and one.text == "Вопрос закрыт.")
    await marina.text("/cancel")
    await marina.wait_for(lambda one: one.id == second.id and one.text == "Вопрос закрыт.")
    await pressed(marina, top, TreeAct.RENAME, "r1")
    await marina.text("Комната 2")
    (renamed,) = await gate.commands.wait_for(1, RenamePlace.TYPE)
    assert (renamed.data.code, renamed.data.name) == ("r1", "Комната 2")
    assert len(gate.commands.of(AddPlace.TYPE)) == 1


async def test_a_question_is_given_up_by_its_button(gate: System, marina: Person) -> None:
    top = await opened(marina)
    await pressed(marina, top, TreeAct.RENAME, "r1")
    question = await marina.wait_for("Напишите новое название", after=top.id)
    assert (await pressed(marina, question, TreeAct.CANCEL)).text == "Вопрос закрыт."
    said = await marina.text("Течёт кран в комнате")
    await marina.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
    assert gate.commands.of(RenamePlace.TYPE) == []


async def sent(marina: Person, content: bytes, shows: str) -> SeenMessage:
    document = await marina.document(content, "places.csv", mime_type="text/csv")
    return await marina.wait_for(shows, after=document.id)


async def asked_for_a_table(marina: Person) -> SeenMessage:
    top = await opened(marina)
    await pressed(marina, top, TreeAct.IMPORT)
    return await marina.wait_for("Пришлите таблицу", after=top.id)


async def test_a_table_is_staged_and_shown_and_applied_by_a_command(gate: System, marina: Person) -> None:
    question = await asked_for_a_table(marina)
    preview = await sent(marina, b"code;parent;kind;name\n", "Вот что изменится")
    assert gate.api.tree.tables == [b"code;parent;kind;name\n"]
    assert "➕ Школа › <b>" in preview.text
    await marina.wait_for(lambda one: one.id == question.id and one.text == "Принято.")
    id = gate.api.tree.preview.import_id
    assert id is not None
    assert ImportPress.unpack(preview.data("✅ Загрузить")) == ImportPress(
        act=ImportAct.APPLY, import_id=id, missing=0, digest=DIGEST
    )
    await marina.press(preview, "⬜ убрать в архив то, чего нет в файле")
    preview = await marina.wait_for(lambda one: one.id == preview.id and "☑️" in "".join(one.labels))
    await marina.begin_press(preview, "✅ Загрузить")
    (applied,) = await gate.commands.wait_for(1, ApplyPlaces.TYPE)
    data = applied.data
    assert (data.import_id, data.archive_missing, data.digest) == (id, True, DIGEST)
    assert (data.origin.message_id, data.origin.shows) == (preview.id, Shows.PLACE)
    gone = ImportPress(act=ImportAct.LOOK, import_id=uuid4(), missing=0).pack()
    assert "уже не хранится" in await alert(marina, preview, gone)
    gate.api.tree.status = 403
    again = preview.data("🔄 Проверить снова")
    assert "Менять места могут завхозы" in await alert(marina, preview, again)
    gate.api.tree.status = 503
    assert "не открыть" in await alert(marina, preview, again)
    await marina.press(preview, "Отмена")
    await marina.wait_for(lambda one: one.id == preview.id and one.text == "Таблица не загружена.")


async def test_a_wrong_table_is_explained_and_another_one_waited_for(gate: System, marina: Person) -> None:
    await asked_for_a_table(marina)
    right = gate.api.tree.preview
    faults = [
        WrongRow(line=number, fault=fault, values=dict.fromkeys(_NAMED, "<i>" + "x" * 300))
        for number, fault in enumerate(RowFault, start=2)
    ]
    gate.api.tree.preview = PlaceImport(wrong=tuple(faults), wrong_total=2_021)
    wrong = await sent(marina, b"nonsense", "Таблицу не загрузить: неверна 2021 строка")
    assert "строка 2: " in wrong.text
    assert wrong.text.count("строка ") == len(RowFault)
    assert "и ещё 2008" in wrong.text
    gate.api.tree.preview = right
    await sent(marina, b"code;parent;kind;name\n", "Вот что изменится")
    assert len(gate.api.tree.tables) == 2
    # Answered: a document is a draft again.
    document = await marina.document(b"code", "places.csv")
    await marina.wait_for(lambda one: "📨" in "".join(one.labels), after=document.id)
    assert len(gate.api.tree.tables) == 2


_NAMED = (
    "problem", "columns", "missing", "count", "expected", "code", "first", "kind", "length", "limit", "parent",
    "parent_kind", "circle",
)  # fmt: skip


async def test_what_is_no_table_is_not_staged(gate: System, marina: Person) -> None:
    question = await asked_for_a_table(marina)
    await sent(marina, b"x" * (IMPORT_BYTES_MAX + 1), "Файл больше 1 МБ")
    gate.api.tree.status = 403
    await sent(marina, b"code", "Менять места могут завхозы")
    gate.api.tree.status = 503
    await sent(marina, b"code", "Сейчас список мест не открыть")
    gate.api.tree.status = 200
    # Words are not the answer: they are what they always are.
    said = await marina.text("Течёт кран в кладовой")
    await marina.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
    assert gate.api.tree.tables == []
    assert question.labels == ("Отмена",)


async def test_a_table_is_read_only_when_it_was_asked_for(gate: System, marina: Person) -> None:
    document = await marina.document(b"code;parent;kind;name\n", "places.csv", mime_type="text/csv")
    await marina.wait_for(lambda one: "📨" in "".join(one.labels), after=document.id)
    assert gate.api.tree.tables == []
    assert await gate.sandbox.calls("getFile") == []


@pytest.mark.parametrize(
    ("status", "code", "by_command", "by_press"),
    [
        (403, "forbidden", "только завхозы", "вне ваших участков"),
        (403, "deactivated", "отключ", "отключ"),
        (404, "not_found", "только завхозы", "больше нет"),
        (503, "away", "не открыть", "не открыть"),
    ],
)
async def test_why_nothing_is_shown(
    gate: System, marina: Person, status: int, code: str, by_command: str, by_press: str
) -> None:
    top = await opened(marina)
    gate.api.tree.status, gate.api.tree.code = status, code
    asked = await marina.text("/places")
    await marina.wait_for(by_command, after=asked.id)
    for act in (TreeAct.OPEN, TreeAct.ADD, TreeAct.RENAME):
        assert by_press in await alert(marina, top, TreePress(act=act, code="f1").pack())


async def test_without_memory_nothing_is_asked(gate: System, marina: Person) -> None:
    top = await opened(marina)
    gate.redis.cut()
    said = await alert(marina, top, TreePress(act=TreeAct.RENAME, code="r1").pack())
    assert "Сейчас" in said
    question = await marina.wait_for("Вопрос закрыт", after=top.id)
    assert question.labels == ()
    assert "Сейчас" in await alert(marina, question, TreePress(act=TreeAct.CANCEL).pack())
