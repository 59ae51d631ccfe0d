"""What a draft is made of, from anything that Telegram sends, and how each part is changed before it is sent."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from gateway_support import COMMENT, CREATE, System, bot_messages
from pydantic import SecretStr

from zavhoz_contracts.message import AttachmentKind
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_devstack.faults.proxy import Proxy
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import RequestPress

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080010001001011100ffd9")
DRAFT = "Новая заявка"
SEND = "📨 Отправить"
TEXT, FILES = "✏️ Текст", "📎 Файлы"
FILE = {"file_id": "animated", "file_unique_id": "animated", "mime_type": "video/mp4", "file_name": "кран.mp4"}
ANIMATION = {"animation": {**FILE, "width": 1, "height": 1, "duration": 1}, "document": FILE}
VENUE = {"location": {"latitude": 1.5, "longitude": 2.5}, "title": "Школа № 7", "address": "Лесная, 2"}


async def now(person: Person, draft: SeenMessage) -> SeenMessage:
    return next(message for message in await person.chat() if message.id == draft.id)


async def tap(person: Person, draft: SeenMessage, label: str) -> SeenMessage:
    answer = await person.press(draft, label)
    assert answer is not None
    assert not answer.text, answer
    return await now(person, draft)


async def test_every_kind_goes_into_one_draft(gate: System) -> None:
    anna = await gate.someone()
    await anna.media("voice", b"OggS", mime_type="audio/ogg")
    draft = await anna.wait_for("1 голосовое сообщение")
    await anna.media("video", b"film", mime_type="video/mp4", caption="Течёт кран")
    await anna.media("video_note", b"round", mime_type="video/mp4")
    await anna.media("audio", b"ID3", mime_type="audio/mpeg")
    await anna.photo(JPEG)
    await anna.document(b"%PDF-1.4", "счёт.pdf")
    await anna.other(ANIMATION)
    sender = {"id": 1, "is_bot": False, "first_name": "Пётр"}
    forwarded = {"type": "user", "date": 1764000000, "sender_user": sender}
    await anna.other({"text": "Пётр тоже видел", "forward_origin": forwarded})
    await anna.location(55.751244, 37.618423)
    full = await anna.wait_for("📍 55.75124, 37.61842")
    assert full.id == draft.id
    assert "Течёт кран\nПётр тоже видел" in full.text
    counted = "1 фото, 1 документ, 1 видео, 1 видеосообщение, 1 голосовое сообщение, 1 аудиозапись, 1 анимация"
    assert counted in full.text
    assert len(bot_messages(await anna.chat())) == 1
    await anna.press(draft, SEND, timeout=0)
    data = (await gate.commands.wait_for(1, CREATE))[0].data
    assert {file.kind for file in data.attachments} == set(AttachmentKind)
    assert (data.place, data.place_code) == ("55.75124, 37.61842", None)


@pytest.mark.parametrize(
    ("kind", "mime_type", "title"),
    [
        ("voice", "audio/ogg", "Голосовое сообщение"),
        ("video", "video/mp4", "Видео"),
        ("video_note", "video/mp4", "Видеосообщение"),
        ("audio", "audio/mpeg", "Аудиозапись"),
    ],
)
async def test_any_of_them_begins_a_draft_and_is_a_title(gate: System, kind: str, mime_type: str, title: str) -> None:
    anna = await gate.someone()
    await anna.media(kind, b"bytes", mime_type=mime_type)
    draft = await anna.wait_for(DRAFT)
    await anna.press(draft, SEND, timeout=0)
    (created,) = await gate.commands.wait_for(1, CREATE)
    assert created.data.title == title
    assert created.data.attachments[0].mime_type == (None if kind == "video_note" else mime_type)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"venue": VENUE, "location": VENUE["location"]}, "Школа № 7, Лесная, 2"),
        ({"venue": {**VENUE, "title": "", "address": ""}, "location": VENUE["location"]}, "1.50000, 2.50000"),
        ({"location": VENUE["location"]}, "1.50000, 2.50000"),
    ],
)
async def test_a_place_that_is_sent_begins_a_draft_that_asks_for_the_rest(
    gate: System, content: dict[str, Any], place: str
) -> None:
    anna = await gate.someone()
    await anna.other(content)
    draft = await anna.wait_for(f"📍 {place}\n")
    answer = await anna.press(draft, SEND)
    assert answer is not None
    assert (answer.text, answer.alert) == (
        "Пока отправлять нечего: напишите, что случилось, или пришлите фото.", True,
    )  # fmt: skip
    await anna.text("Разбито окно в холле")
    await anna.wait_for(lambda message: message.id == draft.id and "Разбито окно" in message.text)
    await anna.press(draft, SEND, timeout=0)
    assert (await gate.commands.wait_for(1, CREATE))[0].data.place == place


async def test_other_words_replace_all_there_were(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Течёт кран на кухне")
    draft = await anna.wait_for(DRAFT)
    asked = await tap(anna, draft, TEXT)
    assert "он заменит прежний" in asked.text
    assert asked.labels == ("‹ Оставить как есть",)
    assert SEND in (await tap(anna, draft, "‹ Оставить как есть")).labels
    await tap(anna, draft, TEXT)
    await anna.text("ы" * 1001)
    await anna.wait_for("Слишком длинно", after=draft.id)
    await anna.photo(JPEG)
    assert (await anna.wait_for("1 фото")).labels == ("‹ Оставить как есть",), "still asked"
    await anna.text("Не кран, а батарея")
    other = await anna.wait_for("Не кран, а батарея")
    assert "кухне" not in other.text
    await anna.text("и очень сильно")
    await anna.wait_for("Не кран, а батарея\nи очень сильно")
    await anna.press(draft, SEND, timeout=0)
    (created,) = await gate.commands.wait_for(1, CREATE)
    assert created.data.description == "Не кран, а батарея\nи очень сильно"
    assert len(created.data.attachments) == 1


async def test_files_are_taken_out_one_by_one(gate: System) -> None:
    anna = await gate.someone()
    await anna.photo(JPEG)
    draft = await anna.wait_for(DRAFT)
    await anna.document(b"%PDF-1.4", "счёт.pdf")
    await anna.wait_for("1 фото, 1 документ")
    listed = await tap(anna, draft, FILES)
    assert listed.labels == ("✖ 1. Фото", "✖ 2. счёт.pdf", "‹ К заявке")
    assert (await tap(anna, draft, "✖ 1. Фото")).labels == ("✖ 1. счёт.pdf", "‹ К заявке")
    answer = await anna.press(draft, data=listed.data("✖ 1. Фото"))
    assert answer is not None, "once more: it is gone already"
    assert "Убирать больше нечего" in (await tap(anna, draft, "✖ 1. счёт.pdf")).text
    assert (await tap(anna, draft, "‹ К заявке")).labels[:2] == ("📍 Место", TEXT)
    answer = await anna.press(draft, SEND)
    assert answer is not None
    assert "отправлять нечего" in answer.text
    await anna.photo(JPEG + b"another")
    await anna.wait_for("1 фото")
    await anna.press(draft, SEND, timeout=0)
    assert len((await gate.commands.wait_for(1, CREATE))[0].data.attachments) == 1


async def test_too_few_words_are_said_at_send_and_more_are_added_to_them(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Кран")
    draft = await anna.wait_for(DRAFT)
    answer = await anna.press(draft, SEND)
    assert answer is not None
    assert "не меньше 10 символов, сейчас 4" in answer.text
    await anna.text("течёт на кухне")
    await anna.wait_for("Кран\nтечёт на кухне")
    await anna.press(draft, SEND, timeout=0)
    assert (await gate.commands.wait_for(1, CREATE))[0].data.description == "Кран\nтечёт на кухне"


async def test_what_is_asked_last_is_what_the_next_words_answer(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Течёт кран на кухне")
    draft = await anna.wait_for(DRAFT)
    comment = RequestPress(action=Action.COMMENT, request_id=uuid4(), version=1).pack()
    await anna.press(draft, data=comment)
    question = await anna.wait_for("Что передать?")
    await tap(anna, draft, TEXT)
    assert "отменён" in (await now(anna, question)).text
    await anna.text("Не кран, а батарея")
    await anna.wait_for("Не кран, а батарея")
    await anna.press(draft, data=comment)
    await anna.wait_for("Что передать?")
    await anna.location(1.5, 2.5)
    (said,) = await gate.commands.wait_for(1, COMMENT)
    assert said.data.text == "1.50000, 2.50000"


async def test_what_is_looked_for_is_never_filed(around: System) -> None:
    async with Proxy(around.redis.url) as way, around.gateway(redis_url=SecretStr(way.url(around.redis.url))):
        anna = await around.someone()
        await anna.text("Течёт кран на кухне")
        draft = await anna.wait_for(DRAFT)
        await tap(anna, draft, "📍 Место")
        await around.confirmed()
        way.cut_when("to server", lambda data: b"kitchen on the left" in data, times=2)
        await anna.text("kitchen on the left")
        await anna.wait_for("Сейчас с черновиком ничего не сделать", after=draft.id)
        assert around.commands.of(CREATE) == []


async def test_a_place_goes_with_what_is_filed_as_it_is(around: System) -> None:
    """Redis goes away between reading the draft and writing it."""
    around.api.grow(("yard", None, "Двор"))
    async with Proxy(around.redis.url) as way, around.gateway(redis_url=SecretStr(way.url(around.redis.url))):
        anna = await around.someone()
        await anna.start("loc_yard")
        await anna.wait_for("📍 Двор")
        await around.confirmed()
        way.cut_when("to server", lambda data: b'"text":"' in data and b"batarea" in data, times=2)
        await anna.text("batarea is cold")
        await anna.wait_for("Черновики сейчас не работают")
        (created,) = await around.commands.wait_for(1, CREATE)
        assert (created.data.description, created.data.place_code) == ("batarea is cold", "yard")
