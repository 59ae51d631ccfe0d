"""One trace goes on across the broker: what is published, consumed in groups, relayed. With the real SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from messaging_support import EVENTS, NOW, command, consuming, counted, event
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from zavhoz_contracts import tracing
from zavhoz_contracts.envelope import Envelope, parse
from zavhoz_contracts.errors import Permanent, Transient
from zavhoz_contracts.registry import Queue
from zavhoz_messaging import outbox
from zavhoz_messaging.consumer import Pace
from zavhoz_messaging.delivery import Delivery
from zavhoz_messaging.lane import Lane
from zavhoz_messaging.moving import Trouble
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.relay import EventsSource, Relay
from zavhoz_messaging.testing import subscribed, wait_until

SOURCE = "/zavhoz/requests"


class Spans:
    """What was recorded."""

    def __init__(self, memory: InMemorySpanExporter) -> None:
        self._memory = memory

    def of(self, name: str) -> list[ReadableSpan]:
        return [span for span in self._memory.get_finished_spans() if span.name == name]

    async def ended(self, name: str, count: int) -> list[ReadableSpan]:
        """So many spans of this name, once they have ended: a message's ends after its answer."""

        async def there() -> bool:
            return len(self.of(name)) >= count

        await wait_until(there, f"{count} spans {name}")
        return self.of(name)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    """Records for one test, without making it the provider of the whole process."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    monkeypatch.setattr(tracing, "_TRACER", provider.get_tracer("test"))
    yield Spans(memory)
    provider.shutdown()


def traceparent(number: int, *, sampled: bool = True) -> str:
    return f"00-{number:032x}-{number:016x}-{sampled:02x}"


def traced(number: int, *, sampled: bool = True) -> Envelope[Any]:
    return command(str(number)).model_copy(update={"traceparent": traceparent(number, sampled=sampled)})


def context_of(span: ReadableSpan) -> str:
    assert span.context
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"


class Handler:
    """Keeps the traceparents that it was given, group by group, and fails as told."""

    def __init__(self, *failures: Exception | None) -> None:
        self.groups: list[list[str | None]] = []
        self.here: list[str | None] = []
        self._failures = iter(failures)

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.groups.append([delivery.envelope.traceparent for delivery in deliveries])
        self.here.append(tracing.current())
        if failure := next(self._failures, None):
            raise failure

    async def called(self, times: int) -> None:
        async def often_enough() -> bool:
            return len(self.groups) >= times

        await wait_until(often_enough, f"{times} groups")


async def test_what_is_consumed_is_a_child_of_what_was_published_and_goes_on(
    amqp_vhost_url: str, publisher: Publisher, spans: Spans
) -> None:
    handler = Handler()
    async with consuming(amqp_vhost_url, publisher, handler):
        with tracing.begun("handle message"):
            await publisher.publish(command())
        (process,) = await spans.ended("process requests.commands", 1)
    (root,), (publish,) = spans.of("handle message"), spans.of("publish zavhoz.commands")
    assert root.context
    assert publish.parent
    assert process.parent
    assert publish.context
    assert process.context
    assert publish.parent.span_id == root.context.span_id
    assert process.parent.span_id == publish.context.span_id
    assert {span.context.trace_id for span in (root, publish, process) if span.context} == {root.context.trace_id}
    assert [span.kind for span in (root, publish, process)] == [SpanKind.CONSUMER, SpanKind.PRODUCER, SpanKind.CONSUMER]
    assert [(link.context.trace_id, link.context.span_id) for link in process.links] == [
        (publish.context.trace_id, publish.context.span_id)
    ]
    assert handler.groups == [[context_of(process)]]
    assert publish.attributes
    assert process.attributes
    assert publish.attributes.items() >= {"messaging.system": "rabbitmq", "messaging.operation.type": "send"}.items()
    assert process.attributes["messaging.destination.name"] == "requests.commands"


async def test_a_group_is_one_span_linked_to_each_message_and_each_trace_goes_on(spans: Spans) -> None:
    handler = Handler()
    trouble = Trouble("requests.commands", lambda *_: None)
    nobody: Any = None  # nothing is moved, and nothing comes from a broker
    lane = Lane("requests.commands", Pace(), handler, nobody, trouble, asyncio.Lock())
    messages = [traced(1, sampled=False), traced(2), traced(3), traced(2)]
    assert await lane._handle([Delivery(message, 0, nobody) for message in messages])
    (process,) = spans.of("process requests.commands")
    assert process.parent
    assert process.parent.trace_id == 2, "the first that is sampled"
    assert [link.context.trace_id for link in process.links] == [2, 3, 2], "every sampled message"
    assert process.attributes
    assert process.attributes["messaging.batch.message_count"] == 4
    here = context_of(process)
    assert handler.groups == [[traceparent(1, sampled=False), here, traceparent(3), here]]


async def test_a_failure_is_named_by_its_class_alone(amqp_vhost_url: str, publisher: Publisher, spans: Spans) -> None:
    handler = Handler(ValueError("the tap in room 214"))
    async with consuming(amqp_vhost_url, publisher, handler):
        await publisher.publish(traced(5))
        first, second = await spans.ended("process requests.commands", 2)
    assert first.attributes
    assert second.attributes
    assert first.attributes["error.type"] == "ValueError"
    assert not first.status.is_ok
    assert "error.type" not in second.attributes
    assert "the tap" not in first.to_json() + second.to_json()
    assert [span.parent.span_id for span in (first, second) if span.parent] == [5, 5], "a retry is a sibling"


async def test_without_the_sdk_the_ids_pass_through(amqp_vhost_url: str, publisher: Publisher) -> None:
    handler = Handler()
    async with consuming(amqp_vhost_url, publisher, handler):
        with tracing.begun("handle message"):
            begun = tracing.current()
            await publisher.publish(command())
        await handler.called(1)  # or both may be one group
        await publisher.publish(traced(7))
        await handler.called(2)
    assert begun is not None
    assert begun.endswith("-00")
    assert handler.here == [begun, traceparent(7)]
    assert [one for group in handler.groups for one in group] == [begun, traceparent(7)]


def _of_trace(number: int, aggregate: UUID) -> outbox.Event:
    given = event(aggregate, 1)
    return outbox.Event(
        **{name: getattr(given, name) for name in given.__slots__} | {"traceparent": traceparent(number)}
    )


async def test_a_relayed_wave_is_one_span_and_each_event_goes_on_in_its_own_trace(
    engine: AsyncEngine, amqp_vhost_url: str, publisher: Publisher, spans: Spans
) -> None:
    aggregates = [uuid4() for _ in range(3)]
    async with engine.begin() as connection:
        await outbox.append(connection, [_of_trace(number, id) for number, id in enumerate(aggregates, start=1)])
    async with subscribed(amqp_vhost_url) as subscriber:
        assert await Relay(engine, publisher, [EventsSource(SOURCE)]).round(range(16)) == (3, False)
        seen = {message.subject: message.traceparent for message in await subscriber.wait_for(3)}
    (publish,) = await spans.ended("publish zavhoz.events", 1)
    assert publish.parent
    assert publish.parent.trace_id == 1
    assert publish.kind is SpanKind.PRODUCER
    assert publish.attributes
    assert publish.attributes["zavhoz.component"] == "relay"
    assert [link.context.trace_id for link in publish.links] == [1, 2, 3]
    expected = [context_of(publish), traceparent(2), traceparent(3)]
    assert [seen[f"request/{id}"] for id in aggregates] == expected


@pytest.mark.usefixtures("spans")
def test_bytes_are_carried_on_without_being_read() -> None:
    with tracing.continued("work", traceparent(4)):
        here = tracing.current()
        carried = Outgoing.of(traced(4)).carried(tracing.current())
        assert parse(carried.body).traceparent == carried.traceparent == here
        fresh = Outgoing.of(command("a new one")).carried(tracing.current())
        assert parse(fresh.body).traceparent == fresh.traceparent == here
        assert parse(fresh.body).data.actor.name == "a new one"
        foreign = Outgoing.of(traced(9))
        assert foreign.carried(tracing.current()) is foreign
    outside = Outgoing.of(traced(4))
    assert outside.carried(tracing.current()) is outside


async def test_messages_are_counted_by_queue_type_and_outcome(amqp_vhost_url: str, publisher: Publisher) -> None:
    queue, type = Queue.REQUESTS_COMMANDS.value, command().type

    def now() -> dict[str, float]:
        outcomes = ("done", "retried", "dead")
        return {one: counted("zavhoz_messages_handled_total", queue=queue, type=type, outcome=one) for one in outcomes}

    before = now()
    seconds = counted("zavhoz_message_handling_seconds_count", queue=queue, type=type)
    ages = counted("zavhoz_message_age_seconds_sum", queue=queue)
    handler = Handler(Transient("later"), None, Permanent("never"))
    async with consuming(amqp_vhost_url, publisher, handler):
        old = command().model_copy(update={"time": NOW})
        await publisher.publish(old)
        await handler.called(2)
        await publisher.publish(command())
        await handler.called(3)

        async def all_counted() -> bool:
            return {one: count - before[one] for one, count in now().items()} == {"done": 1, "retried": 1, "dead": 1}

        await wait_until(all_counted, "each outcome once")
    assert counted("zavhoz_message_handling_seconds_count", queue=queue, type=type) == seconds + 3
    assert counted("zavhoz_message_age_seconds_sum", queue=queue) > ages + 60, "the first one was written long ago"


async def test_the_backlog_is_measured_by_the_databases_clock_also_when_nothing_can_be_published(
    engine: AsyncEngine,
) -> None:
    class Nobody:
        async def send_many(self, messages: Sequence[Outgoing]) -> list[Exception | None]:
            return [Transient("no")] * len(messages)

    async with engine.begin() as connection:
        await outbox.append(connection, [event(uuid4(), 1), event(uuid4(), 1)])
        now = await connection.scalar(select(func.clock_timestamp()))
    stop = asyncio.Event()
    relay = Relay(engine, Nobody(), [EventsSource(SOURCE)])  # type: ignore[arg-type]  # stands in for the publisher

    async def measured(count: int) -> bool:
        return counted("zavhoz_outbox_unpublished", source=SOURCE) == count

    async with asyncio.TaskGroup() as group:
        group.create_task(relay.run(stop))
        await wait_until(lambda: measured(2), "two are unpublished")
        assert abs(counted("zavhoz_outbox_lag_seconds", source=SOURCE) - (now - NOW).total_seconds()) < 60
        async with engine.begin() as connection:
            await connection.execute(EVENTS.update().values(published_at=now))
        await wait_until(lambda: measured(0), "none is unpublished")
        assert counted("zavhoz_outbox_lag_seconds", source=SOURCE) == 0
        stop.set()
