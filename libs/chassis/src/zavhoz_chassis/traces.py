"""OpenTelemetry's SDK, sending over OTLP/HTTP. Imported only when traces go somewhere.

The standard variables hold: `OTEL_EXPORTER_OTLP_*`, `OTEL_TRACES_SAMPLER*`, `OTEL_BSP_*`, `OTEL_RESOURCE_ATTRIBUTES`,
`OTEL_SERVICE_NAME` (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from importlib.metadata import version
from time import monotonic
from typing import Final

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_BSP_MAX_EXPORT_BATCH_SIZE, OTEL_SPAN_LINK_COUNT_LIMIT
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import set_tracer_provider

from zavhoz_chassis import metrics
from zavhoz_chassis.settings import TelemetrySettings
from zavhoz_chassis.telemetry import Finish

_LINKS: Final = 500
"""A group's span has one for each message; the SDK's own limit of 128 is less than a group may be."""
_SWITCH_SECONDS: Final = 0.0005
_BATCH: Final = 128
_RANDOM: Final = TraceIdRatioBased.TRACE_ID_LIMIT
"""The part of a trace's id that chance decides."""
_log = structlog.get_logger("zavhoz.traces")


def begin(service: str, settings: TelemetrySettings) -> Finish:
    """Record spans and send them to the receivers that the settings name; returns what sends the rest at the end."""
    named = {SERVICE_NAME: f"zavhoz-{service}", SERVICE_NAMESPACE: "zavhoz", SERVICE_VERSION: version("zavhoz-chassis")}
    given = {SERVICE_NAME: os.environ["OTEL_SERVICE_NAME"]} if os.environ.get("OTEL_SERVICE_NAME") else {}
    limits = SpanLimits(max_links=None if OTEL_SPAN_LINK_COUNT_LIMIT in os.environ else _LINKS)
    provider = TracerProvider(resource=Resource.create({**named, **given}), span_limits=limits, shutdown_on_exit=False)
    _tell_the_sdk(settings)
    # The exporter's thread writes a batch in Python. Without these two, work that waits for nothing waits for it: 5 ms
    # at each turn, for the tens of milliseconds that 512 spans take.
    sys.setswitchinterval(_SWITCH_SECONDS)
    os.environ.setdefault(OTEL_BSP_MAX_EXPORT_BATCH_SIZE, str(_BATCH))
    processors = [BatchSpanProcessor(Watched("otlp", OTLPSpanExporter()))] if settings.otlp_wanted else []
    if settings.sentry_dsn is not None and settings.sentry_traces_sample_rate > 0:
        from zavhoz_chassis.sentry import spans_endpoint

        endpoint, headers = spans_endpoint(settings.sentry_dsn.get_secret_value())
        exporter = OTLPSpanExporter(endpoint=endpoint, headers=headers)
        processors.append(BatchSpanProcessor(Sampled(Watched("sentry", exporter), settings.sentry_traces_sample_rate)))
    for processor in processors:
        provider.add_span_processor(processor)
    set_tracer_provider(provider)

    def finish(seconds: float) -> None:
        # The processor's own shutdown has no limit but 30 s; a daemon's end does not hold up the process's.
        threads = [threading.Thread(target=processor.shutdown, daemon=True) for processor in processors]
        for thread in threads:
            thread.start()
        until = monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, until - monotonic()))

    return finish


def _tell_the_sdk(settings: TelemetrySettings) -> None:
    """The SDK reads variables and nothing else; our settings may have come from files."""
    for name in ("otel_exporter_otlp_endpoint", "otel_exporter_otlp_traces_endpoint", "otel_exporter_otlp_headers"):
        value = getattr(settings, name)
        if value is not None:
            os.environ.setdefault(name.upper(), value.get_secret_value())


class Watched(SpanExporter):
    """Counts what a receiver takes and what is lost; that it takes nothing is logged once, and so is its return."""

    def __init__(self, receiver: str, exporter: SpanExporter) -> None:
        self._receiver = receiver
        self._exporter = exporter
        self._well = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch, from the processor's own thread. What is not taken is lost: nothing waits for it."""
        result = self._exporter.export(spans)
        well = result is SpanExportResult.SUCCESS
        metrics.SPANS_EXPORTED.labels(self._receiver, "taken" if well else "lost").inc(len(spans))
        if well and not self._well:
            _log.info("traces are taken again", receiver=self._receiver)
        elif self._well and not well:
            _log.warning("traces are not taken; until they are, spans are lost", receiver=self._receiver)
        self._well = well
        return result

    def shutdown(self) -> None:
        """Let go of the connection; a batch on its way is given up."""
        self._exporter.shutdown()


class Sampled(SpanExporter):
    """Sends whole traces, a share of them: chosen by the trace's id, so that every service chooses the same."""

    def __init__(self, exporter: SpanExporter, rate: float) -> None:
        self._exporter = exporter
        self._bound = TraceIdRatioBased(rate).bound

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send those of the chosen traces."""
        chosen = [span for span in spans if span.context and span.context.trace_id & _RANDOM < self._bound]
        return self._exporter.export(chosen) if chosen else SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Let go of the connection."""
        self._exporter.shutdown()
