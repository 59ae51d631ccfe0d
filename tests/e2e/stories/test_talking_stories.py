"""Talking about a request: replies, edits of what was said, how much may be said, photos again, and old buttons."""

from __future__ import annotations

import itertools
import re

import pytest
from e2e_support import Running, button, complete, file_request, number_of, somebody, stored
from redis.asyncio import Redis

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.sample import picture
from zavhoz_sandbox.client import Part, Person, SeenMessage
from zavhoz_sandbox.page.samples import FOLDER

WORDS = "Не горит свет в коридоре второго этажа"
_widths = itertools.count(100)
"""Of pictures: each is another."""
_LIMITS = {"COMMENT_LIMIT": "6", "COMMENT_SECONDS": "3600", "CHAT_RATE": "20"}
pytestmark = [
    pytest.mark.timeout(240),  # the first one waits for the whole system
    pytest.mark.parametrize("shared_stack", [{"settings": _LIMITS}], indirect=True, scope="module"),
]


def sample(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@pytest.mark.story(
    "Talking",
    "A reply is a comment, with a file of any kind; edited within 5 minutes, it says so on every card, silently",
    languages="ru, en",
    refusals=["edited too late", "edited to 501 characters", "an edit of what is no comment"],
)
async def test_comments_and_edits(running: Running) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    anna, john = await somebody(running), await somebody(running, "John", language="en")
    card = await file_request(anna, WORDS)
    number = number_of(card)
    hers = await marina.wait_for(f"#{number} 🆕")

    said = await anna.text("Света нет с утра", reply_to=card.id)
    await anna.wait_for(f"#{number}: комментарий")
    await marina.wait_for(lambda one: one.id == hers.id and "Анна: Света нет с утра" in one.text)
    await marina.wait_for(f"#{number} 💬 Анна: Света нет с утра")
    heard = [one.id for one in await marina.chat()]
    await anna.edit(said, "Света нет со вчера")
    shown = await marina.wait_for(lambda one: one.id == hers.id and "Света нет со вчера" in one.text)
    assert re.search(r"\d\d:\d\d \(изменено\), Анна: Света нет со вчера", shown.text), shown.text
    await anna.wait_for(lambda one: one.id == card.id and "(изменено)" in one.text)
    assert [one.id for one in await marina.chat()] == heard, "nobody is told of an edit"

    await running.sandbox.advance(1)  # edits are told apart by their second
    await anna.edit(said, "о" * 501)
    await anna.wait_for(f"#{number}: Комментарий слишком длинный: 501")

    # What is no comment is passed over.
    told = len(await anna.chat())
    draft = await anna.text("Не закрывается окно")
    await anna.wait_for(lambda one: "📨" in "".join(one.labels), after=draft.id)
    await anna.edit(draft, "Не открывается окно")
    await running.confirmed()
    assert len(await anna.chat()) == told + 2

    # Any message about the request can be replied to, with any file.
    theirs = await file_request(john, "The tap in 214 is dripping")
    reply = await john.media(
        "video", sample("dripping-tap.mp4"), mime_type="video/mp4", caption="Like this", reply_to=theirs.id
    )
    got = await john.wait_for(f"#{number_of(theirs)}: ", after=reply.id)
    for kind, name, mime_type in (
        ("voice", "voice.ogg", "audio/ogg"),
        ("video_note", "flickering-lamp.mp4", "video/mp4"),
        ("audio", "voice.ogg", "audio/ogg"),
    ):
        await john.media(kind, sample(name), mime_type=mime_type, reply_to=got.id)
        got = await john.wait_for(f"#{number_of(theirs)}: ", after=got.id + 1)
    drawn = await john.wait_for(lambda one: one.id == theirs.id and "📎 4 attachments" in one.text)
    assert "John: Like this 📎 1 attachment" in drawn.text
    await john.edit(reply, "Like that")
    drawn = await john.wait_for(lambda one: one.id == theirs.id and "Like that" in one.text)
    assert "(edited), John: Like that 📎 1 attachment" in drawn.text

    # Five minutes later what was said stays as it is.
    await running.sandbox.advance(301)
    await anna.edit(said, "Света нет давно")
    late = await anna.wait_for("можно изменить в течение 5 минут")
    assert late.text.startswith(f"#{number}: ")
    bodies = "SELECT body FROM texts JOIN requests ON requests.id = request_id WHERE number = $1"
    assert await running.values("requests", bodies, number) == ["Света нет со вчера"]


@pytest.mark.story(
    "Limits",
    "So many comments in a while; the refusal says until when, and a reply to it sends what was typed",
    languages="ru, en",
    refusals=["one comment too many in a while", "an album of comments, refused once"],
)
async def test_comment_limit(running: Running) -> None:
    anna, john = await somebody(running), await somebody(running, "John", language="en")
    for person, words, sentence, unit in (
        (anna, WORDS, "Слишком много комментариев подряд", r"через \d+ секунд"),
        (john, "The light is broken in the hall", "That was many comments in a row", r"in \d+ seconds?"),
    ):
        card = await file_request(person, words)
        number = number_of(card)
        for n in range(5):
            await person.text(f"{n + 1}", reply_to=card.id)
        album = (Part(picture(31), caption="6"), Part(picture(32)))
        await person.album(*album, reply_to=card.id)  # counts as one
        await drawn(person, card, "6 📎 1")
        said = await person.text("7", reply_to=card.id)
        refused = await person.wait_for(sentence, after=said.id)
        assert refused.text.startswith(f"#{number} ")
        assert re.search(unit, refused.text), refused.text
        (part, *_) = await person.album(*album, reply_to=card.id)
        await person.wait_for(sentence, after=part.id)
        await running.confirmed()
        assert sum(sentence in one.text for one in await person.chat()) == 2, "an album is refused once"
        told = "SELECT count(*) FROM texts JOIN requests ON requests.id = request_id WHERE number = $1"
        assert await running.values("requests", told, number) == [6]
        # Time passes; the reply to the refusal itself is the comment.
        await forget(running, f"*:{person.id}*:commented")
        await person.text("7", reply_to=refused.id)
        await drawn(person, card, ": 7")


@pytest.mark.story(
    "My requests",
    "The photos of a request, again: an album below the card, and a reply to any of it is a comment",
    languages="ru, en",
    refusals=["a stranger's forged button", "files that Telegram no longer has", "files that are still checked"],
)
async def test_photos(running: Running) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    anna, john = await somebody(running), await somebody(running, "John", language="en")
    card = await file_request(anna, WORDS)
    number = number_of(card)
    assert "🖼 Фото" not in card.labels
    names = ("dripping-tap.jpg", "cold-radiator.jpg", "torn-socket.jpg")
    await anna.album(*(Part(sample(name)) for name in names), reply_to=card.id)
    await anna.document(sample("act.pdf"), "act.pdf", reply_to=card.id)
    await anna.media("voice", sample("voice.ogg"), mime_type="audio/ogg", reply_to=card.id)
    await stored(running, number, 5)
    hers = await marina.wait_for(lambda one: f"#{number} " in one.text and "📎 5 вложений" in one.text)

    answer = await marina.press(hers, "🖼 Фото")
    assert answer is not None
    assert not answer.text
    voice = await marina.wait_for(lambda one: one.raw.get("voice") is not None)
    sent = [one for one in await marina.chat() if one.id > hers.id and one.text == f"#{number}"]
    kinds = [next(kind for kind in ("photo", "document", "voice") if kind in one.raw) for one in sent]
    assert kinds == ["photo", "photo", "photo", "document", "voice"]
    assert len({one.raw["media_group_id"] for one in sent[:3]}) == 1
    assert sent[0].raw["reply_to_message"]["message_id"] == hers.id
    await marina.text("Вижу, приду в три", reply_to=sent[1].id)
    await anna.wait_for(lambda one: one.id == card.id and "Марина: Вижу, приду в три" in one.text)
    await marina.text("И голос слышу", reply_to=voice.id)
    await anna.wait_for(lambda one: one.id == card.id and "Марина: И голос слышу" in one.text)

    forged = await john.press((await john.chat())[-1], data=hers.data("🖼 Фото"))
    assert forged is not None
    assert forged.alert

    # Of more than ten the newest ten; in English.
    theirs = await file_request(john, "The tap in 214 is dripping")
    number = number_of(theirs)
    for _ in range(2):
        await john.album(*(Part(picture(next(_widths))) for _ in range(6)), reply_to=theirs.id)
    await stored(running, number, 12)
    theirs = await john.wait_for(lambda one: one.id == theirs.id and "🖼 Photos" in one.labels)
    toast = await john.press(theirs, "🖼 Photos")
    assert toast is not None
    assert toast.text == f"#{number}: Of 12 files the newest 10 of each kind are shown."
    await john.wait_for(lambda one: one.text == f"#{number}")
    assert len([one for one in await john.chat() if one.text == f"#{number}"]) == 10

    change = "UPDATE attachments SET {} FROM requests WHERE requests.id = request_id AND number = $1"
    await running.execute("requests", change.format("file_id = 'gone'"), number)
    await john.press(theirs, "🖼 Photos")
    gone = await john.wait_for("Telegram cannot show these files any more")
    assert gone.text.startswith(f"#{number} ")
    await running.execute("requests", change.format("status = 'pending'"), number)
    waits = await john.press(theirs, "🖼 Photos")
    assert waits is not None
    assert waits.alert
    assert "still being checked" in waits.text


async def drawn(person: Person, card: SeenMessage, text: str) -> None:
    """Wait until the card says so."""
    await person.wait_for(lambda one: one.id == card.id and text in one.text)


async def forget(running: Running, keys: str) -> None:
    """Let the time pass after which Redis forgets these keys."""
    redis = Redis.from_url(running.stack.addresses.redis_url)
    try:
        found = await redis.keys(keys)
        assert found
        await redis.delete(*found)
    finally:
        await redis.aclose()


@pytest.mark.story(
    "My requests",
    "A former card has no buttons; pressed all the same in a chat that still shows them, they act or say why not",
    languages="ru",
    refusals=["taken already"],
)
async def test_old_buttons(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    card = await file_request(anna, WORDS)
    number = number_of(card)
    former = await marina.wait_for(f"#{number} 🆕")
    take = former.data(button(former, "🔧"))
    await marina.text("/queue")
    listed = await marina.wait_for(lambda one: f"#{number}" in one.labels)
    await marina.press(listed, f"#{number}")
    live = await marina.wait_for(lambda one: one.id > former.id and one.text.startswith(f"#{number} 🆕"))
    former = await marina.wait_for(lambda one: one.id == former.id and not one.labels)

    taken = await marina.press(former, data=take)
    assert taken is not None
    assert not taken.alert
    live = await marina.wait_for(lambda one: one.id == former.id and "✅ Выполнено" in one.labels)
    again = await marina.press(live, data=take)
    assert again is not None
    live = await complete(marina, live)
    await anna.wait_for(f"#{number} ✅ Выполнено: ")
    late = await marina.press(live, data=take)
    assert late is not None
    assert late.alert
    assert late.text.startswith(f"#{number}: ")
