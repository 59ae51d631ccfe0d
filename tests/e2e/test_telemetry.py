"""One trace from the update to the sent message, and an unexpected error told once: with real receivers of both."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter as Tally
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from e2e_support import Running, button, file_request, number_of, watching
from telemetry_support import Receiver, SeenSpan, receiving

from zavhoz_contracts.people.v1.events import PersonRegistered
from zavhoz_contracts.requests.v1.outcomes import CommandDone
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import MANAGER_ID, SERVICES
from zavhoz_devstack.evidence import settled
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.methods.table import NAMES
from zavhoz_sandbox.page.ways import way_of
from zavhoz_sandbox.traces import Traces, read_spans

ANNA_ID = 720_001
WORDS = "Не горит свет в коридоре второго этажа"
REASON = "Лампу вчера поменяли, проверьте выключатель"
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def receiver(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    """What the services' environment says where to send, as whoever starts the stack would set it."""
    async with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        monkeypatch.setenv("SENTRY_DSN", receiver.dsn)
        monkeypatch.setenv("SENTRY_TRACES_SAMPLE_RATE", "0")
        yield receiver


@pytest.fixture
async def running(receiver: Receiver, stack: Devstack) -> AsyncIterator[Running]:
    assert receiver.url
    async with watching(stack) as running:
        yield running


NOWHERE = {
    "POSTGRES_URL": "postgresql://user:password@127.0.0.1:1/postgres",
    "AMQP_URL": "amqp://user:password@127.0.0.1:1/",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "BOT_TOKEN": "1:nobody",
    "TELEGRAM_API_URL": "http://127.0.0.1:1",
    "REQUESTS_API_URL": "http://127.0.0.1:1",
    "API_TOKEN": "a-token-of-nobody",
    "API_TOKENS": "gateway:a-token-of-nobody",
    "FILES_LINK_KEY": "a-key-of-nobody-of-32-characters",
    "FILES_PUBLIC_URL": "http://127.0.0.1:1",
    "HTTP_PORT": "0",
    "PYTHONPROFILEIMPORTTIME": "1",  # names every module as it is loaded
}


@pytest.mark.parametrize("service", SERVICES)
async def test_nothing_of_it_is_loaded_by_a_service_that_sends_nothing(service: str, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"zavhoz_{service}", "run"),
        env={"PATH": os.environ["PATH"], "STORAGE_URL": tmp_path.as_uri(), **NOWHERE},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    loaded: list[str] = []
    try:
        assert process.stderr
        async with asyncio.timeout(60):
            while loaded[-1:] != [f"zavhoz_{service}.bootstrap"]:
                loaded.append((await process.stderr.readline()).decode().rpartition("|")[2].strip())
                assert process.returncode is None, loaded[-5:]
    finally:
        process.kill()
        await process.communicate()
    unwanted = ("opentelemetry.sdk.trace", "opentelemetry.sdk.metrics.", "opentelemetry.exporter", "sentry_sdk")
    assert [name for name in loaded if name.startswith(unwanted)] == []


async def both_are_known(running: Running) -> None:
    """Until all that came of both registrations is handled: none of it is to be in one group with what follows."""
    await running.subscriber.wait_for(2, PersonRegistered.TYPE)
    await settled(running.stack)

    async def handled() -> bool:
        events = [event.id for event in running.subscriber.messages]
        seen = await running.values("notifier", "SELECT message_id FROM inbox WHERE message_id = ANY($1)", events)
        outcomes = await running.values("notifier", "SELECT message_id FROM inbox WHERE type = $1", CommandDone.TYPE)
        return set(seen) == set(events) and len(outcomes) == 2

    await wait_until(handled, "the notifier has handled all of it")


def way_back(spans: list[SeenSpan], leaf: SeenSpan) -> list[str]:
    """From a span to the beginning of its trace, parent by parent: who did what."""
    known = {span.id: span for span in spans}
    way = [leaf]
    while way[-1].parent in known:
        way.append(known[way[-1].parent])
    assert way[-1].parent == "", f"{way[-1].name} has a parent that never came"
    return [f"{span.service.removeprefix('zavhoz-')}: {span.name}" for span in way]


FILED = ["requests: process requests.commands", "gateway: publish zavhoz.commands", "gateway: handle callback_query"]
CARD = "GET /v1/cards"
TOLD = {
    "editMessageText": [
        *("notifier: editMessageText", "notifier: deliver card", "notifier: process notifier.private"),
        *("requests: publish zavhoz.private", *FILED),
    ],
    "answerCallbackQuery": [
        *("notifier: answerCallbackQuery", "notifier: deliver answer", "notifier: process notifier.private"),
        *("requests: publish zavhoz.private", *FILED),
    ],
    "sendMessage": [
        *("notifier: sendMessage", "notifier: deliver card", "notifier: process notifier.events"),
        *("requests: publish zavhoz.events", *FILED),
    ],
}
"""What comes of [Send]: the requester's draft becomes the card, the press is answered, the manager gets a card."""

PASSED = ["gateway", "broker", "requests", "relay", "broker", "notifier", "Telegram"]


async def test_one_trace_from_the_update_to_the_sent_message(running: Running, receiver: Receiver) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    anna = await running.person(ANNA_ID, "Анна")
    await both_are_known(running)
    number = number_of(await file_request(anna, WORDS))
    await marina.wait_for(f"#{number} 🆕 Открыта")

    async def all_arrived() -> bool:
        presses = {span.trace for span in receiver.of("handle callback_query", "gateway")}
        trace = [span for span in receiver.spans if span.trace in presses]
        sides = Tally(span.kind for span in trace if span.name == CARD)
        told = set(TOLD) <= {span.name for span in trace} and sides["CLIENT"] == sides["SERVER"] > 0
        # A span is sent when it ends, and may come earlier than the one around it.
        return told and {span.parent for span in trace} - {span.id for span in trace} == {""}

    await wait_until(all_arrived, "the trace of [Send] is complete")
    (root,) = receiver.of("handle callback_query", "gateway")
    trace = [span for span in receiver.spans if span.trace == root.trace]
    for method, way in TOLD.items():
        (call,) = [span for span in trace if span.name == method]
        assert call.kind == "CLIENT"
        assert way_back(trace, call) == way

    # The broker's side: what was published made the message, and whoever processed it is linked to it.
    for queue, exchange in (
        ("requests.commands", "commands"),
        ("notifier.events", "events"),
        ("notifier.private", "private"),
    ):
        (publish,) = [span for span in trace if span.name == f"publish zavhoz.{exchange}"]
        (process,) = [span for span in trace if span.name == f"process {queue}"]
        assert (publish.kind, process.kind) == ("PRODUCER", "CONSUMER")
        assert process.links == ((publish.trace, publish.id),)
    relayed = [span for span in trace if span.attributes.get("zavhoz.component") == "relay"]
    assert {span.name for span in relayed} == {"publish zavhoz.events", "publish zavhoz.private"}

    # Around it: the database, and the read API on both sides.
    (process,) = [span for span in trace if span.name == "process requests.commands"]
    assert [span.service for span in trace if span.name == "transaction" and span.parent == process.id] == [
        "zavhoz-requests"
    ]
    for asked in (span for span in trace if span.name == CARD and span.kind == "CLIENT"):
        (answered,) = [span for span in trace if span.parent == asked.id]
        assert (answered.service, answered.name, answered.kind) == ("zavhoz-requests", CARD, "SERVER")

    # The stand-in's page shows it, and knows which press it was.
    traces = Traces()
    for body in receiver.bodies:
        for span in read_spans(body):
            traces.add(span)
    shown = way_of(traces.spans(root.trace), root.trace, NAMES)
    assert shown is not None
    updates = (await running.sandbox.updates())["updates"]
    (press,) = [one for one in updates if "callback_query" in one]
    assert (shown["update_id"], shown["what"]) == (press["update_id"], "callback_query")
    for method in TOLD:
        (end,) = [end for end in shown["ends"] if end["call"] == method]
        assert [hop["who"] for hop in end["hops"]] == PASSED
        assert sum(hop["ms"] for hop in end["hops"]) == pytest.approx(end["total_ms"], abs=0.01)

    # Nobody's words, name or secret, anywhere; and the log leads to the trace.
    assert root.trace in running.stack.log.path.read_text()
    for told in (WORDS, "Анна", "Марина", running.stack.bot_token, str(ANNA_ID)):
        assert not receiver.says(told), told
    assert receiver.events == []


async def test_an_unexpected_error_is_told_once_and_what_is_expected_never(
    running: Running, receiver: Receiver
) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    anna = await running.person(ANNA_ID, "Анна")

    # Expected: Telegram says no in its ways, somebody is too short of words.
    await running.sandbox.fault("429", method="sendMessage", chat=anna.id, retry_after=1)
    await running.sandbox.fault("5xx", method="editMessageText", chat=anna.id)
    number = number_of(await file_request(anna, WORDS))
    card = await marina.wait_for(f"#{number} 🆕 Открыта")
    await anna.block()

    # Unexpected: PostgreSQL's complaint repeats the row, with everything that Marina wrote.
    await running.execute("requests", "ALTER TABLE texts ADD CONSTRAINT no_words CHECK (length(body) = 0)")
    await marina.press(card, button(card, "🚫"))
    await marina.wait_for("Почему", after=card.id)
    asked = await marina.text(REASON)

    async def failed_again() -> bool:
        return "fails again" in running.stack.log.path.read_text()

    await wait_until(failed_again, "the second attempt failed", timeout=30)
    await running.execute("requests", "ALTER TABLE texts DROP CONSTRAINT no_words")
    await marina.wait_for(f"#{number}: отклонено", after=asked.id)

    async def told() -> bool:
        return bool(receiver.events)

    await wait_until(told, "the error is told")
    (marinas_id,) = await running.values("requests", "SELECT id::text FROM people WHERE telegram_id = $1", MANAGER_ID)
    await running.stack.stop()  # which sends what is left
    (event,) = receiver.events
    assert event["user"] == {"id": marinas_id}
    assert event["tags"]["service"] == "requests"
    assert event["tags"]["message_type"] == "zavhoz.request.reject.v1"
    assert event["tags"]["trace_id"] in {span.trace for span in receiver.of("process requests.commands")}
    assert event["exception"]["values"][-1]["type"] == "IntegrityError"
    for words in (REASON, WORDS, "Марина", "Анна", running.stack.bot_token, str(MANAGER_ID)):
        assert not receiver.says(words), words
