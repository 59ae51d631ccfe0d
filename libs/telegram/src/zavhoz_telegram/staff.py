"""Whom a request can be given to: a button for each, with how much they have to do and when they were here last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.people import StaffMember
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_telegram.callbacks import AssignPress, QuestionPress, StaffPress
from zavhoz_telegram.moments import in_words
from zavhoz_telegram.screens import BUTTON_MAX, Row, Screen, fit
from zavhoz_telegram.texts import Translator

STAFF_AT_ONCE: Final = 8
_NAME_UNITS: Final = 28


def draw_staff(
    staff: Sequence[StaffMember],
    page: int,
    request_id: UUID,
    version: int,
    assignee_id: UUID | None,
    t: Translator,
    time_zone: ZoneInfo,
    now: datetime,
) -> Screen:
    """Page `page` of the staff, from 1, or the last one there is; who works on it now is marked."""

    def give(one: StaffMember) -> str:
        return AssignPress(request_id=request_id, person_id=one.person_id, version=version).pack()

    def turn(to: int) -> str:
        return StaffPress(request_id=request_id, version=version, page=to).pack()

    cancel = (t.plain("question.cancel"), QuestionPress(action=Action.ASSIGN, request_id=request_id).pack())
    legend, rows = staff_choice(staff, page, give, turn, t, time_zone, now, assignee_id)
    if not legend:
        return Screen(t("assign.nobody"), ((cancel,),))
    return Screen("\n".join(legend), (*rows, (cancel,)))


def staff_choice(
    staff: Sequence[StaffMember],
    page: int,
    give: Callable[[StaffMember], str],
    turn: Callable[[int], str],
    t: Translator,
    time_zone: ZoneInfo,
    now: datetime,
    assignee_id: UUID | None = None,
) -> tuple[list[str], list[Row]]:
    """The lines and buttons of a page of the staff, from 1, or of the last one; none for nobody.

    `give` and `turn` say what a button carries: for one of them, for another page.
    """
    pages = max(1, -(-len(staff) // STAFF_AT_ONCE))
    page = min(max(page, 1), pages)
    shown = staff[(page - 1) * STAFF_AT_ONCE : page * STAFF_AT_ONCE]
    rows: list[Row] = []
    for one in shown:
        label = _label(one, t, in_words(one.seen_at, now, t, time_zone), now_theirs=one.person_id == assignee_id)
        rows.append(((fit(label, BUTTON_MAX), give(one)),))
    ways = (("‹", page - 1), (f"{page}/{pages}", page), ("›", page + 1))
    if pages > 1:
        rows.append(tuple((label, turn(to)) for label, to in ways if 1 <= to <= pages))
    if not shown:
        return [], rows
    lines = [t("assign.who"), t("assign.legend")]
    if not all(one.reachable for one in shown):
        lines.append("⚠️ " + t("assign.unreachable"))
    return lines, rows


def _label(one: StaffMember, t: Translator, seen: str, *, now_theirs: bool) -> str:
    name = fit(one.name, _NAME_UNITS) or t.plain("person.erased")
    sign = ("● " if now_theirs else "") + ("" if one.reachable else "⚠️ ")
    load = f"🔧{one.in_work}" + (f" ⏸{one.on_hold}" if one.on_hold else "")
    return f"{sign}{name} · {load} · {seen}"
