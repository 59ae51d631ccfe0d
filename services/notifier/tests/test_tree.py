"""Places: pages drawn anew when something was done, and files about them."""

from __future__ import annotations

import asyncio
import io
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest
import zxingcpp
from aiohttp import ClientSession
from notifier_support import REQUESTS, Someone, Town, command, done, refused
from tree_desk import TABLE, room, shown

from zavhoz_contracts.api.places import Place, PlaceKind
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Origin, Role, Shows
from zavhoz_contracts.places.v1.commands import (
    AddPlace,
    ApplyPlaces,
    ArchivePlace,
    ExportPlaces,
    RenamePlace,
    SendPlaceSheet,
)
from zavhoz_contracts.requests.v1.outcomes import CommandDone, RefusalReason
from zavhoz_messaging.testing import wait_until
from zavhoz_notifier.qr import drawing
from zavhoz_sandbox.client import SeenMessage


async def manager(town: Town, language: str = "ru") -> Someone:
    return await town.someone(31, "Марина", Role.MANAGER, language)


def changed(someone: Someone, type: str, code: str | None, *, changed: bool = True, **origin: Any) -> Envelope[Any]:
    """The outcome of a command about places."""
    data = CommandDone(
        command_id=uuid4(),
        command_type=type,
        person_id=someone.known.person_id,
        place_code=code,
        origin=Origin(chat_id=someone.chat_id, shows=Shows.PLACE, **origin),
        language=someone.known.language,
        changed=changed,
    )
    return wrap(data, source=REQUESTS, subject="person")


async def toast(town: Town, query: str) -> tuple[str, bool]:
    answer = await town.sandbox.answer(query, 10)
    assert answer is not None
    return answer.text, answer.alert


async def now(someone: Someone, message: SeenMessage) -> SeenMessage:
    return next(one for one in await someone.chat() if one.id == message.id)


async def test_the_page_pressed_shows_what_was_done(town: Town) -> None:
    marina = await manager(town)
    tree = town.desk.tree
    async with town.notifier():
        page = await marina.draft()
        for archived, changing, said, labels in (
            (True, True, "✅ Убрано в архив.", ("♻️ Вернуть из архива", "‹ Наверх")),
            (True, False, "Так уже и есть.", ("♻️ Вернуть из архива", "‹ Наверх")),
            (
                False, True, "✅ Возвращено из архива.",
                ("➕ Добавить", "✏️ Переименовать", "🖨 QR-коды", "🗄 В архив", "‹ Наверх"),
            ),
        ):  # fmt: skip
            tree.pages["r1"] = shown(room("r1", "<b>", archived=archived))
            query = await marina.press(page)
            origin = {"message_id": page.id, "callback_query_id": query}
            await town.settle(changed(marina, ArchivePlace.TYPE, "r1", changed=changing, **origin))
            assert await toast(town, query) == (said, False)
            drawn = await now(marina, page)
            assert "Школа › <b>" in drawn.text
            assert drawn.labels == labels
        query = await marina.press(page)
        applied = changed(marina, ApplyPlaces.TYPE, None, message_id=page.id, callback_query_id=query)
        await town.settle(applied)
        assert (await now(marina, page)).text.startswith("✅ Загружено: места теперь как в таблице.\n\n🗺 Места")


async def test_what_was_typed_is_answered_by_a_page(town: Town) -> None:
    marina = await manager(town, "en")
    town.desk.tree.pages["r1"] = shown(room("r1", "Room"))
    async with town.notifier():
        await town.settle(changed(marina, AddPlace.TYPE, "r1"), changed(marina, RenamePlace.TYPE, "r1"))
        first, second = await marina.chat()
        assert first.text.startswith("✅ Added.\n\n📍 Школа › Room\nRoom · code r1")
        assert second.text.startswith("✅ Renamed.")
        assert "✏️ Rename" in second.labels
        # Meanwhile they are no manager any more: what they did is said all the same.
        town.desk.tree.denied = "forbidden"
        await town.settle(changed(marina, RenamePlace.TYPE, "r1"))
        assert (await marina.chat())[-1].text == "Done"


@pytest.mark.parametrize("reason", [one for one in RefusalReason if one.value.startswith(("place_", "places_", "imp"))])
async def test_every_refusal_has_its_sentence(town: Town, reason: RefusalReason) -> None:
    marina = await manager(town)
    async with town.notifier():
        query = await marina.press(await marina.draft())
        values = {"limit": 100, "length": 101}
        await town.settle(refused(marina.known, reason, command=AddPlace.TYPE, query=query, **values))
        text, alert = await toast(town, query)
        assert alert
        assert text.endswith((".", "»."))
        assert "{" not in text


def places(*codes: str) -> list[Place]:
    return [Place(code=code, kind=PlaceKind.ROOM, name=f"Кабинет {code}", path=f"Школа › {code}") for code in codes]


async def document(town: Town, someone: Someone) -> tuple[str, str, bytes]:
    """The last document: its name, its caption, and what is in it."""
    (message,) = [one for one in await someone.chat() if "document" in one.raw][-1:]
    base = town.settings.telegram_api_url.get_secret_value()
    token = town.settings.bot_token.get_secret_value()
    async with ClientSession() as session:
        given = {"file_id": message.raw["document"]["file_id"]}
        async with session.post(f"{base}/bot{token}/getFile", json=given) as response:
            path = (await response.json())["result"]["file_path"]
        async with session.get(f"{base}/file/bot{token}/{path}") as response:
            return message.raw["document"]["file_name"], message.text, await response.read()


async def test_a_sheet_is_drawn_and_sent_and_its_codes_open_this_bot(town: Town) -> None:
    marina = await manager(town)
    tree = town.desk.tree
    tree.pages["r1"], tree.places = shown(room("r1")), places(*(f"r{n}" for n in range(11)))
    async with town.notifier():
        for under, name in ((None, "qr.pdf"), ("r1", "qr-r1.pdf")):
            query = await marina.press(await marina.draft())
            await town.settle(command(SendPlaceSheet, marina, query=query, under=under))
            assert await toast(town, query) == ("Файл придёт отдельным сообщением.", False)
            found, caption, pdf = await document(town, marina)
            assert (found, caption) == (name, "QR-коды для печати на A4, по восемь на листе.")
        with pypdfium2.PdfDocument(io.BytesIO(pdf)) as sheet:
            pages = [page.render(scale=3, grayscale=True).to_pil() for page in sheet]
        links = {code.text for page in pages for code in zxingcpp.read_barcodes(page)}
        assert links == {f"https://t.me/zavhoz_sandbox_bot?start=loc_r{n}" for n in range(11)}
        assert len(await town.sandbox.calls("getMe")) == 1, "who we are is asked for once"


async def test_a_table_is_sent_as_it_is(town: Town) -> None:
    marina = await manager(town, "en")
    async with town.notifier():
        query = await marina.press(await marina.draft())
        await town.settle(command(ExportPlaces, marina, query=query))
        assert await document(town, marina) == (
            "places.csv",
            "The places. The table loads again: /places, “Load CSV”.",
            TABLE,
        )


@pytest.mark.parametrize(
    ("denied", "code", "said"),
    [
        ("forbidden", "r1", "Эти места вам не распечатать и не скачать."),
        ("deactivated", "r1", "Ваш доступ отключён. Если это ошибка, обратитесь к завхозу."),
        (None, "nowhere", "Такого места больше нет."),
        (None, "empty", "Здесь нечего печатать."),
    ],
)
async def test_why_there_is_no_file(town: Town, denied: str | None, code: str, said: str) -> None:
    marina = await manager(town)
    tree = town.desk.tree
    tree.denied = denied
    tree.pages["empty"] = shown(room("empty", archived=True))
    async with town.notifier():
        query = await marina.press(await marina.draft())
        await town.settle(command(SendPlaceSheet, marina, query=query, under=code))
        assert await toast(town, query) == (said, True)
        assert [one for one in await marina.chat() if "document" in one.raw] == []


async def test_what_is_found_out_later_is_said_by_a_message(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    marina = await manager(town)
    tree = town.desk.tree
    async with town.notifier():
        for many, said in ((0, "Здесь нечего печатать."), (3, "Это больше 5000 мест")):
            monkeypatch.setattr(drawing, "MAX_LABELS", 2)
            tree.places = places(*map(str, range(many)))
            query = await marina.press(await marina.draft())
            await town.settle(command(SendPlaceSheet, marina, query=query))
            assert (await marina.chat())[-1].text.startswith(said)
        assert await town.states() == {"sent": 4}


async def test_a_sheet_that_cannot_be_drawn_is_said_after_three_attempts(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    marina = await manager(town)
    town.desk.tree.places = places("r1")
    monkeypatch.setattr(drawing, "_PROGRAM", "zavhoz_notifier.qr.nothing_like_that")
    async with town.notifier():
        query = await marina.press(await marina.draft())
        await town.settle(command(SendPlaceSheet, marina, query=query), timeout=30)
        assert (await marina.chat())[-1].text.startswith("Не получилось нарисовать QR-коды.")
        (row,) = await town.rows("SELECT attempts FROM deliveries WHERE kind = 'document'")
        assert row.attempts == 3


async def test_a_sheet_being_drawn_holds_up_nothing_else_in_the_chat(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    marina = await manager(town)
    created = town.desk.created(marina.known)
    request = town.desk.requests[created.data.request_id]
    town.desk.tree.places = places("r1")
    drawing_now, may_go_on = asyncio.Event(), asyncio.Event()
    run = drawing.SheetDrawer._run

    async def slow(self: drawing.SheetDrawer, *arguments: Any) -> tuple[int | None, str]:
        drawing_now.set()
        await may_go_on.wait()
        return await run(self, *arguments)

    monkeypatch.setattr(drawing.SheetDrawer, "_run", slow)
    async with town.notifier():
        page = await marina.draft()
        query = await marina.press(page)
        sheet = command(SendPlaceSheet, marina, query=query)
        await town.publish(sheet)
        await asyncio.wait_for(drawing_now.wait(), 20)
        await town.publish(done(marina.known, request, message_id=page.id))

        async def card_is_there() -> bool:
            return (await now(marina, page)).text.startswith(f"#{request.number}")

        await wait_until(card_is_there, "a card while the sheet is drawn")
        may_go_on.set()
        await town.idle(sheet)
        assert (await document(town, marina))[0] == "qr.pdf"
