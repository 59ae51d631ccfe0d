"""A sheet of QR codes: read again as a telephone and a person would, and drawn by a process that may fail."""

from __future__ import annotations

import asyncio
import io
import re
import string
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from awkward import WORDS
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from zavhoz_contracts.api.places import Place, PlaceKind
from zavhoz_notifier.qr import drawing
from zavhoz_notifier.qr.draw import Sheet, draw_sheet
from zavhoz_notifier.qr.drawing import NoPlaces, SheetDrawer, SheetNotDrawn, TooManyPlaces
from zavhoz_notifier.qr.fitting import drawable, fit
from zavhoz_notifier.qr.label import Label, link
from zavhoz_telegram.texts import Texts

BOT = "zavhoz_school_bot"
DAY = datetime(2026, 11, 27, tzinfo=UTC)
SHEET = Sheet(BOT, "QR-коды мест", "Отсканируйте, чтобы сообщить о\xa0поломке", "ru", DAY)
ROOM = Label("room-214", "Кабинет 214 (химия)", ("Школа № 7", "Главный корпус", "2 этаж"))
WIDEST = Label("W" * 59, "Ш" * 100, ("Щ" * 100, "Ж" * 100, "W" * 100, "Ы" * 90))
FONTS = sorted((Path(drawing.__file__).parent / "fonts").glob("*.ttf"))
DOTS_A_MM = 4
NAMES = st.text(max_size=100) | st.sampled_from([words.typed[:100] for words in WORDS])
CODES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=59)
LABELS = st.builds(Label, CODES, NAMES, st.lists(NAMES, max_size=4).map(tuple))


@dataclass(frozen=True)
class Printed:
    """One page: as a picture, and the words on it."""

    picture: Image.Image
    words: str

    @property
    def codes(self) -> list[tuple[str, float, float, float]]:
        """What each code says, its left and upper edge and its side in millimetres; from left to right and down."""
        found = []
        for code in zxingcpp.read_barcodes(self.picture):
            corner, other = code.position.top_left, code.position.top_right
            left, top, side = (dots / DOTS_A_MM for dots in (corner.x, corner.y, other.x - corner.x))
            found.append((code.text, left, top, side))
        return sorted(found, key=lambda code: (round(code[2] / 70), code[1]))


def drawn(*labels: Label, sheet: Sheet = SHEET) -> bytes:
    file = io.BytesIO()
    assert draw_sheet(labels, sheet, file) == len(labels)
    return file.getvalue()


def printed(pdf: bytes) -> list[Printed]:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = []
        for page in document:
            words = page.get_textpage().get_text_range()
            picture = page.render(scale=DOTS_A_MM * 25.4 / 72, grayscale=True).to_pil()
            pages.append(Printed(picture, " ".join(words.split())))
        return pages


def test_a_telephone_reads_every_code_and_a_person_every_name() -> None:
    labels = [replace(ROOM, code=f"room-{n}", name=f"Кабинет {n}") for n in range(201, 212)]
    first, second = printed(drawn(*labels))
    assert first.picture.size == pytest.approx((210 * DOTS_A_MM, 297 * DOTS_A_MM), abs=2)
    codes = [*first.codes, *second.codes]
    assert [code[0] for code in codes] == [f"https://t.me/{BOT}?start=loc_room-{n}" for n in range(201, 212)]
    for number, (_, left, top, side) in enumerate(codes):
        row, column = divmod(number % 8, 2)
        assert (left, top) == pytest.approx((column * 105 + 8, row * 74.25 + 28.25), abs=0.5)
        assert side == pytest.approx(38, abs=0.6)
    for page, count in ((first, 8), (second, 3)):
        assert page.words.count("Отсканируйте, чтобы сообщить о поломке") == count
        assert page.words.count("Школа № 7 › Главный корпус › 2 этаж") == count
    for label in labels:
        assert len(re.findall(rf"\b{label.name} {label.code}\b", f"{first.words} {second.words}")) == 1


def test_the_link_is_the_longest_that_opens_a_bot() -> None:
    payload = link(BOT, WIDEST.code).partition("?start=")[2]
    assert re.fullmatch("[A-Za-z0-9_-]{63}", payload)
    (page,) = printed(drawn(WIDEST, sheet=replace(SHEET, bot="b" * 32)))
    assert [code[0] for code in page.codes] == [f"https://t.me/{'b' * 32}?start=loc_{'W' * 59}"]


def outside(page: Printed) -> Image.Image:
    """What stands in the margins of the labels, where no printer prints and scissors go, without the lines there."""
    margins = page.picture.copy()
    for number in range(8):
        row, column = divmod(number, 2)
        left, top = column * 105.0, row * 74.25
        edges = (left + 5, top + 5, left + 105 - 5, top + 74.25 - 5)
        west, north, east, south = (round(edge * DOTS_A_MM) for edge in edges)
        margins.paste(255, (west, north, east, south))
    for row in range(1, 4):
        margins.paste(255, (0, round(row * 74.25 * DOTS_A_MM) - 2, margins.width, round(row * 74.25 * DOTS_A_MM) + 2))
    margins.paste(255, (105 * DOTS_A_MM - 2, 0, 105 * DOTS_A_MM + 2, margins.height))
    return margins


def blank(picture: Image.Image) -> bool:
    return ImageChops.invert(picture).getbbox() is None


def test_whatever_is_too_long_is_cut_and_stays_in_its_label() -> None:
    (page,) = printed(drawn(WIDEST, replace(ROOM, name="слово " * 16), WIDEST, replace(ROOM, code="i" * 59)))
    assert blank(outside(page))
    assert not blank(page.picture)
    assert "…" in page.words
    assert page.words.replace(" ", "").count("W" * 59) == 2  # the code itself is all there
    assert len(page.codes) == 4
    assert page.words.count("… ›") == 2  # of a long path the nearest place is shown


@settings(max_examples=10)
@given(st.lists(LABELS, min_size=6, max_size=9))
def test_any_words_can_be_printed(labels: list[Label]) -> None:
    pages = printed(drawn(*labels))
    assert [code[0] for page in pages for code in page.codes] == [link(BOT, label.code) for label in labels]
    assert all(blank(outside(page)) for page in pages)


def test_a_name_that_the_fonts_do_not_have_is_replaced_by_the_code() -> None:
    (page,) = printed(drawn(Label("lab-3", "实验室 🧪"), Label("wc", "🚽 Туалет ①")))
    assert "lab-3 lab-3" in page.words
    assert "Туалет 1 wc" in page.words


def test_the_same_labels_make_the_same_bytes() -> None:
    assert drawn(ROOM, WIDEST) == drawn(ROOM, WIDEST)
    assert drawn(ROOM) != drawn(replace(ROOM, code="room-215"))


def test_a_program_shows_title_and_time_and_prints_in_true_size() -> None:
    with pypdfium2.PdfDocument(drawn(ROOM)) as document:
        about = document.get_metadata_dict()
    assert (about["Title"], about["CreationDate"]) == ("QR-коды мест", "D:20261127000000Z")
    assert b"/PrintScaling /None" in drawn(ROOM)


def test_both_fonts_have_the_letters_of_our_peoples() -> None:
    assert len(FONTS) == 2
    letters = (
        "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"  # Russian
        "ҐЄІЇЎ"  # Ukrainian, Belarusian
        "ӘҒҚҢӨҰҮҺ"  # Kazakh
        "ЂЈЉЊЋЏ"  # Serbian
        "ӨҮҢЎҚҒҲҶӢӮ"  # Kyrgyz, Uzbek, Tajik
        "ÄÖÜẞŁŻŹĆĘĄŠŽČŘĚĂÂÎȘȚĞŞİƏÑÇÅØ"
    )
    text = letters + letters.lower() + string.printable.strip() + "№«»„“”–—…°±×½²³€₽₸₴→›"
    for font in FONTS:
        with TTFont(font) as opened:
            assert drawable(text, opened.getBestCmap()) == text


@pytest.mark.parametrize(
    ("path", "within"),
    [
        ("School › 2nd floor › Room 2", ("School", "2nd floor")),
        ("Room 2", ()),
        ("Room 2 › Room 2", ("Room 2",)),
    ],
)
def test_a_label_is_made_of_a_place(path: str, within: tuple[str, ...]) -> None:
    label = Label.of(Place(code="r2", kind=PlaceKind.ROOM, name="Room 2", path=path))
    assert label == Label("r2", "Room 2", within)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Room\t 214\u2003a ", "Room 214 a"),
        ("ﬁre №\xa07", "fire №\xa07"),
        ("Ro\u0301om", "Róom"),
        ("王\u0301 \u0301x", "x"),
        ("👨‍👩‍👧 1️⃣ lift", "1 lift"),
        ("\ud83d\x00", ""),
    ],
)
def test_of_a_text_what_the_font_has_is_kept(text: str, kept: str) -> None:
    with TTFont(FONTS[0]) as font:
        assert drawable(text, font.getBestCmap()) == kept


def by_letters(text: str, size: float) -> float:
    """All letters are as wide as the size says."""
    return len(text) * size


TEXTS = st.lists(st.text("abcж-", min_size=1, max_size=12), max_size=12).map(" ".join)


@given(TEXTS, st.integers(3, 40), st.integers(1, 4))
def test_fitted_lines_fit_and_lose_nothing_unless_they_say_so(text: str, width: int, count: int) -> None:
    fitted = fit(text, width, by_letters, ((2.0, 1), (1.0, count)))
    assert len(fitted.lines) <= count
    assert all(by_letters(line, fitted.size) <= width for line in fitted.lines)
    joined = "".join(fitted.lines).replace(" ", "")
    if fitted.cut:
        assert joined.endswith("…")
        assert text.replace(" ", "").startswith(joined[:-1])
    else:
        assert joined == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "size", "lines"),
    [
        ("Gym", 4, ["Gym"]),
        ("Big gym", 2, ["Big gym"]),
        ("Main building", 2, ["Main", "building"]),
        ("Room 214 of main building", 1, ["Room 214 of main", "building"]),
        ("Switchboard", 1, ["Switchboard"]),
        ("Information-Technology", 1, ["Information-", "Technology"]),
        ("Room one, A-Block", 1, ["Room one,", "A-Block"]),
        ("Projector, EB-W51", 1, ["Projector,", "EB-W51"]),
        ("Incomprehensibilities", 1, ["Incomprehensibil", "ities"]),
        ("one two three four five six seven", 1, ["one two three", "four five six…"]),
    ],
)
def test_the_largest_size_is_taken_in_which_no_word_is_broken(text: str, size: float, lines: list[str]) -> None:
    fitted = fit(text, 16, by_letters, ((4.0, 1), (2.0, 2), (1.0, 2)))
    assert (fitted.size, list(fitted.lines)) == (size, lines)


async def several(labels: Sequence[Label]) -> AsyncIterator[Label]:
    for label in labels:
        yield label


async def by_process(*labels: Label, language: str = "ru") -> bytes:
    async with SheetDrawer(BOT).file(several(labels), Texts.load().for_language(language), DAY) as file:
        return await asyncio.to_thread(file.read)


async def test_a_process_draws_the_same() -> None:
    awkward = Label("x", 'Line\n"break" \ud800 🧪', ("a\u2028b",))
    assert await by_process(ROOM, awkward) == drawn(ROOM, awkward)
    (page,) = printed(await by_process(ROOM, language="en"))
    assert "Scan to report what is broken" in page.words


async def test_there_is_a_least_and_a_most(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoPlaces):
        await by_process()
    monkeypatch.setattr(drawing, "MAX_LABELS", 2)
    assert await by_process(ROOM, ROOM)
    with pytest.raises(TooManyPlaces):
        await by_process(ROOM, ROOM, ROOM)


async def test_a_process_that_dies_or_hangs_harms_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zavhoz_notifier.qr.drawing.sys.executable", "/bin/false")
    with pytest.raises(SheetNotDrawn, match="1 labels ended with status 1"):
        await by_process(ROOM)
    hanging = tmp_path / "hanging"
    hanging.write_text("#!/bin/sh\nexec sleep 1000\n")
    hanging.chmod(0o700)
    monkeypatch.setattr("zavhoz_notifier.qr.drawing.sys.executable", str(hanging))
    monkeypatch.setattr("zavhoz_notifier.qr.drawing._SECONDS", 0.2)
    with pytest.raises(SheetNotDrawn, match="not within"):
        await by_process(ROOM)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The labels have room, the sheet has none."""
    with tempfile.TemporaryFile() as lines, Path("/dev/full").open("r+b", buffering=0) as full:
        files = iter([lines, full])
        monkeypatch.setattr("zavhoz_notifier.qr.drawing.tempfile.TemporaryFile", lambda: next(files))
        yield


@pytest.mark.usefixtures("full_disk")
async def test_a_full_disk_is_told_apart() -> None:
    with pytest.raises(OSError, match="No space left"):
        await by_process(ROOM)


async def test_it_is_told_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123456:SECRET")
    curious = tmp_path / "curious"
    curious.write_text(f"#!/bin/sh\nenv > {tmp_path}/told\nexit 4\n")
    curious.chmod(0o700)
    monkeypatch.setattr("zavhoz_notifier.qr.drawing.sys.executable", str(curious))
    with pytest.raises(SheetNotDrawn):
        await by_process(ROOM)
    told = await asyncio.to_thread((tmp_path / "told").read_text)
    assert "PATH=" in told
    assert "SECRET" not in told
