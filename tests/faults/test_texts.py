"""Whatever people type goes through the whole system: stored as it is kept, shown as it was typed, in nobody's way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from awkward import WORDS, Words
from faults_support import Fire
from telegram_support import SEND, arrived, rows

from zavhoz_devstack.faults.chats import Shown
from zavhoz_devstack.faults.crowd import MANAGERS
from zavhoz_sandbox.client import Person, SeenMessage

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
LARGEST = 2**52 - 1
"""Ids have at most 52 significant bits (https://core.telegram.org/bots/api#user)."""
NAME_MAX, SECONDS = 64, 60.0
MANAGER = MANAGERS[0]


@pytest.mark.exhaustive
async def test_awkward_words_are_filed_commented_and_seen_as_typed(fire: Fire) -> None:
    await fire.sandbox.set_ids(message=2**31 - 100_000, update=2**31 - 100_000)
    manager = await arrived(fire, MANAGER, "Марина")
    async with fire.load(people=2, managers=(MANAGERS[1],)) as crowd:
        works = [_file_and_comment(fire, LARGEST - n, words) for n, words in enumerate(WORDS)]
        wrong = [str(one) for one in await asyncio.gather(*works, return_exceptions=True) if one is not None]
        assert not wrong, "\n".join(wrong)
    await fire.audit(crowd)
    for id in (manager.id, *(LARGEST - n for n in range(len(WORDS)))):
        for message in await Person(fire.sandbox, id, "").chat():
            if not message.mine:
                _ours_alone_is_formatted(message)


@pytest.mark.exhaustive
async def test_awkward_reasons_are_kept_and_told_as_typed(fire: Fire) -> None:
    manager = await arrived(fire, MANAGER, "Марина")
    for number, words in enumerate(_short(WORDS)):
        person = await arrived(fire, LARGEST - 1000 - number, "Борис")
        card = await _filed(person, f"Причина {words.name}: не горит свет")
        seen = await manager.wait_for(_card_like(card))
        query = await manager.begin_press(seen, next(label for label in seen.labels if "Отклонить" in label))
        assert await fire.sandbox.answer(query, 20) is not None
        said = await manager.text(words.typed)
        told = await person.wait_for(lambda one, kept=words.kept or "": kept in one.text, after=card.id)
        _ours_alone_is_formatted(told)
        found = await rows(
            fire, "requests", "SELECT body FROM texts WHERE kind = 'rejection' AND body = $1", words.kept
        )
        assert found, f"{words.name}: not stored as {words.kept!r}; said in {said.id}"
    async with fire.load(people=2, managers=(MANAGERS[1],)) as crowd:
        await crowd.until(20)
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_awkward_names_are_stored_and_shown_as_typed(fire: Fire) -> None:
    manager = await arrived(fire, MANAGER, "Марина")
    for number, words in enumerate(_short(WORDS)):
        name = words.typed[:NAME_MAX]
        person = await fire.sandbox.person(LARGEST - 2000 - number, name)
        await person.text("/start")
        greeting = await person.wait_for("Здравствуйте")
        _ours_alone_is_formatted(greeting)
        card = await _filed(person, f"Имя {words.name}: не горит свет")
        seen = await manager.wait_for(_card_like(card))
        _ours_alone_is_formatted(seen)
        ((stored,),) = await rows(fire, "requests", "SELECT name FROM people WHERE telegram_id = $1", person.id)
        if words.typed == words.kept:
            assert stored == name.strip()
        assert stored.split()[0] in seen.text
    async with fire.load(people=2, managers=(MANAGERS[1],)) as crowd:
        await crowd.until(20)
    await fire.audit(crowd)


def _short(corpus: tuple[Words, ...]) -> list[Words]:
    return [words for words in corpus if words.kept is not None]


async def _file_and_comment(fire: Fire, id: int, words: Words) -> None:
    """As one person; what the manager sees of it as well."""
    person = await fire.sandbox.person(id, "Анна")
    started = await person.text("/start")
    await _seen(fire, id, "a greeting", lambda one: "Здравствуйте" in one.text, started.id)
    said = await person.text(words.typed)
    if words.kept is None:
        await _seen(fire, id, f"{words.name} is too long", lambda one: "Слишком длинно" in one.text, said.id)
        assert await _descriptions(fire, id) == []
        return
    kept, shown = words.kept, " ".join(words.kept.split())
    draft = await _seen(fire, id, f"the draft {words.name}", lambda one: SEND in one.labels, said.id)
    assert kept in draft.text, f"{words.name}: the draft says {draft.text!r}"
    query = await person.begin_press(draft.id, SEND)
    answered = await fire.chats.wait(id, lambda: fire.chats.answers.get(query), SECONDS)
    assert answered is not None, f"{words.name}: nobody answered [Send]"
    assert not answered[1], answered[0]
    card = await _seen(fire, id, f"the card {words.name}", _is_card, said.id)
    assert kept in card.text, f"{words.name}: the card says {card.text!r}"
    assert await _descriptions(fire, id) == [kept]
    number = card.text.split()[0]
    await _seen(fire, MANAGER, f"the card {words.name}", lambda one: _is_card(one) and _about(one, number, kept))
    comment = await person.text(words.typed, reply_to=card.id)
    await _seen(fire, id, f"the comment {words.name}", lambda one: f"{number}: комментарий" in one.text, comment.id)
    assert await _comments(fire, id) == [kept]
    await _seen(
        fire,
        MANAGER,
        f"what is said of {words.name}",
        lambda one: "💬" in one.text and _about(one, number, shown),
    )


async def _seen(fire: Fire, chat: int, what: str, wanted: Callable[[Shown], bool], after: int = 0) -> Shown:
    found = await fire.chats.see(chat, wanted, after=after, seconds=SECONDS)
    assert found is not None, f"{chat} has not seen {what}"
    return found


def _is_card(one: Shown) -> bool:
    return one.text.startswith("#") and "👤" in one.text


def _about(one: Shown, number: str, words: str) -> bool:
    return one.text.split()[0].rstrip(":") == number and words in " ".join(one.text.split()) + one.text


async def _filed(person: Person, text: str) -> SeenMessage:
    said = await person.text(text)
    return await _sent(person, await person.wait_for(lambda one: SEND in one.labels, after=said.id, timeout=60))


async def _sent(person: Person, draft: SeenMessage) -> SeenMessage:
    """The card that the draft becomes."""
    answered = await person.press(draft, SEND, timeout=60)
    assert answered is not None
    assert not answered.alert, answered.text
    return await person.wait_for(
        lambda one: one.text.startswith("#") and one.id >= draft.id and "👤" in one.text, timeout=60
    )


def _card_like(card: SeenMessage) -> Any:
    """Whether a message is the card of the same request."""
    number = card.text.split()[0]
    return lambda one: one.text.startswith(f"{number} ") and "👤" in one.text


def _ours_alone_is_formatted(message: SeenMessage) -> None:
    """Nothing that a person typed was taken for markup; what is bold is a heading of ours."""
    kinds = {entity["type"] for entity in message.raw.get("entities", [])}
    assert kinds <= {"bold"}, f"formatted: {message.raw['entities']} in {message.text!r}"


async def _descriptions(fire: Fire, telegram_id: int) -> list[str]:
    query = "SELECT description FROM requests JOIN people ON people.id = requester_id WHERE telegram_id = $1"
    return [row[0] for row in await rows(fire, "requests", query, telegram_id)]


async def _comments(fire: Fire, telegram_id: int) -> list[str]:
    query = "SELECT body FROM texts JOIN people ON people.id = author_id WHERE telegram_id = $1 AND kind = 'comment'"
    return [row[0] for row in await rows(fire, "requests", query, telegram_id)]
