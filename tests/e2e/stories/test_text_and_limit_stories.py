"""What the bot says of itself, in whose language and to whom; how much one person may file; and who comes back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from e2e_support import Running, button, complete, file_request, number_of, somebody

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import SeenMessage

WORDS = "Не горит свет в коридоре второго этажа"
_LIMITS = {"FILING_LIMIT": "3", "FILING_SECONDS": "3600", "OPEN_LIMIT": "2", "CHAT_RATE": "20"}
pytestmark = [
    pytest.mark.timeout(240),  # the first one waits for the whole system
    pytest.mark.parametrize("shared_stack", [{"settings": _LIMITS}], indirect=True, scope="module"),
]


@pytest.mark.story(
    "Limits",
    "At most so many requests open at a time, and so many in a while; each refusal says what to do and until when",
    languages="ru, en",
    refusals=["one open request too many", "one request too many in a while"],
)
async def test_limits(running: Running) -> None:
    anna, john = await somebody(running), await somebody(running, "John", language="en")
    marina = await running.person(MANAGER_ID, "Марина")
    first = await file_request(anna, WORDS)
    await file_request(anna, "Сломан стул в кабинете 12")
    said = await anna.text("Не закрывается окно в спортзале")
    draft = await anna.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
    refused = await anna.press(draft, button(draft, "📨"))
    assert refused is not None
    assert refused.alert
    assert "У вас уже 2 незакрытых заявок, больше нельзя" in refused.text
    # One is withdrawn, and what was typed has waited: the same draft is sent.
    await anna.press(first, "🗑 Отозвать")
    await anna.press(await anna.wait_for("Отозвать заявку?"), "Да, отозвать")
    await anna.wait_for(lambda one: "🗑 Отозвана" in one.text)
    sent = await anna.press(draft, button(draft, "📨"))
    assert sent is not None
    assert sent.text.startswith("Принято: #")

    for words in ("The tap in 214 is dripping", "The chair in 12 is broken", "The window does not close"):
        said = await john.text(words)
        draft = await john.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
        answer = await john.press(draft, button(draft, "📨"))
    assert answer is not None
    assert "You have 2 open requests already" in answer.text
    query = "SELECT count(*) FROM requests JOIN people ON people.id = requester_id WHERE telegram_id = $1"
    assert await running.values("requests", query, john.id) == [2]

    # Whoever files for others may have any number open.
    for words in ("Скрипит дверь в учительской", "Не греет батарея в 301", "Нет воды в столовой"):
        await file_request(marina, words)
    said = await marina.text("Погас свет на крыльце, темно")
    draft = await marina.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
    late = await marina.press(draft, button(draft, "📨"))
    assert late is not None
    assert late.alert
    assert re.search(r"через \d+ секунд", late.text), late.text


def _has_topics(message: SeenMessage) -> bool:
    return len(message.labels) == 5


@pytest.mark.story(
    "Texts",
    "The menu, the description and the five topics of help, in one's own language; the queue is in the staff's menu",
    languages="ru, en",
    refusals=["/queue by a requester"],
)
async def test_texts(running: Running) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    anna, john = await somebody(running), await somebody(running, "John", language="en")

    async def menus() -> list[dict[str, Any]]:
        return [call["arguments"] for call in await running.sandbox.calls("setMyCommands")]

    async def own_menus() -> list[Any]:
        return [one["commands"] for one in await menus() if one["scope"].get("chat_id") == marina.id]

    async def hers() -> bool:  # set again by each /start
        return bool(await own_menus())

    everybody = {one.get("language_code"): one["commands"] for one in await menus() if "chat_id" not in one["scope"]}
    assert {language: [one["command"] for one in commands] for language, commands in everybody.items()} == {
        language: ["start", "my", "settings", "mydata", "help", "cancel"] for language in (None, "ru")
    }
    await wait_until(hers, "the staff has a menu of its own")
    own = (await own_menus())[0]
    assert {"command": "queue", "description": "Очередь заявок"} in own
    told = {one["arguments"].get("language_code"): one for one in await running.sandbox.calls("setMyDescription")}
    assert "сломалось" in told["ru"]["arguments"]["description"]
    assert "broken" in told[None]["arguments"]["description"]

    for person, topics in (
        (anna, ("Как подать заявку", "Фото", "Сколько ждать", "Не помогло", "Контакты")),
        (john, ("How to file", "Photos", "How long it takes", "It did not help", "Contacts")),
    ):
        help = await person.wait_for(_has_topics, after=(await person.text("/help")).id)
        assert help.labels == topics
        for topic in topics:
            await person.press(help, topic)
            help = await person.wait_for(f"{topic}\n", after=help.id - 1)
    said = await john.text("/queue")
    await john.wait_for("Only those who carry out requests see the queue", after=said.id)


@pytest.mark.story(
    "Texts",
    "Who had blocked the bot hears again as soon as they unblock it, without writing anything",
    languages="ru",
)
async def test_back(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    number = number_of(await file_request(anna, WORDS))
    card = await marina.wait_for(f"#{number} 🆕")
    await anna.block()
    await marina.press(card, button(card, "🔧"))

    async def reachable(wanted: bool) -> bool:
        query = "SELECT reachable FROM people WHERE telegram_id = $1"
        return bool(await running.values("requests", query, anna.id) == [wanted])

    await wait_until(lambda: reachable(False), "nobody writes to her")
    await anna.unblock()
    await wait_until(lambda: reachable(True), "she is back")
    card = await marina.wait_for(lambda one: one.id == card.id and "✅ Выполнено" in one.labels)
    await complete(marina, card)
    await anna.wait_for(f"#{number} ✅ Выполнено: ")
