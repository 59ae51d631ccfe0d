"""What buttons carry survives the way to Telegram and back, and always fits."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_telegram.callbacks import (
    BYTES_MAX,
    CallbackData,
    DraftAction,
    DraftPress,
    ListPress,
    OpenLine,
    OpenNotice,
    QuestionPress,
    RequestPress,
)

PRESSES: st.SearchStrategy[CallbackData] = st.one_of(
    st.builds(
        RequestPress,
        action=st.sampled_from(Action),
        request_id=st.uuids(),
        version=st.integers(min_value=0, max_value=2**63 - 1),
    ),
    st.builds(OpenLine, request_id=st.uuids()),
    st.builds(OpenNotice, request_id=st.uuids()),
    st.builds(QuestionPress, action=st.sampled_from(Action), request_id=st.uuids()),
    st.builds(DraftPress, action=st.sampled_from(DraftAction)),
    st.builds(ListPress, view=st.sampled_from(View), page=st.integers(min_value=0, max_value=2**63 - 1)),
)


@given(PRESSES)
def test_what_is_packed_fits_and_comes_back_the_same(press: CallbackData) -> None:
    packed = press.pack()
    assert 1 <= len(packed.encode()) <= BYTES_MAX
    assert type(press).unpack(packed) == press


def test_the_longest_fits() -> None:
    longest = max(Action, key=lambda action: len(action.value))
    packed = RequestPress(action=longest, request_id=UUID(int=2**128 - 1), version=2**63 - 1).pack()
    assert len(packed.encode()) <= BYTES_MAX


def test_what_does_not_fit_is_not_packed() -> None:
    class Said(CallbackData, prefix="said"):
        words: str

    assert Said(words="x" * 59).pack() == "said:" + "x" * 59
    for words in ("x" * 60, "ж" * 30, "a:b"):
        with pytest.raises(ValueError, match="cannot be carried"):
            Said(words=words).pack()


def test_no_kind_is_taken_for_another() -> None:
    kinds = (RequestPress, OpenLine, OpenNotice, DraftPress, ListPress, QuestionPress)
    assert len({kind.prefix for kind in kinds}) == len(kinds)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "r",
        "r:take",
        "r:delete:00000000000000000000000000000001:1",
        "r:take:nobody:1",
        "r:take:0:x",
        "o:x",
        "l:x:1",
        "l:open:x",
        "l:open",
    ],
)
def test_forged_data_is_refused(data: str) -> None:
    kinds: dict[str, type[CallbackData]] = {"o": OpenLine, "l": ListPress}
    kind = kinds.get(data[:1], RequestPress)
    with pytest.raises(ValueError, match=r"not a |validation error"):
        kind.unpack(data)
