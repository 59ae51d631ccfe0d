"""The inbox, the outbox and the relay."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_SRC: Final = "libs/messaging/src/zavhoz_messaging"
_TABLES: Final = "libs/messaging/tests/test_inbox_outbox_relay.py"
_RELAY: Final = "libs/messaging/tests/test_relay.py"

SABOTAGES: Final = (
    Sabotage(
        "drop the inbox key: a claim returns everything",
        "G2: one command, one effect",
        f"{_SRC}/inbox.py",
        "ON CONFLICT (message_id) DO NOTHING",
        "ON CONFLICT (message_id) DO UPDATE SET type = excluded.type",
        (f"{_TABLES}::test_of_many_that_claim_at_once_exactly_one_has_each",),
    ),
    Sabotage(
        "relay by `id > last`",
        "G3: what commits late is not skipped",
        f"{_SRC}/relay.py",
        "FROM events WHERE published_at IS NULL AND shard",
        "FROM events WHERE id > (SELECT coalesce(max(id), 0) FROM events WHERE published_at IS NOT NULL) AND shard",
        (f"{_TABLES}::test_what_commits_late_is_not_skipped",),
    ),
    Sabotage(
        "mark before publishing",
        "G3: a committed event is published",
        f"{_SRC}/relay.py",
        "        done = await self._publish(pending, session)\n",
        "        async with self._engine.connect() as marking:\n"
        "            await source.mark(marking, [item.key for item in pending])\n"
        "        done = await self._publish(pending, session)\n",
        (f"{_TABLES}::test_what_cannot_be_published_holds_its_own_aggregate_only",),
    ),
    Sabotage(
        "mark nothing while one aggregate fails",
        "G3: a failure holds up its own aggregate only",
        f"{_SRC}/relay.py",
        "        if done:\n",
        "        if done and len(done) == len(pending):\n",
        (f"{_TABLES}::test_what_cannot_be_published_holds_its_own_aggregate_only",),
    ),
    Sabotage(
        "two unconfirmed events of one aggregate",
        "G4: versions enter each queue in order",
        f"{_SRC}/relay.py",
        "chains.setdefault(item.chain, [])",
        "chains.setdefault(str(item.key), [])",
        (f"{_RELAY}::test_never_two_unconfirmed_events_of_one_aggregate",),
    ),
    Sabotage(
        "go on with an aggregate after a failure",
        "G4: versions enter each queue without gaps",
        f"{_SRC}/relay.py",
        "                    del chains[chain]\n",
        "                    chains[chain] = list(chains[chain])\n",
        (f"{_RELAY}::test_what_it_cannot_read_holds_up_its_own_aggregate_only",),
    ),
    Sabotage(
        "relay without locks",
        "G4: of several relays each shard has one",
        f"{_SRC}/relay.py",
        "SELECT pg_try_advisory_lock(:space, shard) FROM",
        "SELECT CAST(:space AS int) > 0 FROM",
        (f"{_TABLES}::test_two_relays_publish_nothing_twice_and_the_second_takes_over",),
    ),
    Sabotage(
        "relay on without the session that holds the locks",
        "G4: of several relays each shard has one",
        f"{_SRC}/relay.py",
        "            if session is not None and session.lost:\n",
        "            if session is None:\n",
        (f"{_RELAY}::test_without_its_locks_it_sends_no_further_wave",),
    ),
    Sabotage(
        "stop with committed events unpublished",
        "on SIGTERM what is committed is published",
        f"{_SRC}/relay.py",
        "            if not failed and published >= (1 if stop.is_set() else BATCH):\n",
        "            if not failed and published >= BATCH and not stop.is_set():\n",
        (f"{_TABLES}::test_a_stop_publishes_what_is_committed",),
    ),
    Sabotage(
        "do not wake the relay at a commit",
        "woken by the commit, with a poll as the net",
        f"{_SRC}/outbox.py",
        "    RETURNING pg_notify(:channel, '')\n",
        "    RETURNING :channel || ''\n",
        (f"{_TABLES}::test_a_commit_elsewhere_wakes_it",),
    ),
    Sabotage(
        "do not tell readiness of a relay without its database",
        "G7: readiness names a fault",
        f"{_SRC}/relay.py",
        '                self._on_health(self.name, False, f"{type(error).__name__}: {error}".splitlines()[0][:300])\n',
        "                _log.info(str(error))\n",
        (f"{_TABLES}::test_a_database_away_shows_and_it_can_be_stopped_then",),
    ),
    Sabotage(
        "end the process when a session was ended in silence",
        "outage of a dependency: wait",
        "libs/messaging/src/zavhoz_messaging/backlog.py",
        "asyncpg.InterfaceError, asyncpg.InternalClientError)",
        "asyncpg.InterfaceError)",
        ("libs/messaging/tests/test_relay.py::test_a_session_that_the_server_ended_takes_nobody_with_it",),
    ),
)
