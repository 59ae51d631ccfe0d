"""The watchdog: whether the broker gives us what waits, and what is done when it does not."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_WATCHDOG: Final = "libs/messaging/src/zavhoz_messaging/watchdog.py"
_TESTS: Final = "libs/messaging/tests/test_watchdog.py"
_PUBLISHER: Final = "libs/messaging/tests/test_publisher.py"

SABOTAGES: Final = (
    Sabotage(
        "never renew a quiet consumer",
        "G6: what a consumer left behind was given comes to the next",
        "libs/messaging/src/zavhoz_messaging/lane.py",
        "            await asyncio.sleep(self._pace.renew_seconds)\n",
        "            await asyncio.sleep(self._pace.renew_seconds * 1_000)\n",
        (f"{_TESTS}::test_what_a_left_behind_consumer_was_given_comes_to_the_next",),
    ),
    Sabotage(
        "leave a stuck consumer as it is",
        "a consumer that the broker has lost begins afresh",
        _WATCHDOG,
        "            consumer.begin_afresh()\n",
        "            str(consumer)\n",
        (f"{_TESTS}::test_a_consumer_that_the_broker_has_lost_begins_afresh",),
    ),
    Sabotage(
        "believe in a consumer that gets nothing",
        "a consumer must get something when something waits",
        _WATCHDOG,
        "    if quiet and before.waiting and now.waiting:\n",
        "    if quiet and before.waiting and not now.waiting:\n",
        (f"{_TESTS}::test_a_consumer_that_is_known_and_given_nothing_begins_afresh_too",),
    ),
    Sabotage(
        "live on with a stuck consumer",
        "G7: three misses, and liveness fails",
        _WATCHDOG,
        "            self._on_life(CHECK, not stuck, what)\n",
        "            self._on_life(CHECK, True, what)\n",
        (f"{_TESTS}::test_the_third_miss_of_what_began_afresh_wants_a_restart",),
    ),
    Sabotage(
        "restart though the broker cannot be asked",
        "without a management API readiness fails, not liveness",
        _WATCHDOG,
        "if not stuck or (certain and worst >= _DEAD):",
        "if not stuck or worst >= _DEAD:",
        (f"{_TESTS}::test_a_management_api_that_does_not_answer_is_as_none_and_is_said_once",),
    ),
    Sabotage(
        "do not tell readiness of the broker's alarm",
        "G7: readiness names a fault",
        "libs/messaging/src/zavhoz_messaging/publisher.py",
        "        if not await unblocked(connection):\n",
        "        if not (await unblocked(connection) or True):\n",
        (f"{_PUBLISHER}::test_an_alarm_of_the_broker_holds_up_publishing_and_not_consuming",),
    ),
    Sabotage(
        "say nothing of confirms that do not come",
        "G7: a fault shows in readiness",
        "libs/messaging/src/zavhoz_messaging/publisher.py",
        "                        self._unconfirmed[message.exchange] = time.monotonic()\n",
        "",
        (f"{_PUBLISHER}::test_a_confirm_that_does_not_come_is_unknown_and_the_channel_goes_on",),
    ),
)
