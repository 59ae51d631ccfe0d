"""The one table that decides what can be done to a request: the checks and the buttons are read from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_requests.domain.permissions import EVERYBODY, MANAGERS, STAFF, Relation, Who, standing
from zavhoz_requests.domain.state import Person, Request

UNFINISHED: Final = frozenset({Status.OPEN, Status.IN_PROGRESS, Status.ON_HOLD})
"""What is not closed."""
_NOT_FINAL: Final = UNFINISHED | {Status.COMPLETED}
_REQUESTER: Final = frozenset({Relation.REQUESTER})
_WORKING: Final = Who(MANAGERS, frozenset({Relation.ASSIGNEE}))
"""Whose work it is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: from which states, to which (none: it stays), and who may.

    `in_time`: what is completed, only until it would confirm itself; `unconfirmed`: only until it is confirmed.
    `offered`: a card has a button for it.
    """

    action: Action
    sources: frozenset[Status]
    target: Status | None
    who: Who
    in_time: bool = False
    unconfirmed: bool = False
    offered: bool = True

    def permits(self, person: Person, request: Request) -> bool:
        """Whether this person may do it, whatever state the request is in."""
        return self.who.includes(standing(person, request))

    def applies(self, request: Request, now: datetime) -> bool:
        """Whether it can be done to the request as it is now."""
        if request.status not in self.sources or (self.unconfirmed and request.confirmed_at):
            return False
        return not self.in_time or request.confirms_at is None or now < request.confirms_at


RULES: Final = (
    Rule(Action.TAKE, frozenset({Status.OPEN}), Status.IN_PROGRESS, Who(STAFF)),
    Rule(Action.COMPLETE, frozenset({Status.IN_PROGRESS}), Status.COMPLETED, _WORKING),
    Rule(Action.HOLD, frozenset({Status.IN_PROGRESS}), Status.ON_HOLD, _WORKING),
    Rule(Action.RESUME, frozenset({Status.ON_HOLD}), Status.IN_PROGRESS, _WORKING),
    Rule(Action.ASSIGN, UNFINISHED, Status.IN_PROGRESS, Who(MANAGERS)),
    Rule(Action.REJECT, UNFINISHED, Status.REJECTED, Who(MANAGERS)),
    Rule(Action.MERGE, UNFINISHED, Status.MERGED, Who(MANAGERS)),
    Rule(Action.CONFIRM, frozenset({Status.COMPLETED}), Status.COMPLETED, Who(relations=_REQUESTER), unconfirmed=True),
    Rule(
        Action.REOPEN,
        frozenset({Status.COMPLETED, Status.REJECTED}),
        Status.OPEN,
        Who(MANAGERS, _REQUESTER),
        in_time=True,
    ),
    Rule(Action.EDIT, frozenset({Status.OPEN}), None, Who(relations=_REQUESTER)),
    Rule(Action.EDIT, UNFINISHED, None, Who(MANAGERS)),
    Rule(Action.CANCEL, frozenset({Status.OPEN}), Status.CANCELLED, Who(relations=_REQUESTER)),
    # To attach is to comment: one row for both.
    Rule(Action.COMMENT, frozenset(Status), None, Who(STAFF, frozenset(Relation))),
    Rule(Action.NOTE, frozenset(Status), None, Who(STAFF, frozenset({Relation.ASSIGNEE}))),
    # Who sees a card has it already, or works on it: to join is offered to who is about to file the same.
    Rule(Action.JOIN, _NOT_FINAL, None, Who(EVERYBODY, anywhere=True), unconfirmed=True, offered=False),
    Rule(Action.LEAVE, _NOT_FINAL, None, Who(relations=frozenset({Relation.WATCHER})), unconfirmed=True),
)


IN_GROUPS: Final = frozenset(
    {Action.TAKE, Action.COMPLETE, Action.HOLD, Action.RESUME, Action.REJECT, Action.COMMENT, Action.NOTE}
)
"""What is offered in a staff group; the rest is chosen at one's own card, with what only some may see."""


def rules(action: Action) -> tuple[Rule, ...]:
    """The rows of an action."""
    return tuple(rule for rule in RULES if rule.action is action)


def allowed_actions(request: Request, person: Person, now: datetime) -> tuple[Action, ...]:
    """Exactly what this person may do to this request now, in the order of the table."""
    if not person.active:
        return ()
    stands = standing(person, request)
    allowed = (row.action for row in RULES if row.offered and row.applies(request, now) and row.who.includes(stands))
    return tuple(dict.fromkeys(allowed))


def group_actions(request: Request, now: datetime) -> tuple[Action, ...]:
    """What somebody of the staff could do to this request now, of what is offered in a group: who, is not known there.

    Nothing, once it is closed.
    """
    if request.status not in UNFINISHED:
        return ()
    return tuple(dict.fromkeys(row.action for row in RULES if row.action in IN_GROUPS and row.applies(request, now)))
