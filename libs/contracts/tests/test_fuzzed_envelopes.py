"""Whatever bytes a queue holds: a message, or one of the two documented refusals, and never anything else."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from awkward import GROUP_IDS, PERSON_IDS, WORDS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zavhoz_contracts.envelope import (
    MAX_MESSAGE_BYTES,
    Envelope,
    MalformedMessage,
    MessageTooLarge,
    UnknownMessage,
    dataschema,
    parse,
)
from zavhoz_contracts.registry import ROUTES
from zavhoz_contracts.schemas import FOLDER

TYPES: Final = [route.type for route in ROUTES]
SAMPLES: Final = sorted((FOLDER / "samples").glob("*.json"))
HERE: Final = "@here@"
FIRST, LAST = datetime.fromisoformat("0001-01-02"), datetime.fromisoformat("9999-12-30")
OFFSETS: Final = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TOKENS: Final = (
    "null", "true", "NaN", "Infinity", "-Infinity", "-0", "1.5", "1e999", "-1", "253402300800", "9" * 30, "1" * 5000,
    '""', '"0"', '"١"', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud83d"', '"x\\', '"' + "x" * 70_000 + '"',
    "[]", "{}", "[[[]]]", '{"a": 1, "a": 2}', '{"type": "zavhoz.request.take.v1"}', "[" * 5000, "[" * 150 + "]" * 150,
    '{"a":' * 150 + "1" + "}" * 150,
    '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"2026-11-24T24:00:00Z"', '"2026-02-30T00:00:00Z"',
    '"2026-11-24T09:00:00"', "-1e18", '"1.0\\n"', '"0000000001\\n"', '"' + "0" * 33 + '"', "'x'", "",
)  # fmt: skip
"""What may stand in a message in place of a value."""


def read(body: bytes) -> Envelope[Any] | None:
    """The message, if it is one; then what is written of it reads the same."""
    try:
        envelope = parse(body)
    except (MalformedMessage, UnknownMessage):
        return None
    try:
        written = envelope.to_json()
    except MessageTooLarge:
        assert len(body) > MAX_MESSAGE_BYTES // 2
        return envelope
    assert parse(written) == envelope
    return envelope


def instances(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON that a schema of ours allows: as much of the standard as pydantic uses for our models."""
    if "$ref" in schema:
        return instances(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of(*(instances(one, definitions) for one in schema["anyOf"]))
    if schema["type"] == "array":
        return st.lists(instances(schema["items"], definitions), min_size=schema.get("minItems", 0), max_size=3)
    if schema["type"] == "object":
        fields = {name: instances(one, definitions) for name, one in schema["properties"].items()}
        required = {name: fields.pop(name) for name in schema.get("required", [])}
        return st.fixed_dictionaries(required, optional=fields)
    return _SCALARS[schema["type"]](schema)


def _integers(schema: dict[str, Any]) -> st.SearchStrategy[int]:
    least, most = schema.get("minimum", -(2**70)), schema.get("exclusiveMaximum", 2**70)
    most = min(most, schema.get("maximum", most) + 1)
    ids = st.sampled_from([*PERSON_IDS, *GROUP_IDS, 0]).filter(lambda value: least <= value < most)
    return st.integers(least, most - 1) if most - least < 2**10 else ids | st.integers(least, most - 1)


def _strings(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    match schema.get("format"):
        case "uuid":
            return st.uuids().map(str)
        case "date":
            return st.dates(FIRST.date(), LAST.date()).map(date.isoformat)
        case "date-time":
            # In UTC it must be of a year from 1 to 9999 too.
            return st.datetimes(FIRST, LAST, timezones=OFFSETS).map(datetime.isoformat)
        case _:
            least, most = schema.get("minLength", 0), schema.get("maxLength", 200)
            awkward = st.sampled_from([one.kept for one in WORDS if one.kept]).map(lambda text: text[:most])
            return awkward | st.text(st.characters(exclude_categories=["Cs"]), min_size=least, max_size=min(most, 40))


_SCALARS: Final[dict[str, Callable[[dict[str, Any]], st.SearchStrategy[Any]]]] = {
    "null": lambda _: st.none(),
    "boolean": lambda _: st.booleans(),
    "integer": _integers,
    "string": _strings,
}


@functools.cache
def messages(type: str) -> st.SearchStrategy[Any]:
    """Any message of a type that its committed schema allows."""
    schema = json.loads((FOLDER / f"{type}.json").read_text())
    return instances(schema, schema["$defs"])


ANY_MESSAGE: Final = st.sampled_from(TYPES).flatmap(messages)
ANY_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(TYPES),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(list(Envelope.model_fields)) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=20,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield from places(value, (*path, key))


def put(node: Any, path: tuple[Any, ...], token: str) -> bytes:
    """A JSON value with something else in one place, which need not be JSON."""
    if not path:
        return token.encode()
    copy = json.loads(json.dumps(node))
    target = functools.reduce(lambda inner, key: inner[key], path[:-1], copy)
    target[path[-1]] = HERE
    return json.dumps(copy).replace(json.dumps(HERE), token).encode()


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 100_000)
@example(b'{"type":' * 50_000)
@example(b'{"type": "' + b"x" * 100_000 + b'"}')
@example(b'{"type": "zavhoz.request.take.v1", "type": 5}')
@example("{}".encode("utf-16"))
def test_any_bytes_are_a_message_or_refused(body: bytes) -> None:
    assert read(body) is None


@given(ANY_JSON)
def test_any_json_is_a_message_or_refused(value: object) -> None:
    read(json.dumps(value).encode())


@pytest.mark.parametrize("type", TYPES)
def test_what_a_schema_allows_is_read_and_comes_out_the_same(type: str) -> None:
    @settings(max_examples=settings().max_examples // 5)  # for each of all the types
    @given(messages(type))
    def reads(raw: dict[str, Any]) -> None:
        body = json.dumps(raw).encode()
        envelope = read(body)
        assert envelope is not None
        assert (envelope.type, envelope.dataschema) == (type, dataschema(type))

    reads()


@given(raw=ANY_MESSAGE, data=st.data())
def test_a_message_with_anything_in_any_place_is_read_or_refused(raw: dict[str, Any], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(places(raw))))
    read(put(raw, path, data.draw(st.sampled_from(TOKENS) | ANY_JSON.map(json.dumps))))


@given(raw=ANY_MESSAGE, data=st.data())
def test_a_message_that_was_cut_or_damaged_is_read_or_refused(raw: dict[str, Any], data: st.DataObject) -> None:
    body = bytearray(json.dumps(raw, ensure_ascii=data.draw(st.booleans())).encode())
    for _ in range(data.draw(st.integers(0, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(body[: data.draw(st.just(len(body)) | st.integers(0, len(body)))]))


@pytest.mark.parametrize("sample", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_every_place_of_every_committed_sample_takes_every_odd_value(sample: Any) -> None:
    raw = json.loads(sample.read_text())
    assert read(sample.read_bytes()) is not None
    for path in places(raw):
        for token in TOKENS:
            read(put(raw, path, token))


def test_a_lone_surrogate_anywhere_makes_no_message() -> None:
    raw = json.loads(SAMPLES[0].read_text())
    for path in places(raw):
        assert read(put(raw, path, '"\\ud800"')) is None
