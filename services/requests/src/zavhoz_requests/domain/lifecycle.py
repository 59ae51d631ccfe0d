"""The one table that decides what can be done to a request: the checks and the buttons are read from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_requests.domain.state import Person, Request

STAFF: Final = frozenset({Role.TECHNICIAN, Role.MANAGER})
"""Who sees the queue, and every request."""
_MANAGER: Final = frozenset({Role.MANAGER})
UNFINISHED: Final = frozenset({Status.OPEN, Status.IN_PROGRESS})
"""What is not closed."""
_NOT_FINAL: Final = UNFINISHED | {Status.COMPLETED}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: from which states, to which (none: it stays), and who may: by role, as assignee, requester or watcher.

    `in_time`: what is completed, only until it would confirm itself; `unconfirmed`: only until it is confirmed.
    `offered`: a card has a button for it.
    """

    action: Action
    sources: frozenset[Status]
    target: Status | None
    roles: frozenset[Role] = frozenset()
    assignee: bool = False
    requester: bool = False
    in_time: bool = False
    unconfirmed: bool = False
    watcher: bool = False
    offered: bool = True

    def permits(self, person: Person, request: Request) -> bool:
        """Whether this person may do it, whatever state the request is in."""
        return (
            person.role in self.roles
            or (self.assignee and request.assignee_id == person.id)
            or (self.requester and request.requester_id == person.id)
            or (self.watcher and person.id in request.watchers)
        )

    def applies(self, request: Request, now: datetime) -> bool:
        """Whether it can be done to the request as it is now."""
        if request.status not in self.sources or (self.unconfirmed and request.confirmed_at):
            return False
        return not self.in_time or request.confirms_at is None or now < request.confirms_at


RULES: Final = (
    Rule(Action.TAKE, frozenset({Status.OPEN}), Status.IN_PROGRESS, STAFF),
    Rule(Action.COMPLETE, frozenset({Status.IN_PROGRESS}), Status.COMPLETED, _MANAGER, assignee=True),
    Rule(Action.REJECT, UNFINISHED, Status.REJECTED, _MANAGER),
    Rule(Action.CONFIRM, frozenset({Status.COMPLETED}), Status.COMPLETED, requester=True, unconfirmed=True),
    Rule(
        Action.REOPEN,
        frozenset({Status.COMPLETED, Status.REJECTED}),
        Status.OPEN,
        _MANAGER,
        requester=True,
        in_time=True,
    ),
    Rule(Action.EDIT, frozenset({Status.OPEN}), None, requester=True),
    Rule(Action.EDIT, UNFINISHED, None, _MANAGER),
    Rule(Action.CANCEL, frozenset({Status.OPEN}), Status.CANCELLED, requester=True),
    # To attach is to comment: one row for both.
    Rule(Action.COMMENT, frozenset(Status), None, STAFF, assignee=True, requester=True, watcher=True),
    # Who sees a card has it already, or works on it: to join is offered to who is about to file the same.
    Rule(Action.JOIN, _NOT_FINAL, None, frozenset(Role), unconfirmed=True, offered=False),
    Rule(Action.LEAVE, _NOT_FINAL, None, watcher=True, unconfirmed=True),
)


def rules(action: Action) -> tuple[Rule, ...]:
    """The rows of an action."""
    return tuple(rule for rule in RULES if rule.action is action)


def allowed_actions(request: Request, person: Person, now: datetime) -> tuple[Action, ...]:
    """Exactly what this person may do to this request now, in the order of the table."""
    if not person.active:
        return ()
    allowed = (
        row.action for row in RULES if row.offered and row.applies(request, now) and row.permits(person, request)
    )
    return tuple(dict.fromkeys(allowed))


def may_see(request: Request, person: Person) -> bool:
    """Whether a person may see a request at all."""
    concerned = {request.requester_id, request.assignee_id} | request.watchers
    return person.active and (person.role in STAFF or person.id in concerned)
