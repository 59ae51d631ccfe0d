"""One's own settings: language, quiet hours, mutes, one's data, and being forgotten."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from e2e_support import Running, button, complete, file_request, ids, number_of, pressed, refused, somebody
from personal_support import found, sent_file

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.evidence import settled
from zavhoz_devstack.sample import picture
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import ErasePress, SettingsAct, SettingsPress

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system


async def settings_of(person: Person, title: str = "Настройки") -> SeenMessage:
    asked = await person.text("/settings")
    return await person.wait_for(f"⚙️ {title}", after=asked.id)


async def shown(person: Person, message: SeenMessage, part: str) -> SeenMessage:
    """A message, when it shows this."""
    return await person.wait_for(lambda one: one.id == message.id and part in one.text)


def said(messages: list[SeenMessage]) -> list[SeenMessage]:
    return [message for message in messages if not message.mine]


@pytest.mark.story(
    "Settings",
    "Somebody is asked for their language by /start, changes it in the settings, and is spoken to in it at once",
    languages="ru, en",
    refusals=["a language there are no texts in"],
)
async def test_language(running: Running) -> None:
    john = await running.sandbox.person(next(ids), "John", language_code="en")
    await john.start()
    greeting = await john.wait_for("Hello, John!")
    assert greeting.labels == ("My requests", "⚙️ Settings", "● English", "Русский")

    greeting = await pressed(john, greeting, "Русский", "Здравствуйте, John!")
    assert greeting.labels == ("Мои заявки", "⚙️ Настройки", "English", "● Русский")
    asked = await john.text("/my")
    await john.wait_for("Открытых заявок у вас нет", after=asked.id)

    # What Telegram says of their language does not change it again; /settings is a message of its own.
    await john.press(greeting, "⚙️ Настройки")
    page = await john.wait_for("⚙️ Настройки", after=greeting.id)
    assert page.id != greeting.id
    assert "Язык: Русский" in page.text
    page = await pressed(john, page, "Язык", "На каком языке")
    assert "текст" not in await refused(john, page, SettingsPress(act=SettingsAct.LANGUAGE, value="xx").pack())
    page = await pressed(john, page, "English", "⚙️ Settings")
    assert "Language: English\nQuiet hours: off\nMuted: 0 requests" in page.text
    asked = await john.text("/my")
    await john.wait_for("You have no open requests", after=asked.id)
    (language,) = await running.values("requests", "SELECT language FROM people WHERE telegram_id = $1", john.id)
    assert language == "en"


@pytest.mark.story(
    "Settings",
    "In quiet hours only what is urgent is said; when they end, one message tells the rest",
    languages="ru, en",
    refusals=["hours that are no hours", "an hour to itself"],
)
async def test_quiet_hours(running: Running) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    anna = await somebody(running)
    john = await somebody(running, "John", language="en")
    page = await quiet_now(anna, "Настройки", "Тихие часы", "В тихие часы")
    await a_night(running, anna, marina)
    page = await pressed(anna, page, "Выключить", "Тихие часы: выключены")
    await in_the_morning(running, anna, page, "🌙 Пока было тихо: 1 заявка", "взята в работу, 1 комментарий")
    page = await quiet_now(john, "Settings", "Quiet hours", "In quiet hours")
    await a_night(running, john, marina)
    page = await pressed(john, page, "Switch off", "Quiet hours: off")
    await in_the_morning(running, john, page, "🌙 While it was quiet: 1 request", "taken, 1 comment")


async def quiet_now(person: Person, title: str, quiet: str, explained: str) -> SeenMessage:
    """Have quiet hours around now, in the settings; what are no hours is refused."""
    page = await settings_of(person, title)
    page = await pressed(person, page, quiet, explained)
    for nonsense in ("25-7", "7-7", "0-24"):
        assert "7" not in await refused(person, page, SettingsPress(act=SettingsAct.QUIET, value=nonsense).pack())
    page = await pressed(person, page, "22:00", "22:00")
    label, later = next(row for row in page.buttons if len(row) == 3)[-1]  # − 22:00 +
    assert label == "+"
    await person.press(page, data=later)
    page = await shown(person, page, "23:00")
    assert not [label for label in page.labels if label.startswith("●")]
    now = datetime.now(UTC).hour
    around = SettingsPress(act=SettingsAct.QUIET, value=f"{(now - 1) % 24}-{(now + 2) % 24}").pack()
    answer = await person.press(page, data=around)
    assert answer is not None
    assert not answer.alert
    return await shown(person, page, f"{(now + 2) % 24:02}:00")


async def a_night(running: Running, person: Person, marina: Person) -> None:
    """Two requests are filed and taken: the urgent one is said at once, of the other one its card alone tells."""
    card = await file_request(person, "Не горит свет в коридоре <второго> этажа")
    words = await person.text("Из потолка льётся вода, заливает щиток")
    draft = await person.wait_for(lambda one: "📨" in "".join(one.labels), after=words.id)
    await person.press(draft, button(draft, "🔴"))
    await person.press(draft, button(draft, "📨"))
    urgent = await person.wait_for(lambda one: one.id == draft.id and one.text.startswith("#"))
    number, urgent_number = number_of(card), number_of(urgent)
    his = await marina.wait_for(f"#{number} 🆕")
    await marina.press(his, button(his, "🔧"))
    reply = await marina.text("Завтра утром приду", reply_to=his.id)
    await marina.wait_for("комментарий добавлен", after=reply.id)
    hot = await marina.wait_for(f"#{urgent_number} 🆕")
    await marina.press(hot, button(hot, "🔧"))
    told = await person.wait_for(f"#{urgent_number} 🔧", after=urgent.id)
    await shown(person, card, "Завтра утром приду")
    await settled(running.stack)
    assert [one.id for one in said(await person.chat()) if one.id > urgent.id] == [told.id]


async def in_the_morning(running: Running, person: Person, page: SeenMessage, title: str, happened: str) -> None:
    """The hours are over: one message, the newest state, a button that opens the card, and nothing else."""
    summary = await person.wait_for("🌙", after=page.id + 1)
    head, line = summary.text.split("\n\n")
    number = line.split()[0]
    assert head == title
    assert line.startswith(f"{number} 🔧 ")
    assert line.endswith(f"Не горит свет в коридоре <второго> этажа — {happened}")
    await person.press(summary, number)
    opened = await person.wait_for(f"{number} 🔧", after=summary.id)
    await settled(running.stack)
    assert [one.id for one in said(await person.chat()) if one.id >= summary.id] == [summary.id, opened.id]
    assert await running.values("notifier", "SELECT person_id FROM held") == []


@pytest.mark.story(
    "Settings",
    "A request is muted: its card goes on being drawn, and nothing is said but that it is done",
    languages="ru",
    refusals=["somebody else's request"],
)
async def test_mute(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    boris = await somebody(running, "Борис")
    card = await file_request(anna, "Скрипит дверь в учительскую")
    number = number_of(card)
    await anna.press(card, "🔕 Не уведомлять")
    card = await anna.wait_for(lambda one: one.id == card.id and "🔔 Уведомлять" in one.labels)
    his = await marina.wait_for(f"#{number} 🆕")
    await refused(boris, (await boris.chat())[-1], card.data("🔔 Уведомлять"))

    await marina.press(his, button(his, "🔧"))
    await marina.text("Смажу петли", reply_to=his.id)
    await anna.wait_for(lambda one: one.id == card.id and "Смажу петли" in one.text)
    await settled(running.stack)
    assert [one for one in said(await anna.chat()) if one.id > card.id] == []
    page = await settings_of(anna)
    assert "Без уведомлений: 1 заявка" in page.text
    page = await pressed(anna, page, "🔕", "О них уведомления не приходят")
    assert any(f"#{number}" in label for label in page.labels)

    his = await marina.wait_for(lambda one: one.id == his.id and "✅ Выполнено" in one.labels)
    await complete(marina, his)
    done = await anna.wait_for(f"#{number} ✅ Выполнено", after=page.id)
    page = await pressed(anna, page, "Получать обо всех", "0 заявок")
    await marina.text("И ручку подтянул", reply_to=his.id)
    await anna.wait_for(f"#{number} 💬 Марина: И ручку подтянул", after=done.id)


@pytest.mark.story(
    "Settings",
    "Somebody has everything that is held about them, as a page to read and as JSON",
    languages="ru, en",
)
async def test_my_data(running: Running) -> None:
    anna = await somebody(running, "Анна <b>&")
    card = await file_request(anna, "Мигает <i>лампа</i> в классе")
    await anna.document(
        b"%PDF-1.4\n%%EOF\n", "<план> & схема.pdf", reply_to=card.id, caption="Вот <script>план</script>"
    )
    await anna.wait_for("комментарий добавлен", after=card.id)
    await settled(running.stack)
    asked = await anna.text("/mydata")
    page = await anna.wait_for(
        lambda one: one.raw.get("document", {}).get("file_name") == "zavhoz.html", after=asked.id
    )
    data = await anna.wait_for(
        lambda one: one.raw.get("document", {}).get("file_name") == "zavhoz.json", after=asked.id
    )
    read, held = (await sent_file(running, page)).decode(), json.loads(await sent_file(running, data))

    assert held["person"]["telegram_id"] == anna.id
    assert [one["title"] for one in held["requests"]] == ["Мигает <i>лампа</i> в классе"]
    assert [one["text"] for one in held["texts"]] == ["Вот <script>план</script>"]
    assert [one["file_name"] for one in held["files"]] == ["<план> & схема.pdf"]
    for words in (
        "Анна &lt;b&gt;&amp;",
        "Мигает &lt;i&gt;лампа&lt;/i&gt;",
        "Вот &lt;script&gt;план",
        "&lt;план&gt; &amp; схема.pdf",
    ):
        assert words in read
    assert "<script" not in read
    assert "Ваши данные в «Завхозе»" in read

    # Again, in another language, from the settings.
    page = await settings_of(anna)
    page = await pressed(anna, page, "Язык", "На каком языке")
    page = await pressed(anna, page, "English", "⚙️ Settings")
    answer = await anna.press(page, "📦 My data")
    assert answer is not None
    assert "two files will come" in answer.text
    again = await anna.wait_for(
        lambda one: one.raw.get("document", {}).get("file_name") == "zavhoz.html", after=page.id
    )
    assert "Your data in Zavhoz" in (await sent_file(running, again)).decode()


PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n% " + uuid4().hex.encode() + b"\n%%EOF\n"
SHARED = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n% " + uuid4().hex.encode() + b"\n%%EOF\n"
REQUEST = "Разбито окно в спортзале, дует из щели"


async def erasing(person: Person) -> SeenMessage:
    """The last question before."""
    page = await settings_of(person)
    page = await pressed(person, page, "Удалить меня", "Что исчезнет")
    assert "в течение 30 дней" in page.text
    return await pressed(person, page, "Продолжить", "Точно удалить")


@pytest.mark.story(
    "Settings",
    "Somebody has themselves erased, asked twice: nothing of theirs is left in any database, Redis or the store",
    languages="ru",
    refusals=["a confirmation meant for somebody else", "one from an hour ago", "the only manager"],
)
async def test_erase_me(running: Running) -> None:
    marina, boris = await running.person(MANAGER_ID, "Марина"), await somebody(running, "Борис")
    id, name, username = 4_123_987_654_321_777, "Агриппина Незабудкина", "agrippina_nezabudkina"
    her = await running.sandbox.person(id, name.split()[0], last_name=name.split()[1], username=username)
    await her.start()
    await her.wait_for("Здравствуйте, Агриппина")

    # What there is of her: words, a photo, files with names, a comment, a reason… and a draft that was never sent.
    first = await her.document(PDF, "моё-завещание.pdf", caption=REQUEST)
    draft = await her.wait_for(lambda one: "📨" in "".join(one.labels), after=first.id)
    await her.photo(picture())
    await her.wait_for(lambda one: one.id == draft.id and "1 фото" in one.text)
    await her.press(draft, button(draft, "📨"))
    card = await her.wait_for(lambda one: one.id == draft.id and one.text.startswith("#"))
    number = number_of(card)
    await her.text("Это заметила бабушка Прасковья", reply_to=card.id)
    await her.wait_for("комментарий добавлен", after=card.id)
    await her.document(SHARED, "общий.pdf", reply_to=card.id)
    his = await file_request(boris, "Не закрывается окно в классе")
    await boris.document(SHARED, "мой-общий.pdf", reply_to=his.id)
    theirs = await marina.wait_for(f"#{number} 🆕")
    await marina.press(theirs, button(theirs, "🔧"))
    await her.wait_for(f"#{number} 🔧", after=card.id)
    page = await settings_of(her)
    page = await pressed(her, page, "Тихие часы", "В тихие часы")
    await pressed(her, page, "22:00", "22:00")
    await her.press(card, "🔕 Не уведомлять")
    unsent = await her.text("Черновик про чердачную лестницу")
    await her.wait_for("Черновик про чердачную лестницу", after=unsent.id)
    await settled(running.stack)

    needles: dict[str, str | bytes] = {
        "name": "Незабудкина",
        "username": username,
        "id": str(id),
        "comment": "Прасковья",
        "file name": "моё-завещание",
        "file": PDF[40:80],
        "draft": "чердачную лестницу",
    }
    kept = await running.values("files", "SELECT key FROM attachments WHERE media_type LIKE 'image/%'")
    (drawn,) = [content for key in kept if (content := running.stack.stored(key)) is not None]
    needles["photo"] = drawn[-80:-40]
    before = await found(running, needles)
    assert all(before.values()), before
    (person_id,) = await running.values("requests", "SELECT id FROM people WHERE telegram_id = $1", id)

    # Not by a button that was drawn for her, pressed by another; nor by one of an hour ago; nor by the only manager.
    question = await erasing(her)
    yes = question.data("Да, удалить меня навсегда")
    assert "задан не вам" in await refused(boris, (await boris.chat())[-1], yes)
    asked = ErasePress.unpack(yes)
    old = asked.model_copy(update={"minute": asked.minute - 60}).pack()
    assert "слишком старый" in (await refused(her, question, old)).replace("устарел", "слишком старый")
    hers = await erasing(marina)
    assert "единственный завхоз" in await refused(marina, hers, hers.data("Да, удалить меня навсегда"))

    answer = await her.press(question, "Да, удалить меня навсегда")
    assert answer is not None
    farewell = await her.wait_for(lambda one: one.id == question.id and "Готово: я вас забыл" in one.text)
    assert farewell.labels == ()
    end = (await her.chat())[-1].id

    async def forgotten() -> bool:  # keys of the rate limits live for a second
        await settled(running.stack)
        left = {name: places for name, places in (await found(running, needles)).items() if places}
        return not left

    await wait_until(forgotten, "nothing of her is left", timeout=60)

    # The request is still there, as a fact about the building; whose it was, nobody knows.
    assert await running.values("requests", "SELECT description FROM requests WHERE number = $1", number) == [REQUEST]
    shared = (await found(running, {"shared": SHARED[40:80]}))["shared"]
    assert len([place for place in shared if place.startswith("store:")]) == 1, "Boris sent it too"
    theirs = await marina.wait_for(lambda one: one.id == theirs.id and "Заявитель: удалённый профиль" in one.text)
    reply = await marina.text("Стекло вставили", reply_to=theirs.id)
    await marina.wait_for("комментарий добавлен", after=reply.id)
    theirs = await marina.wait_for(lambda one: one.id == theirs.id and "Стекло вставили" in one.text)
    assert "удалённый профиль" in theirs.text
    assert name not in theirs.text
    assert "Прасковья" not in theirs.text
    await complete(marina, theirs)
    await settled(running.stack)
    assert (await her.chat())[-1].id == end, "nothing is said after the farewell"
    events = "".join(message.to_json().decode() for message in running.subscriber.messages)
    assert not [needle for needle in needles.values() if isinstance(needle, str) and needle in events]
    assert str(person_id) in events

    # Who writes again is somebody new.
    again = await her.text("/my")
    await her.wait_for("Открытых заявок у вас нет", after=again.id)

    now_known = "SELECT id FROM people WHERE telegram_id = $1"

    async def known() -> bool:
        return bool(await running.values("requests", now_known, id))

    await wait_until(known, "she is known again")
    assert await running.values("requests", now_known, id) != [person_id]
