"""What the gateway counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

UPDATES = Counter("zavhoz_updates", "Updates finished, by what came of them", ["kind", "result"])
UPDATE_SECONDS = Histogram(
    "zavhoz_update_seconds",
    "From the receipt of an update until it was finished",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300),
)
UPDATES_IN_HAND = Gauge("zavhoz_updates_in_hand", "Updates fetched and not finished")
UPDATE_RETRIES = Counter("zavhoz_update_retries", "Attempts on an update that failed and will be repeated", ["error"])
LEASES_LOST = Counter("zavhoz_leases_lost", "Leases that ended while they were needed", ["what"])
POLLS = Gauge("zavhoz_polls", "1 while this process fetches updates, 0 while it stands by")
WEBHOOK_FAILURES = Counter("zavhoz_webhook_failures", "Attempts to set the webhook that failed", ["reason"])
POLLING_FAILURES = Counter("zavhoz_polling_failures", "Calls of getUpdates that failed", ["reason"])
TOO_MANY_REQUESTS = Counter("zavhoz_too_many_requests", "Presses on [Send] that came too soon after others")
TOO_MANY_COMMENTS = Counter("zavhoz_too_many_comments", "Comments that came too soon after others")
READ_API_FAILURES = Counter("zavhoz_read_api_failures", "Reads that the requests service did not answer", ["what"])
