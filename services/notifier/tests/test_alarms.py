"""Time runs out for a request: who is told, in which words, and that quiet hours hold back what is not urgent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from zavhoz_contracts.api.v1 import Audience, AudienceMember, Card, PersonBrief, Relation
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.events import (
    RequestAlarm,
    RequestBreached,
    RequestEscalated,
    RequestRescheduled,
    RequestWarned,
)
from zavhoz_contracts.requests.v1.lifecycle import Clock, Status
from zavhoz_notifier.application.words import notice_text
from zavhoz_notifier.domain.audience import deliveries_of, told_of
from zavhoz_notifier.domain.delivery import Kind
from zavhoz_telegram.texts import Texts

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
REQUEST = uuid4()
TEXTS = Texts.load()


@dataclass
class Office:
    """Those who may hear of a request."""

    members: list[AudienceMember] = field(default_factory=list)

    def member(
        self, role: Role, relation: Relation, *, limited: bool = False, notes: bool = True, reachable: bool = True
    ) -> UUID:
        id = uuid4()
        self.members.append(
            AudienceMember(
                person_id=id, relation=relation, role=role, limited=limited, chat_id=len(self.members) + 1,
                language="ru", reachable=reachable, reads_notes=notes,
            )
        )  # fmt: skip
        return id

    def told(self, event: Any, assignee: UUID | None = None) -> set[UUID]:
        audience = Audience(
            request_id=REQUEST, number=7, version=3, status=Status.OPEN, assignee_id=assignee,
            members=tuple(self.members),
        )  # fmt: skip
        return {one.person_id for one in told_of(event, audience, NOW)}


def alarm(
    kind: type[RequestAlarm],
    clock: Clock = Clock.REACTION,
    *,
    due_at: datetime = NOW,
    priority: Priority = Priority.LOW,
) -> RequestAlarm:
    return kind(request_id=REQUEST, number=7, occurred_at=NOW, clock=clock, run=1, due_at=due_at, priority=priority)


def test_who_is_to_do_something_about_it_is_told() -> None:
    office = Office()
    anna = office.member(Role.REQUESTER, Relation.REQUESTER, notes=False)
    pyotr, oleg = (office.member(Role.TECHNICIAN, Relation.TECHNICIAN) for _ in range(2))
    local = office.member(Role.MANAGER, Relation.MANAGER, limited=True)
    head = office.member(Role.MANAGER, Relation.MANAGER)
    away = office.member(Role.MANAGER, Relation.MANAGER, reachable=False)
    warned, breached, escalated = (alarm(kind) for kind in (RequestWarned, RequestBreached, RequestEscalated))
    assert office.told(warned) == {pyotr, oleg}, "the queue"
    assert office.told(warned, pyotr) == {pyotr}
    assert office.told(breached) == {local}, "the manager nearest to it"
    assert office.told(breached, oleg) == {local, oleg}
    assert office.told(escalated, oleg) == {local, head}
    assert not {anna, away} & (office.told(warned) | office.told(breached) | office.told(escalated))


def test_without_technicians_or_local_managers_the_others_are_told() -> None:
    office = Office()
    filed_it_himself = office.member(Role.TECHNICIAN, Relation.REQUESTER)
    head = office.member(Role.MANAGER, Relation.MANAGER)
    assert office.told(alarm(RequestWarned)) == {filed_it_himself}
    office.members.pop(0)
    assert office.told(alarm(RequestWarned)) == {head}
    assert office.told(alarm(RequestBreached)) == {head}
    outside = office.member(Role.MANAGER, Relation.WATCHER, limited=True, notes=False)
    assert outside not in office.told(alarm(RequestEscalated)), "who joined it, and manages elsewhere"


def test_other_times_are_only_shown() -> None:
    office = Office()
    office.member(Role.REQUESTER, Relation.REQUESTER)
    office.member(Role.MANAGER, Relation.MANAGER)
    event = RequestRescheduled(request_id=REQUEST, number=7, occurred_at=NOW)
    assert office.told(event) == set()


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("clock", list(Clock))
@pytest.mark.parametrize("kind", [RequestWarned, RequestBreached, RequestEscalated])
def test_it_says_what_is_waited_for_and_until_when(kind: type[RequestAlarm], clock: Clock, language: str) -> None:
    now = datetime.now(UTC)
    due_at = now + timedelta(hours=1) if kind is RequestWarned else now - timedelta(hours=3)
    shown = Card(
        request_id=REQUEST, number=7, version=3, status=Status.IN_PROGRESS, priority=Priority.HIGH, title="<Лифт>",
        description="", requester=PersonBrief(person_id=uuid4(), name="Анна"),
        assignee=PersonBrief(person_id=uuid4(), name="Пётр"), timeline=(),
    )  # fmt: skip
    event = alarm(kind, clock, due_at=due_at, priority=Priority.HIGH)
    text, rows = notice_text(event, shown, TEXTS.for_language(language), ZoneInfo("Europe/Moscow"))
    assert text.startswith("<b>#7</b>")
    assert "&lt;Лифт&gt;" in text
    assert "🔴" in text
    assert due_at.astimezone(ZoneInfo("Europe/Moscow")).strftime("%H:%M") in text
    assert ("Пётр" in text) == (clock is Clock.RESOLUTION)
    assert rows


def test_only_what_is_urgent_pierces_quiet_hours() -> None:
    office = Office()
    head = office.member(Role.MANAGER, Relation.MANAGER)
    audience = Audience(request_id=REQUEST, number=7, version=3, status=Status.OPEN, members=tuple(office.members))
    for high in (True, False):
        planned = deliveries_of(uuid4(), alarm(RequestBreached), audience, NOW, {head: ("late", [])}, high=high)
        (notice,) = [one for one in planned if one.kind is Kind.NOTICE]
        assert notice.told is not None
        assert (notice.told.what, notice.told.high, notice.told.insist) == ("breached", high, False)
