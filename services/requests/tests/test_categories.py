"""Categories: what managers change about them, and what they do to the requests that have one."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, OLEG, Desk, Sender, Served, tg

from zavhoz_contracts import limits
from zavhoz_contracts.categories.v1.commands import CategoryField, ChangeCategory
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.commands import Answer
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_contracts.requests.v1.outcomes import CommandRefused, RefusalReason

WATER = UUID(int=1)


def change(
    by: Sender, field: CategoryField, value: str | None, *, id: UUID = WATER, language: str | None = None
) -> Envelope[ChangeCategory]:
    """Something is changed about a category."""
    data = ChangeCategory(actor=by.actor, origin=by.origin, category_id=id, field=field, value=value, language=language)
    return wrap(data, source="/zavhoz/gateway", subject="category")


def name(by: Sender, value: str, *, id: UUID = WATER, language: str = "ru") -> Envelope[ChangeCategory]:
    return change(by, CategoryField.NAME, value, id=id, language=language)


def reasons(outcomes: list[Any]) -> list[RefusalReason | None]:
    return [one.reason if isinstance(one, CommandRefused) else None for one in outcomes]


async def test_a_category_is_made_and_changed_and_every_change_is_on_record(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    await desk.handle(ANNA.register())
    boris = await desk.person_id(BORIS)
    changes = [
        name(MARINA, "  Вода и   трубы "),
        name(MARINA, "Water", language="en"),
        change(MARINA, CategoryField.PRIORITY, "high"),
        change(MARINA, CategoryField.ASSIGNEE, str(boris)),
        change(MARINA, CategoryField.QUESTIONS, "Какой кран?\n\n  Давно ли течёт? ", language="ru"),
    ]
    assert reasons(await desk.handle(*changes)) == [None] * 5
    assert [one.changed for one in await desk.handle(name(MARINA, "Вода и трубы"))] == [False]
    (category,) = await served.api.categories(tg(ANNA))
    assert (category.name("ru"), category.name("en"), category.name("kk")) == ("Вода и трубы", "Water", "Water")
    assert category.asks("ru") == category.asks("en") == ("Какой кран?", "Давно ли течёт?")
    assert (category.priority, category.assignee_id) == (Priority.HIGH, boris)
    rows = await desk.rows("SELECT version, data, actor_id FROM events WHERE aggregate_type = 'category' ORDER BY id")
    assert [row.version for row in rows] == [1, 2, 3, 4, 5]
    assert {row.actor_id for row in rows} == {await desk.person_id(MARINA)}
    assert (rows[2].data["value"], rows[2].data["previous"]) == ("high", None)
    await desk.handle(change(MARINA, CategoryField.PRIORITY, None), change(MARINA, CategoryField.ASSIGNEE, None))
    (category,) = await served.api.categories(tg(ANNA))
    assert (category.priority, category.assignee_id) == (None, None)


async def test_what_cannot_be_is_refused(desk: Desk) -> None:
    await desk.technician(BORIS)
    await desk.handle(name(MARINA, "Вода"))
    other = uuid4()
    wrong = [
        (name(MARINA, "В", id=other), RefusalReason.CATEGORY_NAME_WRONG),
        (name(MARINA, "x" * 41, id=other), RefusalReason.CATEGORY_NAME_WRONG),
        (name(MARINA, "ВОДА", id=other), RefusalReason.CATEGORY_EXISTS),
        (change(MARINA, CategoryField.PRIORITY, "high", id=other), RefusalReason.CATEGORY_NOT_FOUND),
        (change(MARINA, CategoryField.PRIORITY, "urgent"), RefusalReason.CATEGORY_NOT_FOUND),
        (change(MARINA, CategoryField.ASSIGNEE, "nobody"), RefusalReason.ASSIGNEE_NOT_STAFF),
        (change(MARINA, CategoryField.ASSIGNEE, str(uuid4())), RefusalReason.ASSIGNEE_NOT_STAFF),
        (change(MARINA, CategoryField.QUESTIONS, "\n".join(["Why?"] * 6)), RefusalReason.QUESTIONS_WRONG),
        (change(MARINA, CategoryField.QUESTIONS, "?"), RefusalReason.QUESTIONS_WRONG),
        (name(BORIS, "Свет", id=other), RefusalReason.NOT_ALLOWED),
        (name(ANNA, "Свет", id=other), RefusalReason.NOT_ALLOWED),
    ]
    assert reasons(await desk.handle(*(command for command, _ in wrong))) == [reason for _, reason in wrong]
    many = [name(MARINA, f"Category {n}", id=uuid4()) for n in range(limits.CATEGORIES_MAX)]
    assert reasons(await desk.handle(*many))[-2:] == [None, RefusalReason.TOO_MANY_CATEGORIES]
    await desk.change("UPDATE people SET areas = '{s1}' WHERE telegram_id = :id", id=MARINA.telegram_id)
    assert reasons(await desk.handle(name(MARINA, "Свет", id=other))) == [RefusalReason.NOT_ALLOWED]


async def test_two_managers_make_the_same_category_at_once(desk: Desk) -> None:
    await desk.handle(MARINA.register(), OLEG.register())
    made = await asyncio.gather(*(desk.handle(name(by, "Вода", id=uuid4())) for by in (MARINA, OLEG) for _ in range(3)))
    assert sorted(str(one) for (one,) in map(reasons, made)) == ["None", *["category_exists"] * 5]


async def test_a_request_has_the_priority_and_the_worker_of_its_category(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    await desk.handle(
        name(MARINA, "Вода"),
        change(MARINA, CategoryField.PRIORITY, "high"),
        change(MARINA, CategoryField.ASSIGNEE, str(await desk.person_id(BORIS))),
    )
    given, own, plain = uuid4(), uuid4(), uuid4()
    answers = (Answer(question="Какой кран?", text=" Левый "), Answer(question="Давно?", text="  "))
    await desk.handle(
        ANNA.create(given, category_id=WATER, answers=answers),
        ANNA.create(own, category_id=WATER, priority=Priority.LOW),
        ANNA.create(plain),
    )
    card = await served.api.card(given, tg(ANNA))
    assert (card.priority, card.status, card.assignee and card.assignee.name) == (
        Priority.HIGH, Status.IN_PROGRESS, "Boris"
    )  # fmt: skip
    assert (card.react_by, card.timeline[-1].by, card.category and card.category.name("ru")) == (None, None, "Вода")
    assert [(one.question, one.text) for one in card.answers] == [("Какой кран?", "Левый")]
    assert await desk.history(given) == ["request.created", "request.assigned"]
    assert (await served.api.card(own, tg(ANNA))).priority is Priority.LOW
    card = await served.api.card(plain, tg(ANNA))
    assert (card.priority, card.category, card.status) == (Priority.MEDIUM, None, Status.OPEN)


@pytest.mark.parametrize("lost", ["role = 'requester'", "active = false", "areas = '{s2}'"])
async def test_who_cannot_work_there_is_given_nothing(desk: Desk, served: Served, lost: str) -> None:
    await desk.technician(BORIS)
    boris = str(await desk.person_id(BORIS))
    await desk.handle(name(MARINA, "Вода"), change(MARINA, CategoryField.ASSIGNEE, boris))
    await desk.change(f"UPDATE people SET {lost} WHERE telegram_id = :id", id=BORIS.telegram_id)  # noqa: S608
    id = uuid4()
    await desk.handle(ANNA.create(id, category_id=WATER))
    assert (await served.api.card(id, tg(ANNA))).status is Status.OPEN


async def test_the_category_of_a_request_is_changed_and_taken_away(desk: Desk, served: Served) -> None:
    id, light = uuid4(), UUID(int=2)
    await desk.handle(name(MARINA, "Вода"), name(MARINA, "Свет", id=light))
    await desk.handle(ANNA.create(id, category_id=WATER), ANNA.edit(id, category=light))
    card = await served.api.card(id, tg(ANNA))
    assert card.category is not None
    assert card.category.category_id == light
    (event,) = await served.api.request_events(id, after=1)
    assert (event.data.category_id, event.data.former_category_id) == (light, WATER)
    outcomes = await desk.handle(
        MARINA.edit(id, category=uuid4()), MARINA.edit(id, category=light), MARINA.edit(id, category="")
    )
    assert reasons(outcomes) == [RefusalReason.CATEGORY_NOT_FOUND, None, None]
    assert (await served.api.card(id, tg(ANNA))).category is None
    assert await desk.history(id) == ["request.created", "request.edited", "request.edited"]


async def test_an_archived_category_can_be_chosen_no_more(desk: Desk, served: Served) -> None:
    id = uuid4()
    await desk.handle(name(MARINA, "Вода"), ANNA.create(id, category_id=WATER))
    await desk.handle(change(MARINA, CategoryField.ARCHIVED, "yes"))
    assert await served.api.categories(tg(ANNA)) == ()
    assert len(await served.api.categories(tg(MARINA), archived=True)) == 1
    assert (await served.get("/categories", archived="true", **{"as": tg(ANNA)}))[0] == 403
    outcomes = await desk.handle(
        ANNA.create(category_id=WATER), MARINA.edit(id, category=WATER), name(MARINA, "Вода", id=uuid4())
    )
    assert reasons(outcomes) == [RefusalReason.CATEGORY_NOT_FOUND, None, None]
    assert (await served.api.card(id, tg(ANNA))).category is not None, "what has it keeps it"


async def test_an_answer_too_long_is_refused_with_the_request(desk: Desk) -> None:
    await desk.handle(name(MARINA, "Вода"))
    (refused,) = await desk.handle(ANNA.create(category_id=WATER, answers=(Answer(question="?", text="x" * 201),)))
    assert isinstance(refused, CommandRefused)
    assert (refused.reason, refused.limit, refused.length) == (RefusalReason.ANSWER_TOO_LONG, 200, 201)
