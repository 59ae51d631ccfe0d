"""HTML as the Bot API reads it: offsets in UTF-16 units, errors with the byte where they are."""

from __future__ import annotations

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_sandbox.answers import ApiError
from zavhoz_sandbox.entities import parse_html, units

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
}


def entity(type: str, offset: int, length: int, **more: str) -> dict[str, Any]:
    """A `MessageEntity`."""
    return {"type": type, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(("tag", "kind"), KINDS.items())
def test_every_tag(tag: str, kind: str) -> None:
    assert parse_html(f"a<{tag}>bc</{tag}>d") == ("abcd", [entity(kind, 1, 2)])
    assert parse_html(f"<{tag.upper()}>x</{tag.upper()}>") == ("x", [entity(kind, 0, 1)])


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("🔧<b>ж</b>", "🔧ж", [entity("bold", 2, 1)]),
        ("<b>🔧</b>", "🔧", [entity("bold", 0, 2)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ("<b>a</>b", "ab", [entity("bold", 0, 1)]),
        ("<b></b>a", "a", []),
        ('<a href="https://a.example/?b=1">x</a>', "x", [entity("text_link", 0, 1, url="https://a.example/?b=1")]),
        ("<a href='https://a.example'>x</a>", "x", [entity("text_link", 0, 1, url="https://a.example")]),
        ("<a>x</a>", "x", []),
        ("&lt;b&gt; &amp; &quot;", '<b> & "', []),
        ("&#1078;&#x436;&#39;", "жж'", []),
        ("&nbsp;&unknown; & &#0; &#1114111;", "&nbsp;&unknown; & &#0; &#1114111;", []),
        ("1 &lt 2 &amp", "1 < 2 &", []),
        ("<a>a.example</a>", "a.example", [entity("text_link", 0, 9, url="a.example")]),
        ('<a href="javascript:x">x</a>', "x", []),
        (
            '<a href="https://a.example/?a=1&amp;b=2">x</a>',
            "x",
            [
                entity("text_link", 0, 1, url="https://a.example/?a=1&b=2"),
            ],
        ),
        ('<span class="tg-spoiler">x</span>', "x", [entity("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
        ("<b >x</b >", "x", [entity("bold", 0, 1)]),
        ("&amp;lt;", "&lt;", []),
        ("a > b", "a > b", []),
    ],
)
def test_text_and_entities(source: str, text: str, entities: list[dict[str, Any]]) -> None:
    assert parse_html(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("ж</b>", "Unexpected end tag at byte offset 2"),
        ("🔧<кот>", 'Unsupported start tag "кот" at byte offset 4'),
        ("ж <3", "Unclosed start tag at byte offset 3"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<a =x>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href=x", "Unclosed start tag at byte offset 0"),
        ("<a href=x/y>x</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("ж <div>x</div>", 'Unsupported start tag "div" at byte offset 3'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ],
)
def test_what_cannot_be_parsed(source: str, why: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_html(source)
    assert refused.value.body() == {
        "ok": False,
        "error_code": 400,
        "description": f"Bad Request: can't parse entities: {why}",
    }


@given(st.text())
def test_escaped_text_comes_through_unchanged(text: str) -> None:
    assert parse_html(html.escape(text)) == (text, [])


@given(st.text(), st.text(min_size=1), st.text())
def test_an_entity_covers_what_its_tag_does(before: str, inside: str, after: str) -> None:
    source = f"{html.escape(before)}<b>{html.escape(inside)}</b>{html.escape(after)}"
    text, entities = parse_html(source)
    assert text == before + inside + after
    assert entities == [entity("bold", units(before), units(inside))]
