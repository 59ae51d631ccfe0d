"""The way of an update, read from spans as services send them: whole, in part, and out of groups."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import Any

import aiohttp
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from zavhoz_sandbox import traces as kept
from zavhoz_sandbox.client import SandboxClient
from zavhoz_sandbox.methods.table import NAMES
from zavhoz_sandbox.page.ways import way_of
from zavhoz_sandbox.traces import Span, Traces

BEGIN = 1_700_000_000_000.0
"""Milliseconds since the epoch."""
ONE, TWO = "1" * 32, "2" * 32


def span(
    id: str,
    parent: str,
    service: str,
    name: str,
    kind: str,
    start: float,
    end: float,
    *,
    trace: str = ONE,
    links: Iterable[tuple[str, str]] = (),
    **attributes: Any,
) -> Span:
    """A span from `start` to `end`, milliseconds after `BEGIN`."""
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    linked = tuple((of, _long(one)) for of, one in links)
    return Span(
        f"zavhoz-{service}", name, kind, trace, _long(id), _long(parent), BEGIN + start, BEGIN + end, named, linked
    )


def _long(id: str) -> str:
    return id and id.ljust(16, "0")


WHOLE = [
    span("a0", "", "gateway", "handle callback_query", "CONSUMER", 0, 6, zavhoz__update_id=41),
    span("a1", "a0", "gateway", "GET /v1/requests", "CLIENT", 1, 2),
    span("a2", "a0", "gateway", "publish zavhoz.commands", "PRODUCER", 4, 6),
    span("b0", "a2", "requests", "process requests.commands", "CONSUMER", 7, 12),
    span("b1", "b0", "requests", "transaction", "CLIENT", 8, 11),
    span("b2", "b0", "requests", "publish zavhoz.private", "PRODUCER", 14, 15, zavhoz__component="relay"),
    span("c0", "b2", "notifier", "process notifier.private", "CONSUMER", 16, 18),
    span("c1", "c0", "notifier", "deliver card", "INTERNAL", 19, 30),
    span("c2", "c1", "notifier", "editMessageText", "CLIENT", 20, 29.5),
    span("c3", "c1", "notifier", "GET /v1/requests/{request_id}/card", "CLIENT", 19, 20),
]
HOPS = [
    ("gateway", "handle callback_query", 0, 4),
    ("broker", "zavhoz.commands", 4, 3),
    ("requests", "process requests.commands", 7, 5),
    ("relay", "outbox", 12, 2),
    ("broker", "zavhoz.private", 14, 2),
    ("notifier", "process notifier.private", 16, 4),
    ("Telegram", "editMessageText", 20, 9.5),
]


def way(spans: Iterable[Span], trace: str = ONE) -> dict[str, Any] | None:
    """The way of a trace, among whatever else has come."""
    traces = Traces()
    for one in spans:
        traces.add(one)
    return way_of(traces.spans(trace), trace, NAMES)


def hops(way: dict[str, Any] | None, call: str) -> list[tuple[Any, ...]]:
    """The hops to a call, after a look at whether they are without gap and overlap."""
    assert way is not None
    (end,) = [end for end in way["ends"] if end["call"] == call]
    at = 0.0
    for hop in end["hops"]:
        assert (hop["from_ms"], hop["ms"] >= 0) == (at, True)
        at = round(at + hop["ms"], 3)
    assert at == end["total_ms"]
    return [(hop["who"], hop["what"], hop["from_ms"], hop["ms"]) for hop in end["hops"]]


def test_a_way_is_cut_up_without_gaps() -> None:
    found = way(reversed(WHOLE))
    assert found is not None
    assert {key: value for key, value in found.items() if key != "ends"} == {
        "trace": ONE,
        "update_id": 41,
        "what": "callback_query",
        "started_ms": BEGIN,
    }
    assert [end["call"] for end in found["ends"]] == ["editMessageText"]
    assert hops(found, "editMessageText") == HOPS


def test_a_relay_may_be_quicker_than_who_woke_it() -> None:
    """It hears of the commit while the span that committed still goes on."""
    quick = span("b2", "b0", "requests", "publish zavhoz.private", "PRODUCER", 11.5, 15, zavhoz__component="relay")
    found = hops(way([*(one for one in WHOLE if one.id != quick.id), quick]), "editMessageText")
    assert found[2:5] == [
        ("requests", "process requests.commands", 7, 4),
        ("relay", "outbox", 11, 0.5),
        ("broker", "zavhoz.private", 11.5, 4.5),
    ]


def test_clocks_that_disagree_make_no_hop_negative() -> None:
    late = span("a2", "a0", "gateway", "publish zavhoz.commands", "PRODUCER", 7.5, 8)
    found = hops(way([*(one for one in WHOLE if one.id != late.id), late]), "editMessageText")
    assert found[:3] == [
        ("gateway", "handle callback_query", 0, 7.5),
        ("broker", "zavhoz.commands", 7.5, 0),
        ("requests", "process requests.commands", 7.5, 4.5),
    ]


def test_what_the_gateway_itself_calls_is_a_short_way() -> None:
    sent = span("a3", "a0", "gateway", "sendMessage", "CLIENT", 2.3333, 5.6667)
    assert hops(way([*WHOLE, sent]), "sendMessage") == [
        ("gateway", "handle callback_query", 0, 2.333),
        ("Telegram", "sendMessage", 2.333, 3.334),
    ]


@pytest.mark.parametrize("missing", ["a2", "b0", "b2", "c0", "c1"])
def test_an_end_waits_for_every_span_that_leads_there(missing: str) -> None:
    found = way(one for one in WHOLE if not one.id.startswith(missing))
    assert found is not None
    assert found["ends"] == []


def test_a_trace_without_an_update_is_no_way() -> None:
    assert way([]) is None
    assert way(WHOLE[1:]) is None
    assert way([span("a0", "", "gateway", "handle callback_query", "CONSUMER", 0, 6)]) is None
    assert way([span("a0", "", "gateway", "sweep", "INTERNAL", 0, 6, zavhoz__update_id=1)]) is None


def test_what_was_handled_in_a_group_is_found_by_its_links() -> None:
    """Three groups: the commands, the wave of the relay, the notices. All are in the trace of the first update."""
    second = [
        span("d0", "", "gateway", "handle message", "CONSUMER", 0, 6, trace=TWO, zavhoz__update_id=42),
        span("d2", "d0", "gateway", "publish zavhoz.commands", "PRODUCER", 3, 5, trace=TWO),
        span("d9", "d2", "notifier", "deliver card", "INTERNAL", 19, 30, trace=TWO),
        span("d8", "d9", "notifier", "sendMessage", "CLIENT", 20, 28, trace=TWO),
    ]
    to = [(TWO, "d2")]
    groups = [
        span("b0", "a2", "requests", "process requests.commands", "CONSUMER", 7, 12, links=[(ONE, "a2"), *to]),
        span("b2", "b0", "requests", "publish zavhoz.private", "PRODUCER", 14, 15, links=to, zavhoz__component="relay"),
        span("c0", "b2", "notifier", "process notifier.private", "CONSUMER", 16, 18, links=to),
    ]
    spans = [*second, *groups, *(one for one in WHOLE if one.id not in {group.id for group in groups})]
    assert hops(way(spans), "editMessageText") == HOPS
    # The second one's own line leads from the notifier straight to the gateway.
    assert hops(way(spans, TWO), "sendMessage") == [
        ("gateway", "handle message", 0, 3),
        ("broker", "zavhoz.commands", 3, 4),
        *HOPS[2:5],
        ("notifier", "process notifier.private", 16, 4),
        ("Telegram", "sendMessage", 20, 8),
    ]


def test_a_wave_of_the_relay_is_found_by_its_links() -> None:
    """The command was handled alone, and so was the notice; between them the relay sent several at once."""
    wave = span(
        *("e0", "", "requests", "publish zavhoz.private", "PRODUCER", 14, 15),
        trace=TWO,
        links=[(ONE, "b0")],
        zavhoz__component="relay",
    )
    other = span("e1", "", "requests", "publish zavhoz.events", "PRODUCER", 14.5, 15, trace=TWO, links=[(ONE, "b0")])
    again = span("e2", "", "requests", "publish zavhoz.private", "PRODUCER", 17, 18, trace=TWO, links=[(ONE, "b0")])
    taken = span("c0", "b0", "notifier", "process notifier.private", "CONSUMER", 16, 18)
    spans = [*(one for one in WHOLE if one.id[:2] not in ("b2", "c0")), wave, other, again, taken]
    assert hops(way(spans), "editMessageText") == HOPS


def exported(spans: Iterable[Span]) -> bytes:
    """As a service sends them."""
    request = ExportTraceServiceRequest()
    for one in spans:
        resource = request.resource_spans.add()
        name = resource.resource.attributes.add(key="service.name")
        name.value.string_value = one.service
        sent = resource.scope_spans.add().spans.add(
            name=one.name,
            kind=f"SPAN_KIND_{one.kind}",
            trace_id=bytes.fromhex(one.trace),
            span_id=bytes.fromhex(one.id),
            parent_span_id=bytes.fromhex(one.parent),
            start_time_unix_nano=int(one.start * 1e6),
            end_time_unix_nano=int(one.end * 1e6),
        )
        for key, value in one.attributes.items():
            given = sent.attributes.add(key=key).value
            if isinstance(value, int):
                given.int_value = value
            else:
                given.string_value = value
        for trace, id in one.links:
            sent.links.add(trace_id=bytes.fromhex(trace), span_id=bytes.fromhex(id))
    return request.SerializeToString()


@pytest.fixture
def export(url: str, http: aiohttp.ClientSession) -> Any:
    async def exporting(body: bytes, **headers: str) -> int:
        sent = {
            "Content-Type": "application/x-protobuf",
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        async with http.post(f"{url}/v1/traces", data=body, headers=sent) as response:
            return response.status

    return exporting


async def test_a_page_hears_of_a_way_as_it_becomes_known(export: Any, client: SandboxClient) -> None:
    async with client.feed() as feed:
        assert (await feed.next("snapshot"))["ways"] == []
        assert await export(exported(WHOLE[:3])) == 200
        begun = (await feed.next("way"))["way"]
        assert (begun["update_id"], begun["ends"]) == (41, [])
        assert await export(exported([span("f0", "", "files", "sweep", "INTERNAL", 0, 1, trace=TWO)])) == 200
        assert await export(gzip.compress(exported(WHOLE[3:])), Content_Encoding="gzip") == 200
        whole = (await feed.next("way"))["way"]
        assert [(hop["who"], hop["what"]) for hop in whole["ends"][0]["hops"]] == [hop[:2] for hop in HOPS]
    async with client.feed() as feed:
        assert (await feed.next("snapshot"))["ways"] == [whole]


async def test_what_is_no_export_is_refused(export: Any) -> None:
    assert await export(b"nonsense") == 400
    assert await export(b"{}", Content_Type="application/json") == 415


async def test_a_way_that_is_forgotten_is_not_told(
    export: Any, client: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "TRACES_KEPT", 1)
    async with client.feed() as feed:
        begun = await feed.next("snapshot")
    await export(exported(WHOLE))
    await export(
        exported([span("d0", "", "gateway", "handle message", "CONSUMER", 0, 6, trace=TWO, zavhoz__update_id=42)])
    )
    async with client.feed(run=begun["run"], after=begun["seq"]) as feed:
        assert (await feed.next("resumed"))["seq"] == begun["seq"]
        assert (await feed.next("way"))["way"]["update_id"] == 42


def test_a_trace_without_end_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SPANS_KEPT", 2)
    traces = Traces()
    for one in WHOLE:
        assert traces.add(one) == {ONE}
    assert [one.name for one in traces.spans(ONE).values()] == ["handle callback_query", "GET /v1/requests"]
