"""From updates to who, where and what; and what is remembered of people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiogram.types import Update

from zavhoz_contracts.api.client import ApiUnavailable, NotFound
from zavhoz_contracts.api.v1 import Person
from zavhoz_contracts.message import Actor, Role
from zavhoz_gateway.application.people import People, Profile
from zavhoz_gateway.application.ports import StoreUnavailable
from zavhoz_gateway.entrypoints import reading
from zavhoz_telegram.texts import Texts

ANNA = {"id": 2**52 - 1, "is_bot": False, "first_name": "Анна"}
CHAT = {"id": 2**52 - 1, "type": "private", "first_name": "Анна"}
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANNA_ID = uuid4()


def message(**content: Any) -> Update:
    fields = {"message_id": 5, "date": int(NOW.timestamp()), "chat": CHAT, "from": ANNA, **content}
    return Update.model_validate({"update_id": 1, "message": fields})


def actor_of(**user: Any) -> Actor:
    read = message(text="x", **{"from": {**ANNA, **user}}).message
    assert read is not None
    actor = reading.actor_of_message(read)
    assert actor is not None
    return actor


def test_the_actor_is_the_sender_at_the_time_of_the_message() -> None:
    actor = actor_of(last_name="К.", username="anna", language_code="ru")
    assert actor == Actor(telegram_id=2**52 - 1, name="Анна К.", username="anna", language="ru", seen_at=NOW)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"first_name": "\u0000\u0007"}, str(2**52 - 1)),
        ({"first_name": "\u0007", "username": "anna"}, "anna"),
        ({"first_name": "я" * 400}, "я" * 256),
    ],
)
def test_names_are_made_fit(user: dict[str, str], name: str) -> None:
    assert actor_of(**user).name == name


def test_a_press_is_of_whoever_pressed_not_of_who_wrote_the_message() -> None:
    bot = {"id": 1, "is_bot": True, "first_name": "bot"}
    query = {
        "id": "77", "from": ANNA, "chat_instance": "1", "data": "x",
        "message": {"message_id": 9, "date": 0, "chat": {"id": 42, "type": "private"}, "from": bot},
    }  # fmt: skip
    update = Update.model_validate({"update_id": 1, "callback_query": query})
    assert update.callback_query is not None
    actor = reading.actor_of_press(update.callback_query)
    assert actor.telegram_id == ANNA["id"]
    pressed = reading.pressed(update.callback_query, actor, "ru")
    assert pressed is not None
    assert (pressed.chat_id, pressed.message_id, pressed.query_id) == (42, 9, "77")
    assert reading.person_of(update) == f"person:{ANNA['id']}"
    inline = Update.model_validate({"update_id": 1, "callback_query": {**query, "message": None}})
    assert inline.callback_query is not None
    assert reading.pressed(inline.callback_query, actor, "ru") is None


def test_what_nobody_sent_is_its_own_lane() -> None:
    update = Update.model_validate({"update_id": 8, "channel_post": {"message_id": 1, "date": 1, "chat": CHAT}})
    assert reading.person_of(update) == "update:8"
    assert reading.kind_of(update) == "other"


def test_what_a_document_says_of_itself_is_made_fit() -> None:
    document = {"file_id": "f", "file_unique_id": "u", "file_name": "a\u0000" * 300, "mime_type": "x" * 300}
    read = message(document=document, caption=" сломано\u0007 ").message
    assert read is not None
    content = reading.content_of(read)
    assert content.text == "сломано"
    assert content.file is not None
    assert content.file.file_name == "a" * 255
    assert content.file.mime_type == "x" * 255
    assert content.file.size is None


class Api:
    """Knows who it is told to know; is away while told to be."""

    def __init__(self) -> None:
        self.language: str | None = None
        self.reachable = True
        self.away = False
        self.asked = 0

    async def person(self, as_: str) -> Person:
        self.asked += 1
        if self.away:
            raise ApiUnavailable("away")
        if self.language is None:
            raise NotFound("nobody")
        return Person(
            person_id=ANNA_ID, telegram_id=int(as_.removeprefix("tg:")), name="Анна", role=Role.REQUESTER,
            language=self.language, active=True, reachable=self.reachable, registered_at=NOW,
        )  # fmt: skip


class Languages:
    """Remembers in this process; is away while told to be."""

    def __init__(self) -> None:
        self.chosen: dict[int, str] = {}
        self.away = False

    async def get(self, telegram_id: int) -> str | None:
        if self.away:
            raise StoreUnavailable("away")
        return self.chosen.get(telegram_id)

    async def put(self, telegram_id: int, language: str) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.chosen[telegram_id] = language


async def test_a_language_that_was_chosen_is_seen_at_once_by_every_replica() -> None:
    api, languages = Api(), Languages()
    here, elsewhere = People(api, languages), People(api, languages)
    anna = Actor(telegram_id=1, name="Анна", seen_at=NOW)
    api.language = "ru"
    for people in (here, elsewhere):
        assert (await people.profile(anna)).language == "ru"
    await here.chose(anna, "en")
    for people in (here, elsewhere):
        assert (await people.profile(anna)).language == "en"
    languages.away = True
    assert (await elsewhere.profile(anna)).language == "ru", "it is remembered for a minute, and nobody knows better"
    await here.chose(anna, "en")
    api.language = "en"
    assert (await here.profile(anna)).language == "en", "asked again where it was chosen"


async def test_people_are_asked_about_once_a_minute() -> None:
    api, time = Api(), [0.0]
    people, anna = People(api, Languages(), clock=lambda: time[0]), Actor(telegram_id=1, name="Анна", seen_at=NOW)
    assert await people.profile(anna) == Profile("en", known=False)
    assert await people.profile(anna) == Profile("en", known=False), "not registered so far, so asked again"
    people.registered(anna, Profile("en", known=False))
    assert await people.profile(anna) == Profile("en")
    assert api.asked == 2
    api.language, time[0] = "ru", 61.0
    assert await people.profile(anna) == Profile("ru", person_id=ANNA_ID)
    time[0] += 59
    assert await people.profile(anna) == Profile("ru", person_id=ANNA_ID)
    assert api.asked == 3


async def test_while_the_api_is_away_it_is_asked_now_and_then() -> None:
    api, time = Api(), [0.0]
    people, anna = (
        People(api, Languages(), clock=lambda: time[0]),
        Actor(telegram_id=1, name="Анна", language="ru", seen_at=NOW),
    )
    api.away = True
    assert await people.profile(anna) == Profile("ru", known=False)
    assert await people.profile(anna) == Profile("ru", known=False)
    assert api.asked == 1
    api.away, api.language, time[0] = False, "en", 3.0
    assert await people.profile(anna) == Profile("en", person_id=ANNA_ID)


async def test_who_could_not_be_reached_is_registered_again_by_whatever_they_write() -> None:
    api, time = Api(), [0.0]
    people, anna = People(api, Languages(), clock=lambda: time[0]), Actor(telegram_id=1, name="Анна", seen_at=NOW)
    api.language, api.reachable = "ru", False
    assert await people.profile(anna) == Profile("ru", known=False, person_id=ANNA_ID)
    api.reachable, time[0] = True, 3.0
    assert await people.profile(anna) == Profile("ru", person_id=ANNA_ID), "asked again soon"


def test_alerts_are_short_enough_in_every_language() -> None:
    keys = (
        "chat.deactivated", "chat.not_allowed", "chat.outdated", "draft.gone", "draft.already_sent",
        "draft.store_away", "question.unavailable", "list.queue_denied", "list.unavailable", "queue.no_memory",
        "settings.quiet_nonsense", "settings.unknown", "refusal.last_manager", "refusal.not_confirmed",
    )  # fmt: skip
    texts = Texts.load()
    for language in texts.languages:
        t = texts.for_language(language)
        for key in keys:
            assert len(t.plain(key)) <= 200, (language, key)
        assert len(t.plain("chat.failed", code="12345678")) <= 200
