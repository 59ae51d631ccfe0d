"""What somebody has narrowed the queue and the archive to, and where they are in choosing that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from zavhoz_contracts.api.filters import EVERYTHING, Filters, Since
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_gateway.domain.draft import Looking


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The filters, with the path of the place and the names of the people and of the category among them.

    `offered` are the people or categories shown last, by id, of which one can be chosen; `looking` is where somebody
    is in the choice of a place, for the list `view`.
    """

    filters: Filters = EVERYTHING
    place: str = ""
    assignee: str = ""
    requester: str = ""
    category: str = ""
    offered: dict[UUID, str] = field(default_factory=dict)
    looking: Looking = field(default_factory=Looking)
    view: View = View.QUEUE

    def status(self, status: Status, *, fits: bool) -> Narrowing:
        """Let requests in a state fit, or no longer."""
        chosen = set(self.filters.statuses) - {status} | ({status} if fits else set())
        return self._with(statuses=tuple(one for one in Status if one in chosen))

    def priority(self, priority: Priority, *, fits: bool) -> Narrowing:
        """Let requests so urgent fit, or no longer."""
        chosen = set(self.filters.priorities) - {priority} | ({priority} if fits else set())
        return self._with(priorities=tuple(one for one in Priority if one in chosen))

    def since(self, since: Since | None) -> Narrowing:
        """Have what was filed since then, or ever."""
        return self._with(since=since)

    def overdue(self, *, alone: bool) -> Narrowing:
        """Have what is overdue alone, or not."""
        return self._with(overdue=alone)

    def assigned(self, to: str | None, name: str = "") -> Narrowing:
        """Have what is assigned to a person of that name, to `me` or `nobody`, or to anybody."""
        return replace(self._with(assignee=to), assignee=name)

    def filed_by(self, person: UUID | None, name: str = "") -> Narrowing:
        """Have what a person of that name filed, or anybody."""
        return replace(self._with(requester=person), requester=name)

    def sorted_as(self, category: UUID | None, name: str = "") -> Narrowing:
        """Have what is of a category of that name, or of any or none."""
        return replace(self._with(category=category), category=name)

    def at(self, place: str, code: str | None) -> Narrowing:
        """Have what is at a place, or anywhere."""
        return replace(self._with(place=code), place=place)

    def reset(self) -> Narrowing:
        """Have everything."""
        return Narrowing(view=self.view)

    def _with(self, **changed: object) -> Narrowing:
        return replace(self, filters=self.filters.model_copy(update=changed))
