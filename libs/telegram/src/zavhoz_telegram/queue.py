"""The queue and the archive as the staff sees them, what is found in them, and the choice of filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.filters import EVERYTHING, ME, NOBODY, Filters, Since
from zavhoz_contracts.api.people import AssigneePage
from zavhoz_contracts.api.v1 import RequestLine, RequestPage, View
from zavhoz_contracts.limits import BULK_MAX
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_telegram.callbacks import FilterPlacePress, ListPress, PlaceAction, QueueAct, QueuePress
from zavhoz_telegram.cards import STATUS_SIGN
from zavhoz_telegram.categories import page_of, ways
from zavhoz_telegram.lists import found_of, line_button, total_of, turned
from zavhoz_telegram.managed_callbacks import ManyAct, ManyPress
from zavhoz_telegram.screens import BUTTON_MAX, PRIORITY_SIGN, Row, Screen, escaped, fit, tail
from zavhoz_telegram.texts import Translator

STATES: Final = {
    View.QUEUE: (Status.OPEN, Status.IN_PROGRESS, Status.ON_HOLD),
    View.ARCHIVE: (Status.COMPLETED, Status.REJECTED, Status.CANCELLED, Status.MERGED),
}
"""What can be in either."""
_TITLE_UNITS: Final = 200
_NAME_UNITS: Final = 64
_PLACE_UNITS: Final = 100
_QUERY_UNITS: Final = 200
_IN_A_ROW: Final = 5
_SEVERAL: Final = 2
_SIGN: Final = {View.QUEUE: "🛠", View.ARCHIVE: "🗄"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters that somebody chose, with the path of the place and the names of whom and what is among them.

    `away`: what they chose cannot be known just now.
    """

    filters: Filters = EVERYTHING
    place: str = ""
    assignee: str = ""
    requester: str = ""
    category: str = ""
    away: bool = False

    def within(self, view: View) -> Filters:
        """Those of the filters that mean something there."""
        states = tuple(one for one in self.filters.statuses if one in STATES[view])
        overdue = self.filters.overdue and view is View.QUEUE
        return self.filters.model_copy(update={"statuses": states, "overdue": overdue})


def draw_queue(view: View, page: RequestPage, chosen: Chosen, t: Translator) -> Screen:
    """One page of at most 10 lines of the queue, under a heading for each priority, or of the archive.

    The numbers below open the cards.
    """
    filters = chosen.within(view)
    total = t("queue.nothing") if not page.total and filters != EVERYTHING else total_of(view, page, t)
    text = [f"{_SIGN[view]} <b>{t(f'list.{view.value}')}</b>", *narrowed_to(chosen, filters, t), total]
    if view is View.QUEUE:
        for priority, lines in groupby(page.items, key=lambda line: line.priority):
            text += ["", f"{PRIORITY_SIGN[priority]} <b>{t(f'priority.{priority.value}')}</b>"]
            text += [_words(line, t) for line in lines]
    elif page.items:
        text += ["", *(_words(line, t) for line in page.items)]
    turns = turned(page, lambda to: ListPress(view=view, page=to).pack())
    return Screen("\n".join(text), (*_numbers(page.items), *turns, *_at_once(page, chosen, t), _ways(view, t)))


def draw_found_anywhere(query: str, page: RequestPage, chosen: Chosen, t: Translator) -> Screen:
    """One page of what was found in the queue and the archive."""
    total = found_of(page, t) if page.total else t("queue.found_nothing")
    head = f"🔎 <b>{t('mine.found', query=fit(query, _QUERY_UNITS))}</b>"
    text = [head, *narrowed_to(chosen, chosen.filters, t), total]
    text += ["", *(f"{PRIORITY_SIGN[line.priority]} {_words(line, t)}" for line in page.items)] if page.items else []
    turns = turned(page, lambda to: QueuePress(act=QueueAct.FOUND, value=str(to)).pack())
    back = ("‹ " + t.plain("list.queue"), ListPress(view=View.QUEUE, page=1).pack())
    return Screen("\n".join(text), (*_numbers(page.items), *turns, (back, _search(View.QUEUE, t))))


def draw_asks_words(t: Translator) -> Screen:
    """The question for what to look for."""
    cancel = (t.plain("mine.cancel"), QueuePress(act=QueueAct.CANCEL).pack())
    return Screen("🔎 " + t("queue.asks"), ((cancel,),))


def draw_filters(view: View, chosen: Chosen, t: Translator) -> Screen:
    """The choice of filters for one of the two; each button is pressed on or off."""
    filters = chosen.filters

    def press(act: QueueAct, value: str) -> str:
        return QueuePress(act=act, view=view, value=value).pack()

    def either(act: QueueAct, label: str, value: str, *, on: bool) -> tuple[str, str]:
        return _mark(label, on=on), press(act, f"{int(not on)}{value}")

    def one_of(act: QueueAct, label: str, value: str, *, on: bool) -> tuple[str, str]:
        return _mark(label, on=on), press(act, "" if on else value)

    states = [
        either(QueueAct.STATUS, f"{STATUS_SIGN[one]} {t.plain(f'status.{one.value}')}", one.value,
               on=one in filters.statuses)
        for one in STATES[view]
    ]  # fmt: skip
    priorities = [
        either(QueueAct.PRIORITY, f"{PRIORITY_SIGN[one]} {t.plain(f'priority_button.{one.value}')}", one.value,
               on=one in filters.priorities)
        for one in Priority
    ]  # fmt: skip
    place = _mark("📍 " + (tail(chosen.place, 40) or t.plain("queue.place")), on=filters.place is not None)
    category = _mark("🏷 " + (fit(chosen.category, 40) or t.plain("queue.category")), on=filters.category is not None)
    other = filters.assignee not in (None, ME, NOBODY)
    who = fit(chosen.assignee, 40) if other else t.plain("queue.somebody")
    people = [
        one_of(QueueAct.ASSIGNEE, t.plain(f"queue.{one}"), one, on=filters.assignee == one) for one in (ME, NOBODY)
    ]
    people.append((_mark("👤 " + who, on=other), press(QueueAct.PEOPLE, "1")))
    times = [
        one_of(QueueAct.SINCE, t.plain(f"queue.{_SINCE[one]}"), one.value, on=filters.since is one) for one in Since
    ]
    if view is View.QUEUE:
        times.append(either(QueueAct.OVERDUE, "⏰ " + t.plain("queue.overdue"), "", on=filters.overdue))
    back = ("‹ " + t.plain("queue.show"), ListPress(view=view, page=1).pack())
    rows: list[Row] = [
        *(tuple(states[at : at + 2]) for at in range(0, len(states), 2)),
        tuple(priorities),
        ((place, FilterPlacePress(action=PlaceAction.PICK).pack()),),
        ((category, press(QueueAct.CATEGORIES, "1")),),
        tuple(people),
        tuple(times),
        ((t.plain("queue.reset"), press(QueueAct.RESET, "")), back),
    ]
    if filters.requester is not None:
        rows.insert(-1, ((_mark("✍️ " + fit(chosen.requester, 40), on=True), press(QueueAct.ANYBODY, "")),))
    text = [f"⚙️ <b>{t('queue.filters')}</b>", *(narrowed_to(chosen, filters, t) or [t("queue.all")])]
    return Screen("\n".join(text), tuple(rows))


def draw_assignees(view: View, page: AssigneePage, t: Translator) -> Screen:
    """The choice of somebody who has something to do."""
    lines = tuple(
        (
            (
                fit(f"{one.name or t.plain('person.erased')} · {one.assigned}", 60),
                QueuePress(act=QueueAct.ASSIGNEE, view=view, value=one.person_id.hex).pack(),
            ),
        )
        for one in page.items
    )
    turns = turned(page, lambda to: QueuePress(act=QueueAct.PEOPLE, view=view, value=str(to)).pack())
    back = ("‹ " + t.plain("queue.back"), QueuePress(act=QueueAct.FILTERS, view=view).pack())
    return Screen("👤 " + t("queue.whose" if page.items else "queue.whose_none"), (*lines, *turns, (back,)))


def draw_queue_categories(view: View, categories: Sequence[Category], page: int, t: Translator) -> Screen:
    """The choice of a category, or of all of them."""

    def press(act: QueueAct, value: str) -> str:
        return QueuePress(act=act, view=view, value=value).pack()

    shown, page, pages = page_of(categories, page)
    rows: list[Row] = [
        ((fit(one.name(t.language), BUTTON_MAX), press(QueueAct.CATEGORY, one.category_id.hex)),) for one in shown
    ]
    if turns := ways(page, pages):
        rows.append(tuple((label, press(QueueAct.CATEGORIES, str(to))) for label, to in turns))
    every = ("✖ " + t.plain("queue.any_category"), press(QueueAct.CATEGORY, ""))
    rows.append((("‹ " + t.plain("queue.back"), press(QueueAct.FILTERS, "")), every))
    return Screen("🏷 " + t("queue.which_category" if categories else "category.none"), tuple(rows))


_SINCE: Final = {Since.TODAY: "today", Since.WEEK: "week"}


def narrowed_to(chosen: Chosen, filters: Filters, t: Translator) -> list[str]:
    """What stands above a list that is narrowed, or cannot be."""
    if chosen.away:
        return ["⚠️ " + t("queue.forgotten")]
    said = [t(f"status.{one.value}") for one in filters.statuses]
    said += [t(f"priority.{one.value}") for one in filters.priorities]
    if filters.place is not None:
        said.append("📍 " + escaped(tail(chosen.place, _PLACE_UNITS), _PLACE_UNITS))
    match filters.assignee:
        case None:
            pass
        case "me" | "nobody":
            said.append(t(f"queue.{filters.assignee}"))
        case _:
            said.append("👤 " + escaped(chosen.assignee, _NAME_UNITS))
    if filters.requester is not None:
        said.append("✍️ " + escaped(chosen.requester, _NAME_UNITS))
    if filters.category is not None:
        said.append("🏷 " + escaped(chosen.category, _NAME_UNITS))
    if filters.since is not None:
        said.append(t(f"queue.{_SINCE[filters.since]}"))
    if filters.overdue:
        said.append("⏰ " + t("queue.overdue"))
    return ["⚙️ " + " · ".join(said)] if said else []


def _numbers(lines: Sequence[RequestLine]) -> list[Row]:
    numbers = [line_button(f"#{line.number}", line) for line in lines]
    return [tuple(numbers[at : at + _IN_A_ROW]) for at in range(0, len(numbers), _IN_A_ROW)]


def _at_once(page: RequestPage, chosen: Chosen, t: Translator) -> tuple[Row, ...]:
    """The way to change all of them, or as many as can be, if there are several, and this person may."""
    if not page.may_change_many or page.total < _SEVERAL or chosen.away:
        return ()
    key = "many.first_at_once" if page.total > BULK_MAX else "many.all_at_once"
    label = t.plain(key, n=min(page.total, BULK_MAX))
    return (((f"☑️ {label}", ManyPress(act=ManyAct.CHOOSE).pack()),),)


def _ways(view: View, t: Translator) -> Row:
    """To the filters, to the other of the two, and to the search."""
    other = View.ARCHIVE if view is View.QUEUE else View.QUEUE
    filters = ("⚙️ " + t.plain("queue.filters"), QueuePress(act=QueueAct.FILTERS, view=view).pack())
    way = (f"{_SIGN[other]} " + t.plain(f"list.{other.value}"), ListPress(view=other, page=1).pack())
    return filters, way, _search(view, t)


def _search(view: View, t: Translator) -> tuple[str, str]:
    return "🔎 " + t.plain("mine.search"), QueuePress(act=QueueAct.SEARCH, view=view).pack()


def _words(line: RequestLine, t: Translator) -> str:
    late = "⏰ " if line.overdue else ""
    words = f"{late}{STATUS_SIGN[line.status]} #{line.number} {escaped(line.title, _TITLE_UNITS)}"
    if line.assignee is None:
        return words
    return f"{words} — {escaped(line.assignee.name or t.plain('person.erased'), _NAME_UNITS)}"


def _mark(label: str, *, on: bool) -> str:
    return f"● {label}" if on else label
