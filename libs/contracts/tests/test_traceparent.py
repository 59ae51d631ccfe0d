"""A `traceparent` is read as OpenTelemetry's own propagator reads it, whoever wrote it."""

from __future__ import annotations

import pytest
from opentelemetry.context import Context
from opentelemetry.trace import get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from zavhoz_contracts import tracing

TRACE, SPAN = "a1" * 16, "b2" * 8
OURS = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    "traceparent",
    [
        *(OURS, f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-ff", f"01-{TRACE}-{SPAN}-01-later", f" {OURS} "),
        *(f"{OURS}-x", f"{OURS}x", OURS[:-1], f"ff{OURS[2:]}", OURS.upper(), "junk", ""),
        *(f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"{OURS}\n"),
    ],
)
def test_it_is_read_as_the_library_reads_it(traceparent: str) -> None:
    expected = get_current_span(TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context()))
    context = tracing._context(traceparent)
    read = get_current_span(context).get_span_context()
    assert read.is_valid == expected.get_span_context().is_valid
    if read.is_valid:
        assert read == expected.get_span_context()
        assert read.is_remote
