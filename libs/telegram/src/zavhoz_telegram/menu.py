"""The menu of the bot's commands: everybody's, and what the staff and managers have beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from zavhoz_contracts.api.v1 import Person
from zavhoz_contracts.message import Role
from zavhoz_telegram.texts import Translator

_EVERYBODY: Final = ("start", "my", "settings", "mydata", "help", "cancel")
_STAFF: Final = ("my", "queue", "settings", "mydata", "help", "cancel")
_MANAGERS: Final = (
    *("my", "queue", "people", "places", "categories", "organisation", "replies"),
    *("settings", "mydata", "help", "cancel"),
)
_UNLIMITED: Final = frozenset({"people", "categories", "organisation", "replies"})
"""What is for managers who are limited to no part of the places."""
_OF_ROLE: Final = {Role.REQUESTER: _EVERYBODY, Role.TECHNICIAN: _STAFF, Role.MANAGER: _MANAGERS}
Commands = list[dict[str, str]]
"""https://core.telegram.org/bots/api#botcommand"""


def menu_of(person: Person, t: Translator) -> Commands:
    """The commands of one of the staff, in the order of the menu."""
    names = _OF_ROLE[person.role]
    return _commands([name for name in names if not (person.limited and name in _UNLIMITED)], t)


def menu_of_everybody(t: Translator) -> Commands:
    """The commands of whoever has none of their own, in the order of the menu."""
    return _commands(_EVERYBODY, t)


def _commands(names: Iterable[str], t: Translator) -> Commands:
    return [{"command": name, "description": t.plain(f"command.{name}")} for name in names]
