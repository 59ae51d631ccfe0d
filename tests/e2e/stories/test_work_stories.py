"""Work on a request: given to somebody, put on hold, done with a report, merged, written down for the staff."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from e2e_support import (
    Running,
    acted,
    asked,
    become,
    button,
    complete,
    file_request,
    number_of,
    of_the_staff,
    somebody,
    stored,
)
from personal_support import sent_file

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.evidence import settled
from zavhoz_devstack.sample import picture
from zavhoz_sandbox.client import Answer, Part, Person, SeenMessage
from zavhoz_telegram.callbacks import AssignPress, JoinPress, RequestPress

WORDS = "Не горит свет в коридоре второго этажа"
pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system


async def card_of(person: Person, number: int) -> SeenMessage:
    """The card of a new request, which comes by itself."""
    return await person.wait_for(lambda one: one.text.startswith(f"#{number} 🆕") and bool(one.labels))


async def work(person: Person, number: int) -> SeenMessage:
    """Take a new request; returns the card."""
    card = await card_of(person, number)
    await person.press(card, button(card, "🔧"))
    return await person.wait_for(lambda one: one.id == card.id and f"#{number} 🔧" in one.text)


async def refused(person: Person, message: SeenMessage, label: str = "", *, data: str | None = None) -> str:
    """Press what is refused; returns the sentence."""
    answer = await person.press(message, button(message, label) if data is None else None, data=data)
    assert answer is not None
    assert answer.alert, answer
    return answer.text


async def shown(person: Person, message: SeenMessage, words: str) -> SeenMessage:
    """The message once it says so."""
    return await person.wait_for(lambda one: one.id == message.id and words in one.text)


async def page_with(person: Person, question: SeenMessage, name: str) -> SeenMessage:
    """The page of the staff on which somebody is."""
    while not any(name in label for label in question.labels):
        at = next(label for label in question.labels if "/" in label)
        await person.press(question, "›")
        question = await without(person, question, at)
    return question


async def without(person: Person, message: SeenMessage, label: str) -> SeenMessage:
    """The message once it has no such button."""
    return await person.wait_for(lambda one: one.id == message.id and label not in one.labels)


async def id_of(running: Running, number: int) -> UUID:
    (found,) = await running.values("requests", "SELECT id FROM requests WHERE number = $1", number)
    return UUID(str(found))


@pytest.mark.story(
    "Work",
    "A manager gives a request to a technician, whose load is on the button, and then to another one; each is told",
    languages="ru, en",
    refusals=["given to who is of the staff no more", "by who is no manager", "done by who had it before"],
)
async def test_given_to_one_and_then_to_another(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    prokhor, jack = await of_the_staff(running, "Прохор"), await of_the_staff(running, "Jack", language="en")
    number = number_of(await file_request(anna, WORDS))
    hers = await card_of(marina, number)
    who = await page_with(marina, await asked(marina, hers, "👷"), "Прохор")
    assert who.text.startswith(f"#{number} Кому поручить?")
    assert button(who, "Прохор").startswith("Прохор · 🔧0 · сегодня ")
    assert await acted(marina, who, "Прохор") == f"#{number}: поручено"
    card = await shown(marina, who, f"#{number} 🔧 В работе")
    assert "🛠 Исполнитель: Прохор" in card.text
    assert "Марина поручает: Прохор" in card.text
    assert (await marina.wait_for(lambda one: one.id == hers.id and not one.labels)).labels == ()
    await anna.wait_for(f"#{number} 🔧 В работе: {WORDS}\nИсполнитель: Прохор")
    given = await prokhor.wait_for(f"#{number} 👷 Поручено вам: {WORDS}\nПоручает Марина")
    await prokhor.press(given, "📋 Открыть заявку")
    his = await prokhor.wait_for(lambda one: one.id == given.id and "✅ Выполнено" in one.labels)

    # Another one has less to do; who has it now is marked.
    who = await page_with(marina, await asked(marina, card, "👷"), "Прохор")
    assert button(who, "Прохор").startswith("● Прохор · 🔧1 · ")
    who = await page_with(marina, await asked(marina, card, "👷"), "Jack")
    await become(running, jack, "requester")
    assert "больше не в штате" in await refused(marina, who, "Jack")
    await become(running, jack, "technician")
    who = await asked(marina, await shown(marina, who, f"#{number} 🔧"), "👷")
    who = await page_with(marina, who, "Jack")
    await acted(marina, who, "Jack")
    await jack.wait_for(f"#{number} 👷 Given to you: {WORDS}\nМарина asks you to do it")
    await prokhor.wait_for(f"#{number} 👷 Больше не ваша: {WORDS}\nМарина поручает её другому: Jack")
    await anna.wait_for(f"#{number} 🔧 В работе: {WORDS}\nИсполнитель: Jack")
    question = await asked(prokhor, his, "💬")
    late = await refused(prokhor, question, data=his.data("✅ Выполнено").replace("r:complete", "y:complete"))
    assert late == f"#{number}: Вам это действие недоступно."

    request_id = await id_of(running, number)
    forged = AssignPress(request_id=request_id, person_id=request_id, version=1).pack()
    assert "недоступно" in await refused(anna, (await anna.chat())[-1], data=forged)
    forged = RequestPress(action="assign", request_id=request_id, version=1).pack()
    assert "недоступно" in await refused(anna, (await anna.chat())[-1], data=forged)
    query = "SELECT name FROM requests JOIN people ON people.id = assignee_id WHERE number = $1"
    assert await running.values("requests", query, number) == ["Jack"]


@pytest.mark.story(
    "Work",
    "Work is put on hold until a day, with the reason that the requester reads, and goes on by itself that day",
    languages="ru",
    refusals=["a reason of two letters", "no day of the calendar", "a day that is over", "done while on hold"],
)
async def test_on_hold_until_a_day(running: Running) -> None:
    anna, pyotr = await somebody(running), await of_the_staff(running, "Пётр")
    number = number_of(await file_request(anna, WORDS))
    card = await work(pyotr, number)
    done = card.data("✅ Выполнено")
    why = await asked(pyotr, card, "⏸")
    assert why.text.startswith(f"#{number} Почему заявка ставится на паузу?")
    for typed, sentence in (("ой", "Слишком коротко: нужно не меньше 3 символов"), ("Жду деталь", "На паузу: Жду")):
        said = await pyotr.text(typed)
        until = await pyotr.wait_for(sentence, after=said.id)
    for typed, sentence in (("31.02.2030", "Такой даты нет"), ("01.01.2020", "уже наступил или прошёл")):
        said = await pyotr.text(typed)
        await pyotr.wait_for(sentence, after=said.id)
    assert await acted(pyotr, until, "На неделю") == f"#{number}: на паузе"
    card = await shown(pyotr, until, f"#{number} ⏸ На паузе")
    told = await anna.wait_for(f"#{number} ⏸ На паузе до ")
    assert told.text.endswith(f": {WORDS}\nПричина: Жду деталь")
    assert "Заявка на паузе." in await refused(pyotr, card, data=done.replace("r:complete", "y:complete"))

    await running.execute(
        "requests", "UPDATE requests SET held_until = now() + interval '1 second' WHERE number = $1", number
    )
    await anna.wait_for(f"#{number} ▶️ Снова в работе: {WORDS}")
    await pyotr.wait_for(f"#{number} ▶️ Снова в работе: {WORDS}\nСрок паузы вышел, заявка снова ждёт вас")
    card = await pyotr.wait_for(lambda one: one.id == card.id and "✅ Выполнено" in one.labels)
    assert "снова в работе: срок паузы вышел" in card.text


@pytest.mark.story(
    "Work",
    "Work is put on hold with a day that is typed, or without one, by who does it or by a manager, and goes on",
    languages="en, ru",
    refusals=["a file for a reason", "gone on with what is in work"],
)
async def test_on_hold_and_on_again(running: Running) -> None:
    marina, ann = await running.person(MANAGER_ID, "Марина"), await somebody(running, "Ann", language="en")
    john = await of_the_staff(running, "John", language="en")
    number = number_of(await file_request(ann, "The light in the corridor is broken"))
    card = await work(john, number)
    await asked(john, card, "⏸")
    sent = await john.photo(picture(), caption="Waiting for a lamp")
    await john.wait_for(f"#{number} Only words are taken here", after=sent.id)
    await john.text("Waiting for a lamp")
    until = await john.wait_for(f"#{number} On hold: Waiting for a lamp")
    assert until.labels == ("Until tomorrow", "For 3 days", "For a week", "For two weeks", "Without a day", "Cancel")
    (day,) = await running.values("requests", "SELECT to_char(current_date + 40, 'DD.MM.YYYY')")
    await john.text(day)
    await john.wait_for(f"#{number}: put on hold")
    told = await ann.wait_for(f"#{number} ⏸ On hold until ")
    assert told.text.endswith("Reason: Waiting for a lamp")
    card = await john.wait_for(lambda one: f"#{number} ⏸ On hold" in one.text and "▶️ Go on" in one.labels)
    go_on = card.data("▶️ Go on")
    assert await acted(john, card, "▶️") == f"#{number}: it goes on"
    await ann.wait_for(f"#{number} ▶️ The work goes on")
    card = await shown(john, card, f"#{number} 🔧 In progress")
    hers = await marina.wait_for(lambda one: one.text.startswith(f"#{number} 🔧") and bool(one.labels))
    assert "Заявка не на паузе." in await refused(marina, hers, data=go_on)
    await asked(marina, hers, "⏸")
    await marina.text("Нет ключа")
    until = await marina.wait_for(f"#{number} На паузу: Нет ключа")
    await acted(marina, until, "Без срока")
    await john.wait_for(f"#{number} ⏸ On hold: The light in the corridor is broken\nReason: Нет ключа")
    await ann.wait_for(f"#{number} ⏸ On hold: The light in the corridor is broken\nReason: Нет ключа")
    on_hold = await shown(marina, until, f"#{number} ⏸")
    await acted(marina, on_hold, "▶️")
    await john.wait_for(f"#{number} ▶️ The work goes on", after=card.id + 1)


@pytest.mark.story(
    "Work",
    "Two requests are one: chosen among those alike, or by number; who filed and joined the one follows the other",
    languages="ru",
    refusals=["no number", "a number that there is not", "into itself", "into one that is closed"],
)
async def test_merged(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    boris, vera = await somebody(running, "Борис"), await somebody(running, "Вера")
    first = number_of(await file_request(anna, "Протекает крыша над спортзалом"))
    second = number_of(await file_request(boris, "Крыша протекает в спортзале"))
    said = await vera.text("Капает с потолка")
    draft = await vera.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
    await vera.press(draft, data=JoinPress(request_id=await id_of(running, second)).pack())
    await vera.wait_for(lambda one: one.id == draft.id and one.text.startswith(f"#{second} "))

    card = await card_of(marina, second)
    question = await asked(marina, card, "🔗")
    assert f"#{first} «Протекает крыша над спортзалом»" in question.text
    for typed, sentence in (
        ("первая", "Это не номер заявки"),
        ("#99999", "Заявки с таким номером нет"),
        (str(second), "с ней самой"),
    ):
        said = await marina.text(typed)
        await marina.wait_for(sentence, after=said.id)
    await marina.press(question, button(question, f"#{first}"))
    sure = await shown(marina, question, f"#{second} Объединить? Отменить это будет нельзя.")
    assert f"#{second} «Крыша протекает в спортзале» закроется" in sure.text
    assert f"#{first} «Протекает крыша над спортзалом» останется за обе" in sure.text
    assert await acted(marina, sure, "Да, объединить") == f"#{second}: объединено"
    merged = await shown(marina, sure, f"#{second} 🔗 Объединена")
    assert f"🔗 Продолжение — в заявке #{first}" in merged.text
    assert f"объединена с #{first}: Марина" in merged.text
    hers = await marina.wait_for(lambda one: one.text.startswith(f"#{first} 🆕") and f"#{second}" in one.text)
    assert f"с ней объединена #{second}: Марина" in hers.text
    assert "То же самое ещё у 2 человек" in hers.text

    # Both are told, follow the other one, and hear how it goes there.
    for person in (boris, vera):
        told = await person.wait_for(f"#{second} 🔗 Объединена: Крыша протекает в спортзале")
        assert told.text.endswith(f"О том же сообщили в #{first}: продолжение там")
        await person.press(told, f"📋 Открыть #{first}")
        opened = await shown(person, told, f"#{first} 🆕 Открыта")
        assert [label for label in opened.labels if "🔕" in label]
    assert not [one for one in await anna.chat() if one.text.startswith(f"#{second} ")]
    card = await work(marina, first)
    for person in (anna, boris, vera):
        await person.wait_for(f"#{first} 🔧 В работе: ")
    await complete(marina, card)

    third = number_of(await file_request(anna, "Скрипит дверь на лестнице"))
    await asked(marina, await card_of(marina, third), "🔗")
    await marina.text(f"#{first}")
    sure = await marina.wait_for(f"#{third} Объединить?")
    assert "Та заявка уже закрыта." in await refused(marina, sure, "Да, объединить")
    statuses = "SELECT status FROM requests WHERE number = ANY($1) ORDER BY number"
    assert await running.values("requests", statuses, [first, second, third]) == ["completed", "merged", "open"]


@pytest.mark.story(
    "Work",
    "The staff writes down what nobody else reads: in no notice, card or file of who filed or joined the request",
    languages="ru, en",
    refusals=["a file for a note", "a note of 501 characters", "by who filed it"],
)
async def test_notes_for_the_staff(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    boris, pyotr = await somebody(running, "Борис"), await of_the_staff(running, "Пётр")
    john = await of_the_staff(running, "John", language="en")
    card = await file_request(anna, WORDS)
    number, request_id = number_of(card), await id_of(running, number_of(card))
    said = await boris.text("И у нас темно")
    draft = await boris.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
    await boris.press(draft, data=JoinPress(request_id=request_id).pack())
    await boris.wait_for(lambda one: one.id == draft.id and one.text.startswith(f"#{number} "))

    his = await work(pyotr, number)
    await asked(pyotr, his, "🔒")
    sent = await pyotr.photo(picture(), caption="Код 4711")
    await pyotr.wait_for(f"#{number} Здесь нужны только слова", after=sent.id)
    await pyotr.text("о" * 501)
    await pyotr.wait_for(f"#{number} Слишком длинно: 501 символов", after=sent.id)
    await pyotr.text("Код от щитка <4711>")
    await pyotr.wait_for(f"#{number}: заметка записана")
    await shown(pyotr, his, "🔒 1 заметка для своих")
    told = await marina.wait_for(f"#{number} 🔒 Пётр: Код от щитка <4711>\nЗаметка для своих: {WORDS}")
    await john.wait_for(f"#{number} 🔒 Пётр: Код от щитка <4711>\nStaff note: {WORDS}")
    await marina.press(told, "📋 Открыть заявку")
    assert "Пётр: Код от щитка <4711>" in (await shown(marina, told, "🔒 1 заметка для своих")).text
    theirs = await john.wait_for(lambda one: one.text.startswith(f"#{number} 🔧") and "🔒 Staff note" in one.labels)
    await asked(john, theirs, "🔒")
    await john.text("Also 4711 for the cellar")
    await john.wait_for(f"#{number}: note written down")
    await pyotr.wait_for(f"#{number} 🔒 John: Also 4711 for the cellar")

    # Who filed it, and who joined it: a forged button is refused, and nothing is anywhere.
    forged = RequestPress(action="note", request_id=request_id, version=1).pack()
    for person in (anna, boris):
        message = (await person.chat())[-1]
        await person.press(message, data=forged)
        await person.wait_for("Что записать?", after=message.id)
        said = await person.text("Я тоже запишу")
        await person.wait_for("Вам это действие недоступно.", after=said.id)
        await person.text("/mydata")
        await person.wait_for(lambda one: "document" in one.raw)
    await settled(running.stack)
    for person in (anna, boris):
        files = [one for one in await person.chat() if one.raw.get("document")]
        assert len(files) == 2
        seen = [one.text.encode() for one in await person.chat()] + [await sent_file(running, one) for one in files]
        assert not any(b"4711" in one for one in seen)
        calls = [call for call in await running.sandbox.calls() if call["chat"] == person.id]
        assert calls
        assert not any("4711" in str(call) or "🔒" in str(call.get("params", call)) for call in calls)


@pytest.mark.story(
    "Work",
    "The work is done: what was done, in words and photos, reaches who asked for it, and the photos open",
    languages="ru, en",
    refusals=["a report of two letters", "given up, and nothing changed"],
)
async def test_done_with_a_report(running: Running) -> None:
    anna, ann = await somebody(running), await somebody(running, "Ann", language="en")
    pyotr, john = await of_the_staff(running, "Пётр"), await of_the_staff(running, "John", language="en")
    number = number_of(await file_request(anna, WORDS))
    card = await work(pyotr, number)
    question = await asked(pyotr, card, "✅")
    assert question.text.startswith(f"#{number} Что сделано?")
    await pyotr.press(question, "Отмена")
    await shown(pyotr, question, f"#{number} Заявка остаётся в работе.")
    await asked(pyotr, card, "✅")
    said = await pyotr.text("ок")
    await pyotr.wait_for(f"#{number} Слишком коротко", after=said.id)
    await pyotr.album(Part(picture(201), caption="Сменил <лампу> и стартер"), Part(picture(202)))
    await pyotr.wait_for(f"#{number}: выполнено")
    told = await anna.wait_for(f"#{number} ✅ Выполнено: {WORDS}\nЧто сделано: Сменил <лампу> и стартер")
    assert told.labels[-2:] == ("🖼 Фото", "📋 Открыть заявку")
    mine = await anna.wait_for(
        lambda one: one.text.startswith(f"#{number} ✅ Выполнена") and "📎 2 вложения" in one.text
    )
    assert "✅ Что сделано: Сменил <лампу> и стартер" in mine.text
    await stored(running, number, 2)
    await anna.press(told, "🖼 Фото")
    await anna.wait_for(lambda one: "photo" in one.raw and one.text == f"#{number}")
    await anna.press(told, "5 ⭐")
    await shown(anna, told, "⭐ Оценка: 5 из 5")

    number = number_of(await file_request(ann, "The light in the corridor is broken"))
    card = await work(john, number)
    await asked(john, card, "✅")
    await john.text("New lamp")
    await john.wait_for(f"#{number}: completed")
    told = await ann.wait_for(f"#{number} ✅ Completed: The light in the corridor is broken\nWhat was done: New lamp")
    assert "🖼 Photos" not in told.labels


@pytest.mark.story(
    "Work",
    "Two at once: of two who take it one is told who was first; of two managers who give it away the last one counts",
    languages="ru",
    refusals=["taken already"],
)
async def test_two_at_once(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    igor = await of_the_staff(running, "Игорь", "manager")
    crew = {name: await of_the_staff(running, name) for name in ("Кузьма", "Лука")}
    number = number_of(await file_request(anna, WORDS))
    cards = {name: await card_of(person, number) for name, person in crew.items()}

    async def take(name: str) -> Answer:
        answer = await crew[name].press(cards[name], button(cards[name], "🔧"))
        assert answer is not None
        return answer

    answers = dict(zip(crew, await asyncio.gather(*(take(name) for name in crew)), strict=True))
    (late,) = [name for name, answer in answers.items() if answer.alert]
    (first,) = set(crew) - {late}
    assert answers[late].text == f"#{number}: Эту заявку уже взял(а) в работу {first}."
    await shown(crew[late], cards[late], f"🛠 Исполнитель: {first}")

    # Each of the managers gives it to somebody else than the other one does.
    number = number_of(await file_request(anna, "Скрипит дверь на лестнице"))
    wanted = {"Кузьма": marina, "Лука": igor}
    questions = {
        name: await page_with(by, await asked(by, await card_of(by, number), "👷"), name) for name, by in wanted.items()
    }
    toasts = await asyncio.gather(*(acted(by, questions[name], name) for name, by in wanted.items()))
    assert set(toasts) == {f"#{number}: поручено"}
    for name in wanted:
        await crew[name].wait_for(f"#{number} 👷 Поручено вам: Скрипит дверь на лестнице")
    query = "SELECT name FROM requests JOIN people ON people.id = assignee_id WHERE number = $1"
    (last,) = await running.values("requests", query, number)
    (before,) = set(wanted) - {last}
    gone = await crew[before].wait_for(f"#{number} 👷 Больше не ваша: Скрипит дверь на лестнице")
    assert gone.text.endswith(f"поручает её другому: {last}")
    for name, by in wanted.items():
        card = await shown(by, questions[name], f"🛠 Исполнитель: {last}")
        assert card.text.count("поручает:") == 2
    await anna.wait_for(f"#{number} 🔧 В работе: Скрипит дверь на лестнице\nИсполнитель: {last}")


@pytest.mark.story(
    "Work",
    "A role is lost while a card is open: what is pressed is refused, and the card has the buttons of who they are now",
    languages="ru, en",
    refusals=["a press of who was a technician", "a press of who was a manager"],
)
async def test_a_role_lost_while_a_card_is_open(running: Running) -> None:
    anna, igor = await somebody(running), await of_the_staff(running, "Игорь", "manager")
    pyotr, john = await of_the_staff(running, "Пётр"), await of_the_staff(running, "John", language="en")
    number = number_of(await file_request(anna, WORDS))
    who = await asked(igor, await card_of(igor, number), "👷")
    await become(running, igor, "technician")
    assert await refused(igor, who, data=who.data(who.labels[0])) == f"#{number}: Вам это действие недоступно."
    card = await shown(igor, who, f"#{number} 🆕 Открыта")
    assert "🔧 Взять в работу" in card.labels
    assert not [label for label in card.labels if "👷" in label or "🚫" in label or "🔗" in label]

    his, theirs = await work(pyotr, number), await john.wait_for(f"#{number} 🔧 In progress")
    question = await asked(pyotr, his, "✅")
    await become(running, pyotr, "requester")
    assert await refused(pyotr, question, "✅") == f"#{number}: Вам это действие недоступно."
    hidden = await shown(pyotr, question, "Эта заявка вам больше не видна.")
    assert hidden.labels == ()
    await become(running, john, "requester")
    note = await asked(john, theirs, "🔒")
    said = await john.text("Who has the key?")
    await john.wait_for(f"#{number}: You may not do that.", after=said.id)
    assert note.text.startswith(f"#{number} ")

    # And they hear nothing of it any more.
    heard = [one.id for person in (pyotr, john) for one in await person.chat()]
    await anna.text("Света всё нет", reply_to=(await anna.wait_for(f"#{number} ")).id)
    await igor.wait_for(f"#{number} 💬 Анна: Света всё нет")
    await settled(running.stack)
    assert [one.id for person in (pyotr, john) for one in await person.chat()] == heard
