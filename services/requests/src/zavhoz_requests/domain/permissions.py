"""Who may what: by role in the places somebody is limited to, by what they are to a request anywhere. Pure.

The checks of commands and reads, the buttons, the docs and the test of the whole matrix come from what is said here and
in the rows of `lifecycle.RULES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from zavhoz_contracts.message import Role
from zavhoz_requests.domain.state import Person, Request

STAFF: Final = frozenset({Role.TECHNICIAN, Role.MANAGER})
"""Who works on requests, and sees the queue."""
MANAGERS: Final = frozenset({Role.MANAGER})
EVERYBODY: Final = frozenset(Role)


class Relation(StrEnum):
    """What somebody is to a request. An assignee who is of the staff no more is none."""

    REQUESTER = "requester"
    ASSIGNEE = "assignee"
    WATCHER = "watcher"


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of a person before a request. `inside`: it is in a part of the places that they are limited to.

    A request whose place is not in the tree is inside for those alone who are not limited.
    """

    role: Role
    relations: frozenset[Relation]
    inside: bool


@dataclass(frozen=True, slots=True)
class Who:
    """Those with one of the `roles`, as far as they are inside, or `anywhere`; those with one of the `relations`."""

    roles: frozenset[Role] = frozenset()
    relations: frozenset[Relation] = frozenset()
    anywhere: bool = False

    def includes(self, standing: Standing) -> bool:
        """Whether somebody who stands so before a request is one of them."""
        by_role = standing.role in self.roles and (standing.inside or self.anywhere)
        return by_role or bool(standing.relations & self.relations)


SEES: Final = Who(STAFF, frozenset(Relation))
"""A request: its card, files and comments, that it is in a list or found, notices about it."""
SEES_NOTES: Final = Who(STAFF, frozenset({Relation.ASSIGNEE}))
"""What the staff writes down about a request."""


class Right(StrEnum):
    """What is done to no single request."""

    READ_QUEUE = "read the queue and the archive"
    CHANGE_MANY = "change many requests at once"
    READ_STAFF = "see whom work can be given to"
    MANAGE_PEOPLE = "change roles and places of people, deactivate them"
    MANAGE_CATEGORIES = "change the categories"
    READ_DIGEST = "read how things stand"
    USE_REPLIES = "use canned replies"
    MANAGE_REPLIES = "change canned replies"
    MANAGE_SETTINGS = "change the settings of the organisation"
    READ_PLACES = "look through the places as managers do, export them, print their QR codes"
    MANAGE_PLACES = "add, rename, archive and load places"
    MANAGE_GROUPS = "have requests appear in a group, or no more"


@dataclass(frozen=True, slots=True)
class Grant:
    """Those with one of the `roles`; with `unlimited` only those who are limited to no part of the places."""

    roles: frozenset[Role]
    unlimited: bool = False


GRANTS: Final = {
    # A list holds what is inside.
    Right.READ_QUEUE: Grant(STAFF),
    # Of them those that are inside.
    Right.CHANGE_MANY: Grant(MANAGERS),
    Right.READ_STAFF: Grant(MANAGERS),
    Right.MANAGE_PEOPLE: Grant(MANAGERS, unlimited=True),
    Right.MANAGE_CATEGORIES: Grant(MANAGERS, unlimited=True),
    Right.READ_DIGEST: Grant(MANAGERS),
    Right.USE_REPLIES: Grant(STAFF),
    Right.MANAGE_REPLIES: Grant(MANAGERS, unlimited=True),
    Right.MANAGE_SETTINGS: Grant(MANAGERS, unlimited=True),
    # What is inside.
    Right.READ_PLACES: Grant(MANAGERS),
    Right.MANAGE_PLACES: Grant(MANAGERS, unlimited=True),
    Right.MANAGE_GROUPS: Grant(MANAGERS, unlimited=True),
}


def has(person: Person, right: Right) -> bool:
    """Whether this person may do what concerns no single request."""
    grant = GRANTS[right]
    return person.active and person.role in grant.roles and not (grant.unlimited and person.areas)


def inside(person: Person, request: Request) -> bool:
    """Whether the request is in a part of the places that this person is limited to; always, if they are to none."""
    return not person.areas or not person.areas.isdisjoint(request.within)


def standing(person: Person, request: Request) -> Standing:
    """What counts of this person before this request."""
    relations = set()
    if person.id == request.requester_id:
        relations.add(Relation.REQUESTER)
    if person.id == request.assignee_id and person.role in STAFF:
        relations.add(Relation.ASSIGNEE)
    if person.id in request.watchers:
        relations.add(Relation.WATCHER)
    return Standing(person.role, frozenset(relations), inside(person, request))


def may_see(request: Request, person: Person) -> bool:
    """Whether a person may see a request at all."""
    return person.active and SEES.includes(standing(person, request))


def may_read_notes(request: Request, person: Person) -> bool:
    """Whether a person may read what the staff wrote down about a request."""
    return person.active and SEES_NOTES.includes(standing(person, request))
