"""Canned replies: a manager writes them per language, the staff says them by a press, in either language."""

from __future__ import annotations

from uuid import UUID

import pytest
from e2e_support import Running, asked, button, file_request, number_of, of_the_staff, somebody

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import CannedAction, CannedPress
from zavhoz_telegram.managed_callbacks import ReplyAction, ReplyPress

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system
WORDS = "Не горит свет в коридоре второго этажа"
ORDERED = "Деталь <заказана>, ждём до пятницы"


async def offered(person: Person, card: SeenMessage, label: str, canned: str) -> SeenMessage:
    """Press a button that asks; the question once it offers canned replies: a role is known after a moment."""
    questions: list[SeenMessage] = []

    async def offers() -> bool:
        questions.append(await asked(person, card, label))
        return canned in questions[-1].labels

    await wait_until(offers, "a question with canned replies", timeout=20)
    return questions[-1]


async def book(manager: Person) -> SeenMessage:
    """/replies, as a new message."""
    typed = await manager.text("/replies")
    return await manager.wait_for(lambda one: "➕" in "".join(one.labels), after=typed.id)


async def turned(person: Person, message: SeenMessage, label: str, shows: str) -> SeenMessage:
    """The same message once a press has it show this."""
    answer = await person.press(message, button(message, label))
    assert answer is not None
    assert not answer.alert, answer
    return await person.wait_for(lambda one: one.id == message.id and shows in "\n".join((one.text, *one.labels)))


async def written(manager: Person, listed: SeenMessage, text: str) -> SeenMessage:
    """The list with one reply more."""
    await turned(manager, listed, "➕", "✏️")
    await manager.text(text)
    return await manager.wait_for(
        lambda one: one.id == listed.id and any(text[:20] in label for label in one.labels) and "➕" in one.labels[-1]
    )


async def alerted(person: Person, message: SeenMessage, label: str = "", *, data: str | None = None) -> str:
    """Press what is refused; returns the sentence."""
    answer = await person.press(message, button(message, label) if data is None else None, data=data)
    assert answer is not None
    assert answer.alert, answer
    return answer.text


async def said(person: Person, listed: SeenMessage, label: str) -> str:
    """Press a reply; returns the toast of what came of it."""
    answer = await person.press(listed, button(listed, label))
    assert answer is not None
    assert not answer.alert, answer
    return answer.text


async def taken(person: Person, number: int) -> SeenMessage:
    """Take a new request; returns the card."""
    card = await person.wait_for(lambda one: one.text.startswith(f"#{number} 🆕") and bool(one.labels))
    await person.press(card, button(card, "🔧"))
    return await person.wait_for(lambda one: one.id == card.id and f"#{number} 🔧" in one.text)


async def kept(running: Running, language: str) -> list[str]:
    query = "SELECT body FROM replies WHERE language = $1 ORDER BY position"
    return [str(body) for body in await running.values("requests", query, language)]


@pytest.mark.story(
    "Canned replies",
    "A manager writes replies in both languages; a technician comments, puts on hold and completes with one by a press",
    languages="ru, en",
    refusals=["a text too short or too long", "a technician's /replies", "a requester's forged buttons"],
)
async def test_written_in_two_languages_and_said_by_a_press(running: Running) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    jack = await of_the_staff(running, "Jack", language="en")
    anna, john = await somebody(running), await somebody(running, "John", language="en")

    listed = await book(marina)
    assert "На этом языке их пока нет" in listed.text
    asks = await turned(marina, listed, "➕", "Напишите текст одним сообщением")
    for text, sentence in (("ок", "Слишком коротко"), ("о" * 501, "Слишком длинно: 501")):
        typed = await marina.text(text)
        await marina.wait_for(sentence, after=typed.id)
    typed = await marina.text("Мастер придёт сегодня")
    await marina.wait_for("Заготовка сохранена.", after=typed.id)
    listed = await marina.wait_for(lambda one: one.id == asks.id and "1. Мастер придёт сегодня" in one.labels)
    listed = await written(marina, listed, ORDERED)
    listed = await turned(marina, listed, "English", "● English")
    listed = await written(marina, listed, "Fixed, please check")
    assert listed.labels == ("● English", "Русский", "1. Fixed, please check", "➕ Добавить")
    assert await kept(running, "ru") == ["Мастер придёт сегодня", ORDERED]
    assert await kept(running, "en") == ["Fixed, please check"]

    # Two taps, and the requester reads it; the technician's language first, the requester's a tap away.
    number = number_of(await file_request(anna, WORDS))
    card = await taken(jack, number)
    question = await offered(jack, card, "💬", "💬 Canned replies")
    listed = await turned(jack, question, "💬 Canned replies", "1. Fixed, please check")
    listed = await turned(jack, listed, "🌐 Русский", "1. Мастер придёт сегодня")
    assert await said(jack, listed, "1. Мастер") == f"#{number}: comment added"
    await anna.wait_for(f"#{number} 💬 Jack: Мастер придёт сегодня")
    card = await jack.wait_for(lambda one: one.id == card.id and "Jack: Мастер придёт сегодня" in one.text)
    closed = await jack.wait_for(lambda one: one.id == question.id and not one.labels)
    assert closed.text.startswith(f"#{number} ")

    # On hold one is asked on: until when.
    question = await asked(jack, card, "⏸")
    listed = await turned(jack, question, "💬 Canned replies", "1. Fixed")
    listed = await turned(jack, listed, "🌐 Русский", "2. Деталь")
    assert await said(jack, listed, "2. Деталь") == ""
    until = await jack.wait_for(lambda one: one.id > listed.id and ORDERED in one.text and len(one.labels) > 3)
    await jack.press(until, button(until, "3 days"))
    await anna.wait_for(lambda one: one.text.startswith(f"#{number} ⏸") and ORDERED in one.text)
    card = await jack.wait_for(lambda one: one.id == until.id and f"#{number} ⏸" in one.text)

    # Done, for somebody who reads English.
    number = number_of(await file_request(john, "The light in the hall is broken"))
    card = await taken(jack, number)
    question = await asked(jack, card, "✅")
    listed = await turned(jack, question, "💬 Canned replies", "1. Fixed, please check")
    await said(jack, listed, "1. Fixed")
    told = await john.wait_for(f"#{number} ✅")
    assert "Fixed, please check" in told.text
    await jack.wait_for(lambda one: one.id == card.id and "Fixed, please check" in one.text)

    # A technician writes none, a requester says none.
    typed = await jack.text("/replies")
    await jack.wait_for("Canned replies are changed by managers who are limited to no part", after=typed.id)
    (reply_id,) = await running.values("requests", "SELECT id FROM replies WHERE language = 'en'")
    removing = ReplyPress(action=ReplyAction.REMOVE, language="en", reply_id=UUID(str(reply_id)))
    for person in (jack, anna):
        assert await alerted(person, (await person.chat())[-1], data=removing.pack())
    theirs = await anna.wait_for(lambda one: f"#{number - 1} ⏸" in one.text and bool(one.labels))
    await anna.press(theirs, button(theirs, "📋"))
    theirs = await anna.wait_for(lambda one: one.id == theirs.id and "💬" in "".join(one.labels))
    question = await asked(anna, theirs, "💬")
    assert len(question.labels) == 1
    forged = CannedPress(action=CannedAction.SAY, language="en", value=UUID(str(reply_id)).hex).pack()
    assert await alerted(anna, question, data=forged) == "Вам это действие недоступно."
    assert await kept(running, "en") == ["Fixed, please check"]


@pytest.mark.story(
    "Canned replies",
    "A reply is changed and removed while somebody has the list open: they say what it is now, or are told it is gone",
    languages="ru, en",
    refusals=["said after it was removed", "opened after it was removed", "said twice", "one more than 30"],
)
async def test_changed_and_removed_while_a_list_is_open(running: Running) -> None:
    await running.execute("requests", "DELETE FROM replies")
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    number = number_of(await file_request(anna, WORDS))
    card = await marina.wait_for(lambda one: one.text.startswith(f"#{number} 🆕") and bool(one.labels))
    listed = await written(marina, await book(marina), "Это не к нам")
    listed = await written(marina, listed, "Такое не чиним")

    question = await offered(marina, card, "🚫", "💬 Заготовки")
    open_ = await turned(marina, question, "💬 Заготовки", "2. Такое не чиним")
    page = await turned(marina, listed, "1. Это не к нам", "🗑 Убрать")
    sure = await turned(marina, page, "🗑 Убрать", "Убрать эту заготовку?")
    assert await said(marina, sure, "Да, убрать") == "Заготовка убрана."
    listed = await marina.wait_for(lambda one: one.id == listed.id and "1. Такое не чиним" in one.labels)
    assert await alerted(marina, listed, data=page.data("✏️ Изменить")) == "Этой заготовки больше нет."

    # The former list is still open: what is gone is not said.
    assert await alerted(marina, open_, "1. Это не к нам") == "Этой заготовки больше нет. Вот те, что есть."
    open_ = await marina.wait_for(lambda one: one.id == question.id and "1. Такое не чиним" in one.labels)

    # Changed meanwhile, it says what it says now; the question for that text gives up the one that waited.
    page = await turned(marina, listed, "1. Такое не чиним", "✏️ Изменить")
    await turned(marina, page, "✏️ Изменить", "Напишите новый текст")
    assert "уже снят" in await alerted(marina, question, data=open_.data("1. Такое не чиним"))
    await marina.text("Чинит подрядчик, он предупреждён")
    await marina.wait_for(lambda one: one.id == listed.id and "1. Чинит подрядчик, он предупреждён" in one.labels)
    question = await asked(marina, card, "🚫")
    stale = open_.data("1. Такое не чиним")
    answer = await marina.press(question, data=stale)
    assert answer is not None
    assert not answer.alert, answer
    await anna.wait_for(f"#{number} 🚫 Отклонено: {WORDS}\nПричина: Чинит подрядчик, он предупреждён")
    await marina.wait_for(lambda one: one.id == card.id and "Чинит подрядчик, он предупреждён" in one.text)
    assert "уже снят" in await alerted(marina, question, data=stale)
    assert await kept(running, "ru") == ["Чинит подрядчик, он предупреждён"]

    # Thirty are enough, whoever was faster.
    asks = await turned(marina, await book(marina), "➕", "Напишите текст")
    fill = "INSERT INTO replies (id, language, body) SELECT gen_random_uuid(), 'ru', 'Ответ ' || n FROM"
    await running.execute("requests", f"{fill} generate_series(2, 30) AS n")
    typed = await marina.text("Тридцать первая")
    await marina.wait_for("Заготовок не больше 30.", after=typed.id)
    full = await marina.wait_for(lambda one: one.id == asks.id and "Их уже 30" in one.text)
    assert "4/4" in full.labels
    assert not any("➕" in label for label in full.labels)
    await running.execute("requests", "DELETE FROM replies")
