"""The menu of the bot's commands: everybody's, and what the staff has beside it."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.message import Role
from zavhoz_telegram.texts import Translator

_EVERYBODY: Final = ("start", "my", "settings", "mydata", "help", "cancel")
_STAFF: Final = ("my", "queue", "settings", "mydata", "help", "cancel")
_OF: Final = {
    Role.REQUESTER: _EVERYBODY,
    Role.TECHNICIAN: _STAFF,
    Role.MANAGER: ("my", "queue", "places", "settings", "mydata", "help", "cancel"),
}
Commands = list[dict[str, str]]
"""https://core.telegram.org/bots/api#botcommand"""


def menu_of(role: Role, t: Translator) -> Commands:
    """The commands of somebody with this role, in the order of the menu."""
    return [{"command": name, "description": t.plain(f"command.{name}")} for name in _OF[role]]
