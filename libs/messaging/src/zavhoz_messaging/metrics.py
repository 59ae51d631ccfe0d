"""What is counted, for Prometheus. On the hot path each is updated once per group, not per message."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_AGES: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 900, 3600)

HANDLED = Counter(
    "zavhoz_messages_handled",
    "Messages answered, by what became of them: done, retried, dead, or returned (handed back to the queue)",
    ["queue", "type", "outcome"],
)
HANDLING_SECONDS = Histogram(
    "zavhoz_message_handling_seconds",
    "Time to handle the group that a message was in, once for each type in the group",
    ["queue", "type"],
    buckets=_SECONDS,
)
MESSAGE_AGE = Histogram(
    "zavhoz_message_age_seconds",
    "Age, since it was written, of the oldest message in a group when the group was taken from its queue",
    ["queue"],
    buckets=_AGES,
)
GROUP_SIZE = Histogram(
    "zavhoz_group_size", "Messages handled together", ["queue"], buckets=(1, 2, 5, 10, 25, 50, 100, 200, 300)
)
SUSPECTED = Counter("zavhoz_messages_suspected", "Messages set aside because they came back unanswered", ["queue"])
DEAD = Counter("zavhoz_messages_dead", "Dead letters", ["queue", "reason"])
OUTAGE = Gauge("zavhoz_consumer_outage", "1 while a consumer holds its work because of an outage", ["queue"])
STUCK = Gauge("zavhoz_consumer_stuck", "1 while the broker gives a consumer nothing, although it should", ["queue"])
BEGUN_AFRESH = Counter("zavhoz_consumer_afresh", "Connections dropped because a consumer was stuck", ["queue"])
MANAGEMENT_AVAILABLE = Gauge(
    "zavhoz_management_available", "1 while the broker's management API answers; 0 too where none is set"
)
PUBLISHED = Counter("zavhoz_messages_published", "Messages confirmed by the broker", ["exchange"])
PUBLISH_SECONDS = Histogram(
    "zavhoz_publish_seconds",
    "Time until the broker confirmed a message, or all those published together",
    ["exchange"],
    buckets=_SECONDS,
)
PUBLISH_FAILED = Counter("zavhoz_publish_failures", "Publishes that were not confirmed", ["reason"])
OUTBOX_LAG = Gauge(
    "zavhoz_outbox_lag_seconds", "Age, by the database's clock, of the oldest message not yet published", ["source"]
)
OUTBOX_UNPUBLISHED = Gauge(
    "zavhoz_outbox_unpublished", "Messages committed and not yet published; counted up to 100,000", ["source"]
)
STREAM_AVAILABLE = Gauge("zavhoz_stream_available", "0 while the broker says that the stream of events is down")
