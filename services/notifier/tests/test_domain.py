"""Pure: who hears what, what a delivery is called, and a sentence for everything in every language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notifier_support import Desk, done, refused
from pydantic import SecretStr, ValidationError

from zavhoz_contracts.api.v1 import Person
from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.commands import (
    CancelRequest,
    CommentRequest,
    CompleteRequest,
    ConfirmRequest,
    CreateRequest,
    EditRequest,
    RejectRequest,
    ReopenRequest,
    TakeRequest,
)
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_notifier.application.words import done_toast, notice_text, refusal
from zavhoz_notifier.domain.audience import Notice, deliveries_of, told_of
from zavhoz_notifier.domain.delivery import Kind, Placement, answer, backoff, card, notice
from zavhoz_notifier.settings import Settings
from zavhoz_telegram.screens import units
from zavhoz_telegram.texts import Texts

_STEPS = (TakeRequest, CompleteRequest, RejectRequest, ConfirmRequest, ReopenRequest, CancelRequest, EditRequest)
UTC_ZONE = ZoneInfo("UTC")
LANGUAGES = Texts.load().languages


@given(st.integers(0, 1000))
def test_the_next_attempt_is_never_further_away_than_a_minute(attempts: int) -> None:
    assert 1 <= backoff(attempts) <= backoff(attempts + 1) <= 60


@given(st.uuids(), st.integers(-(2**63), 2**63 - 1))
def test_one_cause_says_one_thing_of_a_kind_in_a_chat(cause: UUID, chat: int) -> None:
    request = uuid4()
    person = uuid4()
    planned = [
        notice(cause, chat, "ru", "a"),
        card(cause, chat, "ru", person, request, Placement.NEW),
        card(cause, chat, "ru", person, uuid4(), Placement.NEW),
        answer(cause, "q", chat, "ru"),
    ]
    assert len({one.id for one in planned}) == len(planned)
    assert notice(cause, chat, "en", "other words").id == planned[0].id
    assert card(cause, chat, "ru", person, request, Placement.LIVE).id == planned[1].id


@pytest.mark.parametrize("age", [timedelta(), timedelta(days=2)])
def test_nobody_is_told_of_what_they_did_or_of_what_is_old(age: timedelta) -> None:
    desk = Desk()
    anna = desk.person(1, "Анна")
    marina = desk.person(2, "Марина", Role.MANAGER)
    created = desk.created(anna)
    request = desk.requests[created.data.request_id]
    taken = desk.taken(request.id, marina)
    now = datetime.now(UTC) + age
    audience = desk.audience(request)
    members = told_of(taken.data, audience, now)
    notices: dict[UUID, Notice] = {member.person_id: ("words", []) for member in members}
    planned = deliveries_of(taken.id, taken.data, audience, now, notices)
    told = [one.chat_id for one in planned if one.kind is Kind.NOTICE]
    assert told == ([] if age else [1])
    assert sorted(one.chat_id for one in planned if one.kind is Kind.CARD) == [1, 2]
    assert all(one.placement is Placement.LIVE for one in planned if one.kind is Kind.CARD)
    new = deliveries_of(created.id, created.data, audience, now, {})
    assert [one.chat_id for one in new] == ([] if age else [2])


def test_a_comment_is_told_to_those_it_concerns_and_never_to_its_author() -> None:
    desk = Desk()
    anna = desk.person(1, "Анна")
    boris = desk.person(2, "Борис", Role.TECHNICIAN)
    marina = desk.person(3, "Марина", Role.MANAGER)
    desk.person(4, "Олег", Role.MANAGER)
    desk.person(9, "Вера")  # it is none of her business
    request_id = desk.created(anna).data.request_id
    request = desk.requests[request_id]

    def told(by: Person, *with_card: int, ago: float = 0) -> set[int]:
        event = desk.commented(request_id, by, "words", ago=ago).data
        members = told_of(event, desk.audience(request), datetime.now(UTC), frozenset(with_card))
        return {member.chat_id for member in members}

    # Nobody works on it yet: those of the staff who have its card.
    assert told(anna, 1, 2, 3) == {2, 3}
    assert told(boris, 1, 2, 3, 4) == {1, 3, 4}
    assert told(anna) == set()
    desk.taken(request_id, boris)
    assert told(anna, 1, 2, 3, 4) == {2}
    assert told(boris, 1, 2, 3, 4) == {1}
    assert told(marina, 1, 2, 3, 4) == {1, 2}
    desk.change(boris, reachable=False)
    assert told(anna, 1, 2, 3, 4) == set(), "it is told to who works on it, even if they do not hear it now"
    desk.change(boris, active=False)
    assert told(anna, 1, 2, 3, 4) == {3, 4}, "who worked on it is gone"
    assert told(marina, 1, 3, 4, ago=2 * 24 * 3600) == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", list(RefusalReason))
def test_every_refusal_has_a_sentence_that_fits_an_alert(reason: RefusalReason, language: str) -> None:
    desk = Desk()
    marina = desk.person(2, "Марина", Role.MANAGER)
    request = desk.requests[desk.created(marina).data.request_id]
    t = Texts.load().for_language(language)
    named = refused(marina, reason, request, who="Я" * 256, limit=10, length=3).data
    sentence = refusal(named, t)
    assert sentence.startswith("#1")
    assert units(sentence) <= 200
    assert "{" not in sentence
    assert not refusal(refused(marina, reason).data, t).startswith("#")


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_was_done_is_said_with_its_number(language: str) -> None:
    desk = Desk()
    marina = desk.person(2, "Марина", Role.MANAGER, language)
    request = desk.requests[desk.created(marina).data.request_id]
    t = Texts.load().for_language(language)
    said = {
        done_toast(done(marina, request, command=command.TYPE).data, t)
        for command in (*_STEPS, CreateRequest, CommentRequest)
    }
    assert len(said) == 9
    assert all("#1" in one for one in said)
    events = [
        desk.taken(request.id, marina),
        desk.completed(request.id, marina),
        desk.rejected(request.id, marina, "<b>" * 400),
        desk.reopened(request.id, marina, "<b>" * 160),
    ]
    texts = {notice_text(event.data, desk.card(request, marina), t, UTC_ZONE)[0] for event in events}
    commented = desk.commented(request.id, marina, "<b>" * 160, attachments=3).data
    texts.add(notice_text(commented, desk.card(request, marina), t, UTC_ZONE, request.comments[-1])[0])
    assert len(texts) == 5
    assert all(text.startswith("<b>#1</b>") and units(text) <= 4096 for text in texts)
    assert not any("<b><b>" in text for text in texts)


def test_a_notice_is_only_of_what_has_words() -> None:
    desk = Desk()
    anna = desk.person(1, "Анна")
    created = desk.created(anna)
    shown = desk.card(desk.requests[created.data.request_id], anna)
    with pytest.raises(TypeError):
        notice_text(created.data, shown, Texts.load().for_language("ru"), UTC_ZONE)


@pytest.mark.parametrize("wrong", [{"send_rate": 0}, {"time_zone": "Mars/Olympus"}, {"chat_rate": -1}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "postgres_url": SecretStr("postgresql://host/db"),
        "amqp_url": SecretStr("amqp://host"),
        "redis_url": SecretStr("redis://host"),
        "requests_api_url": SecretStr("http://host"),
        "api_token": SecretStr("0123456789abcdef"),
        "bot_token": SecretStr("1:token"),
    }
    assert Settings(**right, time_zone="Europe/Moscow").time_zone.key == "Europe/Moscow"
    with pytest.raises(ValidationError):
        Settings(**right, **wrong)
