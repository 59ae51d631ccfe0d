"""Traces and errors leave a process as they should, and leave nothing behind: as a real process, really received."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Any

import pytest
from telemetry_support import Receiver, receiving

from zavhoz_messaging.testing import wait_until

Start = Callable[..., Awaitable[Any]]
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ASKED = {"headers": {"traceparent": f"00-{TRACE}-{PARENT}-01"}}
AT_THE_END = {"OTEL_BSP_SCHEDULE_DELAY": "600000"}
"""Nothing is sent before the end: so what arrives was sent then."""
PERSON = "0199c0de-0000-7000-8000-000000000001"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def _ended(service: Any) -> None:
    service.signal()
    assert await service.ended() == 0


async def test_without_an_address_no_sdk_is_loaded_and_ids_still_reach_the_log(start: Start) -> None:
    service = await start("run")
    await service.started()
    for name in ("opentelemetry.sdk", "opentelemetry.exporter", "sentry_sdk"):
        assert await service.call("GET", f"/imported/{name}") == (200, False), name
    await service.call("GET", "/lines", **ASKED)
    line = await service.until("a line of ours")
    assert (line["trace_id"], line["span_id"]) == (TRACE, PARENT)


async def test_a_request_is_a_span_in_its_askers_trace_sent_at_the_latest_at_the_end(
    start: Start, receiver: Receiver
) -> None:
    service = await start("run", OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **AT_THE_END)
    await service.started()
    await service.call("GET", "/number/700001", **ASKED)
    await service.call("GET", "/bug", **ASKED)
    await service.call("GET", "/lines", **ASKED)
    await service.call("GET", "/readyz")
    line = await service.until("a line of ours")
    await _ended(service)
    number, bug, lines = receiver.spans  # and none of the probe
    assert (number.service, number.name, number.kind) == ("zavhoz-double", "GET /number/{number}", "SERVER")
    assert {(span.trace, span.parent) for span in receiver.spans} == {(TRACE, PARENT)}
    assert number.attributes["http.route"] == "/number/{number}"
    assert number.attributes["http.response.status_code"] == 200
    assert (bug.failed, bug.attributes["error.type"]) == (True, "RuntimeError")
    assert (line["trace_id"], line["span_id"]) == (TRACE, lines.id)
    for words in ("700001", "the tap drips", "AAAAbbbb"):
        assert not receiver.says(words), words


async def test_the_standard_variables_decide_what_is_recorded(start: Start, receiver: Receiver) -> None:
    service = await start(
        "run",
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
        OTEL_TRACES_SAMPLER="parentbased_always_off",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=school-7",
        OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20of-the-receiver",
    )
    await service.started()
    await service.call("GET", "/number/1", **ASKED)
    await service.call("GET", "/number/2", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
    await _ended(service)
    (span,) = receiver.spans  # the one whose asker was sampled
    assert span.parent == PARENT
    assert receiver.says("school-7")
    assert receiver.headers[0]["authorization"] == "Bearer of-the-receiver"


async def test_a_receiver_that_is_away_does_no_harm_is_logged_once_and_counted(
    start: Start, unused_tcp_port: int
) -> None:
    service = await start(
        "run",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{unused_tcp_port}",
        OTEL_EXPORTER_OTLP_TIMEOUT="1",
        OTEL_BSP_SCHEDULE_DELAY="50",
    )
    await service.started()

    async def lost(least: int) -> bool:
        assert (await service.call("GET", "/number/1", **ASKED))[0] == 200
        _, text = await service.call("GET", "/metrics")
        counted = [line for line in text.splitlines() if line.startswith("zavhoz_spans_exported_total")]
        return sum(float(line.split()[-1]) for line in counted if 'result="lost"' in line) >= least

    await wait_until(lambda: lost(1), "a batch is lost")
    await wait_until(lambda: lost(20), "more are lost")
    began = monotonic()
    await _ended(service)
    assert monotonic() - began < 8
    assert len(service.of("traces are not taken; until they are, spans are lost")) == 1
    assert not [record for record in service.records if record.get("logger", "").startswith("opentelemetry")]
    assert await service.errors() == ""


async def test_a_receiver_that_never_answers_holds_up_no_end(start: Start) -> None:
    asked = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()  # to the end of the connection
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        service = await start(
            "run", OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{address}", SENTRY_DSN=f"http://a-key@{address}/7"
        )
        await service.started()
        await service.call("GET", "/bug", **ASKED)
        began = monotonic()
        await _ended(service)
        assert monotonic() - began < 12  # 3 s for both, whatever a busy machine adds
        assert asked.is_set()


async def test_an_unexpected_error_is_told_once_with_the_person_and_nobodys_words(
    start: Start, receiver: Receiver
) -> None:
    service = await start(
        "run",
        SENTRY_DSN=receiver.dsn,
        SENTRY_ENVIRONMENT="school-7",
        SENTRY_RELEASE="zavhoz@1.2.3",
        SENTRY_TRACES_SAMPLE_RATE="0",
    )
    await service.started()
    assert await service.call("GET", "/imported/opentelemetry.sdk") == (200, False)
    await service.call("GET", "/bug", headers={**ASKED["headers"], "Authorization": "Bearer a-token-of-somebody"})
    await service.call("GET", "/expected")
    await service.call("GET", "/outage")
    await service.call("GET", "/nowhere")
    await service.call("GET", "/number/seven")
    await _ended(service)
    (event,) = receiver.events
    assert event["user"] == {"id": PERSON}
    assert event.items() >= {"environment": "school-7", "release": "zavhoz@1.2.3", "level": "error"}.items()
    (error,) = event["exception"]["values"]
    assert error["type"] == "RuntimeError"
    assert error["stacktrace"]["frames"][-1]["function"] == "bug"
    assert event["tags"].items() >= {"service": "double", "trace_id": TRACE}.items()
    assert event["contexts"]["trace"]["trace_id"] == TRACE
    assert event["logentry"]["message"] == "request failed"
    said = json.dumps({name: value for name, value in event.items() if name != "exception"})
    values = json.dumps([{**error, "stacktrace": [frame.get("vars") for frame in error["stacktrace"]["frames"]]}])
    for words in ("the tap drips", "AAAAbbbb", "a-token-of-somebody"):
        assert words not in said + values, words
    assert "request" not in event
    assert "breadcrumbs" not in event


@pytest.mark.parametrize(("rate", "spans"), [("1", 1), ("0.000001", 0)])
async def test_a_share_of_the_traces_goes_to_sentry(start: Start, receiver: Receiver, rate: str, spans: int) -> None:
    service = await start("run", SENTRY_DSN=receiver.dsn, SENTRY_TRACES_SAMPLE_RATE=rate, **AT_THE_END)
    await service.started()
    await service.call("GET", "/number/1", **ASKED)
    await _ended(service)
    assert len(receiver.sentry_spans) == spans
    assert receiver.spans == []


async def test_libraries_speak_through_the_same_pipeline(start: Start) -> None:
    service = await start("run")
    await service.started()
    await service.call("GET", "/lines", **ASKED)
    await _ended(service)
    for name in ("uvicorn.error", "aiogram.dispatcher", "aio_pika.channel", "alembic.runtime"):
        (line,) = service.of(f"a line of {name}")
        assert line.items() >= {"logger": name, "level": "error", "service": "double", "trace_id": TRACE}.items()


async def test_a_log_file_that_cannot_be_written_ends_the_start_and_says_so(start: Start) -> None:
    service = await start("run", LOG_FILE="/dev/null/of/{service}.log")
    assert await service.ended() == 2
    assert "(LOG_FILE) to /dev/null/of/double.log" in await service.errors()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SENTRY_DSN", "https://sentry.example.org/1", "a key before the @"),
        ("SENTRY_TRACES_SAMPLE_RATE", "10", "less than or equal to 1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", "must begin with http:// or https://"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "parentbased_traceidratio"),
    ],
)
async def test_a_wrong_setting_is_named(start: Start, variable: str, value: str, said: str) -> None:
    service = await start("run", **{variable: value})
    assert await service.ended() == 2
    complaint = await service.errors()
    assert f"{variable}: " in complaint
    assert said in complaint
