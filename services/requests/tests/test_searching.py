"""Requests are found by words, whichever form they have; and what others filed already is recognised."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, Desk, Sender, Served, tg
from sqlalchemy import event

from zavhoz_contracts.api.filters import Filters
from zavhoz_contracts.api.places import PlaceKind
from zavhoz_contracts.api.v1 import SimilarRequest, SimilarRequests, View
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.domain.places import Place
from zavhoz_requests.store import places, searching, words

_TREE = (
    Place("school", None, PlaceKind.SITE, "School", "School", within=frozenset({"school"})),
    Place("r214", "school", PlaceKind.ROOM, "214", "School / 214", within=frozenset({"school", "r214"})),
    Place(
        *("tap214", "r214", PlaceKind.ASSET, "Tap", "School / 214 / Tap"),
        within=frozenset({"school", "r214", "tap214"}),
    ),
    Place("r215", "school", PlaceKind.ROOM, "215", "School / 215", within=frozenset({"school", "r215"})),
)
SAME_HERE = [
    ("Течёт кран", "Кран протекает, на полу лужа"),
    ("Кран протекает, нужен сантехник", "Течёт кран, на полу вода"),
    ("Из крана капает вода", "Капает кран над раковиной"),
    ("Не работает проектор", "Проектор не включается"),
    ("Перегорели лампочки", "Лампочка перегорела"),
    ("Не закрывается окно, дует", "Окна не закрываются"),
    ("Сломался дверной замок", "Заклинило замок"),
    ("Батареи холодные", "Холодная батарея, замерзаем"),
    ("Прожектор мигает", "Мигает прожетор"),
    ("The tap is dripping", "Water drips from the tap"),
    ("Lights flicker", "The light flickers over the board"),
    ("The projector does not turn on", "Projector is broken"),
    ("Chairs are broken: two chairs wobble", "A chair wobbles"),
]
OTHER_HERE = [
    ("Сломан стул", "Сломан замок"),
    ("Не работает проектор", "Не работает розетка"),
    ("Не горит свет", "Не закрывается окно"),
    ("Скрипит дверь, закрывается плохо", "Окно не закрывается, дует сильно, холодно"),
    ("Течёт кран", "Скрипит дверь"),
    ("Разбито стекло, нужно починить", "Нужно починить парту"),
    ("The tap is dripping", "The door squeaks"),
    ("The chair is broken", "The lock is broken"),
    ("Projector does not work", "The socket does not work"),
]
SAME_ANYWHERE = [
    ("Протекает крыша над спортзалом", "Крыша протекает в спортзале"),
    ("Домофон не открывает калитку", "Калитка: домофон не открывается"),
    ("The roof leaks over the gym", "Roof is leaking in the gym"),
]
OTHER_ANYWHERE = [
    ("Течёт кран", "Кран протекает"),
    ("Скрипит дверь в учительской", "Скрипит паркет в актовом зале, дверь ни при чём"),
    ("The tap is dripping", "Water drips from the ceiling"),
    ("Не горит свет в коридоре", "Не горит лампа у входа"),
]


async def _tree(desk: Desk) -> None:
    async with desk.database.transaction() as connection:
        await places.write(connection, _TREE)


async def _similar(served: Served, sender: Sender, text: str, place: str | None = None) -> tuple[SimilarRequest, ...]:
    """As the client asks, which waits for no more than a second: too little for a machine full of tests."""
    query = {"as": tg(sender), "text": text} | ({} if place is None else {"place": place})
    status, answer = await served.get("/requests/similar", **query)
    assert status == 200, answer
    return SimilarRequests.model_validate(answer).root


async def _offered(desk: Desk, served: Served, filed: str, draft: str, place: str | None) -> bool:
    """Whether Boris, who is about to file `draft`, is offered what Anna has filed."""
    text = f"{filed}          ."  # ten characters at least
    await desk.handle(BORIS.register(), ANNA.create(uuid4(), description=text, place_code=place))
    return bool(await _similar(served, BORIS, draft, place))


@pytest.mark.parametrize(("one", "other"), SAME_HERE)
async def test_the_same_trouble_in_the_same_place_is_recognised(
    desk: Desk, served: Served, one: str, other: str
) -> None:
    await _tree(desk)
    assert await _offered(desk, served, one, other, "r214")
    assert await _offered(desk, served, other, one, "r215")


@pytest.mark.parametrize(("one", "other"), OTHER_HERE)
async def test_other_trouble_in_the_same_place_is_not(desk: Desk, served: Served, one: str, other: str) -> None:
    await _tree(desk)
    assert not await _offered(desk, served, one, other, "r214")
    assert not await _offered(desk, served, other, one, "r215")


@pytest.mark.parametrize(("one", "other"), SAME_ANYWHERE)
async def test_without_a_place_most_words_must_be_the_same(desk: Desk, served: Served, one: str, other: str) -> None:
    assert await _offered(desk, served, one, other, None)


@pytest.mark.parametrize(("one", "other"), OTHER_ANYWHERE)
async def test_without_a_place_a_word_is_not_enough(desk: Desk, served: Served, one: str, other: str) -> None:
    assert not await _offered(desk, served, one, other, None)


async def test_what_is_offered_and_to_whom(desk: Desk, served: Served) -> None:
    await _tree(desk)
    here, asset, there, nowhere, closed = (uuid4() for _ in range(5))
    words = "Течёт кран, вода на полу"
    await desk.handle(
        ANNA.create(here, description=words, place_code="r214"),
        ANNA.create(asset, description=words, place_code="tap214"),
        ANNA.create(there, description=words, place_code="r215"),
        ANNA.create(nowhere, description=words),
        ANNA.create(closed, description=words, place_code="r214"),
        MARINA.reject(closed),
        BORIS.register(),
    )
    found = await _similar(served, BORIS, "Кран протекает", "r214")
    assert [(one.request_id, one.joined, one.same_place) for one in found] == [(asset, 0, True), (here, 0, True)]
    assert [one.request_id for one in await _similar(served, BORIS, "Кран течёт", "tap214")] == [asset, here]
    assert [one.request_id for one in await _similar(served, BORIS, words)] == [nowhere]
    # A photo of a place needs no words; words that nobody used are other trouble.
    assert {one.request_id for one in await _similar(served, BORIS, "", "r214")} == {asset, here}
    assert await _similar(served, BORIS, "Не горит свет", "r214") == ()
    # Not one's own, not what one has joined, and not what one works on.
    assert await _similar(served, ANNA, words, "r214") == ()
    await desk.handle(BORIS.join(here), MARINA.take(asset))
    assert [one.request_id for one in await _similar(served, BORIS, words, "r214")] == [asset]
    assert [(one.request_id, one.joined) for one in await _similar(served, MARINA, words, "r214")] == [(here, 1)]


async def test_what_a_request_may_be_merged_into(desk: Desk, served: Served) -> None:
    await _tree(desk)
    one, same, his, other, there, closed, nowhere, nowhere_too = (uuid4() for _ in range(8))
    words = "Течёт кран, вода на полу"
    await desk.handle(
        ANNA.create(one, description=words, place_code="r214"),
        ANNA.create(same, description=words, place_code="tap214"),
        BORIS.create(his, description="Кран протекает", place_code="r214"),
        BORIS.create(other, description="Не горит свет", place_code="r214"),
        BORIS.create(there, description=words, place_code="r215"),
        BORIS.create(closed, description=words, place_code="r214"),
        MARINA.reject(closed),
        ANNA.create(nowhere, description=words),
        BORIS.create(nowhere_too, description=words),
        MARINA.take(his),
    )

    async def duplicates(of: UUID, sender: Sender = MARINA) -> list[UUID]:
        status, answer = await served.get(f"/requests/{of}/duplicates", **{"as": tg(sender)})
        assert status == 200
        return [line.request_id for line in SimilarRequests.model_validate(answer).root]

    # Whosesoever, also one's own work; not itself, not what is closed, elsewhere or other trouble.
    assert await duplicates(one) == [same, his]
    assert await duplicates(nowhere) == [nowhere_too]
    # Limited to an asset of the room, one merges what is in it with nothing outside.
    limit = "UPDATE people SET role = 'manager', areas = '{tap214}' WHERE telegram_id = :id RETURNING id"
    await desk.rows(limit, id=BORIS.telegram_id)
    assert await duplicates(same, BORIS) == []
    assert (await served.get(f"/requests/{one}/duplicates", **{"as": tg(ANNA)}))[0] == 403


async def test_at_most_three_are_offered_the_most_alike_first(desk: Desk, served: Served) -> None:
    await _tree(desk)
    same, *_ = ids = [uuid4() for _ in range(5)]
    words = ["Течёт кран в углу", *(f"Кран скрипит и шумит, вариант {n}" for n in range(4))]
    pairs = zip(ids, words, strict=True)
    await desk.handle(*(ANNA.create(id, description=said, place_code="r214") for id, said in pairs), BORIS.register())
    found = await _similar(served, BORIS, "Кран течет", "r214")
    assert len(found) == 3
    assert found[0].request_id == same


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("кран", [3, 1]),
        ("краны", [3, 1]),
        ("протекают", [3]),
        ("протекеат", [3]),
        ("DRIPPING", [2]),
        ("drips taps", [2]),
        ("не кран", [3, 1]),
        ("#2", [2]),
        ("2", [2]),
        ("214", [2, 1]),
        ("#214", []),
        ("лифт", []),
        ("кр_н", []),
        ("%", []),
        ("🙂", []),
    ],
)
async def test_own_requests_are_found(desk: Desk, served: Served, asked: str, numbers: list[int]) -> None:
    joined = uuid4()
    await desk.handle(
        ANNA.create(description="Течёт кран в 214"),
        ANNA.create(description="The tap drips in 214"),
        BORIS.create(joined, description="Кран протекает в столовой"),
        BORIS.create(description="Кран шумит в буфете"),
        ANNA.join(joined),
    )
    found = await served.api.find(tg(ANNA), asked)
    assert [line.number for line in found.items] == numbers
    assert found.total == len(numbers)


async def test_what_is_found_comes_page_by_page(desk: Desk, served: Served) -> None:
    await desk.handle(*(ANNA.create(description=f"Течёт кран номер {n}") for n in range(5)))
    pages = [await served.api.find(tg(ANNA), "кран", page, 2) for page in (1, 2, 3, 9)]
    assert [[line.number for line in page.items] for page in pages] == [[5, 4], [3, 2], [1], [1]]
    assert {(page.pages, page.total) for page in pages} == {(3, 5)}


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("кран", [4, 1]),
        ("кранами", [4, 1]),
        ("карн", [4, 1]),
        ("протекают", [4]),
        ("протекеат", [4]),
        ("прожетор", [3]),
        ("прожек", [3]),
        ("мигает прож", [3]),
        ("прож мигает", []),
        ("projectr", [5]),
        ("FLICKERING", [5]),
        ("кран 214", [1]),
        ("214", [1]),
        ("school", [3, 1]),
        ("shcool", [3, 1]),
        ("столовая", [4]),
        ("берёзка", [4]),
        ("#3", [3]),
        ("3", [3]),
        ("#214", []),
        ("лифт", []),
        ("не", []),
        ("🙂 %", []),
        ("кран' | 'прожектор", []),
        ("замок", [6]),
        ("замками", [6]),
        ("окно", [6]),
    ],
)
async def test_the_staff_finds_whatever_is_inside(desk: Desk, served: Served, asked: str, numbers: list[int]) -> None:
    await _tree(desk)
    closed = uuid4()
    await desk.handle(
        ANNA.create(description="Течёт кран", place_code="r214"),
        ANNA.create(closed, description="Разбито стекло у входа"),
        BORIS.create(description="Прожектор мигает", place_code="r215"),
        BORIS.create(description="Кран протекает", place="Столовая «Берёзка»"),
        ANNA.create(description="The projector flickers"),
        BORIS.create(description="Ключа нет от замка, окон не открыть"),
        MARINA.register(),
    )
    found = await served.api.search(tg(MARINA), asked)
    assert ([line.number for line in found.items], found.total, found.more) == (numbers, len(numbers), False)


async def test_a_search_goes_through_the_archive_too_and_is_narrowed_by_filters(desk: Desk, served: Served) -> None:
    ids = [uuid4() for _ in range(3)]
    await desk.handle(*(ANNA.create(id, description=f"Течёт кран номер {at}") for at, id in enumerate(ids)))
    await desk.handle(MARINA.reject(ids[1]), MARINA.take(ids[2]))

    async def numbers(filters: Filters) -> list[int]:
        return [line.number for line in (await served.api.search(tg(MARINA), "краны", filters=filters)).items]

    assert await numbers(Filters()) == [3, 2, 1]
    assert await numbers(Filters(statuses=(Status.REJECTED,))) == [2]
    assert await numbers(Filters(assignee="me")) == [3]
    assert await numbers(Filters(assignee="me", statuses=(Status.REJECTED,))) == []


async def test_what_was_changed_is_found_by_its_new_words(desk: Desk, served: Served) -> None:
    await _tree(desk)
    id = uuid4()
    await desk.handle(ANNA.create(id, description="Течёт кран"), MARINA.register())
    await desk.handle(ANNA.edit(id, description="Искрит розетка", place_code="r215"))
    for asked, total in (("разетка", 1), ("215", 1), ("кран", 0)):
        assert (await served.api.search(tg(MARINA), asked)).total == total, asked
    assert await desk.value("SELECT count(*) FROM words WHERE word IN ('розетка', 'искрит', 'кран', 'течет')") == 4


async def test_the_same_new_words_written_at_once_are_kept_once(desk: Desk) -> None:
    said = ["Синхрофазотрон гудит", "гудит синхрофазотрон"]
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(desk.database.run(lambda connection: words.write(connection, said)))
    rows = await desk.rows("SELECT word, lexeme FROM words ORDER BY word")
    assert [tuple(row) for row in rows] == [("гудит", "гуд"), ("синхрофазотрон", "синхрофазотрон")]


async def test_what_one_joined_is_a_list_of_its_own(desk: Desk, served: Served) -> None:
    ids = [uuid4(), uuid4()]
    await desk.handle(*(ANNA.create(id) for id in ids), BORIS.create(), BORIS.join(ids[0]), BORIS.join(ids[1]))
    assert [line.number for line in (await served.api.requests(tg(BORIS), View.JOINED)).items] == [2, 1]
    assert [line.number for line in (await served.api.requests(tg(BORIS), View.OPEN)).items] == [3]
    assert (await served.api.requests(tg(ANNA), View.JOINED)).total == 0


_MANY = """
    INSERT INTO requests (id, number, version, status, priority, title, description, requester_id, place_id, place,
                          created_at, updated_at)
    SELECT gen_random_uuid(), 100 + n, 1, (ARRAY['open', 'in_progress', 'completed'])[1 + n % 3], 'medium',
           'Broken thing ' || n, 'It is broken: w' || n % 977, people.id,
           CASE WHEN n % 2 = 0 THEN here.ids[1 + n / 2 % cardinality(here.ids)] END, '', now(), now()
    FROM generate_series(1, 20000) AS n, (SELECT id FROM people LIMIT 1) AS people,
         (SELECT array_agg(id) AS ids FROM places) AS here
"""
_PLACES = """
    INSERT INTO places (id, code, parent_id, kind, name, path, search, name_key, path_key)
    SELECT gen_random_uuid(), 'p' || n, (SELECT id FROM places WHERE code = 'school'), 'room', 'x', 'x', 'x', 'x', 'x'
    FROM generate_series(1, 500) AS n
"""


@pytest.mark.parametrize(
    ("here", "index"), [(None, "requests_similar_words"), (place_id("r214"), "requests_similar_place")]
)
async def test_among_many_requests_the_similar_ones_are_read_from_an_index(
    desk: Desk, here: UUID | None, index: str
) -> None:
    await _tree(desk)
    await desk.handle(ANNA.register())
    await desk.change(_PLACES)
    await desk.change(_MANY)
    for table in ("requests", "places", "watchers"):
        await desk.change(f"ANALYZE {table}")
    async with desk.database.transaction() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        asked: list[tuple[str, Any]] = []
        event.listen(
            desk.database.engine.sync_engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, parameters, *_: asked.append((statement, parameters)),
        )
        await searching.alike(connection, uuid4(), "w12 w13", here)
        ((statement, parameters),) = asked
        plan = "\n".join(row[0] for row in await raw.fetch(f"EXPLAIN {statement}", *parameters))
    assert index in plan, plan
    assert "Seq Scan on requests" not in plan, plan
