"""Which known word a mistyped one is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_requests.domain.stems import other_stems
from zavhoz_requests.domain.typos import distance, likeliest, swapped, typos

WORDS = st.text("абвг", max_size=7)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("кран", "кран", 0), ("карн", "кран", 1), ("крон", "кран", 1), ("крн", "кран", 1), ("краан", "кран", 1),
     ("прожетор", "прожектор", 1), ("протекеат", "протекает", 1), ("", "кран", 4), ("нарк", "кран", 3)],
)  # fmt: skip
def test_how_far_words_are_apart(one: str, other: str, apart: int) -> None:
    assert distance(one, other) == distance(other, one) == apart


@given(WORDS, WORDS)
def test_it_is_nothing_for_the_same_word_alone_and_never_more_than_the_longer_one(one: str, other: str) -> None:
    assert (distance(one, other) == 0) == (one == other)
    assert distance(one, other) <= max(len(one), len(other))


@given(WORDS)
def test_exchanged_neighbours_are_one_letter_apart(word: str) -> None:
    assert {distance(word, one) for one in swapped(word)} <= {1}


@pytest.mark.parametrize(
    ("stem", "other"),
    [("замок", "замк"), ("замк", "замок"), ("розетк", "розеток"), ("окн", "окон"), ("крышек", "крышк")],
)
def test_a_vowel_that_comes_and_goes_makes_another_stem(stem: str, other: str) -> None:
    assert other in other_stems(stem)


@pytest.mark.parametrize("stem", ["", "ок", "кран", "протека", "leak", "214"])
def test_most_stems_have_no_other(stem: str) -> None:
    assert other_stems(stem) == set()


def test_the_likeliest_are_the_nearest_and_only_near_ones() -> None:
    known = ("прожектор", "прожекторы", "проектор", "кран", "краны")
    assert likeliest("прожетор", known) == ["прожектор"]
    assert likeliest("проекторы", known) == ["проектор", "прожекторы"]
    assert likeliest("карн", known) == ["кран"]
    assert likeliest("лифт", known) == []
    assert likeliest("кр", known) == []
    assert [typos(word) for word in ("кра", "кран", "краны", "кранам")] == [0, 1, 1, 2]
