"""In which language to answer somebody of whom only Telegram's word is known."""

from __future__ import annotations

_RUSSIAN, _ENGLISH = "ru", "en"


def language_of(telegram_language: str | None) -> str:
    """Russian for `ru` and its regions, English for everyone else."""
    primary = (telegram_language or "").lower().replace("_", "-").partition("-")[0]
    return _RUSSIAN if primary == _RUSSIAN else _ENGLISH
