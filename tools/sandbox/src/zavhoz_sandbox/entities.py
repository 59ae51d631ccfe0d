"""HTML as the Bot API takes it (https://core.telegram.org/bots/api#html-style): text and entities, or a parse error.

Offsets and lengths of entities count UTF-16 code units; offsets in errors count bytes of the UTF-8 source. What is an
error, and its words, follow `do_parse_html` of github.com/tdlib/td. Custom emoji and languages of code are not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE: Final = r" \t\r\n\0\v"
_SPECIAL: Final = re.compile("[&<]")
_REFERENCE: Final = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]{1,6})|#(?P<decimal>[0-9]{1,7})|(?P<name>[a-zA-Z]+));?")
_NAME: Final = re.compile(f"[^{_SPACE}>]*")
_SPACES: Final = re.compile(f"[{_SPACE}]*")
_ATTRIBUTE: Final = re.compile(f"[^{_SPACE}=]*")
_TOKEN: Final = re.compile("[A-Za-z0-9.-]*")
_QUOTED: Final = re.compile(r"""(["'])(?P<value>.*?)\1""", re.DOTALL)
_LINK: Final = re.compile(r"(?i)(?:https?|tg|ton)://\S+|[^\s/]+\.\S+")


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Text and entities of `source`.

    Raises:
        ApiError: 400 "can't parse entities: …", for what the Bot API refuses.
    """
    parser = _Parser(source)
    while (special := _SPECIAL.search(source, parser.position)) is not None:
        parser.take(source[parser.position : special.start()], special.start())
        if special[0] == "&":
            parser.reference()
        elif source.startswith("</", special.start()):
            parser.end_tag()
        else:
            parser.start_tag()
    parser.take(source[parser.position :], len(source))
    if parser.opened:
        raise _cannot(f'Can\'t find end tag corresponding to start tag "{parser.opened[-1].tag}"')
    return parser.text, sorted(parser.entities, key=lambda entity: (entity["offset"], -entity["length"]))


@dataclass(frozen=True, slots=True)
class _Opened:
    tag: str
    kind: str
    offset: int
    characters: int
    href: str


class _Parser:
    """Goes through the source once; `position` is where it stands, `length` how much text there is, in UTF-16 units."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.position = 0
        self.text = ""
        self.length = 0
        self.entities: list[dict[str, Any]] = []
        self.opened: list[_Opened] = []

    def take(self, text: str, position: int) -> None:
        """Text that goes into the message."""
        self.text += text
        self.length += units(text)
        self.position = position

    def reference(self) -> None:
        """`&lt;` and its like; what is none stays as it is written."""
        character, end = _character(self._source, self.position)
        self.take(character, end)

    def start_tag(self) -> None:
        """`<b>`, `<a href="…">`."""
        begin = self._byte()
        tag = self._after(_NAME, self.position + 1).lower()
        if self.position == len(self._source):
            raise _cannot(f"Unclosed start tag at byte offset {begin}")
        if tag not in _KINDS:
            raise _cannot(f'Unsupported start tag "{tag}" at byte offset {begin}')
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _cannot(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        kind = "expandable_blockquote" if "expandable" in attributes else _KINDS[tag]
        self.opened.append(_Opened(tag, kind, self.length, len(self.text), attributes.get("href", "")))

    def end_tag(self) -> None:
        """`</b>`, or `</>` for whichever is open."""
        begin = self._byte()
        if not self.opened:
            raise _cannot(f"Unexpected end tag at byte offset {begin}")
        tag = self._after(_NAME, self.position + 2).lower()
        self._after(_SPACES, self.position)
        if not self._source.startswith(">", self.position):
            raise _cannot(f"Unclosed end tag at byte offset {begin}")
        self.position += 1
        opened = self.opened.pop()
        if tag not in ("", opened.tag):
            raise _cannot(f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{tag}>"')
        self._close(opened)

    def _close(self, opened: _Opened) -> None:
        if self.length == opened.offset:
            return
        entity: dict[str, Any] = {
            "type": opened.kind,
            "offset": opened.offset,
            "length": self.length - opened.offset,
        }
        if opened.tag == "a":
            entity["url"] = opened.href or self.text[opened.characters :]
            if not _LINK.fullmatch(entity["url"]):
                return
        self.entities.append(entity)

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        """Up to and with the `>`."""
        found: dict[str, str] = {}
        while True:
            self._after(_SPACES, self.position)
            if self._source.startswith(">", self.position):
                self.position += 1
                return found
            bare = self._source[self.position :].partition(">")[0].strip()
            if tag == "blockquote" and bare == "expandable":
                self.position += len("expandable")
                found["expandable"] = ""
                continue
            name = self._after(_ATTRIBUTE, self.position)
            if not name:
                raise _cannot(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
            self._after(_SPACES, self.position)
            if not self._source.startswith("=", self.position):
                raise _cannot(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {begin}'
                )
            self._after(_SPACES, self.position + 1)
            if self.position == len(self._source):
                raise _cannot(f'Unclosed start tag "{tag}" at byte offset {begin}')
            found[name] = self._value(begin)

    def _value(self, begin: int) -> str:
        if self._source[self.position] in "\"'":
            quoted = _QUOTED.match(self._source, self.position)
            if quoted is None or quoted.end() == len(self._source):
                raise _cannot(f"Unclosed start tag at byte offset {begin}")
            self.position = quoted.end()
            return _unescaped(quoted["value"])
        at = self._byte()
        token = self._after(_TOKEN, self.position).lower()
        if self.position == len(self._source):
            raise _cannot(f"Unclosed start tag at byte offset {begin}")
        if not re.match(f"[{_SPACE}>]", self._source[self.position]):
            raise _cannot(f"Unexpected end of name token at byte offset {at}")
        return token

    def _after(self, pattern: re.Pattern[str], position: int) -> str:
        """What `pattern` (which fits everywhere) finds at `position`; then stands behind it."""
        match = pattern.match(self._source, position)
        self.position = match.end() if match else position
        return match[0] if match else ""

    def _byte(self) -> int:
        return len(self._source[: self.position].encode("utf-8", "surrogatepass"))


def _character(source: str, position: int) -> tuple[str, int]:
    """The character that is meant at an `&`, and where to go on."""
    reference = _REFERENCE.match(source, position)
    if reference is None:
        return "&", position + 1
    if reference["name"] is not None:
        named = _NAMED.get(reference["name"])
        return (named, reference.end()) if named else ("&", position + 1)
    number = int(reference["hex"], 16) if reference["hex"] else int(reference["decimal"])
    return (chr(number), reference.end()) if 0 < number < 0x10FFFF else ("&", position + 1)


def _unescaped(value: str) -> str:
    text, position = "", 0
    while (at := value.find("&", position)) >= 0:
        character, end = _character(value, at)
        text += value[position:at] + character
        position = end
    return text + value[position:]


def _cannot(why: str) -> ApiError:
    return bad_request(f"can't parse entities: {why}")
