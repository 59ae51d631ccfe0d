"""Lists of requests, page by page: every line opens its card."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Final

from zavhoz_contracts.api.v1 import RequestLine, RequestPage, View
from zavhoz_telegram.callbacks import ListPress, MineAction, MinePress, OpenLine
from zavhoz_telegram.cards import STATUS_SIGN
from zavhoz_telegram.screens import BUTTON_MAX, PRIORITY_SIGN, Row, Screen, escaped, fit
from zavhoz_telegram.texts import Translator

_TITLE_UNITS: Final = 200
_NAME_UNITS: Final = 64
_OWN: Final = (View.OPEN, View.CLOSED, View.JOINED)
_QUERY_UNITS: Final = 200
_NUMBERS_IN_A_ROW: Final = 5


def draw_list(view: View, page: RequestPage, t: Translator) -> Screen:
    """One page of a list of at most 10 lines."""
    return _draw_queue(page, t) if view is View.QUEUE else _draw_own(view, page, t)


def _draw_own(view: View, page: RequestPage, t: Translator) -> Screen:
    """The person's own requests: a button for each, and a switch: open, closed, or joined."""
    text = f"📋 <b>{t('list.mine')}</b>\n{_total(view, page, t)}"
    switch = tuple(
        (("● " if one is view else "") + t.plain(f"list.{one.value}"), ListPress(view=one, page=1).pack())
        for one in _OWN
    )
    lines = tuple((_button(f"{STATUS_SIGN[line.status]} #{line.number} {line.title}", line),) for line in page.items)
    return Screen(text, (switch, *lines, *_turns(view, page), (_search(t),)))


def draw_found(query: str, page: RequestPage, t: Translator) -> Screen:
    """One page of what was found among the person's own requests, and the ways to other words and to the lists."""
    total = t.plural("mine.found_total", page.total) if page.total else t("mine.found_empty")
    text = f"🔎 <b>{t('mine.found', query=fit(query, _QUERY_UNITS))}</b>\n{total}"
    lines = tuple((_button(f"{STATUS_SIGN[line.status]} #{line.number} {line.title}", line),) for line in page.items)
    turns = _turned(page, lambda to: MinePress(action=MineAction.FOUND, page=to).pack())
    back = ("‹ " + t.plain("list.mine"), ListPress(view=View.OPEN, page=1).pack())
    return Screen(text, (*lines, *turns, (back, _search(t))))


def _search(t: Translator) -> tuple[str, str]:
    return "🔎 " + t.plain("mine.search"), MinePress(action=MineAction.SEARCH).pack()


def _draw_queue(page: RequestPage, t: Translator) -> Screen:
    """What waits or is being worked on, under a heading for each priority; the numbers below open the cards."""
    text = [f"🛠 <b>{t('list.queue')}</b>", _total(View.QUEUE, page, t)]
    for priority, lines in groupby(page.items, key=lambda line: line.priority):
        text += ["", f"{PRIORITY_SIGN[priority]} <b>{t(f'priority.{priority.value}')}</b>"]
        text += [_words(line, t) for line in lines]
    numbers = [_button(f"#{line.number}", line) for line in page.items]
    rows = (tuple(numbers[at : at + _NUMBERS_IN_A_ROW]) for at in range(0, len(numbers), _NUMBERS_IN_A_ROW))
    return Screen("\n".join(text), (*rows, *_turns(View.QUEUE, page)))


def _total(view: View, page: RequestPage, t: Translator) -> str:
    return t.plural(f"list.{view.value}_total", page.total) if page.total else t(f"list.{view.value}_empty")


def _words(line: RequestLine, t: Translator) -> str:
    words = f"{STATUS_SIGN[line.status]} #{line.number} {escaped(line.title, _TITLE_UNITS)}"
    return (
        words
        if line.assignee is None
        else f"{words} — {escaped(line.assignee.name or t.plain('person.erased'), _NAME_UNITS)}"
    )


def _button(label: str, line: RequestLine) -> tuple[str, str]:
    return fit(label, BUTTON_MAX), OpenLine(request_id=line.request_id).pack()


def _turns(view: View, page: RequestPage) -> tuple[Row, ...]:
    return _turned(page, lambda to: ListPress(view=view, page=to).pack())


def _turned(page: RequestPage, press: Callable[[int], str]) -> tuple[Row, ...]:
    """The row that turns pages: where one is, between the ways back and on; no row for a single page."""
    if page.pages == 1:
        return ()
    ways = (("‹", page.page - 1), (f"{page.page}/{page.pages}", page.page), ("›", page.page + 1))
    return (tuple((label, press(to)) for label, to in ways if 1 <= to <= page.pages),)
