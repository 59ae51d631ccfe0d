"""A process: its database, its readiness, its end."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_SRC: Final = "libs/chassis/src/zavhoz_chassis"
_DATABASE: Final = "libs/chassis/tests/test_database.py"
_LIFECYCLE: Final = "libs/chassis/tests/test_lifecycle.py"

SABOTAGES: Final = (
    Sabotage(
        "run no transaction again",
        "serialization failures and deadlocks are retried",
        f"{_SRC}/outages.py",
        '_CONFLICTS: Final = frozenset({"40001", "40P01"})',
        "_CONFLICTS: Final = frozenset[str]()",
        (
            f"{_DATABASE}::test_serialization_failures_are_retried_in_a_fresh_transaction",
            f"{_DATABASE}::test_deadlocks_are_retried",
        ),
    ),
    Sabotage(
        "run a transaction again without end",
        "retries are bounded",
        f"{_SRC}/database.py",
        "for attempt in range(1, attempts + 1):",
        "for attempt in range(-1000, attempts + 1):",
        (f"{_DATABASE}::test_retries_are_bounded_and_then_it_is_an_outage",),
    ),
    Sabotage(
        "end the process when a transaction collides again and again",
        "what would do later is an outage",
        f"{_SRC}/outages.py",
        "class Conflict(DatabaseUnavailable):",
        "class Conflict(RuntimeError):",
        (f"{_DATABASE}::test_retries_are_bounded_and_then_it_is_an_outage",),
    ),
    Sabotage(
        "commit half of what failed",
        "one transaction, or nothing",
        f"{_SRC}/database.py",
        "                    await transaction.rollback()\n",
        "                    await transaction.commit()\n",
        (f"{_DATABASE}::test_commit_and_rollback",),
    ),
    Sabotage(
        "take an outage of the database for a bug",
        "outage of a dependency: hold the work",
        f"{_SRC}/outages.py",
        "    if is_away(error):\n",
        "    if not error:\n",
        (
            f"{_DATABASE}::test_a_read_only_server_is_an_outage",
            f"{_DATABASE}::test_ended_in_the_middle_is_an_outage",
        ),
    ),
    Sabotage(
        "do not tell readiness of a database that is away",
        "G7: readiness names a fault",
        f"{_SRC}/watch.py",
        "                self._health.set(self.name, ok=False, detail=str(error))\n",
        "                str(error)\n",
        ("libs/chassis/tests/test_health.py::test_a_watch_says_what_is_away",),
    ),
    Sabotage(
        "wait for ever for a silent database",
        "G7: readiness names a fault",
        f"{_SRC}/watch.py",
        "async with asyncio.timeout(self._patience):",
        "async with asyncio.timeout(1_000 * self._patience):",
        (f"{_DATABASE}::test_readiness_follows_the_database",),
    ),
    Sabotage(
        "show readiness in no metric",
        "G7: a metric names a fault",
        f"{_SRC}/health.py",
        "        _READY.labels(name).set(check.ok)\n",
        "",
        ("libs/chassis/tests/test_health.py::test_the_metrics_follow_the_check",),
    ),
    Sabotage(
        "stay ready while draining",
        "on SIGTERM readiness goes false first",
        f"{_SRC}/health.py",
        "return not self.draining and all(",
        "return all(",
        (f"{_LIFECYCLE}::test_sigterm_makes_it_unready_first_and_stops_the_parts_in_order",),
    ),
    Sabotage(
        "cancel the parts instead of letting them drain",
        "on SIGTERM what is in hand is finished",
        f"{_SRC}/process.py",
        "                stop.set()\n",
        "                stop.set()\n                task.cancel()\n",
        (f"{_LIFECYCLE}::test_sigterm_makes_it_unready_first_and_stops_the_parts_in_order",),
    ),
    Sabotage(
        "one database for all services",
        "each service owns its own database",
        f"{_SRC}/settings.py",
        "{parts.netloc}/zavhoz_{service}{'?'",
        "{parts.netloc}/zavhoz{'' and service}{'?'",
        ("libs/chassis/tests/test_settings.py::test_what_is_given_is_read_and_the_rest_has_defaults",),
    ),
    Sabotage(
        "drain for ever",
        "a stop ends within its seconds",
        f"{_SRC}/stopping.py",
        "            self._within(self._seconds)\n",
        "            self._within(10 * self._seconds)\n",
        (f"{_LIFECYCLE}::test_what_takes_too_long_is_cancelled",),
    ),
)
