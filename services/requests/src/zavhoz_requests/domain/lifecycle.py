"""The one table that decides what can be done to a request: the checks and the buttons are read from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_requests.domain.state import Person, Request

STAFF: Final = frozenset({Role.TECHNICIAN, Role.MANAGER})
"""Who sees the queue, and every request."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: from which states, to which (none: it stays), and who may: by role, as the assignee or requester."""

    action: Action
    sources: frozenset[Status]
    target: Status | None
    roles: frozenset[Role]
    assignee: bool = False
    requester: bool = False

    def permits(self, person: Person, request: Request) -> bool:
        """Whether this person may do it, whatever state the request is in."""
        return (
            person.role in self.roles
            or (self.assignee and request.assignee_id == person.id)
            or (self.requester and request.requester_id == person.id)
        )


RULES: Final = (
    Rule(Action.TAKE, frozenset({Status.OPEN}), Status.IN_PROGRESS, STAFF),
    Rule(Action.COMPLETE, frozenset({Status.IN_PROGRESS}), Status.COMPLETED, frozenset({Role.MANAGER}), assignee=True),
    Rule(Action.REJECT, frozenset({Status.OPEN, Status.IN_PROGRESS}), Status.REJECTED, frozenset({Role.MANAGER})),
    # To attach is to comment: one row for both.
    Rule(Action.COMMENT, frozenset(Status), None, STAFF, assignee=True, requester=True),
)
_BY_ACTION: Final = {rule.action: rule for rule in RULES}


def rule(action: Action) -> Rule:
    """The row of an action."""
    return _BY_ACTION[action]


def allowed_actions(request: Request, person: Person) -> tuple[Action, ...]:
    """Exactly what this person may do to this request now, in the order of the table."""
    if not person.active:
        return ()
    return tuple(row.action for row in RULES if request.status in row.sources and row.permits(person, request))


def may_see(request: Request, person: Person) -> bool:
    """Whether a person may see a request at all."""
    return person.active and (person.role in STAFF or person.id in (request.requester_id, request.assignee_id))
