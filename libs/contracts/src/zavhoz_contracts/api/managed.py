"""Categories and the settings of the organisation as managers see them, with what was changed about them last."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.v1 import PersonBrief
from zavhoz_contracts.categories.v1.commands import CategoryField
from zavhoz_contracts.message import Moment, Payload
from zavhoz_contracts.organisation.v1.settings import Setting

HISTORY_MOST: Final = 5
"""As many of the last changes are told."""


class CategoryChange(Payload):
    """One change of a category: from `previous` to `value`, as the field has them, but an assignee by name."""

    field: CategoryField
    language: str | None = None
    value: str | None = None
    previous: str | None = None
    at: Moment
    by: PersonBrief


class ManagedCategory(Payload):
    """A category, whom its requests are given to, and its last changes, the newest first."""

    category: Category
    assignee: PersonBrief | None = None
    history: tuple[CategoryChange, ...] = ()

    @property
    def category_id(self) -> UUID:
        return self.category.category_id


class ChosenSetting(Payload):
    """A setting: the `value` that was chosen, or none, and the `default` that holds then."""

    setting: Setting
    value: str | None = None
    default: str
    changed_at: Moment | None = None
    changed_by: PersonBrief | None = None

    @property
    def holds(self) -> str:
        """What holds now."""
        return self.default if self.value is None else self.value


class SettingChange(Payload):
    """One change of a setting; none: what it is by default."""

    setting: Setting
    value: str | None = None
    previous: str | None = None
    at: Moment
    by: PersonBrief


class ManagedOrganisation(Payload):
    """Every setting, and the last changes, the newest first. `unfinished` requests have due times that depend on it."""

    settings: tuple[ChosenSetting, ...]
    unfinished: int = 0
    history: tuple[SettingChange, ...] = ()

    def of(self, setting: Setting) -> ChosenSetting:
        """One of them."""
        return next(one for one in self.settings if one.setting is setting)
