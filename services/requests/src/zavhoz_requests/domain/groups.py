"""Staff groups: which requests appear in which group at Telegram, and what becomes of that. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from zavhoz_contracts.groups.v1.commands import BindGroup, GroupBy
from zavhoz_contracts.groups.v1.facts import UnboundReason
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.places import Place
from zavhoz_requests.domain.state import Person, Request


@dataclass(frozen=True, slots=True)
class StaffGroup:
    """A group at Telegram in which requests appear: those of the place with the code `area`; none: of everywhere.

    `language` is that of who bound it. `bound_at` is when Telegram says that was asked for, to the second; `version`
    counts the events about it.
    """

    id: UUID
    chat_id: int
    by: GroupBy
    area: str | None
    title: str
    forum: bool
    language: str
    bound_by: UUID
    bound_at: datetime
    version: int = 0

    def shows(self, request: Request) -> bool:
        """Whether this request appears there. One whose place is not in the tree does where everything does."""
        return self.area is None or self.area in request.within


@dataclass(frozen=True, slots=True)
class Bound:
    """Requests appear in a group, or in another way; `former_chat_id` is the id its chat had, if it has another now."""

    group: StaffGroup
    by: UUID | None
    at: datetime
    former_chat_id: int | None = None


@dataclass(frozen=True, slots=True)
class Unbound:
    """Requests appear there no more; `by` whom, if that is somebody known."""

    group: StaffGroup
    reason: UnboundReason
    by: UUID | None
    at: datetime


GroupEvent = Bound | Unbound


@dataclass(frozen=True, slots=True)
class Binding:
    """What is decided by: who asks when, how the group is bound, if it is, the place it names, and an id if it is new.

    `asked_at` is when Telegram says that it was asked for.
    """

    person: Person
    now: datetime
    asked_at: datetime
    group: StaffGroup | None
    places: Mapping[str, Place]
    new_id: UUID


def bind(command: BindGroup, of: Binding) -> Bound | Refusal | None:
    """What comes of it; none when it is so already."""
    if not has(of.person, Right.MANAGE_GROUPS):
        return Refusal(RefusalReason.NOT_ALLOWED)
    before = of.group
    area = before.area if command.area is None and before is not None else command.area or None
    if command.area and (command.area not in of.places or of.places[command.area].archived):
        return Refusal(RefusalReason.GROUP_AREA_NOT_FOUND)
    if before is None:
        by, at = of.person.id, of.asked_at.replace(microsecond=0)
        how = command.by or GroupBy.SITE
        language = of.person.language
        group = StaffGroup(
            of.new_id, command.chat_id, how, area, command.title, command.forum, language, by, at, version=1
        )
        return Bound(group, by, of.now)
    after = replace(before, by=command.by or before.by, area=area, title=command.title, forum=command.forum)
    return None if after == before else Bound(replace(after, version=before.version + 1), of.person.id, of.now)


def unbind(of: Binding) -> Unbound | Refusal | None:
    """What comes of it; none when it is not bound."""
    if not has(of.person, Right.MANAGE_GROUPS):
        return Refusal(RefusalReason.NOT_ALLOWED)
    return None if of.group is None else _ended(of.group, UnboundReason.ASKED, of.person.id, of.now)


def removed(group: StaffGroup, by: UUID | None, at: datetime, now: datetime) -> Unbound | None:
    """What comes of it that the bot was removed at a time; nothing, if the group was bound anew since."""
    return None if at < group.bound_at else _ended(group, UnboundReason.REMOVED, by, now)


def migrated(group: StaffGroup, chat_id: int, now: datetime) -> Bound:
    """The group has another id."""
    return Bound(replace(group, chat_id=chat_id, version=group.version + 1), None, now, group.chat_id)


def superseded(group: StaffGroup, now: datetime) -> Unbound:
    """The chat that the group has now was bound already: that one stays."""
    return _ended(group, UnboundReason.ASKED, None, now)


def _ended(group: StaffGroup, reason: UnboundReason, by: UUID | None, now: datetime) -> Unbound:
    return Unbound(replace(group, version=group.version + 1), reason, by, now)
