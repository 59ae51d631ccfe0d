"""Who people become by writing to us: what Telegram says of them, and the list of first managers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests_support import ANNA, NOW

from zavhoz_contracts.message import Role
from zavhoz_requests.domain.people import Registered, RoleChanged, language_of, meet, newcomer
from zavhoz_requests.domain.state import Person

STRANGER = newcomer(uuid4(), ANNA.actor, NOW)
KNOWN = replace(STRANGER, version=1)
NEWER = NOW + timedelta(seconds=1)


def test_a_stranger_is_registered_by_whatever_they_send() -> None:
    met, events = meet(STRANGER, ANNA.actor, NOW, may_become_manager=False)
    assert events == (Registered(STRANGER.id, Role.REQUESTER, NOW),)
    assert met == KNOWN


def test_a_listed_stranger_is_registered_as_manager() -> None:
    met, events = meet(STRANGER, ANNA.actor, NOW, may_become_manager=True)
    assert events == (Registered(STRANGER.id, Role.MANAGER, NOW),)
    assert (met.role, met.version) == (Role.MANAGER, 1)


def test_somebody_listed_later_becomes_a_manager_by_their_next_message() -> None:
    met, events = meet(KNOWN, ANNA.actor, NEWER, may_become_manager=True)
    assert events == (RoleChanged(KNOWN.id, Role.MANAGER, Role.REQUESTER, NEWER),)
    assert (met.role, met.version) == (Role.MANAGER, 2)
    assert meet(met, ANNA.actor, NEWER, may_become_manager=True) == (met, ())


def test_a_newer_update_describes_somebody_anew_and_an_older_one_does_not() -> None:
    renamed = replace(ANNA, name="Anna-Maria", username="annam", language="en")
    met, events = meet(KNOWN, replace(renamed, seen_at=NEWER).actor, NEWER, may_become_manager=False)
    assert (met.name, met.username, met.language, met.seen_at, events) == ("Anna-Maria", "annam", "en", NEWER, ())
    older = replace(renamed, seen_at=NOW - timedelta(seconds=1)).actor
    assert meet(KNOWN, older, NEWER, may_become_manager=False) == (KNOWN, ())


def test_a_language_somebody_chose_stays() -> None:
    chose = replace(KNOWN, language="ru", language_chosen=True)
    met, _ = meet(chose, replace(ANNA, language="en", seen_at=NEWER).actor, NEWER, may_become_manager=False)
    assert met.language == "ru"


def test_who_writes_to_us_can_be_reached() -> None:
    gone = replace(KNOWN, reachable=False)
    old = replace(ANNA, seen_at=NOW - timedelta(days=1)).actor
    assert meet(gone, old, NOW, may_become_manager=False)[0].reachable


def test_nothing_new_is_not_worth_a_write() -> None:
    assert meet(KNOWN, replace(ANNA, seen_at=NEWER).actor, NEWER, may_become_manager=False) == (KNOWN, ())


@pytest.mark.parametrize(
    ("code", "language"),
    [("ru", "ru"), ("ru-RU", "ru"), ("RU", "ru"), ("en-GB", "en"), ("de", "de"), (None, "en"), ("", "en")],
)
def test_the_language_is_kept_without_its_region(code: str | None, language: str) -> None:
    assert language_of(code) == language


@given(st.text(max_size=256))
def test_everybody_has_a_name_that_can_be_shown(name: str) -> None:
    person: Person = newcomer(uuid4(), replace(ANNA, name=name).actor, NOW)
    assert person.name
    assert person.name == person.name.strip()
    assert "\x00" not in person.name
