"""Our consumer alone, as the services run it, with a handler that does nothing; started by `benchmarks.consumers`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

import structlog
import uvloop
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import set_tracer_provider

from benchmarks.peers.clock import handled
from zavhoz_contracts.registry import Queue
from zavhoz_messaging.consumer import Consumer, Pace
from zavhoz_messaging.delivery import Delivery
from zavhoz_messaging.publisher import publishing
from zavhoz_messaging.topology import WorkQueue


async def handle(group: Sequence[Delivery]) -> None:
    """Parsed and validated by then."""
    handled(len(group))


class Dropped(SpanExporter):
    """Spans are made and batched, and go nowhere, as with the peers."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002
        """Take a batch."""
        return SpanExportResult.SUCCESS


async def main() -> None:
    """Consume until ended, with traces and metrics."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("info"))  # as the services, by default
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Dropped()))
    set_tracer_provider(provider)
    url = os.environ["AMQP_URL"]
    async with publishing(url, "bench") as publisher:
        consumer = Consumer(url, WorkQueue(Queue.REQUESTS_COMMANDS), handle, publisher, pace=Pace(100, 200))
        await consumer.run(asyncio.Event())


if __name__ == "__main__":
    uvloop.run(main())
