"""Places: loaded from a file all or nothing, found by words, and kept with the requests filed there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from requests_support import ANNA, BORIS, LEAK, MARINA, SCHOOL, TREE, Desk, Served, places_command, tg
from sqlalchemy import text

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.requests.v1.outcomes import CommandRefused, RefusalReason
from zavhoz_requests.application.loading import load, read
from zavhoz_requests.domain.places import Changes, Wrong


async def put(
    desk: Desk, content: str | bytes, *, archive_missing: bool = False, dry_run: bool = False
) -> Changes | list[Wrong]:
    """Load a file; what is wrong with it in one list."""
    rows, wrong = read(content if isinstance(content, bytes) else content.encode())
    changes = await desk.database.run(
        lambda connection: load(connection, rows, archive_missing=archive_missing, dry_run=dry_run or bool(wrong))
    )
    return [*wrong, *(changes if isinstance(changes, list) else ())] if wrong else changes


async def loaded(desk: Desk, content: str | bytes, **options: Any) -> Changes:
    changes = await put(desk, content, **options)
    assert isinstance(changes, Changes), changes
    return changes


async def names(served: Served, q: str = "", **asked: Any) -> list[str]:
    return [place.name for place in (await served.api.places(tg(ANNA), q=q, **asked)).items]


async def test_a_tree_is_walked_from_its_roots_in_the_order_people_count(desk: Desk, served: Served) -> None:
    changes = await loaded(desk, SCHOOL)
    assert changes.counts["added"] == 10
    roots = await served.api.places(tg(ANNA))
    assert [(root.code, root.parent, root.children) for root in roots.items] == [("school", None, 2)]
    assert roots.under is None
    floor = await served.api.places(tg(ANNA), under="f1")
    assert [place.name for place in floor.items] == ["Кабинет 9", "Кабинет 10"]
    assert floor.under is not None
    assert (floor.under.path, floor.under.parent) == ("Школа № 7 › Главный корпус › 1 этаж", "main")
    assert (await served.api.place("fume-hood")).path.endswith("Кабинет 214 (химия) › Вытяжной шкаф")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("каб 214", "Кабинет 214 (химия)"),
        ("214 каб", "Кабинет 214 (химия)"),
        ("ХИМ", "Кабинет 214 (химия)"),
        ("кобинет 214", "Кабинет 214 (химия)"),
        ("березка", "Столовая «Берёзка»"),
        ("спротивный", "Спортивный зал"),
        ("вытижной", "Вытяжной шкаф"),
        ("r214", "Кабинет 214 (химия)"),
        ("1 этаж", "1 этаж"),
        ("столовая", "Столовая «Берёзка»"),
    ],
)
async def test_words_find_places_in_any_order_half_typed_or_mistyped(
    desk: Desk, served: Served, typed: str, first: str
) -> None:
    await loaded(desk, SCHOOL)
    assert (await names(served, typed))[:1] == [first]


@pytest.mark.parametrize("typed", ["каб 215", "%", "_", "\\", "бассейн", "214 спортивный", "' OR 1=1 --"])
async def test_what_is_not_there_is_not_found(desk: Desk, served: Served, typed: str) -> None:
    await loaded(desk, SCHOOL)
    assert await names(served, typed) == []


async def test_a_search_may_stay_below_a_place_and_is_paged(desk: Desk, served: Served) -> None:
    rooms = "".join(f"x{n},f1,room,Кабинет {n}\n" for n in range(101, 121))
    await loaded(desk, SCHOOL + rooms)
    assert await names(served, "кабинет", under="f2") == ["Кабинет 214 (химия)", "Вытяжной шкаф"]
    page = await served.api.places(tg(ANNA), q="кабинет", page=99)
    assert (page.page, page.pages, page.total, len(page.items)) == (3, 3, 24, 8)
    seen = [name for n in (1, 2, 3) for name in await names(served, "кабинет", page=n)]
    assert len(set(seen)) == 24
    assert seen[:3] == ["Кабинет 9", "Кабинет 10", "Кабинет 101"]


async def test_a_file_in_another_dress_is_the_same_file(desk: Desk) -> None:
    await loaded(desk, SCHOOL)
    for dressed in (SCHOOL.encode("utf-8-sig"), SCHOOL.replace(",", ";"), SCHOOL.replace("\n", "\r\n") + "\r\n,,,\r\n"):
        again = await loaded(desk, dressed)
        assert (again.written, again.report, again.counts["unchanged"]) == ((), (), 10)


async def test_names_and_places_in_the_tree_change_and_the_codes_stay(desk: Desk, served: Served) -> None:
    await loaded(desk, SCHOOL)
    other = SCHOOL.replace("2 этаж", "Второй этаж").replace("canteen,main", "canteen,gym").replace("№ 7", "№ 8")
    canteen = "Столовая «Берёзка»"
    tried = await loaded(desk, other, dry_run=True)
    assert await names(served, "второй") == []
    changes = await loaded(desk, other)
    assert tried == changes
    assert changes.report == (
        "renamed: school  Школа № 7 -> Школа № 8",
        "renamed: f2  2 этаж -> Второй этаж",
        f"moved: canteen  Школа № 7 › Главный корпус › {canteen} -> Школа № 8 › Спортивный зал › {canteen}",
    )
    assert (await served.api.place("fume-hood")).path == (
        "Школа № 8 › Главный корпус › Второй этаж › Кабинет 214 (химия) › Вытяжной шкаф"
    )


async def test_what_a_file_leaves_out_stays_or_is_archived_when_that_is_wanted(desk: Desk, served: Served) -> None:
    await loaded(desk, SCHOOL)
    without = "\n".join(line for line in SCHOOL.splitlines() if "214" not in line)
    assert (await loaded(desk, without)).counts["archived"] == 0
    assert isinstance(await put(desk, SCHOOL.replace("gym,school", "gym,nowhere"), archive_missing=True), list)
    changes = await loaded(desk, without, archive_missing=True)
    assert [line.split()[1] for line in changes.report] == ["r214", "fume-hood"]
    assert await names(served, "214") == []
    assert await names(served, under="f2") == []
    with pytest.raises(NotFound):
        await served.api.place("r214")
    with pytest.raises(NotFound):
        await served.api.places(tg(ANNA), under="r214")
    assert (await loaded(desk, without, archive_missing=True)).written == ()
    back = await loaded(desk, SCHOOL)
    assert back.counts["restored"] == 2
    assert (await served.api.place("r214")).children == 1


async def test_every_wrong_row_is_named_and_nothing_is_changed(desk: Desk, served: Served) -> None:
    await loaded(desk, TREE)
    wrong = await put(
        desk,
        "code,parent,kind,name\n"
        "loft,,site,Attic\n"  # right, and yet not taken over
        "два,,room,X\n"
        f"{'c' * 60},,room,X\n"
        "a,nowhere,room,X\n"
        "b,,cellar,X\n"
        "d,,room,  \n"
        f"e,,room,{'n' * 101}\n"
        "loft,,site,Again\n"
        "f,kitchen,building,X\n"
        "g,h,room,G\n"
        "h,g,room,H\n"
        "i,d,room,Its parent is wrong itself\n"
        "j,,room\n",
    )
    assert isinstance(wrong, list)
    assert [(one.line, one.what.split(" ", 2)[:2]) for one in sorted(wrong, key=lambda one: one.line)] == [
        (3, ["code", "'два':"]),
        (4, ["code", f"'{'c' * 60}':"]),
        (5, ["parent", "'nowhere'"]),
        (6, ["kind", "'cellar':"]),
        (7, ["the", "name"]),
        (8, ["the", "name"]),
        (9, ["code", "loft"]),
        (10, ["a", "building"]),
        (11, ["g", "is"]),
        (12, ["h", "is"]),
        (14, ["3", "columns,"]),
    ]
    assert await names(served) == ["Loft"]


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("code,name\na,b\n", 1, "missing: parent, kind"),
        ("", 1, "missing: code, parent, kind, name"),
        ('code,parent,kind,name\na,,room,"X\n', 2, "unexpected end"),
        ("code,parent,kind,name\nа,,room,Ж\n".encode("cp1251"), 2, "not UTF-8"),
    ],
)
async def test_a_file_that_is_no_such_table_is_named_so(desk: Desk, content: str | bytes, line: int, said: str) -> None:
    wrong = await put(desk, content)
    assert isinstance(wrong, list)
    assert wrong[0].line == line
    assert said in wrong[0].what


async def test_a_request_keeps_its_place_as_it_was(desk: Desk, served: Served) -> None:
    await loaded(desk, SCHOOL)
    id, own, without = uuid4(), uuid4(), uuid4()
    await desk.handle(
        ANNA.create(id, place_code="r214"), ANNA.create(own, place="  за \n углом "), ANNA.create(without, place="")
    )
    await loaded(desk, SCHOOL.replace("Кабинет 214 (химия)", "Кабинет 300"))
    path = "Школа № 7 › Главный корпус › 2 этаж › Кабинет 214 (химия)"
    shown = [(await served.api.card(one, tg(ANNA))).place for one in (id, own, without)]
    assert shown == [path, "за углом", ""]
    lines = await served.api.requests(tg(ANNA), View.OPEN)
    assert [line.place for line in lines.items] == ["", "за углом", path]
    events = [(await served.api.request_events(one))[0].data for one in (id, own, without)]
    assert [(event.place, event.place_code) for event in events] == [(path, "r214"), ("за углом", None), ("", None)]


@pytest.mark.parametrize(
    ("given", "reason", "limit"),
    [
        ({"place_code": "nowhere"}, RefusalReason.PLACE_NOT_FOUND, None),
        ({"place_code": "gym"}, RefusalReason.PLACE_NOT_FOUND, None),
        ({"place": "x"}, RefusalReason.PLACE_TOO_SHORT, 2),
        ({"place": "x" * 101}, RefusalReason.PLACE_TOO_LONG, 100),
    ],
)
async def test_a_place_that_cannot_be_is_refused(
    desk: Desk, given: dict[str, str], reason: RefusalReason, limit: int | None
) -> None:
    await loaded(desk, SCHOOL)
    await loaded(desk, SCHOOL.replace("gym,school,building,Спортивный зал\n", ""), archive_missing=True)
    filed = uuid4()
    await desk.handle(ANNA.create(filed, place_code="r214"))
    for outcome in await desk.handle(ANNA.create(uuid4(), **given), ANNA.edit(filed, **given)):
        assert isinstance(outcome, CommandRefused)
        assert (outcome.reason, outcome.limit) == (reason, limit)
    assert await desk.value("SELECT count(*) FROM requests") == 1
    assert await desk.history(filed) == ["request.created"]


async def test_a_request_is_moved(desk: Desk, served: Served) -> None:
    await loaded(desk, SCHOOL)
    id = uuid4()
    await desk.handle(ANNA.create(id, place="somewhere"), BORIS.create(uuid4(), place_code="r9"))
    moves = [ANNA.edit(id, place_code="r214"), ANNA.edit(id, place_code="r214"), ANNA.edit(id, place="за  углом")]
    await desk.handle(*moves, ANNA.edit(id, place="за углом"), ANNA.edit(id, place=""), ANNA.edit(id, place_code="r9"))
    path, other = [(await served.api.place(code)).path for code in ("r214", "r9")]
    events = [event.data for event in await served.api.request_events(id, after=1)]
    assert [(event.former_place, event.place, event.place_code) for event in events] == [
        ("somewhere", path, "r214"),
        (path, "за углом", None),
        ("за углом", "", None),
        ("", other, "r9"),
    ]
    shown = await served.api.card(id, tg(ANNA))
    assert (shown.place, shown.title, shown.version) == (other, LEAK, 5)
    assert [place.code for place in await served.api.recent_places(tg(ANNA))] == ["r9"]


async def test_recent_places_are_ones_own_newest_first(desk: Desk, served: Served) -> None:
    await loaded(desk, SCHOOL)
    assert await served.api.recent_places(tg(ANNA)) == ()  # who is not known yet
    for code in ("r9", "r10", "gym", "r9", "f1", "f2", "canteen"):
        await desk.handle(ANNA.create(uuid4(), place_code=code), BORIS.create(uuid4(), place_code="main"))
    await desk.handle(ANNA.create(uuid4(), place="somewhere"))
    await loaded(desk, SCHOOL.replace("f2,main", "f2,gym").replace("canteen,main,room,Столовая «Берёзка»\n", ""))
    assert [place.code for place in await served.api.recent_places(tg(ANNA))] == ["canteen", "f2", "f1", "r9", "gym"]
    assert [place.code for place in await served.api.recent_places(tg(BORIS))] == ["main"]


async def test_who_is_deactivated_sees_no_places(desk: Desk, served: Served) -> None:
    await loaded(desk, SCHOOL)
    await desk.handle(MARINA.register())
    await desk.change("UPDATE people SET active = false")
    with pytest.raises(Forbidden):
        await served.api.places(tg(MARINA))
    with pytest.raises(Forbidden):
        await served.api.recent_places(tg(MARINA))


async def test_questions_that_make_no_sense_are_refused(served: Served) -> None:
    with pytest.raises(NotFound):
        await served.api.places(tg(ANNA), under="nowhere")
    with pytest.raises(InvalidQuery):
        await served.api.place("a code")
    with pytest.raises(InvalidQuery):
        await served.api.places(tg(ANNA), q="x" * 201)
    assert await names(served) == []


async def test_a_search_goes_by_the_index(desk: Desk) -> None:
    await loaded(desk, SCHOOL)
    async with desk.database.transaction() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        # The tree is small, and just written: what counts is which way there is.
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        for condition in ("search LIKE '%вытяжной%'", "'вытижной' <% search"):
            plan = await raw.fetch(f"EXPLAIN SELECT id FROM places AS p WHERE {condition}")  # noqa: S608
            assert "places_search" in "\n".join(row[0] for row in plan)


async def test_the_command_says_what_it_did(migrated_url: str, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(TREE, encoding="utf-8-sig")
    tried = places_command(migrated_url, "load", str(file), "--dry-run")
    assert (tried.returncode, tried.stdout.splitlines()[-1]) == (0, "nothing was written; would be: 2 added")
    done = places_command(migrated_url, "load", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "added: loft  Loft\nadded: kitchen  Loft › Kitchen\n2 added\n"
    assert places_command(migrated_url, "load", str(file), "--archive-missing").stdout == "2 unchanged\n"
    file.write_text(TREE + "x;nowhere;room;X\ny;loft;room\n")
    wrong = places_command(migrated_url, "load", str(file))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.splitlines() == [
        f"{file}:4: parent 'nowhere' is neither in this file nor among the places there are",
        f"{file}:5: 3 columns, and the first line has 4",
        "nothing was changed: 2 rows must be put right",
    ]
    missing = places_command(migrated_url, "load", str(tmp_path / "no.csv"))
    assert (missing.returncode, missing.stderr) == (1, f"{tmp_path / 'no.csv'}: No such file or directory\n")


def test_the_service_names_the_command_in_its_help() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "zavhoz_requests", "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "places" in said.stdout
    helped = subprocess.run(
        [sys.executable, "-m", "zavhoz_requests", "places", "load", "--help"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "--archive-missing" in helped.stdout
