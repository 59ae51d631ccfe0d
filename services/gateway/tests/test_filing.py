"""Filing a request in a private chat, through real RabbitMQ and Redis and a stand-in for Telegram."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from awkward import WORDS
from gateway_support import ATTACH, CREATE, REGISTER, System, bot_messages

from zavhoz_contracts import identity
from zavhoz_contracts.message import AttachmentKind, Priority

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080010001001011100ffd9")
DRAFT = "Новая заявка"
SEND = "📨 Отправить"
DISCARD = "🗑 Удалить"
HIGH = "🔴 Высокий"


async def test_words_become_a_draft_and_send_a_command(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Течёт кран в комнате <12> & капает")
    draft = await anna.wait_for(DRAFT)
    assert "Течёт кран в комнате <12> & капает" in draft.text
    assert gate.commands.of(CREATE) == []
    assert await anna.press(draft, SEND, timeout=0.3) is None, "the press is left to the outcome"
    (created,) = await gate.commands.wait_for(1, CREATE)
    request_id = identity.request_id_of_draft(gate.bot_id, anna.id, draft.id)
    data = created.data
    assert created.source == "/zavhoz/gateway"
    assert created.subject == f"request/{request_id}"
    assert created.correlationid == created.id
    assert data.request_id == request_id
    assert data.description == "Течёт кран в комнате <12> & капает"
    assert data.title is None
    assert (data.priority, data.category_id, data.answers) == (None, None, ()), "as its category says, or else medium"
    assert data.attachments == ()
    assert (data.actor.telegram_id, data.actor.name, data.actor.language) == (anna.id, "Анна", "ru")
    assert (data.origin.chat_id, data.origin.message_id, data.origin.language) == (anna.id, draft.id, "ru")
    assert created.id == identity.command_id_of_press(gate.bot_id, data.origin.callback_query_id)
    assert gate.commands.of(REGISTER) == [], "the API knows Anna"
    await gate.confirmed()


async def test_the_draft_grows_in_place(gate: System) -> None:
    anna = await gate.someone()
    await anna.photo(JPEG, caption="Сломан стул")
    draft = await anna.wait_for(DRAFT)
    await anna.text("ножка отвалилась совсем")
    await anna.document(b"%PDF-1.4", "счёт.pdf")
    grown = await anna.wait_for("1 фото, 1 документ")
    assert grown.id == draft.id
    assert "Сломан стул\nножка отвалилась совсем" in grown.text
    assert await anna.press(draft, HIGH) is not None
    chosen = await anna.wait_for(lambda message: f"● {HIGH}" in message.labels)
    assert chosen.id == draft.id
    assert len(bot_messages(await anna.chat())) == 1
    await anna.press(draft, SEND, timeout=0)
    data = (await gate.commands.wait_for(1, CREATE))[0].data
    assert data.description == "Сломан стул\nножка отвалилась совсем"
    assert data.priority is Priority.HIGH
    photo, document = data.attachments
    assert photo.kind is AttachmentKind.PHOTO
    assert photo.size == len(JPEG)
    assert (document.kind, document.file_name, document.mime_type) == (
        AttachmentKind.DOCUMENT, "счёт.pdf", "application/pdf",
    )  # fmt: skip
    for attachment in data.attachments:
        assert attachment.attachment_id == identity.attachment_id(data.request_id, attachment.file_unique_id)


async def test_the_largest_size_of_a_photo_is_filed(gate: System) -> None:
    anna = await gate.someone()
    sizes = (await anna.photo(JPEG, caption="Разбито окно в холле")).raw["photo"]
    largest = max(sizes, key=lambda size: size["width"])
    await anna.press(await anna.wait_for(DRAFT), SEND, timeout=0)
    (attachment,) = (await gate.commands.wait_for(1, CREATE))[0].data.attachments
    assert attachment.file_id == largest["file_id"]


@pytest.mark.parametrize(("language", "title"), [("ru", "Фото"), ("en-GB", "Photo")])
async def test_a_bare_photo_gets_a_title_in_the_persons_language(gate: System, language: str, title: str) -> None:
    person = await gate.someone(language_code=language)
    await person.photo(JPEG)
    draft = await person.wait_for(lambda message: "📨" in "".join(message.labels))
    await person.press(draft, next(label for label in draft.labels if "📨" in label), timeout=0)
    data = (await gate.commands.wait_for(1, CREATE))[0].data
    assert (data.title, data.description) == (title, "")


async def test_an_album_is_one_draft(gate: System) -> None:
    anna = await gate.someone()
    await asyncio.gather(
        anna.photo(JPEG, caption="Три трещины в стене", media_group_id="7"),
        anna.photo(JPEG, media_group_id="7"),
        anna.photo(JPEG, media_group_id="7"),
    )
    await anna.wait_for("3 фото")
    assert len(bot_messages(await anna.chat())) == 1


async def test_a_part_of_an_album_that_comes_after_send_is_attached_to_what_was_filed(gate: System) -> None:
    anna = await gate.someone()
    await anna.photo(JPEG, caption="Три трещины в стене", media_group_id="7")
    draft = await anna.wait_for(DRAFT)
    await anna.press(draft, SEND, timeout=0)
    (create,) = await gate.commands.wait_for(1, CREATE)
    await anna.photo(JPEG + b"late", media_group_id="7")
    (attach,) = await gate.commands.wait_for(1, ATTACH)
    assert attach.data.request_id == create.data.request_id
    assert attach.data.attachments[0].attachment_id != create.data.attachments[0].attachment_id
    await anna.photo(JPEG + b"another", media_group_id="8")
    another = await anna.wait_for(DRAFT, after=draft.id)
    assert another.id != draft.id, "an album of its own begins a draft"


async def test_a_second_send_is_another_command_for_the_same_request(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Течёт кран на кухне")
    draft = await anna.wait_for(DRAFT)
    await anna.press(draft, SEND, timeout=0)
    await anna.press(draft, SEND, timeout=0)
    first, second = await gate.commands.wait_for(2, CREATE)
    assert first.id != second.id
    assert first.data.request_id == second.data.request_id
    assert first.data.description == second.data.description


async def test_after_send_the_draft_is_the_outcomes_and_new_content_starts_another(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Течёт кран на кухне")
    draft = await anna.wait_for(DRAFT)
    await anna.press(draft, SEND, timeout=0)
    await gate.commands.wait_for(1, CREATE)
    for label in (HIGH, DISCARD):
        answer = await anna.press(draft, label)
        assert answer is not None
        assert (answer.text, answer.alert) == ("Этот черновик уже отправлен.", True)
    await anna.text("И ещё не горит лампа")
    second = await anna.wait_for("И ещё не горит лампа")
    assert second.id != draft.id
    assert "кран" not in second.text
    assert not next(message for message in await anna.chat() if message.id == draft.id).edited


async def test_discard(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Течёт кран на кухне")
    draft = await anna.wait_for(DRAFT)
    answer = await anna.press(draft, DISCARD)
    assert answer is not None
    assert not answer.text
    gone = await anna.wait_for("Черновик удалён")
    assert (gone.id, gone.labels) == (draft.id, ())
    answer = await anna.press(draft, data="d:send")
    assert answer is not None
    assert "черновика больше нет" in answer.text
    assert answer.alert
    await anna.text("Не горит лампа")
    assert (await anna.wait_for("Не горит лампа")).id != draft.id
    assert gate.commands.of(CREATE) == []


async def test_a_draft_of_somebody_else_cannot_be_pressed(gate: System) -> None:
    anna, boris = await gate.someone(), await gate.someone("Борис")
    await anna.text("Течёт кран на кухне")
    draft = await anna.wait_for(DRAFT)
    await boris.text("/start")
    await boris.wait_for("Здравствуйте")
    answer = await boris.press(draft.id, data="d:send", chat=anna.id)
    assert answer is not None
    assert answer.text == "Эта кнопка устарела."
    assert gate.commands.of(CREATE) == []


async def test_too_long_a_text_changes_nothing(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("ы" * 1001)
    assert "1000" in (await anna.wait_for("Слишком длинно")).text
    await anna.text("ы" * 600)
    draft = await anna.wait_for(DRAFT)
    await anna.text("я" * 400)
    refusal = await anna.wait_for("Слишком длинно", after=draft.id)
    assert "1001" in refusal.text, "the line break between the parts counts"
    assert "я" * 10 not in next(message for message in await anna.chat() if message.id == draft.id).text
    await anna.text("я" * 399)
    await anna.wait_for(lambda message: message.id == draft.id and message.edited)


async def test_an_eleventh_file_changes_nothing(gate: System) -> None:
    anna = await gate.someone()
    for _ in range(11):
        await anna.photo(JPEG)
    assert "10" in (await anna.wait_for("Слишком много файлов")).text
    await anna.press(await anna.wait_for("10 фото"), SEND, timeout=0)
    assert len((await gate.commands.wait_for(1, CREATE))[0].data.attachments) == 10


async def test_what_cannot_be_filed_is_said(gate: System) -> None:
    anna = await gate.someone()
    file = {"file_id": "x", "file_unique_id": "y"}
    picture = {"width": 1, "height": 1}
    contents: tuple[dict[str, Any], ...] = (
        {"sticker": {**file, **picture, "type": "regular", "is_animated": False, "is_video": False}},
        {"contact": {"phone_number": "+7", "first_name": "Борис"}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"text": "\u0007"},
    )
    for content in contents:
        message = await anna.other(content)
        said = await anna.wait_for("Такое я принять не могу", after=message.id)
        assert "текст, фото, видео" in said.text
    await gate.confirmed()
    assert gate.commands.messages == []


async def test_a_draft_deleted_by_the_person_goes_on_in_a_new_message(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Течёт кран на кухне")
    draft = await anna.wait_for(DRAFT)
    await gate.telegram("deleteMessage", chat_id=anna.id, message_id=draft.id)
    await anna.text("и горячий тоже")
    again = await anna.wait_for(DRAFT)
    assert again.id != draft.id
    await anna.press(again, SEND, timeout=0)
    data = (await gate.commands.wait_for(1, CREATE))[0].data
    assert data.description == "Течёт кран на кухне\nи горячий тоже"
    assert data.request_id == identity.request_id_of_draft(gate.bot_id, anna.id, again.id)
    assert isinstance(data.request_id, UUID)


async def test_awkward_words_are_drafted_and_filed_as_they_are_kept(gate: System) -> None:
    some = [one for one in WORDS if one.name in {"html", "nul", "emoji_clusters", "controls"}]
    for number, one in enumerate(some, start=1):
        someone = await gate.someone()
        await someone.text(one.typed)
        draft = await someone.wait_for(DRAFT)
        await someone.press(draft, SEND, timeout=0)
        await gate.commands.wait_for(number, CREATE)
        assert one.kept is not None
        assert one.kept in draft.text
        assert one.kept in [command.data.description for command in gate.commands.of(CREATE)]
    await gate.confirmed()
