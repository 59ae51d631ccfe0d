"""What the notifier tells of itself: in whose trace a delivery is, how late people are told, and what waits."""

from __future__ import annotations

from notifier_support import Town
from prometheus_client import REGISTRY

from zavhoz_contracts.message import Role
from zavhoz_messaging.testing import wait_until

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_delivery_keeps_its_causes_trace_and_tells_how_late_it_was(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    await town.someone(2, "Марина", Role.MANAGER)
    lag = {"state": "sent"}
    count, seconds = value("zavhoz_delivery_lag_seconds_count", **lag), value("zavhoz_delivery_lag_seconds_sum", **lag)
    async with town.notifier("consumer"):
        await town.publish(town.desk.created(anna.known).model_copy(update={"traceparent": TRACEPARENT}))

        async def planned() -> bool:
            return bool(await town.rows("SELECT 1 FROM deliveries"))

        await wait_until(planned, "a delivery")
    # As if it had waited for an hour already: longer than any other test takes.
    await town.rows("UPDATE deliveries SET planned_at = planned_at - interval '1 hour' RETURNING 1")
    async with town.notifier():
        await town.idle()
    (row,) = await town.rows("SELECT traceparent, state FROM deliveries")
    assert (row.traceparent, row.state) == (TRACEPARENT, "sent")
    assert value("zavhoz_delivery_lag_seconds_count", **lag) == count + 1
    assert 3600 < value("zavhoz_delivery_lag_seconds_sum", **lag) - seconds < 3720


async def test_what_waits_is_measured_while_nothing_can_be_said(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    await town.sandbox.fault("5xx", method="sendMessage", chat=marina.chat_id, times=1000)

    async def waiting(deliveries: int) -> bool:
        return value("zavhoz_deliveries_unfinished") == deliveries

    async with town.notifier():
        await town.publish(town.desk.created(anna.known))
        await wait_until(lambda: waiting(1), "one waits")
        oldest = value("zavhoz_deliveries_oldest_seconds")

        async def older() -> bool:
            return value("zavhoz_deliveries_oldest_seconds") > oldest > 0

        await wait_until(older, "it gets older")
        await town.sandbox.clear_faults()
        await wait_until(lambda: waiting(0), "none waits", timeout=60)
        assert value("zavhoz_deliveries_oldest_seconds") == 0
