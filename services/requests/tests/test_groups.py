"""Staff groups: who binds them, what appears in them, what is pressed there, and what Telegram says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, NOW, OLEG, SCHOOL, Desk, Sender, Served

from zavhoz_contracts.api.client import NotFound
from zavhoz_contracts.api.groups import GroupCard
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.groups.v1.commands import GroupBy
from zavhoz_contracts.groups.v1.facts import GroupLeft, GroupMigrated, UnboundReason
from zavhoz_contracts.message import Message, Origin, Role
from zavhoz_contracts.registry import Exchange, by_type
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_requests.application import foreign_events
from zavhoz_requests.application.loading import load, read

STAFF, SUPER = -77, -1002000000000


@pytest.fixture
async def school(desk: Desk) -> Desk:
    """A tree of places, and the first manager."""
    rows, _ = read(SCHOOL.encode())
    await desk.database.run(lambda connection: load(connection, rows, archive_missing=False, dry_run=False))
    await desk.handle(MARINA.register())
    return desk


def refusal(outcome: Message) -> RefusalReason | None:
    return outcome.reason if isinstance(outcome, CommandRefused) else None


async def told(desk: Desk) -> list[dict[str, Any]]:
    """What was told of groups, in order; all of it is private."""
    rows = await desk.rows("SELECT type, version, data FROM events WHERE aggregate_type = 'group' ORDER BY id")
    for row in rows:
        route = by_type(row.type)
        assert route is not None
        assert route.exchange is Exchange.PRIVATE
    return [{"type": row.type.split(".")[2], "version": row.version, **row.data} for row in rows]


async def note(desk: Desk, *said: Message, id: UUID | None = None) -> None:
    """Telegram says these."""
    messages = [wrap(one, source="/zavhoz/gateway", subject="group", id=id) for one in said]
    await desk.database.run(lambda connection: foreign_events.note(connection, messages))


async def test_a_manager_binds_a_group_changes_it_and_lets_it_go(school: Desk, served: Served) -> None:
    (bound,) = await school.handle(MARINA.bind(STAFF, forum=True))
    assert isinstance(bound, CommandDone)
    assert bound.changed
    group = await served.api.group(STAFF)
    assert (group.by, group.area, group.title, group.forum, group.language) == (
        GroupBy.SITE, None, "Staff", True, "ru",
    )  # fmt: skip
    # /desk again asks how it is bound, and changes nothing.
    (again,) = await school.handle(MARINA.bind(STAFF, forum=True))
    assert isinstance(again, CommandDone)
    assert not again.changed
    await school.handle(MARINA.bind(STAFF, forum=True, by=GroupBy.CATEGORY))
    await school.handle(MARINA.bind(STAFF, forum=True, area="main"))
    group = await served.api.group(STAFF)
    assert group.area is not None
    assert (group.by, group.area.path) == (GroupBy.CATEGORY, "Школа № 7 › Главный корпус")
    await school.handle(MARINA.bind(STAFF, forum=True, area=""))
    assert (await served.api.group(STAFF)).area is None
    await school.handle(MARINA.unbind(STAFF))
    with pytest.raises(NotFound):
        await served.api.group(STAFF)
    (nothing,) = await school.handle(MARINA.unbind(STAFF))
    assert isinstance(nothing, CommandDone)
    assert not nothing.changed
    events = await told(school)
    assert [(one["type"], one["version"]) for one in events] == [
        ("bound", 1), ("bound", 2), ("bound", 3), ("bound", 4), ("unbound", 5),
    ]  # fmt: skip
    assert {one["chat_id"] for one in events} == {STAFF}
    assert events[-1]["reason"] == UnboundReason.ASKED


async def test_only_who_is_limited_to_nothing_binds(school: Desk, served: Served) -> None:
    await school.technician(BORIS)
    await school.handle(ANNA.register(), OLEG.register())
    await school.change("UPDATE people SET areas = '{main}' WHERE telegram_id = :id", id=OLEG.telegram_id)
    await school.handle(MARINA.bind(STAFF))
    for sender in (ANNA, BORIS, OLEG):
        for command in (sender.bind(SUPER), sender.bind(STAFF, by=GroupBy.CATEGORY), sender.unbind(STAFF)):
            (outcome,) = await school.handle(command)
            assert refusal(outcome) is RefusalReason.NOT_ALLOWED, (sender, command)
    assert (await served.api.group(STAFF)).by is GroupBy.SITE
    assert [one.chat_id for one in await served.api.group_keepers()] == [MARINA.telegram_id]
    await school.change("UPDATE people SET active = false WHERE telegram_id = :id", id=MARINA.telegram_id)
    (outcome,) = await school.handle(MARINA.unbind(STAFF))
    assert refusal(outcome) is RefusalReason.DEACTIVATED
    assert len(await told(school)) == 1


@pytest.mark.parametrize("area", ["nowhere", "canteen"])
async def test_a_part_of_the_places_that_is_not_there(school: Desk, area: str) -> None:
    await school.change("UPDATE places SET archived_at = now() WHERE code = 'canteen'")
    (outcome,) = await school.handle(MARINA.bind(STAFF, area=area))
    assert refusal(outcome) is RefusalReason.GROUP_AREA_NOT_FOUND
    assert await told(school) == []


async def group_card(served: Served, id: UUID, chat_id: int = STAFF) -> GroupCard:
    (card,) = await served.api.cards([(id, chat_id)])
    assert isinstance(card, GroupCard), card
    return card


async def test_what_a_group_sees(school: Desk, served: Served) -> None:
    await school.technician(BORIS)
    await school.handle(MARINA.bind(STAFF))
    id, loose = uuid4(), uuid4()
    await school.handle(ANNA.create(id, place_code="r214"), ANNA.create(loose, place="In the yard"))
    await school.handle(ANNA.comment(id, "The key is with Olga"), BORIS.note(id, "An old valve"))
    card = await group_card(served, id)
    assert (card.topic.key, card.topic.name) == ("site:school", "Школа № 7")
    assert card.allowed_actions == (Action.TAKE, Action.REJECT, Action.COMMENT, Action.NOTE)
    assert (card.comments, card.closed) == (1, False)
    assert (await group_card(served, loose)).topic.key == "other"
    await school.handle(BORIS.take(id))
    card = await group_card(served, id)
    assert Action.COMPLETE in card.allowed_actions
    assert Action.HOLD in card.allowed_actions
    await school.handle(BORIS.complete(id, note="A new washer"))
    card = await group_card(served, id)
    assert (card.allowed_actions, card.closed) == ((), True)
    for word in ("Anna", "Boris", "Olga", "valve", "washer"):
        assert word not in card.model_dump_json()


async def test_by_category_the_topic_is_the_category_in_the_language_of_the_group(school: Desk, served: Served) -> None:
    category = uuid4()
    await school.change(
        "INSERT INTO categories (id, names, questions, archived, version)"
        """ VALUES (:id, '{"ru": "Сантехника", "en": "Plumbing"}', '{}', false, 1)""",
        id=category,
    )
    await school.handle(MARINA.bind(STAFF, by=GroupBy.CATEGORY))
    filed, other = uuid4(), uuid4()
    await school.handle(ANNA.create(filed, category_id=category), ANNA.create(other))
    card = await group_card(served, filed)
    assert (card.topic.key, card.topic.name, card.category) == (f"category:{category}", "Сантехника", "Сантехника")
    assert (await group_card(served, other)).topic.key == "other"


def in_group(command: Envelope[Any], chat_id: int = STAFF) -> Envelope[Any]:
    """The same, pressed under the card in a group."""
    origin = Origin(chat_id=chat_id, callback_query_id="press", message_id=5)
    return command.model_copy(update={"data": command.data.model_copy(update={"origin": origin})})


async def test_what_is_pressed_in_a_group_counts_where_the_request_appears(school: Desk) -> None:
    await school.technician(BORIS)
    here, elsewhere = uuid4(), uuid4()
    await school.handle(ANNA.create(here, place_code="r214"), ANNA.create(elsewhere, place_code="gym"))
    (outcome,) = await school.handle(in_group(BORIS.take(here)))
    assert refusal(outcome) is RefusalReason.GROUP_UNBOUND
    await school.handle(MARINA.bind(STAFF, area="main"))
    outcomes = await school.handle(
        in_group(BORIS.take(elsewhere)),
        in_group(ANNA.take(here)),
        in_group(BORIS.take(here)),
        in_group(OLEG.take(here)),
    )
    reasons = [refusal(outcome) for outcome in outcomes]
    assert reasons == [RefusalReason.GROUP_UNBOUND, RefusalReason.NOT_ALLOWED, None, RefusalReason.ALREADY_TAKEN]
    assert await school.value("SELECT assignee_id FROM requests WHERE id = :id", id=here) == await school.person_id(
        BORIS
    )
    (stranger,) = await school.handle(in_group(Sender(5, "Nobody").take(here)))
    assert refusal(stranger) is RefusalReason.NOT_ALLOWED
    assert await school.value("SELECT role FROM people WHERE telegram_id = 5") == Role.REQUESTER


async def test_a_group_that_becomes_a_supergroup_stays_bound_once(school: Desk, served: Served) -> None:
    await school.handle(MARINA.bind(STAFF, by=GroupBy.CATEGORY))
    moved = GroupMigrated(chat_id=STAFF, new_chat_id=SUPER)
    said = uuid4()
    for id in (said, said, uuid4()):  # the gateway, twice, and the notifier
        await note(school, moved, id=id)
    assert (await served.api.group(SUPER)).by is GroupBy.CATEGORY
    with pytest.raises(NotFound):
        await served.api.group(STAFF)
    _, bound = await told(school)
    assert (bound["type"], bound["chat_id"], bound["former_chat_id"]) == ("bound", SUPER, STAFF)
    await note(school, GroupMigrated(chat_id=-5, new_chat_id=-6))
    assert len(await told(school)) == 2, "of a group that is not bound there is nothing to say"


async def test_a_supergroup_that_was_bound_before_it_was_heard_of_stays_as_it_is(school: Desk, served: Served) -> None:
    await school.handle(MARINA.bind(STAFF), MARINA.bind(SUPER, by=GroupBy.CATEGORY))
    await note(school, GroupMigrated(chat_id=STAFF, new_chat_id=SUPER))
    assert (await served.api.group(SUPER)).by is GroupBy.CATEGORY
    assert (await told(school))[-1]["reason"] == UnboundReason.ASKED


def left(at: datetime, by: int | None = None) -> GroupLeft:
    return GroupLeft(chat_id=STAFF, by=by, occurred_at=at)


@pytest.mark.parametrize(("by", "known"), [(BORIS.telegram_id, True), (9_876_543_210, False), (None, False)])
async def test_the_bot_is_removed(school: Desk, served: Served, by: int | None, known: bool) -> None:
    await school.technician(BORIS)
    await school.handle(MARINA.bind(STAFF, title="Хозчасть"))
    await note(school, left(NOW, by))
    await note(school, left(NOW + timedelta(seconds=5)))
    with pytest.raises(NotFound):
        await served.api.group(STAFF)
    _, gone = await told(school)
    assert (gone["type"], gone["reason"], gone["title"]) == ("unbound", UnboundReason.REMOVED, "Хозчасть")
    assert gone["actor_id"] == (str(await school.person_id(BORIS)) if known else None)
    assert by is None or str(by) not in str(gone), "nothing of who removed it but a random id"


async def test_what_is_heard_late_of_a_group_that_was_bound_anew_counts_no_more(school: Desk, served: Served) -> None:
    await school.handle(replace(MARINA, seen_at=NOW + timedelta(seconds=1, milliseconds=900)).bind(STAFF))
    await note(school, left(NOW))
    assert (await served.api.group(STAFF)).chat_id == STAFF
    # Telegram says seconds: within the same one it was removed after it was bound.
    await note(school, left(NOW + timedelta(seconds=1)))
    with pytest.raises(NotFound):
        await served.api.group(STAFF)


async def test_a_group_bound_and_let_go_by_commands_that_came_together(school: Desk) -> None:
    outcomes: Sequence[Message] = await school.handle(
        MARINA.bind(STAFF), MARINA.bind(STAFF, by=GroupBy.CATEGORY), MARINA.unbind(STAFF), MARINA.bind(STAFF)
    )
    assert [isinstance(one, CommandDone) and one.changed for one in outcomes] == [True] * 4
    assert [one["type"] for one in await told(school)] == ["bound", "bound", "unbound", "bound"]
    assert await school.value("SELECT by FROM staff_groups") == "site"


async def test_a_chat_beyond_all_ids_sees_nothing(school: Desk, served: Served) -> None:
    await school.handle(ANNA.create(id := uuid4()))
    with pytest.raises(NotFound):
        await served.api.card(id, f"group:{-(10**18) + 1}")
    code, _ = await served.get(f"/requests/{id}/card", **{"as": f"group:{-(10**20)}"})
    assert code == 422
