"""The notifier: what is said, how often, and within Telegram's limits."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_SRC: Final = "services/notifier/src/zavhoz_notifier"
_DELIVERY: Final = "services/notifier/tests/test_delivery.py"
_FAULTS: Final = "services/notifier/tests/test_faults.py"
_LIMITS: Final = "services/notifier/tests/test_limits.py"
_KILLED: Final = "services/notifier/tests/test_killed.py"
_STORY: Final = "services/notifier/tests/test_story.py"

SABOTAGES: Final = (
    Sabotage(
        "fan out without the limiter",
        "25 messages/s overall, 1/s per chat",
        f"{_SRC}/application/saying.py",
        "        await self._slots.slot(delivery.chat_id)\n"
        '        sent = await self._messenger.send(delivery.chat_id, screen, delivery.content.get("thread"))\n',
        '        sent = await self._messenger.send(delivery.chat_id, screen, delivery.content.get("thread"))\n',
        (f"{_LIMITS}::test_one_a_second_in_a_chat_and_twenty_five_overall_over_two_replicas",),
    ),
    Sabotage(
        "a limiter for each replica",
        "one limiter per bot token, shared by all replicas",
        f"{_SRC}/store/limiter.py",
        'self._prefix = f"zavhoz:limit:{{{bot_id}}}"',
        'self._prefix = f"zavhoz:limit:{{{bot_id}}}:{id(self)}"',
        (f"{_LIMITS}::test_two_replicas_share_one_rate",),
    ),
    Sabotage(
        "no limits while Redis is away",
        "limits fail closed for bulk actions",
        f"{_SRC}/store/limiter.py",
        "        if chat in self._local:\n            return False, self._local[chat] - now\n",
        "",
        (f"{_LIMITS}::test_without_redis_each_process_keeps_the_same_rates",),
    ),
    Sabotage(
        "write no attempt down before the send",
        "G5: a durable row first",
        f"{_SRC}/store/deliveries.py",
        "        UPDATE deliveries SET state = 'attempting', claimed_at = clock_timestamp()\n",
        "        UPDATE deliveries SET claimed_at = clock_timestamp()\n",
        (
            f"{_FAULTS}::test_a_message_whose_sender_dies_each_time_is_tried_twice",
            f"{_KILLED}::test_killed_between_the_send_and_its_record",
        ),
    ),
    Sabotage(
        "take a crash in mid-send for not sent",
        "G5: what is unknown is said twice at most",
        f"{_SRC}/store/deliveries.py",
        "    UPDATE deliveries SET unknown = unknown + 1, claimed_at = NULL, error = 'no record of the attempt',\n",
        "    UPDATE deliveries SET claimed_at = NULL, error = 'no record of the attempt',\n",
        (f"{_FAULTS}::test_a_message_whose_sender_dies_each_time_is_tried_twice",),
    ),
    Sabotage(
        "say what is unknown three times",
        "G5: what is unknown is said twice at most",
        f"{_SRC}/domain/delivery.py",
        "MAX_UNKNOWN: Final = 2",
        "MAX_UNKNOWN: Final = 3",
        (f"{_DELIVERY}::test_a_notice_without_an_answer_is_said_once_more_in_the_same_words",),
    ),
    Sabotage(
        "say something else the second time",
        "G5: it says the same thing",
        f"{_SRC}/application/saying_again.py",
        '    if "rendered" in delivery.content:\n',
        '    if "never" in delivery.content:\n',
        (f"{_DELIVERY}::test_a_card_without_an_answer_is_said_once_more_in_the_same_words",),
    ),
    Sabotage(
        "tell an event each time it comes",
        "G2: one event, one notice",
        f"{_SRC}/application/planning.py",
        "                if envelope.id in claimed\n",
        "                if claimed is not None\n",
        (f"{_DELIVERY}::test_an_event_whose_deliveries_are_forgotten_is_not_told_again",),
    ),
    Sabotage(
        "forget what was sent when the database is away",
        "G5: a delivery ends as sent",
        f"{_SRC}/application/recording.py",
        "_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0)",
        "_SECONDS: Final = ()",
        (f"{_FAULTS}::test_what_was_sent_is_recorded_though_the_database_was_away",),
    ),
    Sabotage(
        "let leases of attempts end",
        "G5: only a crash lets one end",
        f"{_SRC}/application/sending.py",
        "            if under_way:\n                with",
        "            if not under_way:\n                with",
        (f"{_FAULTS}::test_a_slow_answer_is_not_taken_for_a_crash",),
    ),
    Sabotage(
        "two replicas claim at once",
        "in one chat one thing after another",
        f"{_SRC}/store/deliveries.py",
        '    await connection.execute(_ONE_AT_A_TIME, {"key": _CLAIMING})\n    rows',
        "    rows",
        (f"{_FAULTS}::test_two_replicas_never_speak_in_one_chat_at_once",),
    ),
    Sabotage(
        "two replicas answer one press",
        "a press is answered once",
        f"{_SRC}/store/deliveries.py",
        " FOR UPDATE SKIP LOCKED\n    )\n    UPDATE",
        "\n    )\n    UPDATE",
        (f"{_FAULTS}::test_presses_and_chats_have_hands_of_their_own_the_most_urgent_first",),
    ),
    Sabotage(
        "have who pressed wait for company",
        "tap to answer: 100 ms",
        f"{_SRC}/application/sending.py",
        "Hands(self._claim_answers, _ANSWERS_AT_ONCE)",
        "Hands(self._claim_answers, _ANSWERS_AT_ONCE, space_seconds=_COMPANY_SECONDS)",
        (f"{_FAULTS}::test_who_pressed_waits_for_no_company",),
    ),
    Sabotage(
        "make an attempt again that is still under way",
        "G5: at most twice, and only after a crash",
        f"{_SRC}/application/hands.py",
        "if delivery.id in self.under_way:",
        "if False:",
        (f"{_FAULTS}::test_an_attempt_whose_lease_ended_is_not_made_again_by_whoever_is_still_at_it",),
    ),
    Sabotage(
        "pass over who is just being given the card",
        "a comment is told to those of the staff who have the card",
        f"{_SRC}/store/cards.py",
        "WHERE state = 'attempting' AND kind = 'card' AND request_id",
        "WHERE false AND request_id",
        (f"{_STORY}::test_a_comment_is_told_to_who_is_just_being_given_the_card",),
    ),
    Sabotage(
        "draw an older card over a newer one",
        "never an older version over a newer one",
        f"{_SRC}/application/saying.py",
        "            if live.version > card.version or live.content_hash == hashed:\n",
        "            if live.content_hash == hashed:\n",
        (f"{_DELIVERY}::test_an_older_version_is_never_drawn_over_a_newer",),
    ),
    Sabotage(
        "take a card under way for one that waits",
        "cards are drawn from what is true: projections equal the source at the end",
        f"{_SRC}/store/deliveries.py",
        "WHERE waiting.state = 'pending' AND",
        "WHERE waiting.state IN ('pending', 'attempting') AND",
        ("services/notifier/tests/test_coalescing.py::test_a_card_planned_during_a_claim_is_drawn_by_it_or_by_itself",),
    ),
    Sabotage(
        "answer who asks now with what was read before",
        "a card is read after its claim",
        f"{_SRC}/application/batching.py",
        "                self._close(batch)\n                found",
        "                found",
        ("services/notifier/tests/test_batching.py::test_who_asks_during_a_call_gets_an_answer_begun_afterwards",),
    ),
    Sabotage(
        "fill no gap",
        "G4: a gap in `sequence` is fetched from the events API",
        f"{_SRC}/application/planning.py",
        "                if envelope.version > last + 1:\n",
        "                if envelope.version > last + 1_000_000:\n",
        (f"{_DELIVERY}::test_a_gap_in_the_sequence_is_fetched_and_what_comes_late_is_not_told_again",),
    ),
    Sabotage(
        "ignore `retry_after`",
        "a 429's `retry_after` pauses that chat",
        f"{_SRC}/application/sending.py",
        "            await self._slots.pause(delivery.chat_id, error.wait)\n"
        "            return await self._later(delivery, error.wait, error, counted=False)\n",
        "            return await self._later(delivery, 0.0, error, counted=False)\n",
        (f"{_DELIVERY}::test_a_429_holds_up_its_chat_and_no_other",),
    ),
    Sabotage(
        "take a global 429 for one chat's",
        "a 429 pauses everything when it is global",
        "libs/telegram/src/zavhoz_telegram/pauses.py",
        "\nAFTER_CHATS: Final = 3\n",
        "\nAFTER_CHATS: Final = 300\n",
        (f"{_DELIVERY}::test_429s_in_several_chats_hold_up_everything",),
    ),
    Sabotage(
        "mark nobody unreachable",
        "403 is permanent: the person is marked unreachable",
        f"{_SRC}/application/sending.py",
        "            elif isinstance(error, errors.Unreachable) and delivery.person_id is not None:\n",
        "            elif isinstance(error, errors.MessageGone) and delivery.person_id is not None:\n",
        (f"{_DELIVERY}::test_who_blocked_the_bot_is_marked_until_they_are_back",),
    ),
    Sabotage(
        "leave who is back unreachable",
        "marked reachable again by their next update",
        f"{_SRC}/application/planning.py",
        "            await cards.mark_reachable(connection, contacts)\n",
        "            sorted(contacts)\n",
        (f"{_DELIVERY}::test_who_blocked_the_bot_is_marked_until_they_are_back",),
    ),
    Sabotage(
        "lose a card whose message is gone",
        "a message to edit that is gone becomes a new message",
        f"{_SRC}/application/saying.py",
        "            with contextlib.suppress(errors.MessageGone):\n                await self._slots.slot(chat_id)\n",
        "            with contextlib.suppress(errors.NotModified):\n                await self._slots.slot(chat_id)\n",
        (f"{_DELIVERY}::test_a_card_whose_message_is_gone_goes_on_in_a_new_one",),
    ),
    Sabotage(
        "refuse for good what a server error met",
        "5xx: Telegram did nothing, and is asked again",
        f"{_SRC}/application/sending.py",
        "            return await self._failed(delivery, error)\n        except (Permanent, LookupError)",
        "            return await self._refused(delivery, error)\n        except (Permanent, LookupError)",
        (f"{_DELIVERY}::test_a_server_error_of_telegrams_is_tried_again",),
    ),
    Sabotage(
        "do not tell readiness that Telegram is away",
        "G7: readiness names a fault",
        f"{_SRC}/application/sending.py",
        "            self._health.set(error.dependency, ok=False, detail=str(error)[:300])\n",
        "            str(error)\n",
        (f"{_FAULTS}::test_telegram_away_is_not_ready_and_nothing_is_lost",),
    ),
    Sabotage(
        "go on writing to a group that has moved",
        "migrate_to_chat_id: what waits is said where the group is now",
        f"{_SRC}/application/sending.py",
        "groups.heard_of_move(connection, delivery.chat_id, new))",
        "groups.heard_of_move(connection, new, delivery.chat_id))",
        ("tests/faults/test_telegram.py::test_a_group_that_becomes_another_is_told_there_once",),
    ),
)
