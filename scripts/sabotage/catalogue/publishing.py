"""Publishing, and what is declared for it."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_SRC: Final = "libs/messaging/src/zavhoz_messaging"
_PUBLISHER: Final = "libs/messaging/tests/test_publisher.py"
_TOPOLOGY: Final = "libs/messaging/tests/test_topology.py"

SABOTAGES: Final = (
    Sabotage(
        "publish without `mandatory`",
        "G6: what no queue takes is an error",
        f"{_SRC}/publisher.py",
        "mandatory=True,",
        "mandatory=False,",
        (f"{_PUBLISHER}::test_what_no_queue_takes_is_an_error",),
    ),
    Sabotage(
        "publish a wave without `mandatory`",
        "G6: what no queue takes is an error",
        f"{_SRC}/wave.py",
        "mandatory=True)",
        "mandatory=False)",
        (f"{_PUBLISHER}::test_of_a_wave_each_message_has_the_answer_that_is_its_own",),
    ),
    Sabotage(
        "publish transient instead of persistent",
        "G6: a restarted broker has what it confirmed",
        f"{_SRC}/outgoing.py",
        "_PERSISTENT: Final = 2",
        "_PERSISTENT: Final = 1",
        (f"{_PUBLISHER}::test_a_message_is_persistent_and_whole",),
    ),
    Sabotage(
        "await no confirm",
        "G1: durable means confirmed by the broker",
        f"{_SRC}/publisher.py",
        "channel(publisher_confirms=True, on_return_raises=True)",
        "channel(publisher_confirms=False, on_return_raises=False)",
        (f"{_PUBLISHER}::test_what_the_broker_refuses_is_an_error",),
    ),
    Sabotage(
        "take every message of a wave for confirmed",
        "G3: marked as published only when confirmed",
        f"{_SRC}/wave.py",
        "return confirm.done() and confirm.exception() is None and isinstance(confirm.result(), Basic.Ack)",
        "return True or confirm.done()",
        (f"{_PUBLISHER}::test_of_a_wave_each_message_has_the_answer_that_is_its_own",),
    ),
    Sabotage(
        "take an unknown outcome for a success",
        "G1: a timeout means unknown",
        f"{_SRC}/publisher.py",
        '                        metrics.PUBLISH_FAILED.labels("unknown").inc()\n                    except LOST',
        "                        return\n                    except LOST",
        (
            f"{_PUBLISHER}::test_without_confirm_in_time_it_says_unavailable_and_works_again_later",
            f"{_PUBLISHER}::test_a_confirm_that_does_not_come_is_unknown_and_the_channel_goes_on",
        ),
    ),
    Sabotage(
        "use one AMQP message id for two attempts",
        "a fresh AMQP id per attempt",
        f"{_SRC}/outgoing.py",
        'message_id=f"{_PROCESS}-{next(_attempts)}"',
        'message_id=f"{_PROCESS}-{hash(self.body)}"',
        (f"{_PUBLISHER}::test_a_connection_lost_in_flight_is_tried_again_under_the_same_event_id",),
    ),
    Sabotage(
        "give up on a connection that was lost in flight",
        "an unknown outcome is tried again",
        f"{_SRC}/publisher.py",
        "                        self._give_up(channel)\n                    else:",
        "                        raise\n                    else:",
        (f"{_PUBLISHER}::test_a_connection_lost_in_flight_is_tried_again_under_the_same_event_id",),
    ),
    Sabotage(
        "declare nothing when a message is returned",
        "a binding that was removed is made again",
        f"{_SRC}/publisher.py",
        "                        await self._redeclare()\n",
        "",
        (f"{_PUBLISHER}::test_a_binding_that_is_missing_is_made_again",),
    ),
    Sabotage(
        "publish messages of any size",
        "a message over 64 KiB is refused before it is published",
        "libs/contracts/src/zavhoz_contracts/envelope.py",
        "    if len(body) > MAX_MESSAGE_BYTES:\n",
        "    if len(body) > 100 * MAX_MESSAGE_BYTES:\n",
        (f"{_PUBLISHER}::test_of_many_each_has_its_own_result",),
    ),
    Sabotage(
        "connect again only after half a minute",
        "after a lost connection it goes on within a second or so",
        f"{_SRC}/connection.py",
        "RECONNECT_SECONDS: Final = 0.5",
        "RECONNECT_SECONDS: Final = 30.0",
        (f"{_PUBLISHER}::test_after_a_lost_connection_it_publishes_on_the_next",),
    ),
    Sabotage(
        "declare work queues without arguments",
        "explicit arguments for everything",
        f"{_SRC}/topology.py",
        "durable=True, arguments=_work(work.dead, delivery_limit=20))",
        'durable=True, arguments={"x-queue-type": "quorum"})',
        ("libs/messaging/tests/test_topology_arguments.py::test_every_queue_has_exactly_its_arguments",),
    ),
    Sabotage(
        "limit the length of our queues",
        "our queues have no length limit",
        f"{_SRC}/topology.py",
        '        "x-delivery-limit": delivery_limit,\n',
        '        "x-delivery-limit": delivery_limit,\n        "x-max-length": 100_000,\n',
        (f"{_TOPOLOGY}::test_every_queue_is_durable_replicated_and_never_drops_what_is_new",),
    ),
    Sabotage(
        "bind no queue",
        "G3: an event reaches every queue declared for it",
        f"{_SRC}/topology.py",
        "            await queue.bind(exchanges[exchange], routing_key)\n",
        "            pass\n",
        (f"{_TOPOLOGY}::test_each_queue_is_bound_for_what_the_registry_says_and_the_stream_for_every_event",),
    ),
    Sabotage(
        "let a stream that is down stop the work",
        "the stream holds the replay, not the work",
        f"{_SRC}/topology.py",
        "        metrics.STREAM_AVAILABLE.set(0)\n",
        "        raise\n",
        ("libs/messaging/tests/test_topology_arguments.py::test_a_stream_that_is_down_does_not_stop_the_work",),
    ),
    Sabotage(
        "listen for no heartbeats",
        "a half-open connection is noticed",
        f"{_SRC}/connection.py",
        "HEARTBEAT_SECONDS: Final = 5\n",
        "HEARTBEAT_SECONDS: Final = 600\n",
        ("tests/faults/test_network.py::test_a_black_hole_is_noticed_named_and_survived",),
    ),
)
