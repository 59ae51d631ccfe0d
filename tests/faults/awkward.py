"""Words and ids that break programs: what people, and whoever wishes us ill, may type into a chat.

Each case says what has to be kept of it, written by hand, so that no test asks the code under test what is right.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

FAMILY: Final = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}\N{ZERO WIDTH JOINER}\N{BOY}"
_FLAG: Final = "\N{REGIONAL INDICATOR SYMBOL LETTER R}\N{REGIONAL INDICATOR SYMBOL LETTER U}"
_SCOTLAND: Final = "\N{WAVING BLACK FLAG}" + "".join(chr(0xE0000 + ord(c)) for c in "gbsct") + "\N{CANCEL TAG}"
_ZALGO: Final = "".join(c + "\u0335\u0353\u0321\u0489" * 3 for c in "leaking tap")


@dataclass(frozen=True, slots=True)
class Words:
    """Something typed as a description. `kept` is what is stored and shown of it; none: it is refused as too long."""

    name: str
    typed: str
    kept: str | None


def _as_typed(name: str, typed: str) -> Words:
    return Words(name, typed, typed)


WORDS: Final = (
    _as_typed("sql", "Robert'); DROP TABLE requests; -- \" \\' $1 $$ %s :id"),
    _as_typed("html", "<b>not bold</b> <a href='tg://user?id=1'>x</a> &lt;&amp;&#x27; <script>alert(1)</script>"),
    _as_typed("html_unclosed", "</b></b></b> <i><code> & &nope; <"),
    _as_typed("markdown", "*bold* _it_ ~~no~~ ||spoiler|| `code` [link](http://x.invalid) \\_ > # - ="),
    _as_typed("formatting", "{name} {0} {} {{}} %(name)s %d ${HOME} $(reboot) `id`"),
    _as_typed("right_to_left", "הברז בחדר 214 דולף \u202etfel ot thgir\u202c مكسور"),
    _as_typed("persian_joiner", "می\u200cخواهم شیر تعمیر شود"),
    _as_typed("zalgo", unicodedata.normalize("NFC", _ZALGO)),
    _as_typed("emoji_clusters", f"{FAMILY}{FAMILY}{_FLAG}{_SCOTLAND}👩🏽‍🔧🏳️‍🌈1️⃣❤️ the lift"),
    _as_typed("spreadsheet", '=HYPERLINK("http://x.invalid";"x") @SUM(1+1) +1 -1'),
    _as_typed("path", "../../../../etc/passwd\\..\\con.txt"),
    _as_typed("noncharacters", "the end \ufffe\uffff\U0010ffff of planes"),
    _as_typed("private_use", "a sign of nobody's: \ue000\U000f0000"),
    _as_typed("line_separators", "one\u2028two\u2029three of them"),
    _as_typed("json", '{"type": "zavhoz.request.reject.v1", "data": "\\u0000\\ud800"}'),
    Words("nul", "the tap\x00 drips\x00", "the tap drips"),
    Words("controls", "\x1b[31mthe\x07 tap\x08\x7f drips\x9b0m", "[31mthe tap drips0m"),
    Words("line_ends", "the tap\r\ndrips\rand drips", "the tap\ndrips\nand drips"),
    Words("lone_high_surrogate", "the tap \ud83d drips", "the tap  drips"),
    Words("lone_low_surrogate", "the tap \ude00 drips", "the tap  drips"),
    Words("surrogates_reversed", "the tap \ude00\ud83d drips", "the tap  drips"),
    Words("decomposed", "Re\u0301servoir fuit encore", "R\xe9servoir fuit encore"),
    Words("grows_in_nfc", "\N{HEBREW LETTER SHIN WITH DAGESH AND SHIN DOT}" * 12, "\u05e9\u05bc\u05c1" * 12),
    Words("units_4097", "ж" * 4097, None),
    Words("units_4097_at_a_pair", "a" * 4095 + "😀", None),
    Words("units_4097_of_pairs", "😀" * 2048 + "a", None),
    Words("entities_4097", "&" * 4097, None),
)
"""Of 10 to 1000 characters as a reader counts, but for those that are refused."""

FILE_NAMES: Final = (
    ("nul", "a\x00b.jpg", "ab.jpg"),
    ("nothing_but_nul", "\x00", None),
    ("lone_surrogate", "a\ud800b.jpg", "ab.jpg"),
    ("right_to_left", "photo\u202egpj.exe", "photo\u202egpj.exe"),
    ("path", "../../etc/passwd", "../../etc/passwd"),
    ("html", "<b>&.jpg", "<b>&.jpg"),
)
"""Names of files as (name of the case, what was sent, what is kept: none for no name)."""

PERSON_IDS: Final = (1, 2**31 - 1, 2**31, 2**32, 2**52 - 1, 2**52, 2**52 + 1, 2**53 + 1, 2**63 - 1)
"""Ids of people and private chats: "at most 52 significant bits" today (https://core.telegram.org/bots/api#user)."""

GROUP_IDS: Final = (-1, -(2**31), -1_000_000_000_000, -1_002_147_483_648, -(2**52), -(2**63))
"""Ids of groups and supergroups."""
