"""Lists of people as managers see them: every line opens a profile."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.api.people import PeopleView, PersonLine, PersonPage
from zavhoz_contracts.message import Role
from zavhoz_telegram.managed_callbacks import PeopleAction, PeoplePress, ProfileAction, ProfilePress
from zavhoz_telegram.screens import BUTTON_MAX, Row, Screen, fit
from zavhoz_telegram.texts import Translator

ROLE_SIGN: Final = {Role.REQUESTER: "👤", Role.TECHNICIAN: "🔧", Role.MANAGER: "🗝"}
LIMITED: Final = "📍"
INACTIVE: Final = "🚫"
UNREACHABLE: Final = "📵"
_VIEWS: Final = (
    (PeopleView.STAFF, PeopleView.ALL, PeopleView.REQUESTERS),
    (PeopleView.INACTIVE, PeopleView.UNREACHABLE),
)
_QUERY_UNITS: Final = 100


def draw_people(view: PeopleView, page: PersonPage, t: Translator) -> Screen:
    """One page of a list of people, and the ways to the other lists."""
    text = f"👥 <b>{t('people.title')}</b>: {t(f'people.view.{view.value}')}\n{_total(page, t)}"
    views = tuple(tuple(_view(one, t, chosen=one is view) for one in row) for row in _VIEWS)
    return Screen(text, (*views, *_lines(page), *_turns(page, PeopleAction.SHOW, view), (_search(t),)))


def draw_found_people(query: str, page: PersonPage, t: Translator) -> Screen:
    """One page of the people whose names were looked for, and the ways to another name and to the lists."""
    text = f"🔎 <b>{t('people.found', query=fit(query, _QUERY_UNITS))}</b>\n{_total(page, t)}"
    label, back = _view(PeopleView.STAFF, t)
    turns = _turns(page, PeopleAction.FOUND, PeopleView.ALL)
    return Screen(text, (*_lines(page), *turns, (("‹ " + label, back), _search(t))))


def draw_asks_name(t: Translator) -> Screen:
    """The question for a name to look for."""
    cancel = t.plain("people.cancel"), PeoplePress(action=PeopleAction.CANCEL).pack()
    return Screen("🔎 " + t("people.asks"), ((cancel,),))


def _total(page: PersonPage, t: Translator) -> str:
    if not page.total:
        return t("people.empty")
    return f"{t.plural('people.total', page.total)}\n\n{t('people.legend')}"


def _view(view: PeopleView, t: Translator, *, chosen: bool = False) -> tuple[str, str]:
    label = ("● " if chosen else "") + t.plain(f"people.view.{view.value}")
    return label, PeoplePress(action=PeopleAction.SHOW, view=view).pack()


def _lines(page: PersonPage) -> tuple[Row, ...]:
    return tuple(
        ((fit(_line(one), BUTTON_MAX), ProfilePress(action=ProfileAction.OPEN, person_id=one.person_id).pack()),)
        for one in page.items
    )


def _line(line: PersonLine) -> str:
    """The marks first: a phone shows the beginning of a long label."""
    marks = (ROLE_SIGN[line.role], LIMITED if line.areas else "", "" if line.active else INACTIVE)
    unreachable = UNREACHABLE if line.active and not line.reachable else ""
    username = f" @{line.username}" if line.username else ""
    return f"{''.join(marks)}{unreachable} {line.name}{username}"


def _search(t: Translator) -> tuple[str, str]:
    return "🔎 " + t.plain("people.search"), PeoplePress(action=PeopleAction.SEARCH).pack()


def _turns(page: PersonPage, action: PeopleAction, view: PeopleView) -> tuple[Row, ...]:
    """The row that turns pages: where one is, between the ways back and on; no row for a single page."""
    if page.pages == 1:
        return ()
    ways = (("‹", page.page - 1), (f"{page.page}/{page.pages}", page.page), ("›", page.page + 1))
    return (
        tuple(
            (label, PeoplePress(action=action, view=view, page=to).pack())
            for label, to in ways
            if 1 <= to <= page.pages
        ),
    )
