"""Edits of what was said, and how much may be said in a while."""

from __future__ import annotations

import re
from typing import Any

from gateway_support import ATTACH, COMMENT, System, bot_messages, started

from zavhoz_contracts import identity
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Part, Person, SeenMessage

EDIT_COMMENT = "zavhoz.request.edit_comment.v1"
DRAFT, TOO_MANY = "Новая заявка", "Слишком много комментариев подряд"
PHOTO = b"\xff\xd8\xff\xe0"


async def about(system: System, person: Person, number: int) -> SeenMessage:
    """A message about a request, to be replied to."""
    await system.telegram("sendMessage", chat_id=person.id, text=f"#{number} Открыта")
    return await person.wait_for(f"#{number} Открыта")


def edited(anna: Person, message_id: int, text: str, date: int, **fields: Any) -> dict[str, Any]:
    chat = {"id": anna.id, "type": "private", "first_name": "Анна"}
    sender = {"id": anna.id, "is_bot": False, "first_name": "Анна"}
    message = {"message_id": message_id, "date": date, "edit_date": date + 9, "chat": chat, "from": sender}
    return {"edited_message": {**message, "text": text, **fields}}


async def test_the_edit_of_a_comment_names_it_by_its_command(gate: System) -> None:
    anna = await started(gate)
    (request_id,) = gate.api.file(anna.id, 1)
    card = await about(gate, anna, 1)
    said = await anna.text("Воды всё больше", reply_to=card.id)
    (comment,) = await gate.commands.wait_for(1, COMMENT)
    gate.api.said[comment.id] = (anna.id, request_id, "Воды всё больше")
    await anna.edit(said, "Воды по колено")
    (edit,) = await gate.commands.wait_for(1, EDIT_COMMENT)
    assert (edit.data.comment_id, edit.data.request_id, edit.data.text) == (comment.id, request_id, "Воды по колено")
    (update,) = [one for one in await anna.chat() if one.id == said.id]
    date = update.raw["edit_date"]
    assert edit.id == identity.command_id_of_message(gate.bot_id, "edited_message", anna.id, said.id, date)
    assert edit.data.actor.seen_at.timestamp() == date


async def test_an_edit_waits_for_its_comment_on_the_way(gate: System) -> None:
    anna = await started(gate)
    (request_id,) = gate.api.file(anna.id, 1)
    card = await about(gate, anna, 1)
    said = await anna.text("Воды всё больше", reply_to=card.id)
    (comment,) = await gate.commands.wait_for(1, COMMENT)
    await anna.edit(said, "Воды по колено")

    async def asked() -> bool:
        return any(f"by-command/{comment.id}" in one for one in gate.api.asked)

    await wait_until(asked, "the gateway looking for the comment")
    gate.api.said[comment.id] = (anna.id, request_id, "Воды всё больше")
    (edit,) = await gate.commands.wait_for(1, EDIT_COMMENT)
    assert edit.data.text == "Воды по колено"


async def test_what_is_no_comment_is_passed_over(gate: System) -> None:
    anna = await started(gate)
    draft = await anna.text("Течёт кран на кухне")
    await anna.wait_for(DRAFT)
    before = len(bot_messages(await anna.chat()))
    await anna.edit(draft, "Течёт кран в кухне")
    gate.api.status = 503
    await anna.edit(draft, "Течёт кран на кухне")
    await gate.confirmed()
    assert len(bot_messages(await anna.chat())) == before
    assert not gate.commands.of(EDIT_COMMENT)


async def test_who_meant_a_comment_hears_that_none_was_made(gate: System) -> None:
    """An edit long ago, for instance of a comment that was refused; and one while the API is away."""
    anna = await started(gate)
    card = await about(gate, anna, 12)
    reply = {"reply_to_message": card.raw}
    await gate.sandbox.inject({"update_id": 2_000_000_000, **edited(anna, 900, "Воды по колено", 1_000, **reply)})
    told = await anna.wait_for("Изменённое сообщение не стало комментарием")
    assert told.text.startswith("#12 ")
    gate.api.status = 503
    await gate.sandbox.inject({"update_id": 2_000_000_001, **edited(anna, 901, "Воды по колено", 1_000, **reply)})
    await anna.wait_for("Сейчас комментарий не добавить", after=told.id)
    assert not gate.commands.of(EDIT_COMMENT)


async def test_the_eleventh_comment_waits(gate: System) -> None:
    anna = await started(gate)
    gate.api.file(anna.id, 1)
    card = await about(gate, anna, 1)
    for n in range(9):
        await anna.text(f"Вода {n}", reply_to=card.id)
    await anna.album(Part(PHOTO + b"1"), Part(PHOTO + b"2"), reply_to=card.id)  # counts as one
    await gate.commands.wait_for(10, COMMENT)
    await anna.text("Вода 10", reply_to=card.id)
    refused = await anna.wait_for(TOO_MANY)
    assert re.match(r"#1 .* через \d+ секунд", refused.text)
    await anna.album(Part(PHOTO + b"3"), Part(PHOTO + b"4"), reply_to=card.id)
    await gate.confirmed()
    assert sum(TOO_MANY in one.text for one in await anna.chat()) == 2, "an album is refused once"
    assert (len(gate.commands.of(COMMENT)), len(gate.commands.of(ATTACH))) == (10, 1)
    assert not any(DRAFT in one.text for one in await anna.chat())


async def test_without_a_memory_nobody_counts(gate: System) -> None:
    anna = await started(gate)
    gate.api.file(anna.id, 1)
    card = await about(gate, anna, 1)
    gate.redis.cut()
    for n in range(11):
        await anna.text(f"Вода {n}", reply_to=card.id)
    await gate.commands.wait_for(11, COMMENT)
    assert not any(TOO_MANY in one.text for one in await anna.chat())
