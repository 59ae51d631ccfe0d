"""Filing from anything, and saying where: each story in one chat, from the first message to the request."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from e2e_support import Running, button, ids, load_places, number_of, somebody
from redis.asyncio import Redis

from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Part, Person, SeenMessage

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system
SAMPLES = files("zavhoz_sandbox") / "samples"
LIBRARY = "Школа № 7 › Главный корпус › 2 этаж › Библиотека"
SCHOOL = """code;parent;kind;name
school-7;;site;Школа № 7
main;school-7;building;Главный корпус
floor-1;main;floor;1 этаж
floor-2;main;floor;2 этаж
room-101;floor-1;room;Кабинет 101
room-214;floor-2;room;Кабинет 214 (химия)
library;floor-2;room;Библиотека
canteen;main;room;Столовая
projector;room-214;asset;Проектор
yard;school-7;room;Двор
"""


def sample(name: str, salt: bytes = b"") -> bytes:
    """A file that people send; salted, another one with the same picture."""
    return (SAMPLES / name).read_bytes() + salt


async def now(person: Person, draft: SeenMessage) -> SeenMessage:
    """The draft as it stands."""
    return next(message for message in await person.chat() if message.id == draft.id)


async def tap(person: Person, draft: SeenMessage, part: str) -> SeenMessage:
    """Press the button of the draft that has `part` on it; the draft as it stands then."""
    answer = await person.press(draft, button(await now(person, draft), part))
    assert answer is not None
    assert not answer.alert, answer
    return await now(person, draft)


async def refused(person: Person, draft: SeenMessage, part: str) -> str:
    """Press a button that is refused; what is said."""
    answer = await person.press(draft, button(await now(person, draft), part))
    assert answer is not None
    assert answer.alert
    return answer.text


async def sent(person: Person, draft: SeenMessage) -> SeenMessage:
    """Press [Send]; the card that the draft becomes."""
    await tap(person, draft, "📨")
    return await person.wait_for(lambda message: message.id == draft.id and message.text.startswith("#"))


async def filed(running: Running, card: SeenMessage) -> dict[str, Any]:
    """A request as the database has it, with its attachments' kinds and what became of them, in order."""
    query = """
        SELECT json_build_object(
            'title', title, 'description', description, 'place', place, 'priority', priority,
            'code', (SELECT code FROM places WHERE places.id = place_id),
            'files', (SELECT json_agg(kind || ' ' || attachments.status || ' ' || coalesce(media_type, '')
                                      ORDER BY position)
                      FROM attachments WHERE request_id = requests.id))
        FROM requests WHERE number = $1
    """
    (found,) = await running.values("requests", query, number_of(card))
    given: dict[str, Any] = json.loads(found)
    return given


async def kept(running: Running, card: SeenMessage) -> list[str]:
    """The files of a request once every one of them was looked at."""

    async def looked_at() -> bool:
        return not any("pending" in file for file in (await filed(running, card))["files"])

    await wait_until(looked_at, "every file was looked at", timeout=60)
    return list((await filed(running, card))["files"])


@pytest.mark.story(
    "Filing",
    "Words, photos, an album, a video, a voice and a video message, sound, a document, a location and a forwarded"
    " message make one draft; a part of the album that comes late goes with it",
    languages="ru",
    refusals=["an empty draft", "an eleventh file", "a contact, which cannot be taken"],
)
async def test_anything_makes_a_draft(running: Running) -> None:
    anna = await somebody(running)

    # A place alone is not enough to be sent.
    begun = await anna.location(55.751244, 37.618423)
    draft = await anna.wait_for("📍 55.75124, 37.61842", after=begun.id)
    assert "отправлять нечего" in await refused(anna, draft, "📨")

    await anna.other({"contact": {"phone_number": "+7", "first_name": "Борис"}})
    await anna.wait_for("Такое я принять не могу", after=draft.id)
    await anna.media("voice", sample("voice.ogg"), mime_type="audio/ogg")
    await anna.media("video", sample("dripping-tap.mp4"), mime_type="video/mp4", caption="Кран капает <всю ночь>")
    await anna.media("video_note", sample("flickering-lamp.mp4"), mime_type="video/mp4")
    await anna.media("audio", b"ID3\x03\0\0\0\0\0\0" + bytes(200), mime_type="audio/mpeg")
    await anna.document(sample("act.pdf"), "акт.pdf")
    neighbour = {"type": "user", "date": 1764000000, "sender_user": {"id": 1, "is_bot": False, "first_name": "Пётр"}}
    await anna.other({"text": "И раковина засорилась", "forward_origin": neighbour})
    album = await anna.album(
        *(Part(sample("dripping-tap.jpg", bytes([n])), caption="Вот" * (n == 0)) for n in range(4))
    )
    full = await anna.wait_for("4 фото, 1 документ, 1 видео, 1 видеосообщение, 1 голосовое сообщение, 1 аудиозапись")
    assert full.id == draft.id
    assert "Кран капает <всю ночь>\nИ раковина засорилась\nВот" in full.text
    for n in (1, 2):
        await anna.photo(sample("torn-socket.jpg", bytes([n])))
    await anna.wait_for("Слишком много файлов", after=full.id)

    # The tenth goes with the album, although it comes when the rest is filed.
    card = await sent(anna, draft)
    await anna.photo(sample("broken-window.jpg"), media_group_id=album[0].raw["media_group_id"])
    late = await anna.wait_for(lambda message: message.id == draft.id and "11 вложений" in message.text)
    assert late.text.startswith(f"#{number_of(card)}")
    files = await kept(running, card)
    assert files == [
        "voice stored audio/ogg", "video stored video/mp4", "video_note stored video/mp4", "audio stored audio/mpeg",
        "document stored application/pdf", *["photo stored image/jpeg"] * 6,
    ]  # fmt: skip
    one = await filed(running, card)
    assert (one["place"], one["code"], one["title"]) == ("55.75124, 37.61842", None, "Кран капает <всю ночь>")


@pytest.mark.story(
    "Filing",
    "Every part of a draft is changed before it is sent: the words, the files, the place, the priority",
    languages="en",
    refusals=["too few words, said at [Send], and the draft stays open", "words too long to replace the old ones"],
)
async def test_every_part_can_be_changed(running: Running) -> None:
    john = await somebody(running, "John", language="en")
    said = await john.text("Tap")
    draft = await john.wait_for("New request", after=said.id)
    assert "place not said: press “📍 Place”" in draft.text
    assert "no attachments yet" in draft.text
    assert "at least 10 characters, there are 3" in await refused(john, draft, "📨")
    await john.text("is dripping")
    await john.wait_for("Tap\nis dripping")

    asked = await tap(john, draft, "✏️ Text")
    assert "it replaces all of the old one" in asked.text
    await john.text("o" * 1001)
    await john.wait_for("Too long", after=draft.id)
    await john.photo(sample("dripping-tap.jpg"))
    await john.text("The radiator leaks, not the tap")
    other = await john.wait_for("The radiator leaks, not the tap")
    assert "dripping" not in other.text
    assert "1 photo" in other.text

    await john.document(sample("act.pdf"), "act.pdf")
    await john.wait_for("1 photo, 1 document")
    await tap(john, draft, "📎 Files")
    assert "✖ 1. act.pdf" in (await tap(john, draft, "✖ 1. Photo")).labels
    await tap(john, draft, "‹")

    await tap(john, draft, "📍 Place")
    await john.text("behind the stairs")
    await john.wait_for("no such place in the list")
    await tap(john, draft, "Take as written")
    await tap(john, draft, "📍 Place")
    assert "place not said" in (await tap(john, draft, "No place")).text
    await tap(john, draft, "📍 Place")
    await john.text("under the stairs")
    await john.wait_for("no such place in the list")
    assert "📍 under the stairs" in (await tap(john, draft, "Take as written")).text
    await tap(john, draft, "High")

    card = await sent(john, draft)
    assert "📍 under the stairs" in card.text
    one = await filed(running, card)
    assert (one["description"], one["place"], one["priority"], len(one["files"])) == (
        "The radiator leaks, not the tap", "under the stairs", "high", 1,
    )  # fmt: skip


@pytest.mark.story(
    "Places",
    "A table of places is loaded, and a place found level by level, by typed words, among the ones used before, or said"
    " in one's own words; the gateway is killed in the middle of it",
    languages="ru",
    refusals=["rows of the table that are wrong", "a place that is archived meanwhile", "a place too short"],
)
async def test_the_place_is_chosen_in_the_draft(running: Running, tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    wrong = load_places(running, table, SCHOOL + "cellar;basement;room;Подвал\n")
    assert "places.csv:12: parent 'basement' is neither" in wrong
    assert "nothing was changed: 1 row must be put right" in wrong
    assert "would be: 10 added" in load_places(running, table, SCHOOL, "--dry-run")
    assert load_places(running, table, SCHOOL).endswith("10 added\n")
    assert load_places(running, table, SCHOOL).endswith("10 unchanged\n")

    # Level by level; in the middle of it the gateway is killed, and what was asked is asked still.
    anna = await somebody(running)
    said = await anna.text("Не горит свет над столом")
    draft = await anna.wait_for("Новая заявка", after=said.id)
    assert (await tap(anna, draft, "📍")).labels == ("Школа № 7 ›", "‹ К заявке")
    await tap(anna, draft, "Школа № 7")
    assert "Столовая" in (await tap(anna, draft, "Главный корпус")).labels
    gateway = running.stack.services["gateway"]
    gateway.kill()
    await anna.photo(sample("flickering-lamp.jpg"))
    gateway.start()
    grown = await anna.wait_for("1 фото", timeout=60)
    assert grown.id == draft.id
    assert "✓ Здесь: Главный корпус" in grown.labels
    await tap(anna, draft, "2 этаж")
    assert f"📍 {LIBRARY}\n" in (await tap(anna, draft, "Библиотека")).text
    card = await sent(anna, draft)
    assert f"📍 {LIBRARY}\n" in card.text
    assert (await filed(running, card))["code"] == "library"
    events = running.subscriber.of("zavhoz.request.created.v1")
    (created,) = [event.data for event in events if event.data.number == number_of(card)]
    assert (created.place, created.place_code) == (LIBRARY, "library")

    # By words, mistyped and in the wrong order; then it is among those used before.
    said = await anna.text("Не работает проектор, мигает")
    draft = await anna.wait_for("Новая заявка", after=said.id)
    assert "🕘 Библиотека · 2 этаж · Главный корпус · Школа № 7" in (await tap(anna, draft, "📍")).labels
    await anna.text("214 коббинет")
    found = await anna.wait_for("нашлось 2 места", after=card.id)
    assert found.labels[0] == "Кабинет 214 (химия) · 2 этаж · Главный корпус · Школа № 7 ›"
    assert "📍 Школа № 7" in (await tap(anna, draft, "Проектор")).text
    second = await sent(anna, draft)
    assert (await filed(running, second))["code"] == "projector"
    said = await anna.text("Опять не работает проектор")
    draft = await anna.wait_for("Новая заявка", after=said.id)
    recent = [label for label in (await tap(anna, draft, "📍")).labels if label.startswith("🕘")]
    assert [label.split(" · ")[0] for label in recent] == ["🕘 Проектор", "🕘 Библиотека"]

    # The one that is tapped is archived meanwhile; the draft stays, and own words do.
    await tap(anna, draft, "Проектор")
    without = SCHOOL.replace("projector;room-214;asset;Проектор\n", "")
    assert load_places(running, table, without, "--archive-missing").endswith("1 archived, 9 unchanged\n")
    assert "Этого места больше нет" in await refused(anna, draft, "📨")
    await tap(anna, draft, "📍")
    await anna.text("ъ")
    await anna.wait_for("«ъ»: такого места в списке нет", after=card.id)
    assert "слишком короткое" in await refused(anna, draft, "Так и записать")
    await anna.text("в подсобке у лестницы")
    await anna.wait_for("«в подсобке у лестницы»", after=card.id)
    await tap(anna, draft, "Так и записать")
    third = await sent(anna, draft)
    assert "📍 в подсобке у лестницы" in third.text
    assert (await filed(running, second))["place"].endswith("Проектор"), "what is filed stays as it was"

    # Given up from inside the choice.
    said = await anna.text("Сломан стул у окна")
    draft = await anna.wait_for("Новая заявка", after=said.id)
    await tap(anna, draft, "📍")
    await anna.text("/cancel")
    await anna.wait_for("Черновик удалён: Сломан стул у окна", after=draft.id)
    assert load_places(running, table, SCHOOL).endswith("1 restored, 9 unchanged\n")


@pytest.mark.story(
    "Places",
    "A QR code in the room: two taps and one photo make a request of who has never been here",
    languages="ru, en",
    refusals=["a code that is no place"],
)
async def test_a_code_in_the_room_makes_a_request_in_two_taps(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", SCHOOL)
    for language, title, counted, unknown in (
        ("ru", "Фото", "1 фото", "Места с этого QR-кода больше нет"),
        ("en", "Photo", "1 photo", "The place of this QR code is no longer in the list"),
    ):
        newcomer = await running.sandbox.person(next(ids), "Вера", language_code=language)
        taps, photos = 0, 0
        begun = await newcomer.start("loc_room-214")
        taps += 1
        draft = await newcomer.wait_for("📍 Школа № 7 › Главный корпус › 2 этаж › Кабинет 214 (химия)", after=begun.id)
        await newcomer.photo(sample("dripping-tap.jpg"))
        photos += 1
        assert (await newcomer.wait_for(counted)).id == draft.id
        card = await sent(newcomer, draft)
        taps += 1
        assert (taps, photos) == (2, 1)
        mine = [message for message in await newcomer.chat() if message.mine]
        assert len(mine) == taps - 1 + photos, "START and a photo; [Send] is a press"
        one = await filed(running, card)
        assert (one["code"], one["description"]) == ("room-214", "")
        assert one["title"] == f"{title}: Кабинет 214 (химия)"
        assert await kept(running, card) == ["photo stored image/jpeg"]

        # While something is being put together, only its place is replaced.
        said = await newcomer.text("Стекло треснуло внизу")
        draft = await newcomer.wait_for(lambda message: "📨" in "".join(message.labels), after=said.id)
        followed = await newcomer.start("loc_yard")
        await newcomer.wait_for("Школа № 7 › Двор", after=followed.id)
        changed = await now(newcomer, draft)
        assert "Стекло треснуло внизу" in changed.text
        assert "📍 Школа № 7 › Двор" in changed.text
        await newcomer.text("/cancel")

        followed = await newcomer.start("loc_room-999")
        await newcomer.wait_for(unknown, after=followed.id)
        said = await newcomer.text("Стекло треснуло вверху")
        await newcomer.wait_for(lambda message: "📨" in "".join(message.labels), after=said.id)


@pytest.mark.story(
    "Filing",
    "What memory loses is said: without what Redis held the draft is gone, and the next message begins another",
    languages="ru",
    refusals=["a press under a draft that is gone"],
)
async def test_a_lost_draft_is_said(running: Running) -> None:
    anna = await somebody(running)
    said = await anna.text("Не закрывается окно в холле")
    draft = await anna.wait_for("Новая заявка", after=said.id)
    await running.confirmed()
    async with Redis.from_url(running.stack.addresses.redis_url) as store:
        await store.delete(*[key async for key in store.scan_iter(f"*{anna.id}*")])
    for part in ("📨", "📍", "✏️"):
        assert "Этого черновика больше нет" in await refused(anna, draft, part)
    said = await anna.text("Не закрывается окно в холле")
    again = await anna.wait_for("Новая заявка", after=said.id)
    assert again.id != draft.id
    await sent(anna, again)
