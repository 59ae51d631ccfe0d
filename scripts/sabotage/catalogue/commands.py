"""Requests: one transaction for a group of commands."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_REQUESTS: Final = "services/requests/src/zavhoz_requests"
_COMMANDS: Final = "services/requests/tests/test_commands.py"

SABOTAGES: Final = (
    Sabotage(
        "decide what was decided before",
        "G2: one transition per command id",
        f"{_REQUESTS}/application/commands.py",
        "for command in {one.id: one for one in commands}.values() if command.id in claimed]",
        "for command in {one.id: one for one in commands}.values()]",
        (f"{_COMMANDS}::test_a_command_has_its_effect_once_however_often_it_comes",),
    ),
    Sabotage(
        "write the event in another transaction than the state",
        "G3: state and event are one transaction",
        f"{_REQUESTS}/application/writing.py",
        "        await outbox.append(connection, group.events)  # which wakes the relay too\n",
        "        async with connection.engine.begin() as other:\n"
        "            await outbox.append(other, group.events)\n",
        (f"{_COMMANDS}::test_state_event_and_outcome_are_one_transaction",),
    ),
    Sabotage(
        "write the state over a newer version",
        "compare-and-set on the request's version",
        f"{_REQUESTS}/store/requests.py",
        "    WHERE requests.version < excluded.version\n",
        "",
        (f"{_COMMANDS}::test_an_older_version_is_never_written_over_a_newer",),
    ),
    Sabotage(
        "read requests without a lock",
        "G2: two who decide at once decide one after another",
        f"{_REQUESTS}/store/requests.py",
        'FROM requests WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"',
        'FROM requests WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id"',
        (f"{_COMMANDS}::test_who_decides_about_the_same_request_waits_for_the_first",),
    ),
    Sabotage(
        "answer a command with no outcome",
        "G6: accepted = applied + refused with a reason + dead-lettered",
        f"{_REQUESTS}/application/writing.py",
        "_outcome(done, group) for done in group.settled})",
        "_outcome(done, group) for done in group.settled if done.refusal is None})",
        (f"{_COMMANDS}::test_what_is_refused_twice_is_answered_twice",),
    ),
    Sabotage(
        "do not hold what comes before its request",
        "an attach before its create is tried again",
        f"{_REQUESTS}/application/commands.py",
        "        if isinstance(data, AttachToRequest) and data.request_id not in group.requests:\n",
        "        if isinstance(data, AttachToRequest) and not data.attachments:\n",
        (f"{_COMMANDS}::test_a_file_that_comes_before_its_request_is_tried_again",),
    ),
    Sabotage(
        "skip a version",
        "G4: versions without gaps",
        f"{_REQUESTS}/domain/evolve.py",
        "version=request.version + 1,",
        "version=request.version + 2,",
        ("services/requests/tests/test_decide.py::test_replaying_the_events_gives_the_same_state",),
    ),
    Sabotage(
        "date rows by the clock of the service",
        "times are dated by the database's clock",
        "services/notifier/src/zavhoz_notifier/store/cards.py",
        "    now = await clock.now(connection)\n",
        "    from datetime import UTC, datetime\n\n    now = datetime.now(UTC)\n",
        ("tests/docs/test_reliability.py::test_no_row_is_dated_by_the_clock_of_a_service",),
    ),
    Sabotage(
        "let anybody who sees it say that it is fixed",
        "G9: who may what",
        f"{_REQUESTS}/domain/lifecycle.py",
        "Status.COMPLETED, Who(relations=_REQUESTER), unconfirmed=True),",
        "Status.COMPLETED, Who(STAFF, _REQUESTER), unconfirmed=True),",
        ("services/requests/tests/test_decide.py::test_exactly_what_the_table_says_is_possible",),
    ),
    Sabotage(
        "open again what confirmed itself long ago",
        "a completed request can be opened again for seven days",
        f"{_REQUESTS}/domain/lifecycle.py",
        "        return not self.in_time or request.confirms_at is None or now < request.confirms_at\n",
        "        return not self.in_time or request.confirms_at is None or now > request.created_at\n",
        ("services/requests/tests/test_afterwards.py::test_after_a_week_it_is_too_late",),
    ),
    Sabotage(
        "confirm in time what was confirmed",
        "a request confirms itself once",
        f"{_REQUESTS}/store/tables.py",
        "UNCONFIRMED: Final = \"status = 'completed' AND confirmed_at IS NULL\"\n",
        "UNCONFIRMED: Final = \"status = 'completed'\"\n",
        ("services/requests/tests/test_afterwards.py::test_nobody_says_anything_so_it_confirms_itself",),
    ),
    Sabotage(
        "count each group's requests from the same number",
        "at most so many requests of one person are open",
        f"{_REQUESTS}/application/commands.py",
        "            group.open[event.by] = group.open.get(event.by, 0) + 1\n",
        "            group.open[event.by] = group.open.get(event.by, 0)\n",
        ("services/requests/tests/test_afterwards.py::test_only_so_many_may_be_open_at_a_time",),
    ),
)
