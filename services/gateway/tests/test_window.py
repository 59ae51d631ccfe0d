"""How far Telegram may forget."""

from __future__ import annotations

from zavhoz_gateway.entrypoints.window import Window


def test_the_offset_moves_only_past_what_is_finished_with_all_before_it() -> None:
    window = Window()
    assert all(window.admit(update_id) for update_id in (10, 11, 12))
    window.finish(11)
    assert window.offset() is None
    window.finish(10)
    assert window.offset() == 12
    assert window.busy
    window.finish(12)
    assert window.offset() == 13
    assert not window.busy


def test_what_is_in_hand_is_not_taken_twice() -> None:
    window = Window()
    assert window.admit(10)
    assert not window.admit(10)
    window.finish(10)
    assert not window.admit(10), "Telegram was not told yet, so it may give it again"


def test_an_offset_is_said_until_it_was_answered_and_then_no_more() -> None:
    window = Window()
    window.admit(900)
    window.finish(900)
    assert window.offset() == 901
    assert window.offset() == 901, "no answer so far"
    window.acknowledge(901)
    assert window.offset() is None


def test_ids_may_jump_down() -> None:
    window = Window()
    window.admit(900)
    window.finish(900)
    window.acknowledge(window.offset())
    assert window.admit(5)
    window.finish(5)
    assert window.offset() == 6


def test_an_older_answer_does_not_silence_a_newer_offset() -> None:
    window = Window()
    window.admit(1)
    window.finish(1)
    said = window.offset()
    window.admit(2)
    window.finish(2)
    assert window.offset() == 3
    window.acknowledge(said)
    assert window.offset() == 3


async def test_settling_ends_when_all_is_finished_or_time_is_up() -> None:
    window = Window()
    await window.settle(10)
    window.admit(1)
    await window.settle(0.01)
    assert window.busy
    window.finish(1)
    await window.settle(10)
