"""What the notifier counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

DELIVERED = Counter("zavhoz_deliveries", "Attempts at deliveries by how they ended", ["kind", "state"])
COALESCED = Counter(
    "zavhoz_deliveries_coalesced", "Live cards that were not planned, because one that waits will show as much"
)
SECONDS = Histogram("zavhoz_delivery_seconds", "From claim to record, waiting for a slot included", ["kind"])
DELIVERY_LAG = Histogram(
    "zavhoz_delivery_lag_seconds",
    "From the plan of a delivery to its end, by the database's clock",
    ["state"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 14400),
)
UNFINISHED = Gauge("zavhoz_deliveries_unfinished", "Deliveries planned and not finished; counted up to 100,000")
OLDEST = Gauge(
    "zavhoz_deliveries_oldest_seconds", "Age, by the database's clock, of the oldest delivery not finished; 0 if none"
)
SUMMARIES = Counter("zavhoz_quiet_summaries", "Summaries planned at the end of somebody's quiet hours")
DIGESTS = Counter("zavhoz_digests", "Managers who were told how things stand")
