"""The menu of the bot's commands: everybody's, and what the staff and managers have beside it."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.message import Role
from zavhoz_telegram.texts import Translator

_EVERYBODY: Final = ("start", "my", "settings", "mydata", "help", "cancel")
_STAFF: Final = ("my", "queue", "settings", "mydata", "help", "cancel")
_MANAGERS: Final = (
    *("my", "queue", "people", "places", "categories", "organisation", "replies"),
    *("settings", "mydata", "help", "cancel"),
)
_OF_ROLE: Final = {Role.REQUESTER: _EVERYBODY, Role.TECHNICIAN: _STAFF, Role.MANAGER: _MANAGERS}
Commands = list[dict[str, str]]
"""https://core.telegram.org/bots/api#botcommand"""


def menu_of(role: Role, t: Translator) -> Commands:
    """The commands of somebody with this role, in the order of the menu."""
    return [{"command": name, "description": t.plain(f"command.{name}")} for name in _OF_ROLE[role]]
