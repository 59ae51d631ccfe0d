"""The page's own files: what is named is there, in both languages, and comes from here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from zavhoz_sandbox.page.routes import STATIC

MODULES = sorted(STATIC.glob("*.js"))
SCRIPT = "\n".join(module.read_text() for module in MODULES)
TEXTS = {language: json.loads((STATIC / "texts" / f"{language}.json").read_text()) for language in ("en", "ru")}
COMPUTED = re.compile(r"(kind|does|tab|fault|theme|group)_\w+")
"""Names of texts that are put together."""
FORMS = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}}


def placeholders(text: str | dict[str, str]) -> set[str]:
    forms = [text] if isinstance(text, str) else list(text.values())
    return {name for form in forms for name in re.findall(r"\{(\w+)\}", form)}


def test_both_languages_say_the_same() -> None:
    assert TEXTS["en"].keys() == TEXTS["ru"].keys()
    for name, text in TEXTS["en"].items():
        assert placeholders(text) == placeholders(TEXTS["ru"][name]), name
    for language, texts in TEXTS.items():
        plural = [text for text in texts.values() if isinstance(text, dict)]
        assert plural
        assert all(set(text) == FORMS[language] for text in plural)


def test_every_text_is_used_and_every_used_one_is_there() -> None:
    used = set(re.findall(r'\bt\(\s*"(\w+)"', SCRIPT))
    assert used <= TEXTS["en"].keys()
    assert [name for name in TEXTS["en"] if f'"{name}"' not in SCRIPT and not COMPUTED.fullmatch(name)] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_modules_import_what_is_there(module: Path) -> None:
    named = re.findall(r'from "(\.[^"]+)"', module.read_text())
    assert all((STATIC / name).is_file() for name in named)


def test_nothing_comes_from_elsewhere() -> None:
    page = (STATIC / "index.html").read_text()
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert (STATIC / address.removeprefix("/page/")).is_file(), address
    styles = "\n".join(style.read_text() for style in (STATIC / "styles").glob("*.css"))
    assert "url(" not in styles
    assert "@import" not in styles
    hosts = set(re.findall(r"https?:\\?/\\?/([\w.]+)", SCRIPT)) - {"t"}  # the pattern of a deep link
    assert hosts <= {"www.w3.org"}, "only a source named in a comment"


def test_what_others_wrote_is_named_with_its_licence() -> None:
    told = (STATIC / "vendor" / "README.md").read_text()
    for file in (STATIC / "vendor").glob("*.mjs"):
        assert f"`{file.name}`" in told
    for licence in re.findall(r"`(LICENSE-\w+)`", told):
        assert (STATIC / "vendor" / licence).stat().st_size > 500
