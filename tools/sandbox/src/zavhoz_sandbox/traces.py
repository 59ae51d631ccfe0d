"""Spans that services send over OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp), kept by trace."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

TRACES_KEPT: Final = 300
SPANS_KEPT: Final = 500
"""Of each trace; what comes after them is dropped."""
_PREFIX: Final = "SPAN_KIND_"


@dataclass(frozen=True, slots=True)
class Span:
    """One span. Ids are hexadecimal, a root's `parent` is empty; times are milliseconds since the epoch.

    `kind` is "CLIENT", "SERVER", "PRODUCER", "CONSUMER" or "INTERNAL". `links` are (trace, span) of what it handles
    beside its parent.
    """

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    start: float
    end: float
    attributes: dict[str, Any]
    links: tuple[tuple[str, str], ...] = ()


def read_spans(body: bytes) -> Iterator[Span]:
    """The spans in the body of one export, a serialized `ExportTraceServiceRequest`.

    Raises:
        ValueError: it is none.
    """
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except Exception as error:  # protobuf's own class depends on which of its implementations is at work
        raise ValueError(f"no ExportTraceServiceRequest: {error}") from error
    for resource in request.resource_spans:
        service = _values(resource.resource.attributes).get("service.name", "")
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            yield Span(
                service=str(service),
                name=span.name,
                kind=span.SpanKind.Name(span.kind).removeprefix(_PREFIX),
                trace=span.trace_id.hex(),
                id=span.span_id.hex(),
                parent=span.parent_span_id.hex(),
                start=span.start_time_unix_nano / 1e6,
                end=span.end_time_unix_nano / 1e6,
                attributes=_values(span.attributes),
                links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
            )


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: _value(one.value) for one in attributes}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind else None


class Traces:
    """The newest traces. A span that handles messages of several traces at once is in each of them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, dict[str, Span]] = OrderedDict()

    def add(self, span: Span) -> set[str]:
        """Keep a span; returns the traces that it is in."""
        traces = {span.trace, *(trace for trace, _ in span.links)}
        for trace in traces:
            spans = self._kept.setdefault(trace, {})
            if len(spans) < SPANS_KEPT:
                spans[span.id] = span
        while len(self._kept) > TRACES_KEPT:
            self._kept.popitem(last=False)
        return traces

    def spans(self, trace: str) -> dict[str, Span]:
        """The spans of a trace by their ids; none when it is forgotten."""
        return self._kept.get(trace, {})

    def newest(self) -> list[str]:
        """The traces, in the order in which they began to come."""
        return list(self._kept)
