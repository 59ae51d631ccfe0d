"""The way of one update through the services, from its trace: who had it, and for how many milliseconds.

A way begins at the root span that names its update, and has as many ends as the bot called Telegram because of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zavhoz_sandbox.traces import Span

UPDATE: Final = "zavhoz.update_id"
"""The attribute of a root span that names its update."""
ROOT: Final = "handle "
"""What the name of such a span begins with; the kind of update follows."""
_COMPONENT: Final = "zavhoz.component"
_RELAY: Final = "relay"
_BROKER: Final = "broker"
_TELEGRAM: Final = "Telegram"
_TRANSACTION: Final = "transaction"


@dataclass(frozen=True, slots=True)
class _Mark:
    """From `at` on somebody else has it."""

    at: float
    who: str
    what: str


def root_of(spans: Mapping[str, Span], trace: str) -> Span | None:
    """The span that begins the way, if this trace is one of an update."""
    mine = (span for span in spans.values() if span.trace == trace and not span.parent)
    return next((span for span in mine if span.name.startswith(ROOT) and UPDATE in span.attributes), None)


def way_of(spans: Mapping[str, Span], trace: str, methods: frozenset[str]) -> dict[str, Any] | None:
    """The way as the page is shown it, as far as its spans have come; None: it is no trace of an update.

    `methods` are the names of the Bot API's methods: a client's span of such a name is an end.
    """
    root = root_of(spans, trace)
    if root is None:
        return None
    calls = sorted(
        (span for span in spans.values() if span.kind == "CLIENT" and span.name in methods),
        key=lambda span: span.end,
    )
    chains = [(call, chain) for call in calls if (chain := _chain(spans, root, call))]
    return {
        "trace": trace,
        "update_id": root.attributes[UPDATE],
        "what": root.name.removeprefix(ROOT),
        "started_ms": root.start,
        "ends": [
            {"call": call.name, "total_ms": round(call.end - root.start, 3), "hops": _hops(spans, chain)}
            for call, chain in chains
        ],
    }


def _chain(spans: Mapping[str, Span], root: Span, leaf: Span) -> list[Span]:
    """From the root to a leaf; empty while a span between them has not come, or when it is not of this root."""
    chain = [leaf]
    while chain[-1].id != root.id:
        parent = spans.get(chain[-1].parent)
        if parent is None:
            return []
        chain += _between(spans, parent, chain[-1])
        chain.append(parent)
    return chain[::-1]


def _between(spans: Mapping[str, Span], parent: Span, child: Span) -> list[Span]:
    """What happened between the two without being in their line, the last of it first.

    Several messages are handled, or sent on, in one span, whose parent is the sender of the first. What comes of the
    others goes on from their own senders, and that span is only linked to them.
    """
    linked = {span.id: span for span in spans.values() if (parent.trace, parent.id) in span.links}
    missing: list[Span] = []
    after = child
    while (led := _led_to(linked.values(), parent, after)) is not None:
        del linked[led.id]
        missing.append(led)
        after = led
    return missing


def _led_to(linked: Iterable[Span], parent: Span, after: Span) -> Span | None:
    """Who must have been before `after`: the last one of those that began before it; None: it was the parent itself."""
    if after.kind == "CONSUMER":
        fits = [] if _carries(parent, after) else [span for span in linked if _carries(span, after)]
    elif after.service != parent.service:
        fits = [span for span in linked if span.kind == "CONSUMER" and span.service == after.service]
    else:
        fits = []
    return max((span for span in fits if span.start <= after.start), key=lambda span: span.start, default=None)


def _carries(sent: Span, taken: Span) -> bool:
    """Whether a message may come from the one to the other: queues are named after the exchange that fills them."""
    named = sent.name.rpartition(".")[2] == taken.name.rpartition(".")[2]
    return (sent.kind, taken.kind) == ("PRODUCER", "CONSUMER") and named


def _hops(spans: Mapping[str, Span], chain: Sequence[Span]) -> list[dict[str, Any]]:
    """The time from the beginning of the chain to its end, cut up without gaps: times in milliseconds."""
    begin, end = chain[0].start, chain[-1].end
    marks = _marks(spans, chain)
    hops = []
    at = begin
    for number, mark in enumerate(marks):
        until = min(max(at, marks[number + 1].at), end) if number + 1 < len(marks) else end
        # Rounded where they meet, so that they add up.
        begun, ended = round(at - begin, 3), round(until - begin, 3)
        hops.append({"who": mark.who, "what": mark.what, "from_ms": begun, "ms": round(ended - begun, 3)})
        at = until
    return hops


def _marks(spans: Mapping[str, Span], chain: Sequence[Span]) -> list[_Mark]:
    """Where the way goes from one to the next. Within a service it stays with whoever took it."""
    marks: list[_Mark] = []
    for before, span in zip([None, *chain], chain, strict=False):
        who = span.service.removeprefix("zavhoz-")
        if span is chain[-1]:
            marks.append(_Mark(span.start, _TELEGRAM, span.name))
        elif span.kind == "PRODUCER":
            if span.attributes.get(_COMPONENT) == _RELAY and before is not None and before.service == span.service:
                marks.append(_Mark(_handed_over(spans, before, span), _RELAY, "outbox"))
            marks.append(_Mark(span.start, _BROKER, span.name.removeprefix("publish ")))
        elif span.kind == "CONSUMER" or before is None or before.service != span.service:
            marks.append(_Mark(span.start, who, span.name))
    return marks


def _handed_over(spans: Mapping[str, Span], taken: Span, sent_on: Span) -> float:
    """When what was taken lay in the outbox.

    At the end of the span that took it; but the relay hears of the commit itself, and may be quicker.
    """
    inside = (span for span in spans.values() if span.parent == taken.id and span.name == _TRANSACTION)
    ends = [end for end in (taken.end, *(span.end for span in inside)) if end <= sent_on.start]
    return max(ends, default=sent_on.start)
