"""What a person typed, made fit to store and to count.

Lengths count extended grapheme clusters (UAX #29), what a reader takes for one character, so that an emoji family or a
letter with its accent is one.
"""

from __future__ import annotations

import unicodedata

import regex

_CLUSTER = regex.compile(r"\X")
_KEPT_CONTROLS = frozenset("\n\t")
# Cc: control, Cs: lone surrogates (PostgreSQL and JSON refuse them). Cf stays: emoji and Persian need its joiners.
_DROPPED = frozenset({"Cc", "Cs"})


def clean(text: str) -> str:
    """Return `text` in NFC without control characters or lone surrogates, with Unix line ends, trimmed."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in unified if c in _KEPT_CONTROLS or unicodedata.category(c) not in _DROPPED)
    return unicodedata.normalize("NFC", kept).strip()


def length(text: str) -> int:
    """Count the user-perceived characters of `text`."""
    return sum(1 for _ in _CLUSTER.finditer(text))


def shorten(text: str, limit: int) -> str:
    """Cut `text` to at most `limit` user-perceived characters, at a word where one ends in the second half.

    What was cut is shown by an ellipsis, which counts.
    """
    clusters = _CLUSTER.findall(text)
    if len(clusters) <= limit:
        return text
    head = "".join(clusters[: limit - 1])
    if not clusters[limit - 1].isspace():
        words = head.rsplit(maxsplit=1)
        head = words[0] if len(words) == 2 and len(words[0]) * 2 >= len(head) else head
    return head.rstrip() + "…"
