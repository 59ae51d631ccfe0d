"""One trace from the update to the sent message: spans around what is done, their context in every envelope.

The context travels as W3C Trace Context (https://www.w3.org/TR/trace-context/) in the envelope's `traceparent`. Only
OpenTelemetry's API is used here. Without its SDK, which is loaded only when traces go somewhere, nothing is recorded,
and the ids pass through all the same. What failed is named by its class: an error's text may hold people's words.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    format_span_id,
    format_trace_id,
    get_current_span,
    get_tracer,
    set_span_in_context,
    use_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = [
    "Attributes",
    "SpanKind",
    "begun",
    "continued",
    "current",
    "failed",
    "grouped",
    "onward",
    "part",
    "started_part",
]

Attributes: TypeAlias = Mapping[str, str | int]
_TRACER: Final = get_tracer("zavhoz")
_W3C: Final = TraceContextTextMapPropagator()
_PLAIN: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_TRACE_ENDS: Final = len("00-") + 32
_SAMPLED: Final = frozenset("13579bdf")
"""The last hex digits of flags in which the lowest bit is set."""


def current(span: Span | None = None) -> str | None:
    """The `traceparent` of a span, by default of the one we are in; none outside any trace."""
    context = (span or get_current_span()).get_span_context()
    if not context.is_valid:
        return None
    return f"00-{format_trace_id(context.trace_id)}-{format_span_id(context.span_id)}-{context.trace_flags:02x}"


def onward(traceparent: str | None, here: str | None) -> str | None:
    """How a message's context goes on from `here`; that of another trace, or from nowhere, stays as it is."""
    same_trace = here is not None and (traceparent is None or traceparent[:_TRACE_ENDS] == here[:_TRACE_ENDS])
    return here if same_trace else traceparent


def failed(error: BaseException, span: Span | None = None) -> None:
    """Mark a span, by default the one we are in, as failed, by the error's class."""
    span = span or get_current_span()
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(StatusCode.ERROR)


@contextlib.contextmanager
def begun(name: str, attributes: Attributes | None = None) -> Iterator[Span]:
    """A span that begins a trace of its own; without the SDK only its ids, so that logs and messages are tied."""
    span = _TRACER.start_span(name, Context(), SpanKind.CONSUMER, attributes)
    if not span.get_span_context().is_valid:
        ids = SpanContext(
            secrets.randbits(128) or 1, secrets.randbits(64) or 1, is_remote=False, trace_flags=TraceFlags()
        )
        span = NonRecordingSpan(ids)
    with _in(span):
        yield span


@contextlib.contextmanager
def continued(
    name: str, traceparent: str | None, *, kind: SpanKind = SpanKind.INTERNAL, attributes: Attributes | None = None
) -> Iterator[Span]:
    """A span that continues the trace of `traceparent`, or begins one where there is none."""
    with _in(_TRACER.start_span(name, _context(traceparent), kind, attributes)) as span:
        yield span


@contextlib.contextmanager
def part(name: str, *, kind: SpanKind = SpanKind.CLIENT, attributes: Attributes | None = None) -> Iterator[Span]:
    """A span inside the one we are in; outside any trace it records nothing: what polls begins no traces."""
    span = started_part(name, kind=kind, attributes=attributes)
    if not span.is_recording():
        yield span
        return
    with _in(span):
        yield span


def started_part(name: str, *, kind: SpanKind = SpanKind.CLIENT, attributes: Attributes | None = None) -> Span:
    """As `part`, for whom a block is of no use: the caller ends it, and meanwhile it is not the span we are in."""
    outer = get_current_span()
    return _TRACER.start_span(name, kind=kind, attributes=attributes) if outer.is_recording() else outer


@contextlib.contextmanager
def grouped(
    name: str, traceparents: Sequence[str | None], *, kind: SpanKind, attributes: Attributes | None = None
) -> Iterator[Span]:
    """One span for a group of messages: a child of the first that is sampled, linked to every one that is.

    So it is recorded when any of them is, and each trace leads to it; `onward` continues the trace that it is in.
    """
    given = [one for one in traceparents if one]
    sampled = [one for one in given if one[-1] in _SAMPLED]
    parent = next(iter(sampled or given), None)
    with _in(_TRACER.start_span(name, _context(parent), kind, attributes)) as span:
        if span.is_recording():
            for one in sampled:
                span.add_link(_remote(one))
            if len(traceparents) > 1:
                span.set_attribute("messaging.batch.message_count", len(traceparents))
        yield span


@contextlib.contextmanager
def _in(span: Span) -> Iterator[Span]:
    # Not the API's own recording of exceptions: it keeps their texts.
    with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield span
        except BaseException as error:
            failed(error, span)
            raise


def _context(traceparent: str | None) -> Context:
    """Explicitly what the message says, and nothing of whoever happens to take it."""
    return set_span_in_context(NonRecordingSpan(_remote(traceparent)), Context()) if traceparent else Context()


def _remote(traceparent: str) -> SpanContext:
    """What a `traceparent` says. As we write them they are read at once, for a relay reads two for each command."""
    if plain := _PLAIN.fullmatch(traceparent):
        trace, span, flags = (int(digits, 16) for digits in plain.groups())
        return SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags))
    return get_current_span(_W3C.extract({"traceparent": traceparent}, Context())).get_span_context()
