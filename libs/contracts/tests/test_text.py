"""Texts are cleaned and counted as a reader sees them."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.text import clean, length, shorten

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("кран", 4), ("и\u0306", 1), (FAMILY, 1), ("🇷🇺", 1), ("a\u0300\u0301\u0302\u0303", 1), ("שָׁלוֹם", 4)],
)
def test_lengths_count_what_a_reader_takes_for_one_character(text: str, count: int) -> None:
    assert length(text) == count


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  drips \n", "drips"),
        ("a\x00b\x07c\x1b[0m", "abc[0m"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("и\u0306", "й"),
        ("a\ud800b", "ab"),
        (f"tap {FAMILY}", f"tap {FAMILY}"),
        ("\x00\n\t ", ""),
    ],
)
def test_cleaning(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(st.text(st.characters(max_codepoint=0x2200)))
def test_the_short_way_to_count_and_cut_is_the_long_way(text: str) -> None:
    clusters = regex.findall(r"\X", text)
    assert length(text) == len(clusters)
    assert text == shorten(text, max(len(clusters), 1))


def test_no_plain_character_joins_its_neighbours() -> None:
    for character in map(chr, range(0x2200)):
        for text in (character, f"a{character}", f"{character}a", character * 2, f"я{character}\n"):
            assert length(text) == len(regex.findall(r"\X", text)), hex(ord(character))
            assert clean(text) == clean(f"{text}{FAMILY}").removesuffix(FAMILY).rstrip() or text.isspace(), repr(text)


@given(st.text())
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode()  # a lone surrogate would raise


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_is_never_longer_than_asked(text: str, limit: int) -> None:
    assert length(shorten(text, limit)) <= limit


@given(st.text(max_size=40))
def test_a_text_that_fits_is_left_alone(text: str) -> None:
    assert shorten(text, 40) == text


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("The tap in room 214 drips all night", 20, "The tap in room 214…"),
        ("The tap in room 214 drips all night", 18, "The tap in room…"),
        ("Supercalifragilistic", 10, "Supercali…"),
        ("a Supercalifragilistic", 12, "a Supercali…"),
        (FAMILY * 5, 3, FAMILY * 2 + "…"),
    ],
)
def test_a_cut_falls_between_words_where_it_can(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short
