"""Places that managers change: one at a time, or by a table that is staged and applied; every change is on record."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, OLEG, SCHOOL, TOKEN, TREE, Desk, Sender, Served, places_command, tg

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.places import IMPORT_BYTES_MAX, PlaceKind, PlaceStep, RowFault
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.people.v1.commands import ErasePerson
from zavhoz_contracts.places.v1.commands import AddPlace, ApplyPlaces, ArchivePlace, PlacesCommand, RenamePlace
from zavhoz_contracts.requests.v1.outcomes import CommandRefused, RefusalReason
from zavhoz_requests.application.loading import load, read
from zavhoz_requests.domain.place_codes import code_of
from zavhoz_requests.domain.places import Changes
from zavhoz_requests.store import place_imports

ROOM = PlaceKind.ROOM


def command(made: type[PlacesCommand], by: Sender, **fields: Any) -> Envelope[Any]:
    return wrap(made(actor=by.actor, origin=by.origin, **fields), source="/zavhoz/gateway", subject="places")


def add(by: Sender, parent: str | None, name: str, kind: PlaceKind = ROOM, code: str | None = None) -> Envelope[Any]:
    return command(AddPlace, by, parent=parent, name=name, kind=kind, code=code)


def rename(by: Sender, code: str, name: str) -> Envelope[Any]:
    return command(RenamePlace, by, code=code, name=name)


def archive(by: Sender, code: str, *, archived: bool = True) -> Envelope[Any]:
    return command(ArchivePlace, by, code=code, archived=archived)


def apply(by: Sender, import_id: UUID | None, digest: str, *, archive_missing: bool = False) -> Envelope[Any]:
    id = import_id or uuid4()
    return command(ApplyPlaces, by, import_id=id, digest=digest, archive_missing=archive_missing)


async def school(desk: Desk, content: str = SCHOOL) -> Changes:
    """The school, loaded as an operator does."""
    rows, wrong = read(content.encode())
    assert not wrong
    loaded = await desk.database.run(lambda it: load(it, rows, archive_missing=False, dry_run=False))
    assert isinstance(loaded, Changes)
    return loaded


async def reasons(desk: Desk, *commands: Envelope[Any]) -> list[RefusalReason | None]:
    return [one.reason if isinstance(one, CommandRefused) else None for one in await desk.handle(*commands)]


async def events(desk: Desk, code: str) -> Sequence[Any]:
    """What happened to a place; its versions are checked to be those from 1, without a gap."""
    rows = await desk.rows(
        "SELECT version, data, actor_id, command_id FROM events"
        " WHERE aggregate_type = 'place' AND aggregate_id = :id ORDER BY id",
        id=place_id(code),
    )
    assert [row.version for row in rows] == list(range(1, len(rows) + 1))
    stored = await desk.value("SELECT version FROM places WHERE code = :code", code=code)
    assert stored == len(rows)
    return rows


async def test_a_place_is_added_renamed_archived_and_restored_and_all_of_it_is_on_record(
    desk: Desk, served: Served
) -> None:
    await school(desk)
    added, again = await desk.handle(add(MARINA, "f2", "  Кабинет   химии "), add(MARINA, "f2", "Кабинет химии"))
    assert (added.place_code, again.place_code) == ("kabinet-khimii", "kabinet-khimii-2")
    renamed = rename(MARINA, "f2", "Второй этаж")
    (outcome,) = await desk.handle(renamed)
    assert (outcome.place_code, outcome.changed) == ("f2", True)
    path = "Школа № 7 › Главный корпус › Второй этаж"
    assert (await served.api.place("kabinet-khimii")).path == f"{path} › Кабинет химии"
    assert (await served.api.place("fume-hood")).path == f"{path} › Кабинет 214 (химия) › Вытяжной шкаф"
    assert [one.changed for one in await desk.handle(rename(MARINA, "f2", " Второй  этаж "))] == [False]

    # Both in one group: the second sees what the first has done.
    await desk.handle(archive(MARINA, "r214"), archive(MARINA, "f2"))
    for gone in ("f2", "r214", "fume-hood", "kabinet-khimii"):
        with pytest.raises(NotFound):
            await served.api.place(gone)
    assert [one.changed for one in await desk.handle(archive(MARINA, "f2"))] == [False]
    assert await reasons(desk, archive(MARINA, "r214", archived=False)) == [RefusalReason.PLACE_PARENT_ARCHIVED]
    assert await reasons(desk, archive(MARINA, "f2", archived=False)) == [None]
    assert (await served.api.place("f2")).children == 3, "r214 was archived at the same moment, and is back with it"

    told = await events(desk, "f2")
    assert [(row.data["name"], row.data["archived"]) for row in told] == [
        ("2 этаж", False),
        ("Второй этаж", False),
        ("Второй этаж", True),
        ("Второй этаж", False),
    ]
    assert told[0].data["previous"] is None
    assert (told[0].actor_id, told[0].command_id) == (None, None), "an operator did that"
    assert (told[1].actor_id, told[1].command_id) == (await desk.person_id(MARINA), renamed.id)
    assert told[1].data["previous"]["name"] == "2 этаж"
    assert told[1].data["parent"] == "main"
    inner = await events(desk, "fume-hood")
    assert [row.data["path"].split(" › ")[2] for row in inner][:2] == ["2 этаж", "Второй этаж"], "it has another path"
    assert inner[1].data["previous"]["name"] == inner[1].data["name"]


async def test_what_was_archived_by_itself_stays_so_when_what_it_is_in_is_restored(desk: Desk, served: Served) -> None:
    await school(desk)
    await desk.handle(archive(MARINA, "r214"))
    await desk.handle(archive(MARINA, "main"))
    await desk.handle(archive(MARINA, "main", archived=False))
    page = await served.api.managed_places(tg(MARINA), "f2")
    assert (page.items, page.archived) == ((), 1)
    (kept,) = (await served.api.managed_places(tg(MARINA), "f2", archived=True)).items
    assert (kept.code, kept.archived) == ("r214", True)
    await desk.handle(rename(MARINA, "f2", "Второй этаж"))
    assert await reasons(desk, archive(MARINA, "r214", archived=False)) == [None]
    assert (await served.api.place("fume-hood")).path.startswith("Школа № 7 › Главный корпус › Второй этаж › ")
    assert len(await events(desk, "fume-hood")) == 3, "one for each thing that was done to it, and to what it is in"


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (add(MARINA, "f2", " \n "), RefusalReason.PLACE_NAME_EMPTY),
        (add(MARINA, "f2", "n" * 101), RefusalReason.PLACE_NAME_TOO_LONG),
        (add(MARINA, "nowhere", "Room"), RefusalReason.PLACE_GONE),
        (add(MARINA, "gym", "Room"), RefusalReason.PLACE_GONE),
        (add(MARINA, "r9", "Floor", PlaceKind.FLOOR), RefusalReason.PLACE_KIND_WRONG),
        (add(MARINA, "f2", "Room", code="комната"), RefusalReason.PLACE_CODE_WRONG),
        (add(MARINA, "f2", "Room", code="c" * 60), RefusalReason.PLACE_CODE_WRONG),
        (add(MARINA, "f2", "Room", code="r9"), RefusalReason.PLACE_CODE_TAKEN),
        (add(MARINA, "f2", "Room", code="gym"), RefusalReason.PLACE_CODE_TAKEN),
        (rename(MARINA, "nowhere", "Room"), RefusalReason.PLACE_GONE),
        (rename(MARINA, "gym", "Room"), RefusalReason.PLACE_GONE),
        (rename(MARINA, "r9", ""), RefusalReason.PLACE_NAME_EMPTY),
        (archive(MARINA, "nowhere"), RefusalReason.PLACE_GONE),
        (archive(MARINA, "nowhere", archived=False), RefusalReason.PLACE_GONE),
        (apply(MARINA, None, ""), RefusalReason.IMPORT_GONE),
        (add(ANNA, "f2", "Room"), RefusalReason.NOT_ALLOWED),
        (rename(BORIS, "f2", "Room"), RefusalReason.NOT_ALLOWED),
        (archive(BORIS, "f2"), RefusalReason.NOT_ALLOWED),
        (archive(OLEG, "f2"), RefusalReason.NOT_ALLOWED),
        (apply(OLEG, None, ""), RefusalReason.NOT_ALLOWED),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    desk: Desk, refused: Envelope[Any], reason: RefusalReason
) -> None:
    await school(desk)
    await desk.technician(BORIS)
    await desk.handle(MARINA.register(), OLEG.register(), archive(MARINA, "gym"))
    await desk.handle(MARINA.set_areas(await desk.person_id(OLEG), "main"))
    before = await desk.rows("SELECT * FROM places ORDER BY id"), await desk.value("SELECT count(*) FROM events")
    assert await reasons(desk, refused) == [reason]
    after = await desk.rows("SELECT * FROM places ORDER BY id"), await desk.value("SELECT count(*) FROM events")
    registered = 1 if refused.data.actor == ANNA.actor else 0
    assert (after[0], after[1]) == (before[0], before[1] + registered)


async def test_names_that_make_a_path_too_long_are_refused(desk: Desk) -> None:
    await school(desk)
    long = "n" * 99
    assert await reasons(
        desk, rename(MARINA, "school", long), rename(MARINA, "main", long), rename(MARINA, "f2", long)
    ) == [None, None, None]
    # Two levels further down: what is in it would be too long, and not itself.
    assert await reasons(desk, rename(MARINA, "r214", long)) == [RefusalReason.PLACE_PATH_TOO_LONG]
    assert await reasons(desk, add(MARINA, "f2", long)) == [RefusalReason.PLACE_PATH_TOO_LONG]


async def test_a_request_may_be_filed_in_a_place_of_the_same_group(desk: Desk) -> None:
    await school(desk)
    filed = uuid4()
    assert await reasons(
        desk,
        add(MARINA, "f2", "Room 300", code="r300"),
        ANNA.create(filed, place_code="r300"),
        archive(MARINA, "r300"),
        ANNA.create(uuid4(), place_code="r300"),
    ) == [None, None, None, RefusalReason.PLACE_NOT_FOUND]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Кабинет 214 (химия)", "kabinet-214-khimiya"),
        ("Подъезд № 3", "podezd-no-3"),
        ("Щитовая / ёлочный склад", "shchitovaya-elochnyy-sklad"),
        ("Café – Übung", "cafe-ubung"),
        ("図書館", "room"),
        ("🙂", "room"),
        ("-x-", "x"),
        ("я" * 100, "ya" * 20),
    ],
)
def test_a_code_reads_like_the_name(name: str, code: str) -> None:
    assert code_of(name, ROOM, set()) == code
    assert code_of(name, ROOM, {code, f"{code}-2"}) == f"{code}-3"


async def test_a_table_is_staged_shown_and_applied(desk: Desk, served: Served) -> None:
    await school(desk)
    await desk.handle(MARINA.register())
    table = SCHOOL.replace("2 этаж", "Второй этаж").replace("canteen,main,room,Столовая «Берёзка»\n", "")
    staged = await served.api.stage_places(tg(MARINA), f"{table}r300,f2,room,Кабинет 300\n".encode())
    assert staged.counts == {PlaceStep.ADDED: 1, PlaceStep.RENAMED: 1, PlaceStep.UNCHANGED: 7}
    assert [(line.step, line.code, line.before, line.after) for line in staged.lines] == [
        (PlaceStep.RENAMED, "f2", "2 этаж", "Второй этаж"),
        (PlaceStep.ADDED, "r300", "", "Школа № 7 › Главный корпус › Второй этаж › Кабинет 300"),
    ]
    assert staged.import_id is not None
    with pytest.raises(NotFound):
        await served.api.place("r300")
    other = await served.api.place_import(tg(MARINA), staged.import_id, archive_missing=True)
    assert other.counts[PlaceStep.ARCHIVED] == 1
    assert other.digest != staged.digest

    applied = apply(MARINA, staged.import_id, other.digest, archive_missing=True)
    (outcome,) = await desk.handle(applied)
    assert (outcome.changed, outcome.place_code) == (True, None)
    assert (await served.api.place("r300")).name == "Кабинет 300"
    with pytest.raises(NotFound):
        await served.api.place("canteen")
    told = (await events(desk, "canteen"))[-1]
    assert (told.data["archived"], told.actor_id) == (True, await desk.person_id(MARINA))
    now = await served.api.place_import(tg(MARINA), staged.import_id, archive_missing=True)
    assert (set(now.counts), now.lines_total) == ({PlaceStep.UNCHANGED}, 0)
    assert [one.changed for one in await desk.handle(apply(MARINA, staged.import_id, now.digest))] == [False]


async def test_a_table_that_does_something_else_by_now_is_not_applied(desk: Desk, served: Served) -> None:
    await school(desk)
    await desk.handle(MARINA.register(), OLEG.register())
    staged = await served.api.stage_places(tg(MARINA), SCHOOL.replace("2 этаж", "Второй этаж").encode())
    # The same change for another reason counts as another one: it was shown as renaming «2 этаж».
    await desk.handle(rename(OLEG, "f2", "Этаж 2"))
    assert await reasons(desk, apply(MARINA, staged.import_id, staged.digest)) == [RefusalReason.PLACES_CHANGED]
    assert await reasons(desk, apply(MARINA, staged.import_id, "", archive_missing=True)) == [
        RefusalReason.PLACES_CHANGED
    ]
    assert staged.import_id is not None
    seen = await served.api.place_import(tg(MARINA), staged.import_id, archive_missing=False)
    # What has nothing to do with it may have changed meanwhile.
    await desk.handle(add(OLEG, "gym", "Раздевалка"))
    assert await reasons(desk, apply(OLEG, staged.import_id, seen.digest)) == [RefusalReason.IMPORT_GONE]
    assert await reasons(desk, apply(MARINA, staged.import_id, seen.digest)) == [None]
    assert (await served.api.place("f2")).name == "Второй этаж"


async def test_wrong_rows_are_named_by_reason_and_nothing_is_kept(desk: Desk, served: Served) -> None:
    await desk.handle(MARINA.register())
    table = f"{SCHOOL}r9,f1,room,Again\nx,nowhere,room,X\n" + "".join(f"b{n},,cellar,B\n" for n in range(40))
    staged = await served.api.stage_places(tg(MARINA), table.encode())
    assert (staged.import_id, staged.wrong_total, len(staged.wrong)) == (None, 42, 20)
    assert [(one.line, one.fault, one.values) for one in staged.wrong[:3]] == [
        (12, RowFault.CODE_TWICE, {"code": "r9", "first": "6"}),
        (13, RowFault.PARENT_UNKNOWN, {"parent": "nowhere"}),
        (14, RowFault.KIND_UNKNOWN, {"kind": "cellar"}),
    ]
    assert await desk.value("SELECT count(*) FROM place_imports") == 0
    no_text = await served.api.stage_places(tg(MARINA), "code;parent;kind;name\nа;;site;Ж".encode("cp1251"))
    assert [one.fault for one in no_text.wrong] == [RowFault.NOT_UTF8]


async def test_a_table_is_kept_for_a_day_and_once(desk: Desk, served: Served) -> None:
    await desk.handle(MARINA.register(), OLEG.register())
    first, again, another = [await served.api.stage_places(tg(who), TREE.encode()) for who in (MARINA, MARINA, OLEG)]
    assert first == again
    assert first.import_id is not None
    assert another.import_id != first.import_id
    assert await desk.database.run(place_imports.drop) == 0
    await desk.change("UPDATE place_imports SET at = at - interval '1 day' WHERE id = :id", id=first.import_id)
    with pytest.raises(NotFound):
        await served.api.place_import(tg(MARINA), first.import_id, archive_missing=False)
    assert await reasons(desk, apply(MARINA, first.import_id, first.digest)) == [RefusalReason.IMPORT_GONE]
    assert await desk.database.run(place_imports.drop) == 1
    assert await desk.value("SELECT id FROM place_imports") == another.import_id


async def test_a_table_goes_with_who_staged_it(desk: Desk, served: Served) -> None:
    await desk.handle(MARINA.register(), OLEG.register())
    for who in (MARINA, OLEG):
        await served.api.stage_places(tg(who), TREE.encode())
    oleg = await desk.person_id(OLEG)
    erase = ErasePerson(actor=OLEG.actor, origin=OLEG.origin, person_id=oleg, asked_at=datetime.now(UTC))
    assert await reasons(desk, wrap(erase, source="/zavhoz/gateway", subject="person")) == [None]
    assert await desk.value("SELECT by FROM place_imports") == await desk.person_id(MARINA)


async def test_a_table_that_is_too_large_is_not_even_read(desk: Desk, served: Served) -> None:
    await desk.handle(MARINA.register())
    headers, url = {"Authorization": f"Bearer {TOKEN}"}, f"{served.base}/v1/places/imports"
    large = b"code;parent;kind;name\n" + b"x" * IMPORT_BYTES_MAX
    async with served.session.post(url, params={"as": tg(MARINA)}, data=io.BytesIO(large), headers=headers) as response:
        assert response.status == 413
        assert (await response.json(content_type=None))["code"] == "too_large"
    with pytest.raises(InvalidQuery):
        await served.api.stage_places(tg(MARINA), large)
    async with served.session.post(url, params={"as": tg(MARINA)}, data=b"") as response:
        assert response.status == 401


async def test_managers_look_through_the_tree_and_take_it_along(desk: Desk, served: Served) -> None:
    await school(desk)
    await desk.handle(MARINA.register(), OLEG.register(), archive(MARINA, "r9"))
    top = await served.api.managed_places(tg(MARINA))
    assert (top.place, top.may_change, [(one.code, one.children, one.inside) for one in top.items]) == (
        None,
        True,
        [("school", 2, 8)],
    )
    floor = await served.api.managed_places(tg(MARINA), place_id=place_id("f1"))
    assert ([one.code for one in floor.items], floor.total, floor.archived, floor.up) == (["r10"], 1, 1, "main")
    gone = await served.api.managed_places(tg(MARINA), "r9")
    assert gone.place is not None
    assert gone.place.archived
    with pytest.raises(NotFound):
        await served.api.managed_places(tg(MARINA), "nowhere")
    with pytest.raises(NotFound):
        await served.api.place_table(tg(MARINA), "r9")

    await desk.handle(MARINA.set_areas(await desk.person_id(OLEG), "f2", "gym"))
    top = await served.api.managed_places(tg(OLEG))
    assert (top.may_change, [one.code for one in top.items]) == (False, ["f2", "gym"])
    floor, room = [await served.api.managed_places(tg(OLEG), code) for code in ("f2", "r214")]
    assert ([one.code for one in floor.items], floor.up, room.up) == (["r214"], None, "f2")
    for outside in ("f1", "main", "school"):
        with pytest.raises(Forbidden):
            await served.api.managed_places(tg(OLEG), outside)
        with pytest.raises(Forbidden):
            await served.api.places_under(tg(OLEG), outside)
    inside = await served.api.places_under(tg(OLEG))
    assert [one.code for one in inside] == ["f2", "r214", "fume-hood", "gym"]
    assert inside[2].path == "Школа № 7 › Главный корпус › 2 этаж › Кабинет 214 (химия) › Вытяжной шкаф"
    assert [one.code for one in await served.api.places_under(tg(MARINA), "f2")] == ["f2", "r214", "fume-hood"]
    part = (await served.api.place_table(tg(OLEG), "f2")).decode("utf-8-sig").splitlines()
    assert part[:2] == ["code;parent;kind;name", "f2;main;floor;2 этаж"]
    whole = await served.api.place_table(tg(MARINA))
    staged = await served.api.stage_places(tg(MARINA), whole)
    assert staged.import_id is not None
    exact = await served.api.place_import(tg(MARINA), staged.import_id, archive_missing=True)
    assert exact.counts == {PlaceStep.UNCHANGED: 9}, "it loads again and changes nothing"


async def test_pages_of_a_level(desk: Desk, served: Served) -> None:
    await school(desk, SCHOOL + "".join(f"x{n},f1,room,Кабинет {n}\n" for n in range(101, 121)))
    await desk.handle(MARINA.register())
    page = await served.api.managed_places(tg(MARINA), "f1", page=99)
    assert (page.page, page.pages, page.total, len(page.items)) == (3, 3, 22, 6)
    first = await served.api.managed_places(tg(MARINA), "f1")
    assert [one.name for one in first.items][:3] == ["Кабинет 9", "Кабинет 10", "Кабинет 101"]


async def test_changes_at_once_come_one_after_another(desk: Desk) -> None:
    await school(desk)
    await desk.handle(MARINA.register())
    names = [f"Кабинет {n}" for n in range(8)]
    ended = await asyncio.gather(*(desk.handle(rename(MARINA, "r9", name)) for name in names))
    assert all(one.changed for (one,) in ended)
    assert len(await events(desk, "r9")) == 9


async def test_five_thousand_places_are_one_transaction_of_seconds(desk: Desk, served: Served) -> None:
    await desk.handle(MARINA.register())
    rooms = "".join(f"r{n};f{n % 50};room;Кабинет {n}\n" for n in range(5_000))
    floors = "".join(f"f{n};s;floor;Этаж {n}\n" for n in range(50))
    table = f"code;parent;kind;name\ns;;site;Школа\n{floors}{rooms}"
    staged = await served.api.stage_places(tg(MARINA), table.encode())
    assert staged.lines_total == 5_051
    began = time.monotonic()
    assert await reasons(desk, apply(MARINA, staged.import_id, staged.digest)) == [None]
    seconds = time.monotonic() - began
    assert await desk.value("SELECT count(*) FROM events WHERE aggregate_type = 'place' AND version = 1") == 5_051
    assert seconds < 20, seconds  # about 1.5 s on a machine with nothing else to do
    assert await reasons(desk, rename(MARINA, "s", "Школа № 7")) == [None]
    assert await desk.value("SELECT count(*) FROM events WHERE aggregate_type = 'place' AND version = 2") == 5_051


async def test_what_an_operator_loads_is_on_record_too(desk: Desk, migrated_url: str, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(TREE)
    assert places_command(migrated_url, "load", str(file), "--dry-run").returncode == 0
    assert await desk.value("SELECT count(*) FROM events") == 0
    for _ in range(2):  # again, it changes nothing
        assert places_command(migrated_url, "load", str(file)).returncode == 0
    (told,) = await events(desk, "kitchen")
    assert (told.data["path"], told.data["kind"], told.actor_id) == ("Loft › Kitchen", "room", None)
