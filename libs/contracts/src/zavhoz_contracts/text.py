"""What a person typed, made fit to store and to count.

Lengths count extended grapheme clusters (UAX #29), what a reader takes for one character, so that an emoji family or a
letter with its accent is one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import regex

_CLUSTER = regex.compile(r"\X")
# Letters, digits and signs of European and Cyrillic text, each a cluster of its own and kept as it is: what nearly all
# texts consist of; to look for clusters in them took half of the time that a command takes.
_PLAIN = re.compile(
    "[\t\n\x20-\x7e\xa0-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2116]*"
).fullmatch
_KEPT_CONTROLS = frozenset("\n\t")
# Cc: control, Cs: lone surrogates (PostgreSQL and JSON refuse them). Cf stays: emoji and Persian need its joiners.
_DROPPED = frozenset({"Cc", "Cs"})


def clean(text: str) -> str:
    """Return `text` in NFC without control characters or lone surrogates, with Unix line ends, trimmed."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _PLAIN(unified):
        unified = "".join(c for c in unified if c in _KEPT_CONTROLS or unicodedata.category(c) not in _DROPPED)
    return unicodedata.normalize("NFC", unified).strip()


def length(text: str) -> int:
    """Count the user-perceived characters of `text`."""
    return len(text) if _PLAIN(text) else sum(1 for _ in _CLUSTER.finditer(text))


def shorten(text: str, limit: int) -> str:
    """Cut `text` to at most `limit` user-perceived characters, at a word where one ends in the second half.

    What was cut is shown by an ellipsis, which counts.
    """
    clusters: Sequence[str] = text if _PLAIN(text) else _CLUSTER.findall(text)
    if len(clusters) <= limit:
        return text
    head = "".join(clusters[: limit - 1])
    if not clusters[limit - 1].isspace():
        words = head.rsplit(maxsplit=1)
        head = words[0] if len(words) == 2 and len(words[0]) * 2 >= len(head) else head
    return head.rstrip() + "…"
