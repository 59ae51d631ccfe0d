"""What is measured is cheap to keep: few labels, of which each has few values; and named as Prometheus wants it."""

from __future__ import annotations

import re

import pytest
from scripts.docs.metrics import Described, described

FEW = {
    "check": "names of dependencies and components",
    "error": "our classes of errors",
    "exchange": "three exchanges, and the default one",
    "kind": "kinds of updates or deliveries",
    "method": "HTTP methods, or the methods of the Bot API that we call",
    "outcome": "done, retried, dead, returned",
    "queue": "queues of the topology",
    "reason": "reason codes of our errors",
    "receiver": "otlp, sentry",
    "result": "reason codes, or done",
    "route": "patterns of routes",
    "source": "outboxes",
    "sqlstate": "two of PostgreSQL's codes",
    "state": "states of deliveries",
    "status": "classes of HTTP status",
    "type": "types of messages",
    "what": "what is read",
}
"""Every label that any metric has, and why it has few values. An id, an address or a text never is a label."""
each = pytest.mark.parametrize("metric", described(), ids=lambda metric: metric.name)


@each
def test_labels_have_few_values(metric: Described) -> None:
    assert set(metric.labels) <= FEW.keys()
    assert len(metric.labels) <= 3


@each
def test_names_are_prometheus_names(metric: Described) -> None:
    """https://prometheus.io/docs/practices/naming/."""
    assert re.fullmatch(r"zavhoz_[a-z][a-z_]*[a-z]", metric.name)
    assert metric.name.endswith("_total") == (metric.type == "counter")
    assert not re.search(r"milliseconds|_ms\b|_minutes|_kb\b", metric.name), "base units: seconds, bytes"
    assert metric.meaning[0].isupper() or metric.meaning[0].isdigit()


def test_every_side_tells_its_rate_its_errors_and_how_long_it_takes() -> None:
    labels = {metric.name: set(metric.labels) for metric in described()}
    types = {metric.name: metric.type for metric in described()}
    for name, wanted in {
        "zavhoz_http_request_seconds": {"method", "route", "status"},
        "zavhoz_http_client_request_seconds": {"method", "route", "status"},
        "zavhoz_message_handling_seconds": {"queue", "type"},
        "zavhoz_message_age_seconds": {"queue"},
        "zavhoz_publish_seconds": {"exchange"},
        "zavhoz_bot_api_call_seconds": {"method", "result"},
        "zavhoz_delivery_lag_seconds": {"state"},
    }.items():
        assert (types[name], labels[name]) == ("histogram", wanted)
    assert labels["zavhoz_messages_handled_total"] == {"queue", "type", "outcome"}
    assert types["zavhoz_outbox_lag_seconds"] == types["zavhoz_outbox_unpublished"] == "gauge"
