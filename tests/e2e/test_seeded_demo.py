"""A demo that begins with two weeks of requests: they are there, as of then, and nobody was told of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import pytest
from e2e_support import button, complete

from zavhoz_contracts.api.client import RequestsApi
from zavhoz_contracts.api.people import PeopleView
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.evidence import gather, settled
from zavhoz_devstack.seeding.desk import CATEGORIES, GROUPS, REPLIES, SORTED
from zavhoz_devstack.seeding.history import Given, Photo, everything
from zavhoz_devstack.seeding.people import ANNA, DENIS, GENNADY, GRACE, MARINA, PEOPLE, PYOTR, STAFF, acting
from zavhoz_devstack.seeding.places import TREE
from zavhoz_devstack.seeding.school import CASES
from zavhoz_sandbox.client import Group as SeenGroup
from zavhoz_sandbox.client import SandboxClient

COMMANDS = everything(Given(datetime.now(UTC), defaultdict(lambda: Photo("id", "unique", 1)), defaultdict(uuid4)))
BORIS = 700_099
"""Whom somebody has named as the first manager: the school's own are, beside him."""

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.parametrize(
        "shared_stack",
        [{"demo": True, "seed": True, "admins": [BORIS], "settings": {"CHAT_RATE": "20", "GROUP_RATE": "1200"}}],
        indirect=True,
        ids=["seeded"],
    ),
]


@asynccontextmanager
async def reading(stack: Devstack) -> AsyncIterator[RequestsApi]:
    """The read API, as the gateway has it."""
    token = stack.addresses.tokens["gateway"]
    async with aiohttp.ClientSession() as session:
        yield RequestsApi(session, stack.services["requests"].url, token)


async def test_the_history_is_there_as_of_then_and_untold(shared_stack: Devstack) -> None:
    await settled(shared_stack)
    evidence = await gather(shared_stack)
    now = datetime.now(UTC)
    requests = evidence.rows("requests", "requests")
    assert [row["number"] for row in sorted(requests, key=lambda row: row["created_at"])] == list(
        range(1, len(CASES) + 1)
    )
    assert {row["status"] for row in requests} == {status.value for status in Status}
    assert all(row["place_id"] and row["place"].startswith("Школа № 7 › ") for row in requests)
    ages = [now - row["created_at"] for row in requests]
    assert max(ages) > timedelta(days=13)
    assert min(ages) > timedelta(hours=1)
    # That time ran out is said when the history is played, for the clock goes by no command.
    events = [row for row in evidence.rows("requests", "events") if '"clock"' not in str(row["data"])]
    assert all(now - row["occurred_at"] > timedelta(hours=1) for row in events)
    outcomes = [row["outcome"] for row in evidence.rows("requests", "inbox") if row["outcome"] is not None]
    assert len(outcomes) == len(COMMANDS) + len(STAFF) + len(GROUPS)
    assert all("zavhoz.command.done.v1" in outcome for outcome in outcomes)

    # Its photos are as real as any: fetched, checked and stored by the files service, afterwards.
    sent = sum(len(case.photos) + sum(len(step.photos) for step in case.then) for case in CASES)
    assert len(evidence.stored) == sent > 20

    # And nobody was told; the staff has its menu. What is in the groups is nobody's.
    deliveries = evidence.rows("notifier", "deliveries")
    assert [row["kind"] for row in deliveries if row["chat_id"] > 0 and row["message_id"]] == []
    assert [row["kind"] for row in deliveries if row["chat_id"] > 0].count("menu") == len(STAFF)
    async with SandboxClient(shared_stack.sandbox_url) as sandbox:
        told = {call["arguments"]["chat_id"] for call in await sandbox.calls("sendMessage")}
        assert told == {group.id for group in GROUPS}
        for one in PEOPLE:
            assert (await sandbox.get(f"people/{one.id}/chat"))["messages"] == []


async def test_the_desk_is_set_up(shared_stack: Devstack) -> None:
    """As the read API shows it to the manager."""
    async with reading(shared_stack) as api:
        me = f"tg:{MARINA.id}"
        staff = {one.name: one for one in (await api.people(me, PeopleView.STAFF)).items}
        assert {name: one.role.value for name, one in staff.items()} == {
            PYOTR.name: "technician", GENNADY.name: "technician", MARINA.name: "manager", GRACE.name: "manager"
        }  # fmt: skip
        areas = {one: (await api.profile(me, staff[one.name].person_id)).areas for one in (PYOTR, GENNADY)}
        assert areas[PYOTR] == ()
        assert [place.path for place in areas[GENNADY]] == ["Школа № 7 › Спортивный корпус"]

        for one in await api.managed_places(me, "school"), await api.managed_places(me, "main"):
            assert {place.code for place in one.items} <= {row.partition(";")[0] for row in TREE.splitlines()}
        categories = {one.name("en"): one for one in await api.categories(me)}
        assert {one.name("ru") for one in categories.values()} == {one.names["ru"] for one in CATEGORIES}
        plumbing, cleaning = categories["Plumbing"], categories["Cleaning"]
        assert plumbing.asks("ru") == ("Вода перекрыта?", "Заливает что-нибудь внизу?")
        assert plumbing.asks("en") == ("Is the water off?", "Does it leak below?")
        assert plumbing.priority is Priority.HIGH
        assert cleaning.assignee_id == staff[PYOTR.name].person_id

        organisation = await api.organisation(me)
        chosen = {one.setting: one.value for one in organisation.settings}
        assert chosen[Setting.HOURS] == "mon-fri 08:00-18:00, sat 09:00-15:00"
        assert chosen[Setting.REACTION_HIGH] == "60"
        today = datetime.now(UTC).date().isoformat()
        assert all(today < str(chosen[one]) for one in (Setting.HOLIDAYS, Setting.WORKING_DAYS))
        for language, replies in REPLIES.items():
            assert {one.text for one in await api.replies(me, language)} == set(replies)


async def test_the_queue_has_something_of_everything(shared_stack: Devstack) -> None:
    async with reading(shared_stack) as api:
        me = f"tg:{MARINA.id}"
        queue = (await api.requests(me, View.QUEUE, size=50)).items
        assert {one.status for one in queue} == {Status.OPEN, Status.IN_PROGRESS, Status.ON_HOLD}
        digest = await api.digest(me)
        assert 1 <= digest.late < len(queue)
        cards = [await api.card(one.request_id, me) for one in queue]
        held = [card for card in cards if card.status is Status.ON_HOLD]
        assert all(card.hold for card in held)
        assert {card.held_until is None for card in held} == {True, False}
        assert {card.assignee.name for card in cards if card.assignee} == {PYOTR.name, GENNADY.name, MARINA.name}
        assert any(card.notes for card in cards)
        assert any(card.answers for card in cards)
        assert {card.category is None for card in cards} == {True, False}
        archive = [await api.requests(me, View.ARCHIVE, page=page, size=50) for page in (1, 2)]
        closed = [await api.card(one.request_id, me) for page in archive for one in page.items]
        assert {card.merged_into for card in closed if card.status is Status.MERGED} <= {card.number for card in cards}
        assert {card.rating for card in closed} >= {3, 4, 5}
        assert any(card.completion for card in closed)

        # A technician of one building sees that building.
        his = (await api.requests(f"tg:{GENNADY.id}", View.QUEUE, size=50)).items
        assert his
        assert all("Спортивный корпус" in one.place for one in his)


async def test_the_groups_show_what_was_put_right_today(shared_stack: Devstack) -> None:
    await settled(shared_stack)
    async with SandboxClient(shared_stack.sandbox_url) as sandbox:
        for known, language, desk in zip(GROUPS, ("ru", "en"), ("Тема на каждую", "A topic for each"), strict=True):
            group = SeenGroup(sandbox, known.id)
            topics, chat = await group.topics(), await group.chat()
            (said,) = [one for one in chat if one.text.startswith("📌")]
            assert desk in said.text
            cards = [one for one in chat if one.text.startswith("#")]
            assert len(cards) == len(SORTED)
            assert all(one.labels for one in cards)
            names = {topics[one.raw["message_thread_id"]] for one in cards}
            assert names <= {one.names[language] for one in CATEGORIES} | {"Прочее", "Other"}
            assert len(names) >= 4
            assert all(any(words in one.text for words in SORTED) for one in cards)


@pytest.mark.parametrize("words", ["Жалюзи в 301 не опускаются"])
async def test_who_takes_what_is_late_hears_nothing_of_the_past(shared_stack: Devstack, words: str) -> None:
    """The notifier asks for events that it has not heard of; those of the history it has."""
    async with SandboxClient(shared_stack.sandbox_url) as sandbox:
        group = SeenGroup(sandbox, GROUPS[0].id)
        card = await group.wait_for(words)
        pyotr = await acting(sandbox, PYOTR)
        await pyotr.press(card, button(card, "🔧"), chat=group.id)
        await group.wait_for(lambda one: one.id == card.id and "🔧 В работе" in one.text)
        await settled(shared_stack)
        told = [call["arguments"]["chat_id"] for call in await sandbox.calls("sendMessage")]
        assert {id for id in told if id > 0} == {DENIS.id}


async def test_people_go_on_from_there(shared_stack: Devstack) -> None:
    async with SandboxClient(shared_stack.sandbox_url) as sandbox:
        marina = await acting(sandbox, MARINA)
        await marina.text("/queue")
        queue = await marina.wait_for("Высокий приоритет")
        await marina.press(queue, button(queue, "#"))
        card = await marina.wait_for(lambda message: message.id > queue.id and "✅ Выполнено" in message.labels)
        await complete(marina, card)
        anna = await acting(sandbox, ANNA)
        await anna.text("/my")
        assert any("#" in label for label in (await anna.wait_for("Мои заявки")).labels)
