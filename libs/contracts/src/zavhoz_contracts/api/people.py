"""People as managers see them, and those of the staff whom work can be given to."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, RootModel

from zavhoz_contracts.api.places import Place
from zavhoz_contracts.api.v1 import PersonBrief
from zavhoz_contracts.message import Moment, Payload, Role


class PeopleView(StrEnum):
    """A list of people by name: everybody, the staff, requesters; who is deactivated, and who cannot be reached."""

    ALL = "all"
    STAFF = "staff"
    REQUESTERS = "requesters"
    INACTIVE = "inactive"
    UNREACHABLE = "unreachable"


class PersonLine(Payload):
    """Somebody in a list. `areas`: how many parts of the places they are limited to."""

    person_id: UUID
    name: str
    username: str | None = None
    role: Role
    active: bool
    reachable: bool
    areas: int = 0


class PersonPage(Payload):
    """One page of people. Pages count from 1; when one beyond the last is asked for, this is the last."""

    items: tuple[PersonLine, ...]
    page: Annotated[int, Field(ge=1)]
    pages: Annotated[int, Field(ge=1)]
    total: int


class Change(StrEnum):
    """What a manager did to somebody; a role can come from the list of first managers, too."""

    ROLE = "role"
    AREAS = "areas"
    DEACTIVATED = "deactivated"
    ACTIVATED = "activated"


class PersonChange(Payload):
    """One change of somebody, when, and by whom; none: they are listed as a first manager.

    A role comes with the `previous` one; parts of the places with the paths of those they were limited to before.
    """

    change: Change
    at: Moment
    by: PersonBrief | None = None
    role: Role | None = None
    previous: Role | None = None
    areas: tuple[str, ...] = ()
    previous_areas: tuple[str, ...] = ()


HISTORY_MOST: Final = 5


class Profile(Payload):
    """Somebody, with all that a manager decides by.

    `areas` are the topmost places of the parts that they are limited to, none: to nothing. `in_work` and `on_hold` are
    requests assigned to them, `filed` those of their own that are not closed. `seen_at` is when they were here last, to
    within ten minutes. `yourself`: they are who asks. `history` are their last changes, at most `HISTORY_MOST`, the
    newest first.
    """

    person_id: UUID
    name: str
    username: str | None = None
    role: Role
    active: bool
    reachable: bool
    areas: tuple[Place, ...] = ()
    in_work: int = 0
    on_hold: int = 0
    filed: int = 0
    seen_at: Moment
    registered_at: Moment
    yourself: bool = False
    history: tuple[PersonChange, ...] = ()


class StaffMember(Payload):
    """One whom work can be given to, with how much they have: requests in work, and on hold."""

    person_id: UUID
    name: str
    role: Role
    reachable: bool
    in_work: int
    on_hold: int
    seen_at: Moment


class Staff(RootModel[tuple[StaffMember, ...]]):
    """The staff, those with the least work first."""


class Assignee(Payload):
    """Somebody who has requests in the queue, and how many of them the person asking may see."""

    person_id: UUID
    name: str
    assigned: int


class AssigneePage(Payload):
    """One page of them by name, as a page of a list of requests is."""

    items: tuple[Assignee, ...]
    page: Annotated[int, Field(ge=1)]
    pages: Annotated[int, Field(ge=1)]
    total: int
