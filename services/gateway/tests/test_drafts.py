"""What a draft takes, and how its revisions keep two writers apart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from secrets import randbelow
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_chassis.health import Health
from zavhoz_contracts.message import AttachmentKind, Priority
from zavhoz_gateway.application.ports import DraftChanged, StoreUnavailable
from zavhoz_gateway.domain.draft import Draft, DraftState, Obstacle, TooMuch
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Content, SentFile
from zavhoz_gateway.store.connection import RedisStore, redis_store
from zavhoz_gateway.store.drafts import Drafts
from zavhoz_gateway.store.questions import Questions
from zavhoz_gateway.store.seen import SeenUpdates

EMPTY = Draft(chat_id=1, message_id=2)


def photo(name: str) -> SentFile:
    return SentFile(AttachmentKind.PHOTO, f"id-{name}", name)


def added(draft: Draft, content: Content, message_id: int) -> Draft:
    more = draft.add(content, message_id)
    assert isinstance(more, Draft)
    return more


@given(st.lists(st.tuples(st.text(max_size=30), st.integers(0, 4)), max_size=8))
def test_the_same_message_again_changes_nothing(messages: list[tuple[str, int]]) -> None:
    draft = EMPTY
    for number, (text, file) in enumerate(messages):
        draft = added(draft, Content(text, photo(str(file))), number)
        assert draft.add(Content(text, photo(str(file))), number) is draft
    assert draft.text == "\n".join(text for text, _ in messages if text)
    assert len(draft.files) == len({file for _, file in messages})


def test_a_character_is_what_a_reader_takes_for_one() -> None:
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    assert isinstance(EMPTY.add(Content(family * 1000), 1), Draft)
    assert EMPTY.add(Content(family * 1001), 1) == TooMuch(Obstacle.TEXT_TOO_LONG, 1000, 1001)


def test_one_character_of_endless_accents_is_too_long_too() -> None:
    refused = EMPTY.add(Content("e" + "\u0301" * 9_000), 1)
    assert isinstance(refused, TooMuch)
    assert refused.obstacle is Obstacle.TEXT_TOO_LONG


def test_the_eleventh_file_is_too_many_but_the_same_one_again_is_not() -> None:
    draft = EMPTY
    for number in range(10):
        draft = added(draft, Content("", photo(str(number))), number)
    assert draft.add(Content("", photo("other")), 100) == TooMuch(Obstacle.TOO_MANY_FILES, 10, 11)
    assert isinstance(draft.add(Content("", photo("3")), 101), Draft)


def test_attachments_have_the_requests_ids() -> None:
    draft = added(EMPTY, Content("", photo("a")), 1)
    one, other = uuid4(), uuid4()
    assert draft.attachments(one) == draft.attachments(one)
    assert draft.attachments(one)[0].attachment_id != draft.attachments(other)[0].attachment_id


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisStore]:
    async with redis_store(redis_url, Health(), randbelow(10**12)) as store:
        yield store


async def test_a_draft_comes_back_as_it_was_written(redis: RedisStore) -> None:
    drafts = Drafts(redis)
    draft = replace(added(EMPTY, Content("Течёт", photo("a")), 7), priority=Priority.HIGH)
    saved = await drafts.save(draft)
    assert saved == replace(draft, revision=1)
    assert await drafts.get(1, 2) == saved
    assert await drafts.current(1) == saved
    assert await drafts.current(99) is None
    assert await drafts.get(1, 99) is None
    await drafts.remove(saved)
    await drafts.remove(saved)
    assert await drafts.current(1) is None
    assert await drafts.get(1, 2) is None


async def test_of_two_writers_from_the_same_revision_the_second_is_refused(redis: RedisStore) -> None:
    drafts = Drafts(redis)
    saved = await drafts.save(EMPTY)
    await drafts.save(replace(saved, priority=Priority.HIGH))
    with pytest.raises(DraftChanged):
        await drafts.save(replace(saved, priority=Priority.LOW))
    with pytest.raises(DraftChanged):
        await drafts.save(EMPTY)
    with pytest.raises(DraftChanged):
        await drafts.remove(saved)
    kept = await drafts.get(1, 2)
    assert kept is not None
    assert (kept.priority, kept.revision) == (Priority.HIGH, 2)


async def test_a_newer_draft_stays_the_current_one_when_an_older_is_written_or_removed(redis: RedisStore) -> None:
    drafts = Drafts(redis)
    older = await drafts.save(EMPTY)
    newer = await drafts.save(replace(EMPTY, message_id=3))
    older = await drafts.save(replace(older, state=DraftState.SENT))
    assert await drafts.current(1) == newer
    await drafts.remove(older)
    assert await drafts.current(1) == newer


async def test_everything_in_redis_is_forgotten_in_time(redis: RedisStore) -> None:
    drafts, day = Drafts(redis), 24 * 3600 * 1000
    saved = await drafts.save(EMPTY)
    keys = redis.chat_key(1, "draft", 2), redis.chat_key(1, "current")
    for key in keys:
        assert 6 * day < await redis.call("PTTL", key) <= 7 * day
    await drafts.save(replace(saved, state=DraftState.SENT))
    for key in keys:
        assert day < await redis.call("PTTL", key) <= 2 * day
    await SeenUpdates(redis).add(5)
    assert day < await redis.call("PTTL", redis.bot_key("update", 5)) <= 2 * day
    await Questions(redis).put(Question(uuid4(), 1, chat_id=1, message_id=2, card_message_id=3))
    assert 14 * 60_000 < await redis.call("PTTL", redis.chat_key(1, "question")) <= 15 * 60_000


async def test_updates_are_remembered_as_a_set(redis: RedisStore) -> None:
    seen = SeenUpdates(redis)
    await seen.add(900)
    assert await seen.has(900)
    assert not await seen.has(899)
    assert not await seen.has(5)


async def test_redis_away_is_an_outage_that_shows() -> None:
    health = Health()
    async with redis_store("redis://127.0.0.1:1/0", health, 1) as store:
        with pytest.raises(StoreUnavailable):
            await Drafts(store).current(1)
    assert "ConnectionError" in health.report()["redis"]
