"""The read API over real HTTP, through the client that our services use."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, LEAK, MARINA, OLEG, TOKEN, Desk, Served, photo, tg

from zavhoz_contracts.api.client import ApiUnavailable, Forbidden, InvalidQuery, NotFound, RequestsApi
from zavhoz_contracts.api.v1 import Card, Problem, Relation, Step, View
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.lifecycle import Action, Status


async def story(desk: Desk) -> UUID:
    """Anna files, Marina takes and completes."""
    request_id = uuid4()
    create = ANNA.create(request_id, priority=Priority.HIGH, attachments=(photo(request_id),))
    await desk.handle(create, MARINA.take(request_id), MARINA.complete(request_id))
    return request_id


async def test_a_person_by_telegram_id_and_by_person_id(desk: Desk, served: Served) -> None:
    await desk.handle(ANNA.register())
    person = await served.api.person(tg(ANNA))
    assert (person.telegram_id, person.name, person.role, person.language) == (
        ANNA.telegram_id,
        "Anna",
        Role.REQUESTER,
        "ru",
    )
    assert await served.api.person(str(person.person_id)) == person


async def test_whom_it_does_not_know_it_does_not_find(desk: Desk, served: Served) -> None:
    request_id = await story(desk)
    for as_ in ("tg:999", str(uuid4()), f"tg:{2**63}"):
        with pytest.raises(NotFound):
            await served.api.person(as_)
        with pytest.raises(NotFound):
            await served.api.card(request_id, as_)
    with pytest.raises(NotFound):
        await served.api.card(uuid4(), tg(MARINA))
    with pytest.raises(NotFound):
        await served.api.audience(uuid4())


async def test_a_card_tells_everything_that_is_drawn(desk: Desk, served: Served) -> None:
    request_id = await story(desk)
    card = await served.api.card(request_id, tg(ANNA))
    assert (card.number, card.version, card.status, card.priority) == (1, 4, Status.COMPLETED, Priority.HIGH)
    assert (card.title, card.description, card.requester.name) == (LEAK, LEAK, "Anna")
    assert card.assignee is not None
    assert card.assignee.name == "Marina"
    assert [(step.step, step.by.name) for step in card.timeline] == [
        (Step.CREATED, "Anna"),
        (Step.TAKEN, "Marina"),
        (Step.COMPLETED, "Marina"),
    ]
    assert [(file.status, file.reason) for file in card.attachments] == [("pending", None)]


async def test_the_plain_request_is_what_its_card_says(desk: Desk, served: Served) -> None:
    request_id = await story(desk)
    status, plain = await served.get(f"/requests/{request_id}", **{"as": tg(ANNA)})
    assert status == 200
    assert plain == (await served.get(f"/requests/{request_id}/card", **{"as": tg(ANNA)}))[1]


async def test_the_words_of_a_rejection_are_on_the_card(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id), MARINA.reject(request_id, "Ask the landlord"))
    assert (await served.api.card(request_id, tg(ANNA))).rejection == "Ask the landlord"
    published = [event.to_json() for event in await served.api.request_events(request_id)]
    assert len(published) == 2
    assert not any(b"landlord" in body for body in published)


async def test_a_card_has_the_buttons_of_who_asks(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    await desk.technician(BORIS)
    await desk.handle(ANNA.create(request_id), MARINA.register())
    buttons = {
        ANNA: (Action.EDIT, Action.CANCEL, Action.COMMENT),
        BORIS: (Action.TAKE, Action.COMMENT, Action.NOTE),
        MARINA: (*(Action.TAKE, Action.ASSIGN, Action.REJECT, Action.MERGE, Action.EDIT, Action.COMMENT, Action.NOTE),),
    }
    for one, expected in buttons.items():
        assert (await served.api.card(request_id, tg(one))).allowed_actions == expected


async def test_a_card_has_the_last_five_comments_and_says_how_many_there_are(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id), MARINA.register())
    assert (await served.api.card(request_id, tg(ANNA))).comments_total == 0
    # In one group, so of one time: the order is that of the commands.
    said = [(ANNA, MARINA)[n % 2].comment(request_id, f"Comment {n}") for n in range(7)]
    await desk.handle(*said, ANNA.comment(request_id, "", photo(request_id)))
    for viewer in (ANNA, MARINA):
        card = await served.api.card(request_id, tg(viewer))
        assert [(one.author.name, one.text, one.attachments) for one in card.comments] == [
            ("Marina", "Comment 3", 0),
            ("Anna", "Comment 4", 0),
            ("Marina", "Comment 5", 0),
            ("Anna", "Comment 6", 0),
            ("Anna", "", 1),
        ]
        assert card.comments_total == 8
        assert [step.step for step in card.timeline] == [Step.CREATED]
    assert not any(b"Comment" in event.to_json() for event in await served.api.request_events(request_id))


async def test_the_time_line_is_whole_however_much_is_said(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id), *(ANNA.comment(request_id, f"{n}") for n in range(510)))
    await desk.handle(MARINA.take(request_id))
    card = await served.api.card(request_id, tg(ANNA))
    assert [step.step for step in card.timeline] == [Step.CREATED, Step.TAKEN]
    assert card.version == 512


async def test_one_comment_is_read_by_those_who_may_see_its_request(desk: Desk, served: Served) -> None:
    request_id, other_id = uuid4(), uuid4()
    await desk.handle(ANNA.create(request_id), BORIS.create(other_id), MARINA.comment(request_id, "On my way"))
    (event,) = await served.api.request_events(request_id, after=1)
    comment = await served.api.comment(request_id, event.data.text_id, tg(ANNA))
    assert (comment.text, comment.author.name, comment.text_id) == ("On my way", "Marina", event.data.text_id)
    with pytest.raises(Forbidden):
        await served.api.comment(request_id, event.data.text_id, tg(BORIS))
    with pytest.raises(NotFound):  # a comment of another request is none of this one
        await served.api.comment(other_id, event.data.text_id, tg(BORIS))
    await desk.handle(MARINA.reject(other_id, "Not ours"))
    reason = await desk.value("SELECT id FROM texts WHERE kind = 'rejection'")
    with pytest.raises(NotFound):
        await served.api.comment(other_id, reason, tg(BORIS))


async def test_a_request_is_found_by_its_number_by_those_who_may_see_it(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    await desk.handle(BORIS.create(), ANNA.create(request_id), MARINA.register())
    for viewer in (ANNA, MARINA):
        line = await served.api.by_number(2, tg(viewer))
        assert (line.request_id, line.number, line.title) == (request_id, 2, LEAK)
    with pytest.raises(Forbidden):
        await served.api.by_number(2, tg(BORIS))
    with pytest.raises(NotFound):
        await served.api.by_number(3, tg(MARINA))
    for number in (0, 2**31):
        with pytest.raises(InvalidQuery):
            await served.api.by_number(number, tg(MARINA))


async def test_a_requester_sees_only_their_own(desk: Desk, served: Served) -> None:
    request_id = await story(desk)
    await desk.handle(BORIS.register())
    with pytest.raises(Forbidden) as refused:
        await served.api.card(request_id, tg(BORIS))
    assert refused.value.reason == "forbidden"
    with pytest.raises(Forbidden) as refused:
        await served.api.requests(tg(BORIS), View.QUEUE)
    assert refused.value.reason == "forbidden"
    assert (await served.api.requests(tg(BORIS), View.CLOSED)).total == 0


async def test_a_deactivated_person_reads_nothing_but_who_they_are(desk: Desk, served: Served) -> None:
    request_id = await story(desk)
    await desk.change("UPDATE people SET active = false WHERE telegram_id = :id", id=ANNA.telegram_id)
    assert not (await served.api.person(tg(ANNA))).active
    with pytest.raises(Forbidden) as refused:
        await served.api.card(request_id, tg(ANNA))
    assert refused.value.reason == "deactivated"
    for view in View:
        with pytest.raises(Forbidden) as refused:
            await served.api.requests(tg(ANNA), view)
        assert refused.value.reason == "deactivated"


async def test_the_audience_is_everyone_concerned_once(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    await desk.handle(OLEG.register())
    request_id = await story(desk)
    audience = await served.api.audience(request_id)
    assert (audience.number, audience.version, audience.status) == (1, 4, Status.COMPLETED)
    assert {(member.chat_id, member.relation, member.role, member.language) for member in audience.members} == {
        (ANNA.telegram_id, Relation.REQUESTER, Role.REQUESTER, "ru"),
        (MARINA.telegram_id, Relation.ASSIGNEE, Role.MANAGER, "ru"),
        (OLEG.telegram_id, Relation.MANAGER, Role.MANAGER, "ru"),
        (BORIS.telegram_id, Relation.TECHNICIAN, Role.TECHNICIAN, "en"),
    }
    assert len(audience.members) == 4


async def test_who_is_deactivated_is_in_no_audience(desk: Desk, served: Served) -> None:
    request_id = await story(desk)
    await desk.handle(BORIS.register(), OLEG.register())
    await desk.change("UPDATE people SET active = false WHERE name IN ('Anna', 'Oleg')")
    assert [member.chat_id for member in (await served.api.audience(request_id)).members] == [MARINA.telegram_id]


async def test_the_events_after_a_version(desk: Desk, served: Served) -> None:
    request_id = await story(desk)
    events = await served.api.request_events(request_id, after=2)
    assert [(event.version, event.type) for event in events] == [
        (3, "zavhoz.request.taken.v1"),
        (4, "zavhoz.request.completed.v1"),
    ]
    assert {(event.source, event.subject) for event in events} == {("/zavhoz/requests", f"request/{request_id}")}
    assert await served.api.request_events(request_id, after=4) == ()


async def test_an_attachment_is_shown_to_who_may_see_its_request(desk: Desk, served: Served) -> None:
    request_id = await story(desk)
    await desk.handle(BORIS.register())
    id = photo(request_id).attachment_id
    for who in (ANNA, MARINA):
        assert (await served.api.attachment(request_id, id, tg(who))).attachment_id == id
    with pytest.raises(Forbidden):
        await served.api.attachment(request_id, id, tg(BORIS))
    for request, attachment, as_ in (
        (request_id, uuid4(), tg(ANNA)),
        (uuid4(), id, tg(ANNA)),
        (request_id, id, "tg:999"),
    ):
        with pytest.raises(NotFound):
            await served.api.attachment(request, attachment, as_)


@pytest.mark.parametrize("token", [None, "", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer тайна"])
async def test_without_a_known_token_nothing_is_told(served: Served, token: str | None) -> None:
    status, body = await served.get("/people/tg:1", token=token)
    assert (status, Problem.model_validate(body).code) == (401, "unauthorized")


async def test_the_client_takes_a_wrong_token_for_an_outage(served: Served) -> None:
    with pytest.raises(ApiUnavailable):
        await RequestsApi(served.session, served.base, "wrong").person("tg:1")


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/people/somebody", {}),
        ("/people/------------------------------------", {}),
        ("/requests/not-a-uuid/card", {"as": "tg:1"}),
        ("/requests/6f0d2a6e-6a0b-5d0c-9b52-7a4f3f6c1d11/card", {}),
        ("/requests/6f0d2a6e-6a0b-5d0c-9b52-7a4f3f6c1d11/card", {"as": "1 OR 1=1"}),
        ("/requests", {"as": "tg:1", "view": "all"}),
        ("/requests", {"as": "tg:1"}),
        ("/requests", {"view": "open"}),
        ("/requests", {"as": "tg:1", "view": "open", "size": "51"}),
        ("/requests", {"as": "tg:1", "view": "open", "size": "0"}),
        ("/requests", {"as": "tg:1", "view": "open", "page": "0"}),
        ("/requests", {"as": "tg:1", "view": "open", "page": "1000001"}),
        ("/requests", {"as": "tg:1", "view": "queue", "page": "first"}),
        ("/requests/6f0d2a6e-6a0b-5d0c-9b52-7a4f3f6c1d11/events", {"after": "-1"}),
        ("/requests/6f0d2a6e-6a0b-5d0c-9b52-7a4f3f6c1d11/events", {"after": str(2**40)}),
    ],
)
async def test_a_wrong_question_is_answered_with_a_problem(served: Served, path: str, params: dict[str, str]) -> None:
    status, body = await served.get(path, **params)
    assert status in {400, 422}
    assert Problem.model_validate(body).status == status
    assert Problem.model_validate(body).detail


async def test_the_client_takes_a_wrong_question_for_a_mistake_of_ours(desk: Desk, served: Served) -> None:
    await desk.handle(ANNA.register())
    with pytest.raises(InvalidQuery):
        await served.api.requests(tg(ANNA), View.OPEN, size=51)


async def test_many_cards_at_once_are_what_each_alone_is(desk: Desk, served: Served) -> None:
    first, second, third = await story(desk), uuid4(), uuid4()
    await desk.handle(BORIS.create(second), *(BORIS.comment(second, f"Word {n}") for n in range(7)))
    await desk.handle(ANNA.create(third), MARINA.reject(third, "Ask the landlord"))
    await desk.handle(*(MARINA.note(id, "They call each week") for id in (first, second, third)))
    people = {one: (await served.api.person(tg(one))).person_id for one in (ANNA, BORIS, MARINA)}
    asked = [(request, people[person]) for request in (first, second, third) for person in (ANNA, BORIS, MARINA)]
    asked += [(uuid4(), people[MARINA]), (first, uuid4())]
    answers = await served.api.cards(asked)
    assert sum(isinstance(found, Card) for found in answers) == 6
    for (request_id, person_id), found in zip(asked, answers, strict=True):
        if isinstance(found, Card):
            assert found == await served.api.card(request_id, str(person_id))
            staff = person_id == people[MARINA]
            assert (len(found.notes), found.notes_total) == (staff, staff), "they are read for all, and shown to some"
        else:
            with pytest.raises(type(found)) as alone:
                await served.api.card(request_id, str(person_id))
            assert found.reason == alone.value.reason
    await desk.change("UPDATE people SET active = false WHERE telegram_id = :id", id=MARINA.telegram_id)
    (denied,) = await served.api.cards([(first, people[MARINA])])
    assert isinstance(denied, Forbidden)
    assert denied.reason == "deactivated"


async def test_many_audiences_at_once_are_what_each_alone_is(desk: Desk, served: Served) -> None:
    first, second, nobodys = await story(desk), uuid4(), uuid4()
    await desk.handle(BORIS.create(second))
    found = await served.api.audiences([first, nobodys, second])
    assert found == {id: await served.api.audience(id) for id in (first, second)}


@pytest.mark.parametrize("count", [0, 51])
async def test_none_or_too_many_at_once_are_refused(served: Served, count: int) -> None:
    ids = [uuid4() for _ in range(count)]
    with pytest.raises(InvalidQuery):
        await served.api.audiences(ids)
    with pytest.raises(InvalidQuery):
        await served.api.cards([(id, id) for id in ids])
