"""What is counted, for Prometheus."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

DELIVERIES = Counter("zavhoz_deliveries", "Attempts to deliver, by what became of them", ["kind", "state"])
CALL_SECONDS = Histogram("zavhoz_telegram_seconds", "Time of one call to Telegram", ["act"], buckets=_SECONDS)
LIMITED = Counter("zavhoz_limiter_waits", "Deliveries that had to wait for a limit", ["scope"])
FLOODED = Counter("zavhoz_telegram_floods", "Answers 429 of Telegram's", ["scope"])
OPEN = Gauge("zavhoz_deliveries_open", "Deliveries that wait")
OLDEST = Gauge("zavhoz_deliveries_oldest_seconds", "Age of the oldest delivery that waits")
