"""Places written into a table: it loads again and changes nothing, and no spreadsheet program sees a formula in it."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest
from awkward import WORDS
from hypothesis import given
from hypothesis import strategies as st
from requests_support import SCHOOL, TREE, places_command

from zavhoz_contracts.api.places import PlaceKind
from zavhoz_requests.application.cells import guarded, plain
from zavhoz_requests.application.exporting import export
from zavhoz_requests.application.loading import read
from zavhoz_requests.domain.places import Changes, Place, Row, plan

KINDS = list(PlaceKind)
RISKY = st.text("=+-@＝'\"„;,\t\\ абa1", max_size=12)
CELLS = RISKY | st.text(max_size=30) | st.sampled_from([words.typed[:60] for words in WORDS])
CODES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)


def loaded(*rows: Row, known: Mapping[str, Place] | None = None) -> dict[str, Place]:
    """The places that a file makes of `known` ones."""
    changes = plan(rows, known or {}, archive_missing=False)
    assert isinstance(changes, Changes), changes
    return {**(known or {}), **{place.code: place for place in changes.written}}


def table(content: str) -> dict[str, Place]:
    rows, wrong = read(content.encode())
    assert wrong == []
    return loaded(*rows)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Place]:
    """Any tree that can be loaded; some of it is archived."""
    known: dict[str, Place] = {}
    for code in draw(st.lists(CODES, unique=True, max_size=12)):
        parent = draw(st.none() | st.sampled_from(sorted(known))) if known else None
        widest = KINDS.index(known[parent].kind) if parent else 0
        row = Row(0, code, parent or "", draw(st.sampled_from(KINDS[widest:])), draw(CELLS))
        changes = plan([row], known, archive_missing=False)
        if isinstance(changes, Changes):
            known |= {place.code: place for place in changes.written}
    kept = draw(st.sets(st.sampled_from(sorted(known)))) if known else set()
    for code in sorted(kept):
        above = known[code].parent
        while above is not None:
            kept.add(above)
            above = known[above].parent
    rows = [Row(0, place.code, place.parent or "", place.kind, place.name) for place in known.values()]
    changes = plan([row for row in rows if row.code in kept], known, archive_missing=True)
    assert isinstance(changes, Changes)
    return known | {place.code: place for place in changes.written}


@given(trees(), st.sampled_from(";,"), st.booleans())
def test_what_is_exported_loads_as_unchanged(known: dict[str, Place], delimiter: str, bom: bool) -> None:
    content = export(known.values(), delimiter=delimiter, bom=bom)
    assert content.startswith(b"\xef\xbb\xbf") is bom
    rows, wrong = read(content)
    assert wrong == []
    there = {code for code, place in known.items() if not place.archived}
    assert {row.code for row in rows} == there
    seen: set[str] = set()
    for row in rows:
        assert row.parent == "" or row.parent in seen
        seen.add(row.code)
    changes = plan(rows, known, archive_missing=True)
    assert isinstance(changes, Changes)
    assert (changes.written, changes.report, changes.counts["unchanged"]) == ((), (), len(there))
    assert export(reversed(known.values()), delimiter=delimiter, bom=bom) == content


@given(trees(), st.sampled_from(";,"))
def test_no_program_sees_a_formula_whatever_it_takes_for_a_separator(known: dict[str, Place], delimiter: str) -> None:
    written = export(known.values(), delimiter=delimiter).decode()
    assert re.search(r'(^|[;,"])[-=+@－＝＋＠]', written, flags=re.MULTILINE) is None


@given(CELLS)
def test_every_cell_comes_back(cell: str) -> None:
    assert plain(guarded(cell)) == cell


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("-1 floor", "'-1 floor"),
        ("@home", "'@home"),
        ("'=1", "''=1"),
        ("a,=1", "a,'=1"),
        ("1 + 1 = 2", "1 + 1 = 2"),
        ("O'Neill", "O'Neill"),
        ("'quoted'", "'quoted'"),
        ("Room 5, -1 floor", "Room 5, -1 floor"),
    ],
)
def test_what_looks_like_a_formula_has_an_apostrophe(cell: str, written: str) -> None:
    assert guarded(cell) == written
    assert plain(written) == cell


def test_a_table_is_in_the_order_people_count() -> None:
    known = table(SCHOOL.replace("gym,school,building,Спортивный зал", '-1,school,building,"=""Зал""; старый"'))
    assert export(known.values()).decode().splitlines() == [
        "code;parent;kind;name",
        "school;;site;Школа № 7",
        '\'-1;school;building;"\'=""Зал""; старый"',
        "main;school;building;Главный корпус",
        "f1;main;floor;1 этаж",
        "r9;f1;room;Кабинет 9",
        "r10;f1;room;Кабинет 10",
        "f2;main;floor;2 этаж",
        "r214;f2;room;Кабинет 214 (химия)",
        "fume-hood;r214;asset;Вытяжной шкаф",
        "canteen;main;room;Столовая «Берёзка»",
    ]


def test_a_table_without_places_has_its_first_line() -> None:
    assert export([], delimiter=",", bom=True) == "\ufeffcode,parent,kind,name\n".encode()


async def test_the_command_writes_what_it_loads(migrated_url: str, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(TREE + "up;loft;floor;=Attic, -1\n")
    assert places_command(migrated_url, "load", str(file)).returncode == 0
    exported = places_command(migrated_url, "export", "--delimiter", ",", "--bom")
    assert (exported.returncode, exported.stderr) == (0, "")
    assert exported.stdout == (
        '\ufeffcode,parent,kind,name\nloft,,site,Loft\nup,loft,floor,"\'=Attic, -1"\nkitchen,loft,room,Kitchen\n'
    )
    file.write_text(exported.stdout)
    assert places_command(migrated_url, "load", str(file), "--archive-missing").stdout == "3 unchanged\n"
    assert places_command(migrated_url, "export").stdout.splitlines()[1] == "loft;;site;Loft"
    assert places_command(migrated_url, "export", "--delimiter", "\t").returncode == 2
    away = places_command("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", "export")
    assert (away.returncode, away.stdout) == (1, "")
    assert away.stderr
