"""The decider: the table of the lifecycle, its laws, and the limits of what people type."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests_support import ANNA, LEAK, MARINA, NOW, photo

from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.commands import RequestCommand
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import length
from zavhoz_requests.domain.contents import title_from
from zavhoz_requests.domain.decide import decide
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.lifecycle import RULES, allowed_actions
from zavhoz_requests.domain.people import newcomer
from zavhoz_requests.domain.permissions import may_see
from zavhoz_requests.domain.state import Attached, Commented, Created, Noted, Person, Rejected, Request, RequestEvent

LATER = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
REQUEST_ID = uuid4()


def somebody(role: Role = Role.REQUESTER, *, active: bool = True) -> Person:
    return replace(newcomer(uuid4(), ANNA.actor, NOW), role=role, active=active, version=1)


def context(person: Person) -> Context:
    return Context(person, LATER, text_id=uuid4(), assignee=OTHER_TECHNICIAN, target=TARGET)


_COMMANDS: dict[Action, RequestCommand] = {
    Action.TAKE: MARINA.take(REQUEST_ID).data,
    Action.ASSIGN: MARINA.assign(REQUEST_ID, uuid4()).data,
    Action.HOLD: MARINA.hold(REQUEST_ID).data,
    Action.RESUME: MARINA.resume(REQUEST_ID).data,
    Action.MERGE: MARINA.merge(REQUEST_ID, into=8).data,
    Action.NOTE: MARINA.note(REQUEST_ID).data,
    Action.COMPLETE: MARINA.complete(REQUEST_ID).data,
    Action.REJECT: MARINA.reject(REQUEST_ID).data,
    Action.CONFIRM: MARINA.confirm(REQUEST_ID).data,
    Action.REOPEN: MARINA.reopen(REQUEST_ID).data,
    Action.EDIT: MARINA.edit(REQUEST_ID, description="Water drips from the tap in 215").data,
    Action.CANCEL: MARINA.cancel(REQUEST_ID).data,
    Action.COMMENT: MARINA.comment(REQUEST_ID).data,
    Action.JOIN: MARINA.join(REQUEST_ID).data,
    Action.LEAVE: MARINA.leave(REQUEST_ID).data,
}


def command(action: Action) -> RequestCommand:
    return _COMMANDS[action]


REQUESTER, STRANGER = somebody(), somebody()
TECHNICIAN, OTHER_TECHNICIAN = somebody(Role.TECHNICIAN), somebody(Role.TECHNICIAN)
MANAGER, OTHER_MANAGER = somebody(Role.MANAGER), somebody(Role.MANAGER)
DEACTIVATED = somebody(Role.MANAGER, active=False)
TARGET = Request(
    id=uuid4(), version=1, status=Status.OPEN, priority=Priority.LOW, title="Water", description="Water in 214",
    requester_id=OTHER_MANAGER.id, created_at=NOW, updated_at=NOW, number=8,
)  # fmt: skip
PEOPLE = (REQUESTER, STRANGER, TECHNICIAN, OTHER_TECHNICIAN, MANAGER, OTHER_MANAGER, DEACTIVATED)


def filed(by: Person = REQUESTER) -> Request:
    decision = decide(ANNA.create(REQUEST_ID).data, None, context(by))
    return replayed(None, decision)


def replayed(request: Request | None, decision: Decision) -> Request:
    assert not isinstance(decision, Refusal)
    for event in decision:
        if event.request_id == REQUEST_ID:  # to merge it changes another one too
            request = evolve(request, event)
    assert request is not None
    return request


def done(action: Action, by: Person, request: Request) -> Request:
    return replayed(request, decide(command(action), request, context(by)))


OPEN = filed()
TAKEN = done(Action.TAKE, TECHNICIAN, OPEN)
HELD = done(Action.HOLD, TECHNICIAN, TAKEN)
MERGED = done(Action.MERGE, MANAGER, OPEN)
COMPLETED = done(Action.COMPLETE, TECHNICIAN, TAKEN)
REJECTED = done(Action.REJECT, MANAGER, OPEN)
CONFIRMED = done(Action.CONFIRM, REQUESTER, COMPLETED)
OVER = replace(COMPLETED, confirms_at=LATER)
CANCELLED = done(Action.CANCEL, REQUESTER, OPEN)
JOINED = done(Action.JOIN, STRANGER, OPEN)
JOINED_AND_REJECTED = done(Action.REJECT, MANAGER, JOINED)
STATES = (OPEN, TAKEN, HELD, COMPLETED, REJECTED, CONFIRMED, OVER, CANCELLED, MERGED, JOINED, JOINED_AND_REJECTED)
MANAGERS = {MANAGER, OTHER_MANAGER}

# Written out from the product's table, by hand: action, from, to, who.
TABLE = [
    (Action.TAKE, OPEN, Status.IN_PROGRESS, {TECHNICIAN, OTHER_TECHNICIAN, *MANAGERS}),
    (Action.COMPLETE, TAKEN, Status.COMPLETED, {TECHNICIAN, *MANAGERS}),
    (Action.HOLD, TAKEN, Status.ON_HOLD, {TECHNICIAN, *MANAGERS}),
    (Action.RESUME, HELD, Status.IN_PROGRESS, {TECHNICIAN, *MANAGERS}),
    *((Action.ASSIGN, request, Status.IN_PROGRESS, MANAGERS) for request in (OPEN, TAKEN, HELD, JOINED)),
    *((Action.MERGE, request, Status.MERGED, MANAGERS) for request in (OPEN, TAKEN, HELD, JOINED)),
    *((Action.NOTE, request, request.status, {TECHNICIAN, OTHER_TECHNICIAN, *MANAGERS}) for request in STATES),
    (Action.REJECT, HELD, Status.REJECTED, MANAGERS),
    (Action.EDIT, HELD, Status.ON_HOLD, MANAGERS),
    (Action.JOIN, HELD, Status.ON_HOLD, {STRANGER, OTHER_TECHNICIAN, *MANAGERS}),
    (Action.REJECT, OPEN, Status.REJECTED, MANAGERS),
    (Action.REJECT, TAKEN, Status.REJECTED, MANAGERS),
    (Action.CONFIRM, COMPLETED, Status.COMPLETED, {REQUESTER}),
    (Action.CONFIRM, OVER, Status.COMPLETED, {REQUESTER}),
    (Action.REOPEN, COMPLETED, Status.OPEN, {REQUESTER, *MANAGERS}),
    (Action.REOPEN, CONFIRMED, Status.OPEN, {REQUESTER, *MANAGERS}),
    (Action.REOPEN, REJECTED, Status.OPEN, {REQUESTER, *MANAGERS}),
    (Action.EDIT, OPEN, Status.OPEN, {REQUESTER, *MANAGERS}),
    (Action.EDIT, TAKEN, Status.IN_PROGRESS, MANAGERS),
    (Action.CANCEL, OPEN, Status.CANCELLED, {REQUESTER}),
    (Action.TAKE, JOINED, Status.IN_PROGRESS, {TECHNICIAN, OTHER_TECHNICIAN, *MANAGERS}),
    (Action.REJECT, JOINED, Status.REJECTED, MANAGERS),
    (Action.EDIT, JOINED, Status.OPEN, {REQUESTER, *MANAGERS}),
    (Action.CANCEL, JOINED, Status.CANCELLED, {REQUESTER}),
    *(
        (Action.COMMENT, request, request.status, {REQUESTER, TECHNICIAN, OTHER_TECHNICIAN, MANAGER, OTHER_MANAGER})
        for request in STATES
    ),
    (Action.REOPEN, JOINED_AND_REJECTED, Status.OPEN, {REQUESTER, *MANAGERS}),
    (Action.COMMENT, JOINED, Status.OPEN, {STRANGER}),
    (Action.COMMENT, JOINED_AND_REJECTED, Status.REJECTED, {STRANGER}),
    (Action.JOIN, OPEN, Status.OPEN, {STRANGER, TECHNICIAN, OTHER_TECHNICIAN, *MANAGERS}),
    (Action.JOIN, JOINED, Status.OPEN, {TECHNICIAN, OTHER_TECHNICIAN, *MANAGERS}),
    *(
        (Action.JOIN, request, request.status, {STRANGER, OTHER_TECHNICIAN, *MANAGERS})
        for request in (TAKEN, COMPLETED, OVER)
    ),
    (Action.LEAVE, JOINED, Status.OPEN, {STRANGER}),
]


def test_exactly_what_the_table_says_is_possible() -> None:
    possible = {
        (action, STATES.index(request), replayed(request, decision).status, person.id)
        for action in Action
        for request in STATES
        for person in PEOPLE
        if not isinstance(decision := decide(command(action), request, context(person)), Refusal) and decision
    }
    assert possible == {
        (action, STATES.index(request), target, who.id) for action, request, target, people in TABLE for who in people
    }


def test_the_buttons_are_what_would_not_be_refused() -> None:
    for request in STATES:
        for person in PEOPLE:
            would = {
                action
                for action in Action
                if not isinstance(decision := decide(command(action), request, context(person)), Refusal) and decision
            } - {Action.JOIN}  # which is offered under drafts
            assert set(allowed_actions(request, person, LATER)) == would


def test_who_may_see_a_request_may_comment_on_it_and_nobody_else() -> None:
    for request in STATES:
        for person in PEOPLE:
            assert (Action.COMMENT in allowed_actions(request, person, LATER)) == may_see(request, person)


def test_who_worked_on_it_and_is_of_the_staff_no_more_is_nobody_to_it() -> None:
    former = replace(TECHNICIAN, role=Role.REQUESTER)
    for request in (TAKEN, HELD, COMPLETED):
        assert allowed_actions(request, former, LATER) == ()
        assert not may_see(request, former)


def test_every_action_has_a_row() -> None:
    assert {rule.action for rule in RULES} == set(Action)


def test_work_is_given_to_the_active_staff_alone() -> None:
    for nobody in (None, REQUESTER, STRANGER, replace(OTHER_TECHNICIAN, active=False)):
        decision = decide(command(Action.ASSIGN), OPEN, replace(context(MANAGER), assignee=nobody))
        assert decision == Refusal(RefusalReason.ASSIGNEE_NOT_STAFF)


def test_whoever_works_on_it_the_reaction_is_over_and_the_rest_goes_on() -> None:
    assert OPEN.react_by is not None
    assert OPEN.due_at is not None
    works = [(Action.TAKE, OPEN), *((Action.ASSIGN, before) for before in (OPEN, TAKEN, HELD)), (Action.RESUME, HELD)]
    for action, before in works:
        after = done(action, MANAGER, before)
        assert (after.react_by, after.due_at) == (None, OPEN.due_at), action
    for closed in (COMPLETED, REJECTED, CANCELLED, MERGED):
        assert (closed.react_by, closed.due_at, closed.deadlines.alarm_at) == (None, None, None)


def test_who_took_it_owns_it() -> None:
    assert TAKEN.assignee_id == TECHNICIAN.id
    assert (COMPLETED.closed_by, COMPLETED.assignee_id) == (TECHNICIAN.id, TECHNICIAN.id)
    assert REJECTED.closed_by == MANAGER.id


@pytest.mark.parametrize(
    ("action", "request_", "by", "refusal"),
    [
        (Action.TAKE, None, MANAGER, Refusal(RefusalReason.NOT_FOUND)),
        (Action.TAKE, TAKEN, MANAGER, Refusal(RefusalReason.ALREADY_TAKEN, who=TECHNICIAN.id)),
        (Action.TAKE, COMPLETED, MANAGER, Refusal(RefusalReason.ALREADY_COMPLETED, who=TECHNICIAN.id)),
        (Action.TAKE, REJECTED, TECHNICIAN, Refusal(RefusalReason.ALREADY_REJECTED, who=MANAGER.id)),
        (Action.TAKE, OPEN, REQUESTER, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.TAKE, OPEN, DEACTIVATED, Refusal(RefusalReason.DEACTIVATED)),
        (Action.COMPLETE, OPEN, MANAGER, Refusal(RefusalReason.NOT_TAKEN)),
        (Action.COMPLETE, HELD, MANAGER, Refusal(RefusalReason.ON_HOLD, who=TECHNICIAN.id)),
        (Action.TAKE, HELD, OTHER_TECHNICIAN, Refusal(RefusalReason.ON_HOLD, who=TECHNICIAN.id)),
        (Action.HOLD, OPEN, MANAGER, Refusal(RefusalReason.NOT_TAKEN)),
        (Action.HOLD, HELD, MANAGER, Refusal(RefusalReason.ON_HOLD, who=TECHNICIAN.id)),
        (Action.HOLD, TAKEN, OTHER_TECHNICIAN, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.RESUME, TAKEN, MANAGER, Refusal(RefusalReason.NOT_ON_HOLD)),
        (Action.RESUME, REJECTED, MANAGER, Refusal(RefusalReason.ALREADY_REJECTED, who=MANAGER.id)),
        (Action.RESUME, HELD, OTHER_TECHNICIAN, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.ASSIGN, COMPLETED, MANAGER, Refusal(RefusalReason.ALREADY_COMPLETED, who=TECHNICIAN.id)),
        (Action.ASSIGN, OPEN, TECHNICIAN, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.MERGE, MERGED, OTHER_MANAGER, Refusal(RefusalReason.ALREADY_MERGED, who=MANAGER.id)),
        (Action.MERGE, OPEN, TECHNICIAN, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.TAKE, MERGED, TECHNICIAN, Refusal(RefusalReason.ALREADY_MERGED, who=MANAGER.id)),
        (Action.NOTE, OPEN, REQUESTER, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.NOTE, None, MANAGER, Refusal(RefusalReason.NOT_FOUND)),
        (Action.COMPLETE, TAKEN, OTHER_TECHNICIAN, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.COMPLETE, TAKEN, REQUESTER, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.REJECT, OPEN, TECHNICIAN, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.REJECT, COMPLETED, MANAGER, Refusal(RefusalReason.ALREADY_COMPLETED, who=TECHNICIAN.id)),
        (Action.CONFIRM, TAKEN, REQUESTER, Refusal(RefusalReason.NOT_COMPLETED)),
        (Action.CONFIRM, CONFIRMED, REQUESTER, Refusal(RefusalReason.ALREADY_CONFIRMED)),
        (Action.CONFIRM, REJECTED, REQUESTER, Refusal(RefusalReason.ALREADY_REJECTED, who=MANAGER.id)),
        (Action.CONFIRM, COMPLETED, MANAGER, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.REOPEN, OPEN, REQUESTER, Refusal(RefusalReason.NOT_COMPLETED)),
        (Action.REOPEN, OVER, REQUESTER, Refusal(RefusalReason.REOPENED_TOO_LATE)),
        (Action.REOPEN, CANCELLED, MANAGER, Refusal(RefusalReason.ALREADY_CANCELLED, who=REQUESTER.id)),
        (Action.EDIT, TAKEN, REQUESTER, Refusal(RefusalReason.ALREADY_TAKEN, who=TECHNICIAN.id)),
        (Action.EDIT, COMPLETED, MANAGER, Refusal(RefusalReason.ALREADY_COMPLETED, who=TECHNICIAN.id)),
        (Action.CANCEL, TAKEN, REQUESTER, Refusal(RefusalReason.ALREADY_TAKEN, who=TECHNICIAN.id)),
        (Action.TAKE, CANCELLED, TECHNICIAN, Refusal(RefusalReason.ALREADY_CANCELLED, who=REQUESTER.id)),
        (Action.COMMENT, None, MANAGER, Refusal(RefusalReason.NOT_FOUND)),
        (Action.COMMENT, OPEN, STRANGER, Refusal(RefusalReason.NOT_ALLOWED)),
        (Action.COMMENT, OPEN, DEACTIVATED, Refusal(RefusalReason.DEACTIVATED)),
        (Action.JOIN, None, STRANGER, Refusal(RefusalReason.NOT_FOUND)),
        (Action.JOIN, OPEN, REQUESTER, Refusal(RefusalReason.OWN_REQUEST)),
        (Action.JOIN, TAKEN, TECHNICIAN, Refusal(RefusalReason.OWN_REQUEST)),
        (Action.JOIN, OPEN, DEACTIVATED, Refusal(RefusalReason.DEACTIVATED)),
        (Action.JOIN, REJECTED, STRANGER, Refusal(RefusalReason.ALREADY_REJECTED, who=MANAGER.id)),
        (Action.LEAVE, JOINED_AND_REJECTED, STRANGER, Refusal(RefusalReason.ALREADY_REJECTED, who=MANAGER.id)),
    ],
)
def test_refusals_say_why_and_who_was_first(
    action: Action, request_: Request | None, by: Person, refusal: Refusal
) -> None:
    assert decide(command(action), request_, context(by)) == refusal


@pytest.mark.parametrize(
    ("action", "request_", "by"),
    [
        (Action.TAKE, TAKEN, TECHNICIAN),
        (Action.COMPLETE, COMPLETED, TECHNICIAN),
        (Action.REJECT, REJECTED, MANAGER),
        (Action.HOLD, HELD, TECHNICIAN),
        (Action.RESUME, TAKEN, TECHNICIAN),
        (Action.MERGE, MERGED, MANAGER),
        (Action.CANCEL, CANCELLED, REQUESTER),
        (Action.JOIN, JOINED, STRANGER),
        (Action.LEAVE, OPEN, STRANGER),
    ],
)
def test_doing_again_what_one_did_oneself_is_done_without_effect(action: Action, request_: Request, by: Person) -> None:
    assert decide(command(action), request_, context(by)) == ()


def test_a_button_drawn_long_ago_acts_while_its_action_is_allowed() -> None:
    old = MARINA.reject(REQUEST_ID).data.model_copy(update={"seen_version": 0})
    assert replayed(TAKEN, decide(old, TAKEN, context(MANAGER))).status is Status.REJECTED


@given(
    steps=st.lists(st.tuples(st.sampled_from([None, *Action]), st.sampled_from(PEOPLE)), max_size=30),
    attachments=st.integers(0, 3),
)
def test_replaying_the_events_gives_the_same_state(steps: list[tuple[Action | None, Person]], attachments: int) -> None:
    create = ANNA.create(REQUEST_ID, attachments=tuple(photo(REQUEST_ID, str(n)) for n in range(attachments))).data
    request: Request | None = None
    history: list[RequestEvent] = []
    for action, person in steps:
        before = request
        decision = decide(create if action is None else command(action), request, context(person))
        if isinstance(decision, Refusal):
            assert decide(create if action is None else command(action), before, context(person)) == decision
            continue
        for event in decision:
            request = evolve(request, event)
        history += decision
    again: Request | None = None
    for version, event in enumerate(history, start=1):
        again = evolve(again, event)
        assert again.version == version
    assert again == request


def test_nothing_happens_to_a_request_before_it_is_filed() -> None:
    (taken,) = _events(decide(command(Action.TAKE), OPEN, context(MANAGER)))
    with pytest.raises(ValueError, match="never created"):
        evolve(None, taken)


def test_a_second_create_has_no_effect() -> None:
    assert decide(ANNA.create(REQUEST_ID).data, OPEN, context(REQUESTER)) == ()


def _events(decision: Decision) -> tuple[RequestEvent, ...]:
    assert not isinstance(decision, Refusal), decision
    return decision


def _create(description: str, attachments: int = 0, **fields: str) -> Decision:
    files = tuple(photo(REQUEST_ID, str(n)) for n in range(attachments))
    data = ANNA.create(REQUEST_ID, description, attachments=files, **fields).data
    return decide(data, None, context(REQUESTER))


FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"


@pytest.mark.parametrize(
    ("description", "attachments", "fields", "refusal"),
    [
        ("", 0, {}, Refusal(RefusalReason.EMPTY)),
        (" \n\t \x00 ", 0, {}, Refusal(RefusalReason.EMPTY)),
        ("123456789", 0, {}, Refusal(RefusalReason.DESCRIPTION_TOO_SHORT, limit=10, size=9)),
        (FAMILY * 9, 0, {}, Refusal(RefusalReason.DESCRIPTION_TOO_SHORT, limit=10, size=9)),
        ("x" * 1001, 0, {}, Refusal(RefusalReason.DESCRIPTION_TOO_LONG, limit=1000, size=1001)),
        ("x" * 1001, 1, {}, Refusal(RefusalReason.DESCRIPTION_TOO_LONG, limit=1000, size=1001)),
        (LEAK, 11, {}, Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=10, size=11)),
        (LEAK, 0, {"title": "ab"}, Refusal(RefusalReason.TITLE_TOO_SHORT, limit=3, size=2)),
        (LEAK, 0, {"title": "x" * 101}, Refusal(RefusalReason.TITLE_TOO_LONG, limit=100, size=101)),
    ],
)
def test_a_create_out_of_limits_is_refused(
    description: str, attachments: int, fields: dict[str, str], refusal: Refusal
) -> None:
    assert _create(description, attachments, **fields) == refusal


@pytest.mark.parametrize(
    ("description", "attachments", "title", "expected"),
    [
        ("1234567890", 0, None, ("1234567890", "1234567890")),
        (FAMILY * 10, 0, None, (FAMILY * 10, FAMILY * 10)),
        ("x" * 1000, 10, "Photo", ("Photo", "x" * 1000)),
        ("", 1, "Photo", ("Photo", "")),
        ("  Tap\r\ndrips in 214 \x07", 0, None, ("Tap", "Tap\ndrips in 214")),
        ("Re\u0301servoir fuit", 0, None, ("R\xe9servoir fuit", "R\xe9servoir fuit")),
    ],
)
def test_what_is_typed_is_cleaned_and_kept(
    description: str, attachments: int, title: str | None, expected: tuple[str, str]
) -> None:
    created = _events(_create(description, attachments, **({"title": title} if title else {})))[0]
    assert isinstance(created, Created)
    assert (created.title, created.description) == expected


def test_the_same_file_twice_is_attached_once() -> None:
    twice = (photo(REQUEST_ID), photo(REQUEST_ID))
    decision = decide(ANNA.create(REQUEST_ID, attachments=twice).data, None, context(REQUESTER))
    created, *attached = _events(decision)
    assert isinstance(created, Created)
    assert (created.attachments, len(attached)) == (1, 1)


@pytest.mark.parametrize(("typed", "kept"), [("a\x00b.pdf", "ab.pdf"), ("\x00", None), (None, None)])
def test_a_file_keeps_a_name_that_can_be_stored(typed: str | None, kept: str | None) -> None:
    named = photo(REQUEST_ID).model_copy(update={"file_name": typed})
    decision = decide(ANNA.create(REQUEST_ID, attachments=(named,)).data, None, context(REQUESTER))
    assert [event.attachment.file_name for event in _events(decision) if isinstance(event, Attached)] == [kept]


@pytest.mark.parametrize(
    ("description", "title"),
    [
        ("Lift\nstuck between floors", "Lift"),
        ("A!\nThe lift is stuck", "A! The lift is stuck"),
        ("word " * 30, ("word " * 19 + "word").strip() + "…"),
        ("x" * 120, "x" * 99 + "…"),
    ],
)
def test_the_title_is_the_first_line_that_makes_one(description: str, title: str) -> None:
    assert title_from(description.strip()) == title


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"], include_characters="\n"), min_size=10, max_size=1000))
def test_every_description_in_its_limits_has_a_title_in_its_limits(description: str) -> None:
    decision = _create(description)
    if isinstance(decision, Refusal):
        assert decision.reason in {
            RefusalReason.EMPTY,
            RefusalReason.DESCRIPTION_TOO_SHORT,
            RefusalReason.DESCRIPTION_TOO_LONG,
        }
    else:
        (created,) = decision
        assert isinstance(created, Created)
        assert 3 <= length(created.title) <= 100
        assert "\n" not in created.title


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        ("no", Refusal(RefusalReason.REASON_TOO_SHORT, limit=3, size=2)),
        (" \n ", Refusal(RefusalReason.REASON_TOO_SHORT, limit=3, size=0)),
        ("x" * 501, Refusal(RefusalReason.REASON_TOO_LONG, limit=500, size=501)),
    ],
)
def test_a_rejection_needs_a_reason_within_its_limits(reason: str, refusal: Refusal) -> None:
    assert decide(MARINA.reject(REQUEST_ID, reason).data, OPEN, context(MANAGER)) == refusal


@pytest.mark.parametrize(
    ("days", "refusal"),
    [
        (-1, Refusal(RefusalReason.HOLD_DAY_PAST)),
        (0, Refusal(RefusalReason.HOLD_DAY_PAST)),
        (1, None),
        (366, None),
        (367, Refusal(RefusalReason.HOLD_DAY_TOO_FAR, limit=366)),
    ],
)
def test_a_hold_ends_on_a_day_that_is_to_come_within_a_year(days: int, refusal: Refusal | None) -> None:
    day = (LATER + timedelta(days=days)).date()
    decision = decide(MARINA.hold(REQUEST_ID, until=day).data, TAKEN, context(TECHNICIAN))
    if refusal is not None:
        assert decision == refusal
    else:
        assert replayed(TAKEN, decision).held_until == datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (" \n ", Refusal(RefusalReason.NOTE_EMPTY)),
        ("x", None),
        ("🔑" * 500, None),
        ("x" * 501, Refusal(RefusalReason.NOTE_TOO_LONG, limit=500, size=501)),
    ],
)
def test_a_note_has_words_within_their_limit(words: str, refusal: Refusal | None) -> None:
    of = context(TECHNICIAN)
    decision = decide(MARINA.note(REQUEST_ID, f" {words} ").data, TAKEN, of)
    assert decision == (refusal or (Noted(REQUEST_ID, TECHNICIAN.id, LATER, of.text_id, words),))


@pytest.mark.parametrize("reason", ["dup", "x" * 500])
def test_the_words_of_a_rejection_are_kept_under_their_own_id(reason: str) -> None:
    text_id: UUID = uuid4()
    decision = decide(MARINA.reject(REQUEST_ID, f" {reason} ").data, OPEN, Context(MANAGER, LATER, text_id))
    assert decision == (Rejected(REQUEST_ID, MANAGER.id, LATER, text_id, reason),)
    assert replayed(OPEN, decision).rejection_text_id == text_id


def _comment(text: str, files: int = 0, attached: int = 0) -> Decision:
    sent = [photo(REQUEST_ID, str(n)) for n in range(files)]
    there = {photo(REQUEST_ID, f"there {n}").attachment_id for n in range(attached)}
    return decide(ANNA.comment(REQUEST_ID, text, *sent).data, OPEN, Context(REQUESTER, LATER, uuid4(), attached=there))


@pytest.mark.parametrize(
    ("text", "files", "attached", "refusal"),
    [
        ("", 0, 0, Refusal(RefusalReason.COMMENT_EMPTY)),
        (" \n\t \x00 ", 0, 0, Refusal(RefusalReason.COMMENT_EMPTY)),
        ("x" * 501, 0, 0, Refusal(RefusalReason.COMMENT_TOO_LONG, limit=500, size=501)),
        (FAMILY * 501, 1, 0, Refusal(RefusalReason.COMMENT_TOO_LONG, limit=500, size=501)),
        ("x", 11, 0, Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=10, size=11)),
        ("x", 2, 49, Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=50, size=51)),
    ],
)
def test_a_comment_out_of_limits_is_refused(text: str, files: int, attached: int, refusal: Refusal) -> None:
    assert _comment(text, files, attached) == refusal


@pytest.mark.parametrize(
    ("text", "files", "attached", "kept"),
    [
        ("x", 0, 0, "x"),
        (FAMILY * 500, 0, 50, FAMILY * 500),
        ("  Re\u0301servoir\r\nfuit \x07", 0, 0, "R\xe9servoir\nfuit"),
        ("", 1, 49, ""),
        ("See", 10, 0, "See"),
    ],
)
def test_a_comment_is_cleaned_and_kept_under_its_own_id(text: str, files: int, attached: int, kept: str) -> None:
    commented, *added = _events(_comment(text, files, attached))
    assert isinstance(commented, Commented)
    assert (commented.words, commented.attachments) == (kept, files)
    assert len(added) == files
    assert all(isinstance(event, Attached) and not event.alone for event in added)


def test_files_that_are_there_already_are_not_attached_again() -> None:
    there, new = photo(REQUEST_ID, "there"), photo(REQUEST_ID, "new")
    known = Context(REQUESTER, LATER, uuid4(), attached={there.attachment_id})
    commented, added = _events(decide(ANNA.comment(REQUEST_ID, "See", there, new, new).data, OPEN, known))
    assert isinstance(commented, Commented)
    assert isinstance(added, Attached)
    assert (commented.attachments, added.attachment) == (1, new)
    assert decide(ANNA.comment(REQUEST_ID, "", there).data, OPEN, known) == ()
    assert decide(ANNA.attach(REQUEST_ID, there).data, OPEN, known) == ()
    (alone,) = _events(decide(ANNA.attach(REQUEST_ID, there, new).data, OPEN, known))
    assert isinstance(alone, Attached)
    assert alone.alone


def test_who_may_not_comment_may_not_attach() -> None:
    file = photo(REQUEST_ID)
    assert decide(ANNA.attach(REQUEST_ID, file).data, OPEN, context(STRANGER)) == Refusal(RefusalReason.NOT_ALLOWED)
    there = Context(REQUESTER, LATER, uuid4(), attached={uuid4() for _ in range(50)})
    too_many = Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=50, size=51)
    assert decide(ANNA.attach(REQUEST_ID, file).data, OPEN, there) == too_many
