"""What is counted, for Prometheus. On the hot path each is updated once per group, not per message."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

CONSUMED = Counter("zavhoz_messages_consumed", "Messages handled and acknowledged", ["queue"])
HANDLED_SECONDS = Histogram("zavhoz_group_seconds", "Time to handle one group", ["queue"], buckets=_SECONDS)
GROUP_SIZE = Histogram(
    "zavhoz_group_size", "Messages handled together", ["queue"], buckets=(1, 2, 5, 10, 25, 50, 100, 200, 300)
)
RETRIED = Counter("zavhoz_messages_retried", "Messages sent to the retry ladder", ["queue"])
SUSPECTED = Counter("zavhoz_messages_suspected", "Messages set aside because they came back unanswered", ["queue"])
DEAD = Counter("zavhoz_messages_dead", "Dead letters", ["queue", "reason"])
OUTAGE = Gauge("zavhoz_consumer_outage", "1 while a consumer holds its work because of an outage", ["queue"])
PUBLISHED = Counter("zavhoz_messages_published", "Messages confirmed by the broker", ["exchange"])
PUBLISH_FAILED = Counter("zavhoz_publish_failures", "Publishes that were not confirmed", ["reason"])
RELAY_LAG = Gauge("zavhoz_outbox_lag_seconds", "Age of the oldest event not yet published", ["source"])
STREAM_AVAILABLE = Gauge("zavhoz_stream_available", "0 while the broker says that the stream of events is down")
