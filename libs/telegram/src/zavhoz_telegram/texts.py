"""Every text a person reads, by key and language, from gettext catalogs.

`locales/<language>/LC_MESSAGES/*.po` hold them: `cards` (cards, states, buttons), `chat` (what the gateway says),
`notices` (what the notifier says), `afterwards` (changes of a request, and what comes after the work), `places`
(places), `drafts` (the parts of a draft), `settings` (language, quiet hours, mutes), `privacy` (one's data, erasure),
`talking` (comments, files), `similar` (joining a request), `mine` (my requests), `work` (assigning, holds, merging,
notes), `working` (the questions and notices about those), `alarms` (time that runs out, how things stand), `people`
(people as managers see them), `queue` (the queue, the archive, their filters), `categories` (categories, chosen and
managed), `organisation` (its settings), `group` (staff groups), `replies` (canned replies), `tree` (places as managers
see and change them), `many` (many requests changed at once). A language is added by adding a folder.
`python -m zavhoz_telegram.texts` checks that all languages have the same keys with the same placeholders, and that
every key is used.
"""

from __future__ import annotations

import html
import re
import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from zavhoz_contracts.message import DEFAULT_LANGUAGE

LOCALES: Final = Path(__file__).parent / "locales"


class MissingText(LookupError):
    """There is no text under this key: a mistake of ours."""


@dataclass(frozen=True)
class Translator:
    """The texts of one language. Values given to a text are escaped for HTML unless `plain` is asked for."""

    language: str
    texts: Mapping[str, str | tuple[str, ...]]

    def __call__(self, key: str, **values: object) -> str:
        """The text under `key` as HTML, with `values` escaped in their places."""
        return self._text(key).format(**{name: html.escape(str(value)) for name, value in values.items()})

    def plain(self, key: str, **values: object) -> str:
        """The text under `key` for where there is no HTML: buttons, toasts, alerts, menus."""
        return self._text(key).format(**values)

    def plural(self, key: str, n: int) -> str:
        """The form of the text under `key` that goes with the number `n`, which it may show."""
        forms = self.texts.get(key)
        if not isinstance(forms, tuple):
            raise MissingText(f"no plural text {key!r} in {self.language}")
        return forms[_plural_index(self.language, n)].format(n=n)

    def has(self, key: str) -> bool:
        """Whether there is a text under `key`."""
        return key in self.texts

    def _text(self, key: str) -> str:
        found = self.texts.get(key)
        if not isinstance(found, str):
            raise MissingText(f"no text {key!r} in {self.language}")
        return found


class Texts:
    """All languages."""

    def __init__(self, languages: Mapping[str, Mapping[str, str | tuple[str, ...]]]) -> None:
        self._translators = {language: Translator(language, texts) for language, texts in languages.items()}

    @classmethod
    @cache
    def load(cls) -> Texts:
        """Read the catalogs: once in a process."""
        return cls({folder.name: _read(folder) for folder in sorted(LOCALES.iterdir()) if folder.is_dir()})

    def for_language(self, code: str | None) -> Translator:
        """The translator for a language code (`ru`, `en-US`); English when we have no such language."""
        return self._translators.get((code or "").lower().split("-")[0]) or self._translators[DEFAULT_LANGUAGE]

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages there are."""
        return tuple(self._translators)


def _read(folder: Path) -> dict[str, str | tuple[str, ...]]:
    texts: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((folder / "LC_MESSAGES").glob("*.po")):
        for message in _catalog(path, folder.name):
            if not message.id:
                continue
            key = message.id[0] if isinstance(message.id, list | tuple) else message.id
            if key in texts:
                raise ValueError(f"{path}: {key!r} is there twice")
            texts[key] = tuple(message.string) if isinstance(message.string, list | tuple) else message.string or ""
    return texts


def _catalog(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _plural_index(language: str, n: int) -> int:
    """Which of a language's forms goes with `n`, as gettext's Plural-Forms of that language say."""
    if language == "ru":
        if n % 10 == 1 and n % 100 != 11:
            return 0
        return 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2
    return 0 if n == 1 else 1


_KEY: Final = re.compile(r"""["']([a-z_]+\.[a-z_.]+)["']""")
_SAID: Final = re.compile(r"""(?:\bt|\.plain|\.plural|\.line|\.words)\(\s*["']([a-z_]+\.[a-z_.]+)["']""")
_BUILT_KEY: Final = re.compile(r"""f["']([a-z_]+(?:\.[a-z_]+)*\.)\{""")


def problems(root: Path) -> list[str]:
    """What is wrong with the texts, one sentence each: languages that differ, keys that nobody uses."""
    languages = {folder.name: _read(folder) for folder in sorted(LOCALES.iterdir()) if folder.is_dir()}
    keys = set().union(*languages.values())
    found: list[str] = []
    for language, texts in languages.items():
        found += [f"{language}: {key!r} is missing" for key in sorted(keys - texts.keys())]
        found += [
            f"{language}: {key!r} is empty" for key, text in sorted(texts.items()) if not text or "" in _forms(text)
        ]
    reference = languages[DEFAULT_LANGUAGE]
    for language, texts in languages.items():
        for key in sorted(texts.keys() & reference.keys()):
            if _placeholders(texts[key]) != _placeholders(reference[key]):
                found.append(f"{language}: {key!r} has other placeholders than in {DEFAULT_LANGUAGE}")
            expected = {"ru": 3}.get(language, 2)
            if isinstance(texts[key], tuple) and len(texts[key]) != expected:
                found.append(f"{language}: {key!r} has {len(texts[key])} plural forms, not {expected}")
    used, prefixes, said = _used(root)
    found += [f"{key!r} is said, but there is no such text" for key in sorted(said - keys)]
    unused = {key for key in keys - used if not key.startswith(tuple(prefixes))}
    return found + [f"{key!r} is used by nobody" for key in sorted(unused)]


def _forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def _placeholders(text: str | tuple[str, ...]) -> set[str]:
    return {name for form in _forms(text) for _, name, _, _ in string.Formatter().parse(form) if name}


def _used(root: Path) -> tuple[set[str], set[str], set[str]]:
    """What looks like a key in the code, the beginnings of keys built from an enumeration's value, and keys said."""
    used: set[str] = set()
    said: set[str] = set()
    prefixes: set[str] = {"\0"}
    for path in [*root.glob("libs/telegram/src/**/*.py"), *root.glob("services/*/src/**/*.py")]:
        source = path.read_text()
        used.update(_KEY.findall(source))
        prefixes.update(_BUILT_KEY.findall(source))
        said.update(_SAID.findall(source))
    return used, prefixes, said


def main() -> int:
    """Check the texts; the exit status says whether they are right."""
    wrong = problems(Path(__file__).resolve().parents[4])
    for problem in wrong:
        sys.stderr.write(f"texts: {problem}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
