"""HTML as the Bot API takes it (https://core.telegram.org/bots/api#html-style): text and entities, or a parse error.

Offsets and lengths of entities count UTF-16 code units; offsets in errors count bytes of the UTF-8 source.
"""

from __future__ import annotations

import html
import re
from typing import Any, Final

from zavhoz_sandbox.answers import ApiError, bad_request

_KINDS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
}
_TOKEN: Final = re.compile(r"<(?P<close>/?)(?P<tag>[a-zA-Z-]*)(?P<attributes>[^>]*)>|<|&(?P<entity>#?\w+);")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_HREF: Final = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Text and entities of `source`.

    Raises:
        ApiError: 400 "can't parse entities: …", for what the Bot API refuses.
    """
    text = ""
    entities: list[dict[str, Any]] = []
    opened: list[tuple[str, int, int, str | None]] = []
    position = 0
    for token in _TOKEN.finditer(source):
        text += source[position : token.start()]
        position = token.end()
        at = len(source[: token.start()].encode())
        name = token["entity"]
        if name is not None:
            text += _character(name, token[0])
            continue
        tag = (token["tag"] or "").lower()
        if token["close"]:
            if not opened:
                raise _cannot(f"Unexpected end tag at byte offset {at}")
            expected, start, length, url = opened.pop()
            if tag and tag != expected:
                raise _cannot(f'Unmatched end tag at byte offset {at}, expected "</{expected}>", found "</{tag}>"')
            _close(entities, _KINDS[expected], start, units(text) - length, url)
            continue
        if tag not in _KINDS:
            raise _cannot(f'Unsupported start tag "{tag}" at byte offset {at}')
        href = _HREF.search(token["attributes"] or "") if tag == "a" else None
        here = units(text)
        opened.append((tag, here, here, (href[1] or href[2]) if href else None))
    if opened:
        raise _cannot(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    text += source[position:]
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _close(entities: list[dict[str, Any]], kind: str, start: int, length: int, url: str | None) -> None:
    if length == 0 or (kind == "text_link" and not url):
        return
    entity: dict[str, Any] = {"type": kind, "offset": start, "length": length}
    if url:
        entity["url"] = url
    entities.append(entity)


def _character(name: str, as_written: str) -> str:
    if name in _NAMED:
        return _NAMED[name]
    return html.unescape(as_written) if name.startswith("#") else as_written


def _cannot(why: str) -> ApiError:
    return bad_request(f"can't parse entities: {why}")
