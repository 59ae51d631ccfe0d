"""`docs/permissions.md`: who may what, from the tables in the requests service that decide it."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_requests.domain.lifecycle import rules
from zavhoz_requests.domain.permissions import GRANTS, SEES, SEES_NOTES, Relation, Standing, Who

_HEAD: Final = """# Who may what

<!-- Made by `make docs` from `domain/permissions.py` and `domain/lifecycle.py` of services/requests. Do not edit. -->

The requests service alone decides who may what, from the role it has stored, from what somebody is to a request, and
from the parts of the tree of places they are limited to. Buttons, lists, searches, cards, notices and every answer of
the API follow from the same tables as the checks of commands; a test plays the whole matrix against both.

- A technician or manager can be limited to parts of the tree of places. Their role then counts **inside** those parts
  alone; outside they are as anybody else. Who is limited to nothing is inside everywhere.
- A request whose place is not in the tree, or was not said, is inside for those alone who are limited to nothing: there
  is always one manager like that.
- What somebody is to a request counts everywhere. An assignee who is no longer of the staff is none.
- A deactivated person may do and see nothing.

## Requests

✓: may, if the request is in a state in which [that can be done](lifecycle.md) at all.
"""
_RIGHTS: Final = """
## Everything else

What is "everywhere" is for those who are limited to no part of the places.
"""
_YES, _NO = "✓", "—"


def page() -> str:
    """The page: one table of what is done to requests, one of the rest."""
    return "\n".join([_HEAD, *_requests(), _RIGHTS, *_rights(), ""])


def _requests() -> list[str]:
    standings = {
        "requester": Standing(Role.REQUESTER, frozenset({Relation.REQUESTER}), inside=False),
        "watcher": Standing(Role.REQUESTER, frozenset({Relation.WATCHER}), inside=False),
        "anybody else": Standing(Role.REQUESTER, frozenset(), inside=False),
        "assignee": Standing(Role.TECHNICIAN, frozenset({Relation.ASSIGNEE}), inside=False),
        "technician, inside": Standing(Role.TECHNICIAN, frozenset(), inside=True),
        "technician, outside": Standing(Role.TECHNICIAN, frozenset(), inside=False),
        "manager, inside": Standing(Role.MANAGER, frozenset(), inside=True),
        "manager, outside": Standing(Role.MANAGER, frozenset(), inside=False),
    }
    what: dict[str, tuple[Who, ...]] = {"see it": (SEES,), "read its notes": (SEES_NOTES,)}
    what |= {action.value: tuple(rule.who for rule in rules(action)) for action in Action}
    rows = [["", *standings], ["---"] * (len(standings) + 1)]
    for name, whos in what.items():
        may = [any(who.includes(standing) for who in whos) for standing in standings.values()]
        rows.append([name, *(_YES if one else _NO for one in may)])
    return [f"| {' | '.join(row)} |" for row in rows]


def _rights() -> list[str]:
    rows = [["", *(role.value for role in Role)], ["---"] * (len(Role) + 1)]
    for right, grant in GRANTS.items():
        yes = "everywhere" if grant.unlimited else _YES
        rows.append([right.value, *(yes if role in grant.roles else _NO for role in Role)])
    return [f"| {' | '.join(row)} |" for row in rows]
