"""CloudEvents 1.0 in structured JSON around every message.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md; `sequence` as in its extension of that
name, `traceparent` as in W3C Trace Context.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, Literal, TypeVar
from uuid import UUID, uuid4

from pydantic import ConfigDict, Field, SerializeAsAny, ValidationError
from pydantic_core import from_json

from zavhoz_contracts import registry
from zavhoz_contracts.errors import Permanent
from zavhoz_contracts.message import Message, Moment, Payload

CONTENT_TYPE: Final = "application/cloudevents+json"
MAX_MESSAGE_BYTES: Final = 65_536
"""A larger message is refused before it is published: files never travel in messages."""

MessageT = TypeVar("MessageT", bound=Message)


class MalformedMessage(Permanent):
    """The bytes are no message of ours: not JSON, not an envelope, or data that breaks its schema."""

    reason = "malformed"


class UnknownMessage(Permanent):
    """A well-formed envelope whose type nobody here has heard of."""

    reason = "unknown_type"


class MessageTooLarge(Permanent):
    """The message is larger than `MAX_MESSAGE_BYTES`."""

    reason = "too_large"


class Envelope(Payload, Generic[MessageT]):
    """One message on its way. Build it with `wrap`, read it with `parse`.

    `sequence` is the aggregate's version, ten digits, zero-padded, for CloudEvents orders it as text; commands have
    none. `correlationid` is the id of the command that began it all, `causationid` that of the direct cause.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Annotated[str, Field(min_length=1, max_length=100)]
    type: str
    subject: Annotated[str, Field(max_length=200)]
    time: Moment
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    correlationid: UUID
    causationid: UUID | None = None
    sequence: Annotated[str, Field(pattern=r"^[0-9]{10}$")] | None = None
    traceparent: Annotated[str, Field(max_length=64)] | None = None
    data: SerializeAsAny[MessageT]

    @property
    def version(self) -> int | None:
        """The aggregate's version, or none for a message outside any sequence."""
        return None if self.sequence is None else int(self.sequence)

    def to_json(self) -> bytes:
        """The bytes to publish.

        Raises:
            MessageTooLarge: over `MAX_MESSAGE_BYTES`.
        """
        return checked_size(self.model_dump_json(exclude_none=True).encode(), f"{self.type} {self.id}")


def checked_size(body: bytes, what: str) -> bytes:
    """`body` as it is.

    Raises:
        MessageTooLarge: over `MAX_MESSAGE_BYTES`; says `what` it is.
    """
    if len(body) > MAX_MESSAGE_BYTES:
        raise MessageTooLarge(f"{what}: {len(body)} bytes, at most {MAX_MESSAGE_BYTES}")
    return body


def wrap(
    data: MessageT,
    *,
    source: str,
    subject: str,
    id: UUID | None = None,
    time: datetime | None = None,
    cause: Envelope[Any] | None = None,
    correlationid: UUID | None = None,
    version: int | None = None,
) -> Envelope[MessageT]:
    """Put `data` into an envelope.

    A message with a `cause` continues its correlation and trace; one without begins its own. `id` is random unless the
    caller has one that survives a retry.
    """
    message_id = uuid4() if id is None else id
    correlation = correlationid or (cause.correlationid if cause else message_id)
    envelope: type[Envelope[MessageT]] = Envelope[type(data)]  # type: ignore[assignment, misc]  # made at run time
    return envelope(
        id=message_id,
        source=source,
        type=data.TYPE,
        subject=subject,
        time=time or datetime.now(UTC),
        dataschema=dataschema(data.TYPE),
        correlationid=correlation,
        causationid=cause.id if cause else None,
        sequence=None if version is None else f"{version:010d}",
        traceparent=cause.traceparent if cause else None,
        data=data,
    )


def dataschema(type: str) -> str:
    """The URI that names the JSON Schema of a message type."""
    return f"urn:zavhoz:schema:{type}"


def parse(body: bytes) -> Envelope[Any]:
    """Read one message.

    Raises:
        MalformedMessage: not JSON, not an envelope, or data that breaks the schema of its type.
        UnknownMessage: a type that is not in the registry.
    """
    try:
        raw = from_json(body)
    except ValueError as error:
        raise MalformedMessage(f"not JSON: {error}") from error
    return parse_raw(raw)


def parse_raw(raw: object) -> Envelope[Any]:
    """Read one message that is decoded JSON already. Raises as `parse` does."""
    name = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(name, str):
        raise MalformedMessage("not a CloudEvents envelope: no type")
    route = registry.by_type(name)
    if route is None:
        raise UnknownMessage(f"unknown message type {name!r}")
    try:
        return Envelope[route.message].model_validate(raw)  # type: ignore[name-defined]
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise MalformedMessage(f"{name}: {problems}") from error
