"""What buttons carry survives the way to Telegram and back, and always fits."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_telegram import callbacks
from zavhoz_telegram.callbacks import (
    BYTES_MAX,
    AssignPress,
    CallbackData,
    CannedAction,
    CannedPress,
    DraftAction,
    DraftPress,
    FilterPlacePress,
    HelpPress,
    HelpTopic,
    HoldPress,
    ListPress,
    MergePress,
    OpenLine,
    OpenNotice,
    PartAction,
    PartPress,
    PlaceAction,
    PlacePress,
    QuestionPress,
    RequestPress,
    StaffPress,
)
from zavhoz_telegram.managed_callbacks import (
    ImportAct,
    ImportPress,
    ManyAct,
    ManyPress,
    ReplyAction,
    ReplyPress,
    TreeAct,
    TreePress,
    TreeTurn,
)

CODES = st.from_regex("[A-Za-z0-9_-]{0,59}", fullmatch=True)
LANGUAGES = st.from_regex("[a-z]{2,3}", fullmatch=True)
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
    st.builds(PartPress, action=st.sampled_from(PartAction), file=st.from_regex("[0-9a-f]{0,8}", fullmatch=True)),
    st.builds(PlacePress, action=st.sampled_from(PlaceAction), value=CODES),
    st.builds(TreePress, act=st.sampled_from(TreeAct), code=CODES),
    st.builds(TreeTurn, place_id=st.uuids(), page=st.integers(1, 1_000_000), archived=st.integers(0, 1)),
    st.builds(
        ImportPress,
        act=st.sampled_from(ImportAct),
        import_id=st.uuids(),
        missing=st.integers(0, 1),
        digest=st.from_regex("([0-9a-f]{16})?", fullmatch=True),
    ),
    st.builds(
        AssignPress,
        request_id=st.uuids(),
        person_id=st.uuids(),
        version=st.integers(min_value=0, max_value=2**31 - 1),
    ),
    st.builds(StaffPress, request_id=st.uuids(), version=st.integers(0, 2**31 - 1), page=st.integers(1, 10**6)),
    st.builds(HoldPress, request_id=st.uuids(), days=st.integers(0, 366)),
    st.builds(
        MergePress,
        request_id=st.uuids(),
        version=st.integers(0, 2**31 - 1),
        into=st.integers(1, 2**31 - 1),
        sure=st.integers(0, 1),
    ),
    st.builds(FilterPlacePress, action=st.sampled_from(PlaceAction), value=CODES),
    st.builds(
        CannedPress,
        action=st.sampled_from(CannedAction),
        language=LANGUAGES,
        value=st.uuids().map(lambda one: one.hex) | st.integers(1, 99999).map(str),
    ),
    st.builds(
        ReplyPress,
        action=st.sampled_from(ReplyAction),
        language=LANGUAGES,
        page=st.integers(1, 99999),
        reply_id=st.uuids(),
    ),
    st.builds(
        ManyPress,
        act=st.sampled_from(ManyAct),
        value=st.uuids().map(lambda one: one.hex) | st.integers(1, 99999).map(str) | st.sampled_from(Priority),
    ),
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
    kinds = [kind for kind in vars(callbacks).values() if isinstance(kind, type) and issubclass(kind, CallbackData)]
    prefixes = [kind.prefix for kind in kinds if kind is not CallbackData]
    assert len(prefixes) > 20
    assert len(set(prefixes)) == len(prefixes)


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


KINDS: tuple[type[CallbackData], ...] = (
    RequestPress, OpenLine, OpenNotice, DraftPress, ListPress, QuestionPress, HelpPress, AssignPress, MergePress,
    TreePress, TreeTurn, ImportPress,
)  # fmt: skip
PREFIXES = st.sampled_from([*(kind.prefix for kind in KINDS), "", "x"])
VALUES = st.one_of(
    st.text(st.characters(), max_size=12),
    st.sampled_from([*Action, *DraftAction, *View, *HelpTopic]).map(lambda value: str(value.value)),
    st.uuids().map(lambda one: one.hex),
    st.text(st.characters(), min_size=22, max_size=22),
    st.integers().map(str),
    st.sampled_from(["1_0", " 1", "+1", "1.0", "1e3", "nan", "٣", "{" + "0" * 32 + "}", "\x00", "\ud800"]),
)
FORGED = st.builds(lambda prefix, values: ":".join([prefix, *values]), PREFIXES, st.lists(VALUES, max_size=4))


@given(FORGED | st.text(st.characters(), max_size=64))
@example("l:open:" + "1" * 57)
@example("r:take:" + "0" * 32 + ":" + "9" * 24)
@example("r:take:" + "0" * 32 + ":-0")
def test_any_data_is_a_press_or_refused(data: str) -> None:
    data = data.encode(errors="surrogatepass")[:BYTES_MAX].decode(errors="replace")
    pressed = []
    for kind in KINDS:
        try:
            press = kind.unpack(data)
        except ValueError:
            continue
        pressed.append(press)
        assert kind.unpack(press.pack()) == press, "a button could carry it"
    assert len(pressed) <= 1, "no kind is taken for another"
