"""The gateway: when Telegram is answered, and what an update becomes."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_SRC: Final = "services/gateway/src/zavhoz_gateway"
_TESTS: Final = "services/gateway/tests"

SABOTAGES: Final = (
    Sabotage(
        "answer the webhook before the confirm",
        "G1: Telegram is answered after the confirm",
        f"{_SRC}/entrypoints/webhook.py",
        "            await self._handle(self._read(raw))\n",
        "            asyncio.ensure_future(self._handle(self._read(raw)))\n",
        (f"{_TESTS}/test_webhook.py::test_telegram_is_answered_after_the_work_not_before",),
    ),
    Sabotage(
        "move the polling offset at once",
        "G1: the offset moves after the confirm",
        f"{_SRC}/entrypoints/window.py",
        "            if not self._finished[update_id]:\n                break\n",
        "",
        (f"{_TESTS}/test_window.py::test_the_offset_moves_only_past_what_is_finished_with_all_before_it",),
    ),
    Sabotage(
        "move the polling offset before the work",
        "G1: the offset moves after the confirm",
        f"{_SRC}/entrypoints/polling.py",
        "        await self._handle(fetched)\n        self._window.finish(fetched.update_id)\n",
        "        self._window.finish(fetched.update_id)\n        await self._handle(fetched)\n",
        (f"{_TESTS}/test_durability.py::test_with_the_broker_away_the_update_is_kept_and_processed_after_its_return",),
    ),
    Sabotage(
        "take an outage for an end",
        "G1: an update is finished durably, or sent again",
        f"{_SRC}/entrypoints/handling.py",
        "        except (Outage, Transient):\n            raise\n",
        '        except (Outage, Transient):\n            return "done"\n',
        (f"{_TESTS}/test_webhook.py::test_with_the_broker_away_telegram_is_asked_to_send_again",),
    ),
    Sabotage(
        "mark an update as seen before the work",
        "the mark that dedupes is written after the work",
        f"{_SRC}/entrypoints/handling.py",
        "        result = await self._dispatch(",
        "        await self._seen.add(update.update_id)\n        result = await self._dispatch(",
        (f"{_TESTS}/test_webhook.py::test_with_the_broker_away_telegram_is_asked_to_send_again",),
    ),
    Sabotage(
        "mark no update as seen",
        "an update delivered again has no second effect",
        f"{_SRC}/entrypoints/handling.py",
        "            await self._seen.add(update.update_id)\n",
        "            await self._seen.has(update.update_id)\n",
        (f"{_TESTS}/test_durability.py::test_an_update_delivered_again_to_the_next_process_neither",),
    ),
    Sabotage(
        "say the last offset for ever",
        "update ids are a set: they can jump down",
        f"{_SRC}/entrypoints/window.py",
        "        if offset == self._offset:\n            self._offset = None\n",
        "        return\n",
        (f"{_TESTS}/test_polling.py::test_ids_that_jump_down_are_not_hidden",),
    ),
    Sabotage(
        "make the ids of presses at random",
        "G2: command ids derive from the press",
        "libs/contracts/src/zavhoz_contracts/identity.py",
        'return uuid5(_NAMESPACE, f"command:{bot_id}:callback_query:{callback_query_id}:{ordinal}")',
        'return uuid5(_NAMESPACE, f"{bot_id}:{callback_query_id}:{ordinal}:{object()!r}")',
        (f"{_TESTS}/test_durability.py::test_a_crash_after_the_publish_repeats_the_same_command",),
    ),
    Sabotage(
        "make the ids of messages at random",
        "G2: command ids derive from the message",
        "libs/contracts/src/zavhoz_contracts/identity.py",
        'return uuid5(_NAMESPACE, f"command:{bot_id}:{kind}:{chat_id}:{message_id}:{edit_date}:{ordinal}")',
        'return uuid5(_NAMESPACE, f"{bot_id}:{kind}:{chat_id}:{message_id}:{edit_date}:{ordinal}:{object()!r}")',
        (f"{_TESTS}/test_durability.py::test_without_redis_a_duplicate_makes_the_same_command",),
    ),
    Sabotage(
        "say nothing when an update fails",
        "G1: or an honest answer to the person",
        f"{_SRC}/entrypoints/handling.py",
        "            await self._apologise(update, correlation_id)\n",
        "            str(correlation_id)\n",
        (f"{_TESTS}/test_durability.py::test_a_bug_is_an_honest_sentence_and_stops_nobody",),
    ),
    Sabotage(
        "take updates from whoever sends them",
        "wrong secret: 401",
        f"{_SRC}/entrypoints/webhook.py",
        "        if not compare_digest(given, self._secret):\n",
        "        if compare_digest(given, b'nobody'):\n",
        (f"{_TESTS}/test_webhook.py::test_who_does_not_know_the_secret_is_turned_away",),
    ),
    Sabotage(
        "read a body of any size",
        "G8: a body over 1 MiB is 413",
        f"{_SRC}/entrypoints/webhook.py",
        "        if len(body) > BODY_MAX:\n            return None\n",
        "",
        (f"{_TESTS}/test_webhook.py::test_a_body_over_1_mib_is_too_large_whether_it_says_so_or_not",),
    ),
    Sabotage(
        "stop the webhook with updates in hand",
        "on SIGTERM what is in hand is finished",
        f"{_SRC}/entrypoints/webhook.py",
        "        while self._in_hand:\n            self._idle",
        "        while not self._in_hand and not self._stopping:\n            self._idle",
        (f"{_TESTS}/test_webhook.py::test_a_stop_takes_no_more_and_finishes_what_is_in_hand",),
    ),
    Sabotage(
        "handle one person's updates at once in two replicas",
        "one person's updates one at a time",
        f"{_SRC}/entrypoints/turns.py",
        "while not await lease.take():",
        "while not await lease.take() and lease is None:",
        (f"{_TESTS}/test_replicas.py::test_one_persons_turns_come_one_at_a_time_in_order_from_both_replicas",),
    ),
    Sabotage(
        "renew no lease",
        "a turn is held longer than its lease",
        f"{_SRC}/entrypoints/turns.py",
        "            await asyncio.gather(*[self._renew(lease) for lease in self._held])\n",
        "            len(self._held)\n",
        (f"{_TESTS}/test_replicas.py::test_a_turn_is_held_longer_than_its_lease",),
    ),
    Sabotage(
        "write a draft over another's",
        "draft writes compare the draft's revision",
        f"{_SRC}/store/drafts.py",
        "if revision ~= ARGV[1] then return 0 end\n",
        "",
        (f"{_TESTS}/test_drafts.py::test_of_two_writers_from_the_same_revision_the_second_is_refused",),
    ),
    Sabotage(
        "poll beside another process",
        "one poller at a time",
        f"{_SRC}/entrypoints/single.py",
        "        self._reached = True\n        return taken\n",
        "        self._reached = True\n        return True\n",
        (f"{_TESTS}/test_single.py::test_one_polls_and_the_other_is_ready_to",),
    ),
    Sabotage(
        "file nothing while Redis is away",
        "with Redis down, filing by a plain message works",
        f"{_SRC}/application/filing.py",
        "            await self._file_directly(said, content, None)\n            return\n        if draft",
        "            return\n        if draft",
        (f"{_TESTS}/test_durability.py::test_without_redis_a_plain_message_is_filed_as_it_is",),
    ),
)
