"""Consuming: when a message is answered, and where it goes that cannot be handled."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_SRC: Final = "libs/messaging/src/zavhoz_messaging"
_CONSUMER: Final = "libs/messaging/tests/test_consumer.py"

SABOTAGES: Final = (
    Sabotage(
        "ack before the work, and so before its commit",
        "G6: ack after commit",
        f"{_SRC}/lane.py",
        "await self._work_on(messages)\n",
        "await ack_all(messages); await self._work_on(messages)\n",
        (f"{_CONSUMER}::test_a_lost_connection_cancels_the_handler_and_the_work_comes_again",),
    ),
    Sabotage(
        "leave what was handled unanswered",
        "G6: queues end empty",
        f"{_SRC}/lane.py",
        "await ack_all(messages)\n",
        "ack_all\n",
        (f"{_CONSUMER}::test_what_is_there_is_handled_together_and_answered",),
    ),
    Sabotage(
        "let a bad message hold its neighbours",
        "when a group fails, each is handled alone",
        f"{_SRC}/lane.py",
        "        if len(group) > 1:\n            began",
        "        for delivery in group[1:]:\n"
        "            await self._mover.retry(delivery.message, RuntimeError('not looked at'))\n"
        "        if len(group) > 1:\n            began",
        (f"{_CONSUMER}::test_a_bad_message_does_not_hold_its_neighbours",),
    ),
    Sabotage(
        "set no suspects aside",
        "what comes back a second time is handled apart",
        f"{_SRC}/lane.py",
        "_RETURNS_OF_A_SUSPECT: Final = 2",
        "_RETURNS_OF_A_SUSPECT: Final = 1_000_000",
        (f"{_CONSUMER}::test_a_message_that_kills_its_process_harms_only_itself",),
    ),
    Sabotage(
        "handle suspects together",
        "suspects are handled one at a time",
        f"{_SRC}/suspects.py",
        "async with self._alone:\n",
        "async with contextlib.nullcontext():\n",
        (f"{_CONSUMER}::test_a_message_that_kills_its_process_harms_only_itself",),
    ),
    Sabotage(
        "drop dead letters",
        "G6: dead-lettered, with a reason, not lost",
        f"{_SRC}/moving.py",
        "        await self._move(message, self._work.dead, died(message, self._work.name, reason, error))\n",
        "        await message.ack()\n",
        (f"{_CONSUMER}::test_what_is_no_message_is_a_dead_letter_with_its_reason",),
    ),
    Sabotage(
        "tell no reason with a dead letter",
        "a dead letter has its reason in a header",
        f"{_SRC}/moving.py",
        "self._work.dead, died(message, self._work.name, reason, error))",
        "self._work.dead, moved(message))",
        (f"{_CONSUMER}::test_what_is_no_message_is_a_dead_letter_with_its_reason",),
    ),
    Sabotage(
        "try again without counting",
        "delivery attempts are counted by ourselves",
        f"{_SRC}/moving.py",
        "{ATTEMPT: failed + 1})",
        "{ATTEMPT: 0 * failed})",
        (f"{_CONSUMER}::test_after_the_ladder_comes_the_dead_letter",),
    ),
    Sabotage(
        "try again what can never be done",
        "permanent: dead letter now",
        f"{_SRC}/lane.py",
        "        if isinstance(failure, Permanent):\n",
        "        if not failure:\n",
        (f"{_CONSUMER}::test_a_bad_message_does_not_hold_its_neighbours",),
    ),
    Sabotage(
        "bury what fails once",
        "transient: tried again after each delay",
        f"{_SRC}/lane.py",
        "return await self._mover.retry(message, failure)",
        'return await self._mover.bury(message, "exhausted", failure)',
        (f"{_CONSUMER}::test_a_transient_failure_is_tried_again_after_a_delay",),
    ),
    Sabotage(
        "count an outage as a failure of the message",
        "outage: the work is held",
        f"{_SRC}/lane.py",
        "                except Outage as outage:\n                    tell(outage)\n",
        "                except Outage:\n                    raise\n",
        (f"{_CONSUMER}::test_an_outage_holds_the_work_and_shows",),
    ),
    Sabotage(
        "do not tell readiness of an outage",
        "G7: readiness names a fault",
        f"{_SRC}/moving.py",
        '            self._on_health(self._queue, False, f"waits for {what}: {error}"[:300])\n',
        "            str(what)\n",
        (f"{_CONSUMER}::test_an_outage_holds_the_work_and_shows",),
    ),
    Sabotage(
        "do not count an outage",
        "G7: a metric names a fault",
        f"{_SRC}/moving.py",
        "            metrics.OUTAGE.labels(self._queue).set(1)\n",
        "",
        (f"{_CONSUMER}::test_an_outage_holds_the_work_and_shows",),
    ),
    Sabotage(
        "never say that an outage is over",
        "outage: it resumes by itself",
        f"{_SRC}/moving.py",
        '                self._on_health(self._queue, True, "")\n',
        "",
        (f"{_CONSUMER}::test_it_is_ready_again_when_an_outage_ends_with_another_error",),
    ),
    Sabotage(
        "ack what moves on before its copy is confirmed",
        "a move is a copy, confirmed, and then the ack",
        f"{_SRC}/moving.py",
        "        with self._trouble.watched() as tell:\n            while True:\n",
        "        await message.ack()\n        with self._trouble.watched() as tell:\n            while True:\n",
        (f"{_CONSUMER}::test_what_moves_on_is_answered_when_its_copy_is_confirmed",),
    ),
    Sabotage(
        "give up on a broker that takes nothing",
        "while the broker takes nothing, it is waited for",
        f"{_SRC}/moving.py",
        "                    await asyncio.sleep(_AGAIN_SECONDS)\n",
        "                    await asyncio.sleep(_AGAIN_SECONDS)\n                    break\n",
        (f"{_CONSUMER}::test_a_broker_that_takes_nothing_is_waited_for",),
    ),
    Sabotage(
        "stop without a drain",
        "on SIGTERM what is in hand is finished",
        f"{_SRC}/lane.py",
        "asyncio.get_running_loop().time() + self._pace.drain_seconds",
        "asyncio.get_running_loop().time()",
        (f"{_CONSUMER}::test_a_stop_finishes_what_is_in_hand",),
    ),
    Sabotage(
        "hand nothing back at a stop",
        "a crash or close counts against each message's limit",
        f"{_SRC}/lane.py",
        "        await self._mover.hand_back(self._queue, [message for message in messages if not message.answered])\n",
        "        _log.info('kept', messages=len(messages))\n",
        (f"{_CONSUMER}::test_work_held_at_a_stop_is_handed_back_uncounted",),
    ),
    Sabotage(
        "take without limit",
        "G8: memory stays bounded, whatever the backlog",
        f"{_SRC}/transport.py",
        "set_qos(prefetch_count=prefetch)",
        "set_qos(prefetch_count=0 * prefetch)",
        (f"{_CONSUMER}::test_no_more_is_taken_than_may_be_in_hand",),
    ),
    Sabotage(
        "declare only once",
        "every consumer declares its queue and bindings once a minute",
        f"{_SRC}/consumer.py",
        "            await asyncio.sleep(self._pace.redeclare_seconds)\n            await self._declare(connection)\n",
        "            await asyncio.sleep(self._pace.redeclare_seconds)\n",
        (f"{_CONSUMER}::test_a_binding_that_was_removed_is_made_again",),
    ),
    Sabotage(
        "do not declare on connecting",
        "every consumer declares its queue and bindings on each connect",
        f"{_SRC}/consumer.py",
        "            await self._declare(connection)\n            async with",
        "            async with",
        (f"{_CONSUMER}::test_a_transient_failure_is_tried_again_after_a_delay",),
    ),
    Sabotage(
        "keep the broker's own headers on what moves",
        "no `x-death` on a copy: 3.10 sees a cycle, and it sticks",
        f"{_SRC}/delivery.py",
        "    return {ATTEMPT: attempt(message)}\n",
        "    return {**message.headers, ATTEMPT: attempt(message)}\n",
        (
            f"{_CONSUMER}::test_a_transient_failure_is_tried_again_after_a_delay",
            f"{_CONSUMER}::test_after_the_ladder_comes_the_dead_letter",
        ),
    ),
)
