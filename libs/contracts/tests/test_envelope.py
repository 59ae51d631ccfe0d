"""Envelopes: what is written can be read, and what cannot be read says why."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.envelope import (
    MAX_MESSAGE_BYTES,
    Envelope,
    MalformedMessage,
    MessageTooLarge,
    UnknownMessage,
    parse,
    wrap,
)
from zavhoz_contracts.message import Actor, Attachment, AttachmentKind, Origin
from zavhoz_contracts.requests.v1.commands import CreateRequest
from zavhoz_contracts.requests.v1.events import RequestTaken

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def create(description: str = "The tap in room 214 drips") -> CreateRequest:
    return CreateRequest(
        request_id=uuid4(),
        actor=Actor(telegram_id=2**52 - 1, name="Анна", seen_at=NOW),
        origin=Origin(chat_id=2**52 - 1, message_id=7, callback_query_id="1"),
        description=description,
    )


def taken(**changes: Any) -> Envelope[RequestTaken]:
    data = RequestTaken(request_id=uuid4(), number=118, actor_id=uuid4(), assignee_id=uuid4(), occurred_at=NOW)
    return wrap(data, source="/zavhoz/requests", subject=f"request/{data.request_id}", **changes)


def test_a_command_survives_its_way() -> None:
    command = wrap(create(), source="/zavhoz/gateway", subject="request/1")
    assert parse(command.to_json()) == command


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=2000))
def test_any_text_survives_its_way(text: str) -> None:
    command = wrap(create(text), source="/zavhoz/gateway", subject="request/1")
    assert parse(command.to_json()).data.description == text


def test_the_json_is_a_cloudevent() -> None:
    raw = json.loads(taken(version=12).to_json())
    assert raw["specversion"] == "1.0"
    assert raw["type"] == "zavhoz.request.taken.v1"
    assert raw["dataschema"] == "urn:zavhoz:schema:zavhoz.request.taken.v1"
    assert raw["sequence"] == "0000000012"
    assert "causationid" not in raw, "CloudEvents attributes are absent rather than null"
    # "all context attribute names MUST consist of lower-case letters or digits"
    assert all(name.isalnum() and name == name.lower() for name in raw if name != "data")


def test_sequences_order_as_text() -> None:
    written = [taken(version=version).sequence for version in (2, 9, 10, 99, 1000)]
    assert written == sorted(str(sequence) for sequence in written)


def test_an_effect_continues_the_correlation_of_its_cause() -> None:
    cause = wrap(create(), source="/zavhoz/gateway", subject="request/1")
    effect = taken(cause=cause)
    assert cause.correlationid == cause.id
    assert effect.correlationid == cause.id
    assert effect.causationid == cause.id
    assert taken(cause=effect).correlationid == cause.id


def test_times_are_utc_after_reading() -> None:
    moscow = timezone(timedelta(hours=3))
    envelope = taken(time=datetime(2026, 11, 24, 12, 0, tzinfo=moscow))
    assert parse(envelope.to_json()).time == NOW
    assert parse(envelope.to_json()).time.utcoffset() == timedelta(0)


def test_unknown_fields_of_a_newer_sender_are_ignored() -> None:
    envelope = taken(version=1)
    raw = json.loads(envelope.to_json())
    raw["newattribute"] = "x"
    raw["data"]["mood"] = "good"
    assert parse(json.dumps(raw).encode()) == envelope


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "no type"),
        (b"{}", "no type"),
        (b'{"type": 5}', "no type"),
        (b'{"type": "zavhoz.request.taken.v1"}', "id: Field required"),
    ],
)
def test_bytes_that_are_no_message_are_refused_with_the_reason(body: bytes, says: str) -> None:
    with pytest.raises(MalformedMessage, match=says) as refused:
        parse(body)
    assert refused.value.reason == "malformed"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("specversion",), "0.3"),
        (("id",), "not-a-uuid"),
        (("time",), "2026-11-24T12:00:00"),
        (("sequence",), "12"),
        (("data", "number"), "many"),
        (("data", "assignee_id"), None),
    ],
)
def test_a_field_that_breaks_the_schema_is_named(path: tuple[str, ...], value: object) -> None:
    raw = json.loads(taken(version=1).to_json())
    target = raw
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(MalformedMessage, match=path[-1]):
        parse(json.dumps(raw).encode())


def test_an_unknown_type_is_told_apart_from_a_malformed_message() -> None:
    raw = json.loads(taken(version=1).to_json()) | {"type": "zavhoz.request.taken.v9"}
    with pytest.raises(UnknownMessage, match=r"taken\.v9") as refused:
        parse(json.dumps(raw).encode())
    assert refused.value.reason == "unknown_type"


def test_the_largest_message_passes_and_a_larger_one_does_not() -> None:
    photo = Attachment(
        attachment_id=uuid4(),
        kind=AttachmentKind.PHOTO,
        file_id="f" * 256,
        file_unique_id="u" * 64,
        file_name="n" * 255,
        mime_type="m" * 255,
    )

    def with_photos(count: int) -> Envelope[CreateRequest]:
        data = create().model_copy(update={"attachments": (photo,) * count})
        return wrap(data, source="/zavhoz/gateway", subject="request/1")

    one = len(with_photos(1).to_json()) - len(with_photos(0).to_json())
    fitting = (MAX_MESSAGE_BYTES - len(with_photos(0).to_json())) // one
    assert MAX_MESSAGE_BYTES - 2 * one < len(with_photos(fitting).to_json()) <= MAX_MESSAGE_BYTES
    with pytest.raises(MessageTooLarge, match="at most 65536"):
        with_photos(fitting + 1).to_json()
