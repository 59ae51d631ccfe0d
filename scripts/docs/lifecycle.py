"""`docs/lifecycle.md`: what can be done to a request, from the one table in the requests service that decides it."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.domain.lifecycle import RULES, Rule
from zavhoz_requests.domain.permissions import Relation

_HEAD: Final = """# The life of a request

<!-- Made by `make docs` from the table in `services/requests/src/zavhoz_requests/domain/lifecycle.py`. Do not edit. -->

One table in the code decides what can be done to a request, and by whom: this page, the buttons under a card and the
checks of commands are all read from it. Anything else is refused with its reason and changes nothing. Roles are those
that the requests service has stored, and count in the places that somebody is limited to; "requester", "assignee" and
"watcher" are the person's relation to this request, and count everywhere. See [who may what](permissions.md).
"""


def page() -> str:
    """The page: a state diagram and the table."""
    return "\n".join([_HEAD, _diagram(), "", _table(), ""])


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Status.OPEN.value}: create"]
    for rule in RULES:
        if target := _target(rule):
            lines += [f"    {source} --> {target}: {rule.action.value}" for source in _sources(rule)]
    left = {source for rule in RULES if _target(rule) for source in _sources(rule)}
    lines += [f"    {status.value} --> [*]" for status in Status if status.value not in left]
    return "\n".join([*lines, "```"])


def _table() -> str:
    rows = ["| action | from | to | who |", "| --- | --- | --- | --- |", "| create | — | open | anyone |"]
    for rule in RULES:
        sources = "any" if rule.sources == frozenset(Status) else ", ".join(_sources(rule))
        rows.append(f"| {rule.action.value} | {sources} | {_target(rule) or 'same'} | {', '.join(_who(rule))} |")
    return "\n".join(rows)


def _target(rule: Rule) -> str:
    """The state that is reached; empty when it stays the same."""
    return "" if rule.target is None else rule.target.value


def _sources(rule: Rule) -> list[str]:
    return [status.value for status in Status if status in rule.sources]


def _who(rule: Rule) -> list[str]:
    relations = [relation.value for relation in Relation if relation in rule.who.relations]
    return relations + [role.value for role in Role if role in rule.who.roles]
