"""What /start shows: how this works, the languages, and the menu."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.limits import TITLE_MAX
from zavhoz_contracts.text import shorten
from zavhoz_telegram.callbacks import ListPress, SettingsAct, SettingsPress
from zavhoz_telegram.screens import Row, Screen
from zavhoz_telegram.texts import Texts

MENU: Final = "menu"
"""The value with which [Settings] under the greeting opens them: as a new message."""


def draw_greeting(name: str, language: str, texts: Texts) -> Screen:
    """The greeting of somebody, whose language's button is marked."""
    t = texts.for_language(language)
    menu = (
        (t.plain("menu.mine"), ListPress(view=View.OPEN, page=0).pack()),
        ("⚙️ " + t.plain("menu.settings"), SettingsPress(act=SettingsAct.OPEN, value=MENU).pack()),
    )
    return Screen(
        t("start.greeting", name=shorten(name, TITLE_MAX)),
        (menu, language_buttons(language, texts, SettingsAct.GREET)),
    )


def language_buttons(language: str, texts: Texts, act: SettingsAct) -> Row:
    """A button for each language, by its own name."""
    chosen = texts.for_language(language).language
    return tuple(
        (
            ("● " if code == chosen else "") + texts.for_language(code).plain("language.name"),
            SettingsPress(act=act, value=code).pack(),
        )
        for code in texts.languages
    )
