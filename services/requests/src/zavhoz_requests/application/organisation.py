"""What the organisation has chosen: the terms that hold, and what becomes of what a manager types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_requests.domain.organisation import defaults, terms_of
from zavhoz_requests.domain.terms import Terms
from zavhoz_requests.store import Connection, organisation


class Organisation:
    """The terms as they are chosen in the database, and else as they are in `base`."""

    def __init__(self, base: Terms) -> None:
        self.defaults: Mapping[Setting, str] = MappingProxyType(defaults(base))
        """What holds where nothing is chosen."""
        # Nearly always the same: neither the calendar nor its days are made anew.
        self._terms = lru_cache(maxsize=8)(lambda chosen: terms_of(base, dict(chosen)))
        self._known = {setting.value for setting in Setting}

    async def terms(self, connection: Connection) -> Terms:
        """The terms that hold now."""
        return self.of(await organisation.values(connection))

    def of(self, chosen: dict[str, str]) -> Terms:
        """The terms that hold when this was chosen; what only a newer version of the service knows does not count."""
        return self._terms(tuple(sorted((name, value) for name, value in chosen.items() if name in self._known)))
