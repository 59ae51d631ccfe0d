"""A receiver of traces and errors, as the outside sees it: OTLP over HTTP, and Sentry's endpoints, really decoded."""

from __future__ import annotations

import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

PROJECT = 7
TRACES = "/v1/traces"
SENTRY_TRACES = f"/api/{PROJECT}/integration/otlp/v1/traces/"
SENTRY_ENVELOPES = f"/api/{PROJECT}/envelope/"


@dataclass(frozen=True)
class SeenSpan:
    """One span as it was received; ids are hexadecimal, a root's `parent` is empty."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    links: tuple[tuple[str, str], ...]
    attributes: dict[str, Any]
    failed: bool


@dataclass
class Receiver:
    """What was received so far."""

    url: str = ""
    spans: list[SeenSpan] = field(default_factory=list)
    sentry_spans: list[SeenSpan] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    @property
    def dsn(self) -> str:
        """The address of the project that this receiver keeps."""
        return f"{self.url.replace('http://', 'http://a-key@')}/{PROJECT}"

    def of(self, name: str, service: str = "") -> list[SeenSpan]:
        """The spans of this name, of one service or of all."""
        return [span for span in self.spans if span.name == name and span.service.endswith(service)]

    def says(self, words: str) -> bool:
        """Whether anything received has these words in it, however it is written."""
        written = {words.encode(), json.dumps(words)[1:-1].encode()}
        return any(one in body for body in self.bodies for one in written)


def read_spans(body: bytes) -> list[SeenSpan]:
    """The spans in the body of one export."""
    request = ExportTraceServiceRequest.FromString(body)
    return [
        SeenSpan(
            service=next(a.value.string_value for a in resource.resource.attributes if a.key == "service.name"),
            name=span.name,
            kind=span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
            trace=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
            attributes={attribute.key: _value(attribute.value) for attribute in span.attributes},
            failed=span.status.code == span.status.STATUS_CODE_ERROR,
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind else None


def read_envelope(body: bytes) -> list[dict[str, Any]]:
    """The events in one envelope (https://develop.sentry.dev/sdk/data-model/envelopes/)."""
    lines = body.splitlines()
    items = zip(lines[1::2], lines[2::2], strict=False)
    return [json.loads(payload) for header, payload in items if json.loads(header)["type"] == "event"]


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()  # the server undoes the compression
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        receiver.bodies.append(body)
        receiver.headers.append(request.headers)
        match request.path:
            case path if path == TRACES:
                receiver.spans += read_spans(body)
            case path if path == SENTRY_TRACES:
                receiver.sentry_spans += read_spans(body)
            case path if path == SENTRY_ENVELOPES:
                receiver.events += read_envelope(body)
            case _:
                return web.Response(status=404)
        return web.json_response({})

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield receiver
    finally:
        await runner.cleanup()
