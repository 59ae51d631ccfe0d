"""FastStream as its documentation has it, with its own OpenTelemetry and Prometheus middlewares; prefetch 200."""

import os
from datetime import datetime
from typing import Any
from uuid import UUID

import uvloop
from clock import handled
from faststream import FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from faststream.rabbit.opentelemetry import RabbitTelemetryMiddleware
from faststream.rabbit.prometheus import RabbitPrometheusMiddleware
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import CollectorRegistry
from pydantic import BaseModel


class Actor(BaseModel):
    telegram_id: int
    name: str
    language: str | None = None
    seen_at: datetime


class Create(BaseModel):
    request_id: UUID
    actor: Actor
    origin: dict[str, Any]
    description: str
    priority: str


class Command(BaseModel):
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    correlationid: UUID
    data: Create


class Dropped(SpanExporter):
    """Spans are made and batched, and go nowhere."""

    def export(self, spans: Any) -> SpanExportResult:  # noqa: ARG002
        return SpanExportResult.SUCCESS


tracer_provider = TracerProvider()
tracer_provider.add_span_processor(BatchSpanProcessor(Dropped()))
broker = RabbitBroker(
    os.environ["AMQP_URL"],
    default_channel=Channel(prefetch_count=200),
    middlewares=[
        RabbitTelemetryMiddleware(tracer_provider=tracer_provider),
        RabbitPrometheusMiddleware(registry=CollectorRegistry()),
    ],
    logger=None,
)


@broker.subscriber(RabbitQueue(os.environ["QUEUE"], queue_type=QueueType.QUORUM, durable=True))
async def handle(command: Command) -> None:  # noqa: ARG001
    """Validated by then."""
    handled()


uvloop.run(FastStream(broker, logger=None).run())
