"""Lists of requests, page by page: every line opens its card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from zavhoz_contracts.api.people import AssigneePage
from zavhoz_contracts.api.v1 import RequestLine, RequestPage, View
from zavhoz_telegram.callbacks import ListPress, MineAction, MinePress, OpenLine
from zavhoz_telegram.cards import STATUS_SIGN
from zavhoz_telegram.screens import BUTTON_MAX, Row, Screen, fit
from zavhoz_telegram.texts import Translator

_OWN: Final = (View.OPEN, View.CLOSED, View.JOINED)
_QUERY_UNITS: Final = 200


def draw_list(view: View, page: RequestPage, t: Translator) -> Screen:
    """One page of the person's own requests: a button for each, and a switch: open, closed, or joined."""
    text = f"📋 <b>{t('list.mine')}</b>\n{total_of(view, page, t)}"
    switch = tuple(
        (("● " if one is view else "") + t.plain(f"list.{one.value}"), ListPress(view=one, page=1).pack())
        for one in _OWN
    )
    lines = tuple(
        (line_button(f"{STATUS_SIGN[line.status]} #{line.number} {line.title}", line),) for line in page.items
    )
    return Screen(text, (switch, *lines, *turned(page, lambda to: ListPress(view=view, page=to).pack()), (_search(t),)))


def draw_found(query: str, page: RequestPage, t: Translator) -> Screen:
    """One page of what was found among the person's own requests, and the ways to other words and to the lists."""
    total = found_of(page, t) if page.total else t("mine.found_empty")
    text = f"🔎 <b>{t('mine.found', query=fit(query, _QUERY_UNITS))}</b>\n{total}"
    turns = turned(page, lambda to: MinePress(action=MineAction.FOUND, page=to).pack())
    back = ("‹ " + t.plain("list.mine"), ListPress(view=View.OPEN, page=1).pack())
    return Screen(text, (*_lines(page), *turns, (back, _search(t))))


def _lines(page: RequestPage) -> tuple[Row, ...]:
    return tuple((line_button(f"{STATUS_SIGN[line.status]} #{line.number} {line.title}", line),) for line in page.items)


def found_of(page: RequestPage, t: Translator) -> str:
    """How many were found."""
    return t("list.more", n=page.total) if page.more else t.plural("mine.found_total", page.total)


def _search(t: Translator) -> tuple[str, str]:
    return "🔎 " + t.plain("mine.search"), MinePress(action=MineAction.SEARCH).pack()


def total_of(view: View, page: RequestPage, t: Translator) -> str:
    """How many there are in a list."""
    if page.more:
        return t("list.more", n=page.total)
    return t.plural(f"list.{view.value}_total", page.total) if page.total else t(f"list.{view.value}_empty")


def line_button(label: str, line: RequestLine) -> tuple[str, str]:
    """A button that opens the card of a line."""
    return fit(label, BUTTON_MAX), OpenLine(request_id=line.request_id).pack()


def turned(page: RequestPage | AssigneePage, press: Callable[[int], str]) -> tuple[Row, ...]:
    """The row that turns pages: where one is, between the ways back and on; no row for a single page."""
    if page.pages == 1:
        return ()
    ways = (("‹", page.page - 1), (f"{page.page}/{page.pages}", page.page), ("›", page.page + 1))
    return (tuple((label, press(to)) for label, to in ways if 1 <= to <= page.pages),)
