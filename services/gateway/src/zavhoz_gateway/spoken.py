"""Texts in the language of whom they are for."""

from __future__ import annotations

from zavhoz_telegram.screens import Screen
from zavhoz_telegram.texts import Texts


class Spoken:
    """What all that draws has in common."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are texts in."""
        return self._texts.languages

    def language(self, code: str) -> str:
        """The one of them that somebody with this language is spoken to in."""
        return self._texts.for_language(code).language

    def words(self, key: str, language: str, **values: object) -> str:
        """A text for where there is no markup: an alert (at most 200 characters), a toast, a menu."""
        return self._texts.for_language(language).plain(key, **values)

    def line(self, key: str, language: str, **values: object) -> Screen:
        """A text as a message without buttons."""
        return Screen(self._texts.for_language(language)(key, **values))
