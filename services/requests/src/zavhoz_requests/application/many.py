"""One command about many requests: what it is for each of them, and how it ended for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never
from uuid import UUID

from zavhoz_contracts.requests.v1.bulk import BulkAction, ChangeRequests
from zavhoz_contracts.requests.v1.commands import (
    AssignRequest,
    CompleteRequest,
    EditRequest,
    RejectRequest,
    RequestCommand,
)
from zavhoz_contracts.requests.v1.outcomes import REFUSALS_TOLD, BulkRefusal, BulkReport
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.state import Person, Request


@dataclass
class Tally:
    """What came of a command, request by request."""

    command: ChangeRequests
    assignee: Person | None = None
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[Request | None, Refusal]] = field(default_factory=list)

    def report(self, names: Mapping[UUID, Person]) -> BulkReport:
        """For the one who asked; of a request that they may not see there is no number."""
        told = [
            BulkRefusal(number=request.number, reason=refusal.reason, who=_name(refusal, names))
            for request, refusal in self.refused
            if request is not None
        ]
        return BulkReport(
            action=self.command.action,
            assignee=self.assignee.name if self.assignee else None,
            priority=self.command.priority,
            changed=self.changed,
            unchanged=self.unchanged,
            refused=len(self.refused),
            refusals=tuple(told[:REFUSALS_TOLD]),
        )


def _name(refusal: Refusal, names: Mapping[UUID, Person]) -> str | None:
    first = names.get(refusal.who) if refusal.who else None
    return first.name if first else None


def each(command: ChangeRequests) -> tuple[RequestCommand, ...]:
    """The command about each single request, each once."""
    return tuple(_single(command, id) for id in dict.fromkeys(command.request_ids))


def _single(command: ChangeRequests, request_id: UUID) -> RequestCommand:
    given = {"request_id": request_id, "actor": command.actor, "origin": command.origin, "seen_version": 0}
    match command.action:
        case BulkAction.ASSIGN:
            # Nobody is like nobody that there is: it is refused, one by one, as an assignee who is gone.
            return AssignRequest.model_validate({**given, "assignee_id": command.assignee_id or UUID(int=0)})
        case BulkAction.PRIORITISE:
            return EditRequest.model_validate({**given, "priority": command.priority})
        case BulkAction.COMPLETE:
            return CompleteRequest.model_validate({**given, "note": command.words})
        case BulkAction.REJECT:
            return RejectRequest.model_validate({**given, "reason": command.words})
        case _:
            assert_never(command.action)
