"""What is told of the work on a request: who does it, when it stops and goes on, and where it goes on instead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, TypeAlias, assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.v1 import Card, TimelineEntry
from zavhoz_contracts.requests.v1.events import (
    RequestAssigned,
    RequestHeld,
    RequestMerged,
    RequestResumed,
    RequestTaken,
)
from zavhoz_telegram.callbacks import OpenNotice
from zavhoz_telegram.moments import day
from zavhoz_telegram.screens import fit
from zavhoz_telegram.texts import Translator

_TITLE_UNITS: Final = 300
_REASON_UNITS: Final = 1000
_NAME_UNITS: Final = 64
Rows: TypeAlias = list[list[list[str]]]
WorkEvent: TypeAlias = RequestTaken | RequestAssigned | RequestHeld | RequestResumed | RequestMerged


def opening(card: Card, t: Translator) -> Rows:
    """The button that turns a notice into the card."""
    return [[["📋 " + t.plain("notice.open"), OpenNotice(request_id=card.request_id).pack()]]]


def worked_on(
    event: WorkEvent, card: Card, t: Translator, time_zone: ZoneInfo, reader_id: UUID | None
) -> tuple[str, Rows]:
    """The notice for `reader_id`, who may be the one who is to do it, now or until now."""
    about = {"number": card.number, "title": fit(card.title, _TITLE_UNITS)}
    rows = opening(card, t)
    match event:
        case RequestTaken():
            name = _name(card.assignee.name if card.assignee else "?", t)
            return t("notice.taken", **about, name=name), rows
        case RequestAssigned():
            return _assigned(event, card, t, about, reader_id), rows
        case RequestHeld():
            reason = fit(card.hold or "—", _REASON_UNITS)
            if event.until is None:
                return t("notice.held", **about, reason=reason), rows
            until = day(event.until, datetime.now(UTC), t, time_zone)
            return t("notice.held_until", **about, reason=reason, until=until), rows
        case RequestResumed():
            in_time = event.actor_id is None and reader_id is not None and reader_id == event.assignee_id
            return t("notice.resumed_in_time" if in_time else "notice.resumed", **about), rows
        case RequestMerged():
            other = OpenNotice(request_id=event.into_id).pack()
            label = "📋 " + t.plain("notice.open_other", number=event.into_number)
            return t("notice.merged", **about, other=event.into_number), [[[label, other]]]
        case _:
            assert_never(event)


def _assigned(
    event: RequestAssigned, card: Card, t: Translator, about: dict[str, object], reader_id: UUID | None
) -> str:
    """By what was done then: meanwhile it may be somebody else's."""
    step = _step_of(event, card)
    assignee = _name(step.assignee.name if step is not None and step.assignee is not None else "?", t)
    mine = reader_id is not None and reader_id == event.assignee_id
    if not mine and (reader_id is None or reader_id != event.former_assignee_id):
        return t("notice.taken", **about, name=assignee)
    by = _name(step.by.name if step is not None and step.by is not None else "?", t)
    match mine, event.actor_id is None:
        case True, True:
            return t("notice.assigned_to_you_in_time", **about)
        case True, False:
            return t("notice.assigned_to_you", **about, name=by)
        case False, True:
            return t("notice.assigned_away_in_time", **about, assignee=assignee)
        case _:
            return t("notice.assigned_away", **about, assignee=assignee, name=by)


def _step_of(event: RequestAssigned, card: Card) -> TimelineEntry | None:
    theirs = (step for step in card.timeline if step.assignee and step.assignee.person_id == event.assignee_id)
    return min(theirs, key=lambda step: abs(step.at - event.occurred_at), default=None)


def _name(name: str, t: Translator) -> str:
    return fit(name, _NAME_UNITS) or t.plain("person.erased")
