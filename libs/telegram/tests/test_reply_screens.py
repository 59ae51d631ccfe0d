"""Canned replies on screens: whole in sight, page by page, in every language."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.api.replies import Reply
from zavhoz_contracts.limits import COMMENT_MAX, REPLIES_MAX
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_telegram.callbacks import CannedAction, CannedPress, QuestionPress
from zavhoz_telegram.managed_callbacks import ReplyAction, ReplyPress
from zavhoz_telegram.replies import (
    AT_ONCE,
    LAST_PAGE,
    Shelf,
    draw_asks_reply,
    draw_canned,
    draw_remove_sure,
    draw_replies,
    draw_reply,
    draw_reply_over,
)
from zavhoz_telegram.screens import BUTTON_MAX, TEXT_MAX_UNITS, Screen, units
from zavhoz_telegram.texts import Texts, Translator

REQUEST = UUID(int=12)
TEXTS = Texts.load()
RU, EN = (TEXTS.for_language(language) for language in ("ru", "en"))
BOTH = pytest.mark.parametrize("t", [RU, EN])


def reply(number: int, text: str = "Мастер придёт", language: str = "ru") -> Reply:
    return Reply(reply_id=UUID(int=number), language=language, text=text)


def shelf(count: int, page: int = 1, text: str = "Мастер придёт") -> Shelf:
    return Shelf([reply(number, text) for number in range(1, count + 1)], "ru", page)


def pressed(screen: Screen) -> list[str]:
    return [data for row in screen.rows for _, data in row]


def labels(screen: Screen) -> list[str]:
    return [label for row in screen.rows for label, _ in row]


def canned(of: Shelf, t: Translator = RU) -> Screen:
    return draw_canned("<b>#12</b> Почему?", Action.REJECT, REQUEST, of, TEXTS, t)


@given(st.integers(0, REPLIES_MAX), st.integers(-3, LAST_PAGE + 3))
def test_every_reply_is_on_one_page_of_both_lists(count: int, page: int) -> None:
    pages = max(1, -(-count // AT_ONCE))
    said: list[UUID] = []
    opened: list[UUID] = []
    for number in range(1, pages + 1):
        chosen = [CannedPress.unpack(data) for data in pressed(canned(shelf(count, number))) if data[:3] == "cp:"]
        said += [UUID(press.value) for press in chosen if press.action is CannedAction.SAY]
        shown = [ReplyPress.unpack(data) for data in pressed(draw_replies(shelf(count, number), TEXTS, RU))]
        opened += [press.reply_id for press in shown if press.action is ReplyAction.OPEN]
        turns = [press.page for press in shown if press.action is ReplyAction.LIST]
        assert all(1 <= turn <= pages for turn in turns)
    assert said == opened == [UUID(int=number) for number in range(1, count + 1)]
    # A page that is not there any more is the nearest one.
    nearest = min(max(page, 1), pages)
    assert canned(shelf(count, page)) == canned(shelf(count, nearest))
    assert draw_replies(shelf(count, page), TEXTS, RU) == draw_replies(shelf(count, nearest), TEXTS, RU)


@BOTH
def test_the_longest_fit(t: Translator) -> None:
    long = Shelf([reply(number, "👩‍🔧<" * (COMMENT_MAX // 2)) for number in range(1, REPLIES_MAX + 1)], "ru", 2)
    one = long.replies[0]
    for screen in (
        canned(long, t),
        draw_replies(long, TEXTS, t),
        draw_reply(one, long, TEXTS, t),
        draw_remove_sure(one, long, TEXTS, t),
        draw_asks_reply(one, long, TEXTS, t),
    ):
        shown = screen.text.replace("&lt;", "<")  # Telegram counts what is seen
        assert units(shown) <= TEXT_MAX_UNITS
        assert all(units(label) <= BUTTON_MAX for label in labels(screen))
        assert all(len(data.encode()) <= 64 for data in pressed(screen))


def test_what_a_button_cuts_is_in_the_text_and_nothing_else() -> None:
    long = "Обратитесь в управляющую компанию, <телефон> на двери. " * 2
    screen = canned(Shelf([reply(1, "Мастер\nпридёт"), reply(2, long)], "ru"))
    assert screen.text.startswith("<b>#12</b> Почему?\n")
    assert "2. Обратитесь в управляющую компанию, &lt;телефон&gt; на двери." in screen.text
    assert "1. Мастер" not in screen.text
    assert labels(screen)[0] == "1. Мастер придёт"


def test_a_list_under_a_question_leads_to_the_other_languages_back_and_out() -> None:
    screen = canned(shelf(0))
    assert labels(screen) == ["🌐 English", "‹ Назад", "Отмена"]
    switch, back, cancel = pressed(screen)
    assert CannedPress.unpack(switch) == CannedPress(action=CannedAction.SHOW, language="en", value="1")
    assert CannedPress.unpack(back).action is CannedAction.BACK
    assert QuestionPress.unpack(cancel) == QuestionPress(action=Action.REJECT, request_id=REQUEST)
    assert "None in this language yet" in canned(shelf(0), EN).text


@pytest.mark.parametrize(
    ("count", "ru", "en"),
    [(1, "1 заготовка.", "1 reply."), (2, "2 заготовки.", "2 replies."), (21, "21 заготовка.", "21 replies.")],
)
def test_the_list_says_how_many_there_are(count: int, ru: str, en: str) -> None:
    assert ru in draw_replies(shelf(count), TEXTS, RU).text
    assert en in draw_replies(shelf(count), TEXTS, EN).text


@BOTH
def test_a_full_list_takes_no_more(t: Translator) -> None:
    actions = [ReplyPress.unpack(data).action for data in pressed(draw_replies(shelf(REPLIES_MAX), TEXTS, t))]
    assert ReplyAction.ADD not in actions
    actions = [ReplyPress.unpack(data).action for data in pressed(draw_replies(shelf(REPLIES_MAX - 1), TEXTS, t))]
    assert ReplyAction.ADD in actions


@BOTH
def test_two_taps_at_one_place_remove_nothing(t: Translator) -> None:
    page, sure = draw_reply(reply(1), shelf(9, 2), TEXTS, t), draw_remove_sure(reply(1), shelf(9, 2), TEXTS, t)
    at = next((row, n) for row, buttons in enumerate(page.rows) for n, one in enumerate(buttons) if ":q:" in one[1])
    under = sure.rows[at[0]][min(at[1], len(sure.rows[at[0]]) - 1)]
    assert ReplyPress.unpack(under[1]).action is ReplyAction.OPEN
    for screen in (page, sure, draw_asks_reply(reply(1), shelf(9, 2), TEXTS, t), draw_reply_over("ru", 2, t)):
        assert {ReplyPress.unpack(data).page for data in pressed(screen)} == {2}, "back to where one was"
