"""What is done to many requests at once: the choice, the questions, the confirmation, and the report of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.people import StaffMember
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.bulk import BulkAction
from zavhoz_contracts.requests.v1.outcomes import BulkRefusal, BulkReport
from zavhoz_telegram.callbacks import ListPress
from zavhoz_telegram.managed_callbacks import ManyAct, ManyPress
from zavhoz_telegram.queue import Chosen, narrowed_to
from zavhoz_telegram.screens import PRIORITY_SIGN, Row, Screen, escaped, fit
from zavhoz_telegram.staff import staff_choice
from zavhoz_telegram.texts import Translator

_SIGN: Final = {
    BulkAction.ASSIGN: "👷",
    BulkAction.PRIORITISE: "⚡",
    BulkAction.COMPLETE: "✅",
    BulkAction.REJECT: "🚫",
}
_NAME_UNITS: Final = 64
_WORDS_UNITS: Final = 1000


@dataclass(frozen=True, slots=True)
class Picked:
    """How many requests are to be changed, of `total` that fit the filters, or with `more` of more than that."""

    count: int
    total: int
    more: bool
    chosen: Chosen


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be done to each, with the name of whom they are given to, how urgent they are, or the words for it."""

    action: BulkAction
    assignee: str = ""
    priority: Priority | None = None
    words: str = ""


def draw_many(picked: Picked, t: Translator) -> Screen:
    """The choice of what is to be done."""
    priorities = tuple(
        (f"{PRIORITY_SIGN[one]} {t.plain(f'priority_button.{one.value}')}", _press(ManyAct.PRIORITISE, one.value))
        for one in Priority
    )
    assign = (f"👷 {t.plain('many.assign')}", _press(ManyAct.STAFF, "1"))
    complete = (f"✅ {t.plain('many.complete')}", _press(ManyAct.COMPLETE))
    reject = (f"🚫 {t.plain('many.reject')}", _press(ManyAct.REJECT))
    text = [*_head(picked, t), "", t("many.what")]
    return Screen("\n".join(text), ((assign,), priorities, (complete, reject), to_queue(t, "‹")))


def draw_many_staff(
    picked: Picked, staff: Sequence[StaffMember], page: int, t: Translator, time_zone: ZoneInfo, now: datetime
) -> Screen:
    """The question who is to do them."""

    def give(one: StaffMember) -> str:
        return _press(ManyAct.ASSIGN, one.person_id.hex)

    legend, rows = staff_choice(staff, page, give, lambda to: _press(ManyAct.STAFF, str(to)), t, time_zone, now)
    text = [*_head(picked, t), "", *(legend or [t("many.nobody")])]
    return Screen("\n".join(text), (*rows, (_back(t),)))


def draw_many_asks(picked: Picked, action: BulkAction, t: Translator) -> Screen:
    """The question what was done, or why they are refused."""
    rows: tuple[Row, ...] = ((_back(t),),)
    if action is BulkAction.COMPLETE:
        rows = (((f"✅ {t.plain('question.without_words')}", _press(ManyAct.WORDLESS)),), *rows)
    return Screen("\n".join([*_head(picked, t), "", t(f"many.asks.{action.value}")]), rows)


def draw_many_sure(picked: Picked, deed: Deed, t: Translator) -> Screen:
    """What will happen to how many, to be confirmed."""
    text = [f"{_SIGN[deed.action]} <b>{t.plural(f'many.sure.{deed.action.value}', picked.count)}</b>"]
    if deed.assignee:
        text.append(f"👤 {escaped(deed.assignee, _NAME_UNITS)}")
    if deed.priority is not None:
        text.append(f"{PRIORITY_SIGN[deed.priority]} {t(f'priority.{deed.priority.value}')}")
    if deed.words:
        text.append(f"💬 {escaped(deed.words, _WORDS_UNITS)}")
    text += _which(picked, t)
    text += ["", t(f"many.then.{deed.action.value}"), t("many.then")]
    do = (f"☑️ {t.plain('many.do')}", _press(ManyAct.DO))
    return Screen("\n".join(text), ((do,), (_back(t), (t.plain("question.cancel"), _press(ManyAct.CANCEL)))))


def draw_many_over(key: str, t: Translator) -> Screen:
    """What is left when there is nothing to be pressed any more, with the way back to the queue."""
    return Screen(t(key), (to_queue(t),))


def draw_report(report: BulkReport, t: Translator) -> Screen:
    """What came of it: how many were changed, and why others were not."""
    text = [f"{_SIGN[report.action]} <b>{in_short(report, t)}</b>"]
    if report.assignee:
        text.append(f"👤 {escaped(report.assignee, _NAME_UNITS)}")
    if report.priority is not None:
        text.append(f"{PRIORITY_SIGN[report.priority]} {t(f'priority.{report.priority.value}')}")
    if report.unchanged:
        text += ["", t.plural("many.unchanged", report.unchanged)]
    if report.refused:
        text += ["", f"⚠️ {t.plural('many.refused', report.refused)}", *_refusals(report.refusals, t)]
    if report.refused and report.refused > len(report.refusals):
        text.append(t("many.untold", n=report.refused - len(report.refusals)))
    return Screen("\n".join(text), (to_queue(t),))


def in_short(report: BulkReport, t: Translator) -> str:
    """How many were changed."""
    return t.plural(f"many.done.{report.action.value}", report.changed)


def to_queue(t: Translator, sign: str = "🛠") -> Row:
    """The way to the queue, in the same message."""
    return ((f"{sign} {t.plain('list.queue')}", ListPress(view=View.QUEUE, page=1).pack()),)


def _head(picked: Picked, t: Translator) -> list[str]:
    """How many, and which."""
    head = f"☑️ <b>{t.plural('many.picked', picked.count)}</b>"
    return [head, *_which(picked, t)]


def _which(picked: Picked, t: Translator) -> list[str]:
    """The filters, or that there are none; and whether there are more, which stay as they are."""
    which = narrowed_to(picked.chosen, picked.chosen.filters, t) or [t("many.whole")]
    if picked.more:
        return [*which, "⚠️ " + t("many.more_than", total=picked.total, n=picked.count)]
    return [*which, "⚠️ " + t("many.of", total=picked.total, n=picked.count)] if picked.total > picked.count else which


def _refusals(refusals: Sequence[BulkRefusal], t: Translator) -> list[str]:
    """Each reason once, with the numbers that it is the reason for."""
    numbers: dict[str, list[str]] = {}
    for one in refusals:
        who = fit(one.who or "?", _NAME_UNITS)
        why = t(f"refusal.{one.reason.value}", who=who, limit="", length="", piece="").rstrip(".")
        numbers.setdefault(why, []).append(f"#{one.number}")
    return [f"• {why}: {', '.join(them)}" for why, them in numbers.items()]


def _press(act: ManyAct, value: str = "") -> str:
    return ManyPress(act=act, value=value).pack()


def _back(t: Translator) -> tuple[str, str]:
    return f"‹ {t.plain('many.back')}", _press(ManyAct.BACK)
