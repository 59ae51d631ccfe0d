"""What the gateway shows to managers of the categories and the settings, in their language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.managed import ManagedCategory, ManagedOrganisation
from zavhoz_contracts.api.people import PersonPage
from zavhoz_contracts.categories.v1.commands import CategoryField
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_gateway.domain.question import Wanted
from zavhoz_gateway.spoken import Spoken
from zavhoz_telegram.organisation import back_to_organisation, draw_asks_setting, draw_organisation
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.shelf import (
    draw_asks_new,
    draw_asks_words,
    draw_category,
    draw_priorities,
    draw_shelf,
    draw_staff_choice,
    to_category,
    to_shelf,
)
from zavhoz_telegram.texts import Texts

__all__ = ["ManagedScreens", "Screen"]


class ManagedScreens(Spoken):
    """Draws; knows nothing of chats."""

    def __init__(self, texts: Texts, time_zone: ZoneInfo) -> None:
        super().__init__(texts)
        self._time_zone = time_zone

    def shelf(self, categories: Sequence[Category], page: int, language: str) -> Screen:
        """The list of categories."""
        return draw_shelf(categories, page, self._texts.for_language(language))

    def category(self, shown: ManagedCategory, language: str) -> Screen:
        """The page of a category."""
        return draw_category(shown, self._texts, language, datetime.now(UTC), self._time_zone)

    def priorities(self, category: Category, language: str) -> Screen:
        """The choice of its priority."""
        return draw_priorities(category, self._texts.for_language(language))

    def staff(self, category: Category, page: PersonPage, language: str) -> Screen:
        """The choice of whom its requests are given to."""
        return draw_staff_choice(category, page, self._texts.for_language(language))

    def asks_new(self, language: str) -> Screen:
        """The question for the name of another category."""
        return draw_asks_new(self._texts.for_language(language))

    def asks_words(self, category: Category, field: CategoryField, of: str, language: str) -> Screen:
        """The question for the name or the questions of a category, in the language `of`."""
        return draw_asks_words(category, field, of, self._texts, self._texts.for_language(language))

    def organisation(self, shown: ManagedOrganisation, language: str) -> Screen:
        """The page of the settings."""
        return draw_organisation(shown, self._texts.for_language(language), datetime.now(UTC), self._time_zone)

    def asks_setting(self, shown: ManagedOrganisation, setting: Setting, language: str) -> Screen:
        """The question for another value."""
        return draw_asks_setting(shown, setting, self._texts.for_language(language))

    def over(self, wanted: Wanted, language: str) -> Screen:
        """What is left of a question that was given up, with the way back to its page."""
        t = self._texts.for_language(language)
        if wanted.setting is not None:
            return Screen(t("organisation.over"), (back_to_organisation(t),))
        back = to_shelf(t) if wanted.category_id is None else to_category(wanted.category_id, t)
        return Screen(t("shelf.over"), (back,))
