"""Who sees and does what."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_REQUESTS: Final = "services/requests/src/zavhoz_requests"
_API: Final = "services/requests/tests/test_api.py"
_DECIDE: Final = "services/requests/tests/test_decide.py"
_COMMANDS: Final = "services/requests/tests/test_commands.py"

SABOTAGES: Final = (
    Sabotage(
        "let anybody do anything",
        "G9: nobody does what their role does not allow",
        f"{_REQUESTS}/domain/permissions.py",
        "        by_role = standing.role in self.roles and ",
        "        by_role = standing.role in Role and ",
        (f"{_DECIDE}::test_exactly_what_the_table_says_is_possible",),
    ),
    Sabotage(
        "show anybody anything",
        "G9: nobody sees what their role does not allow",
        f"{_REQUESTS}/domain/permissions.py",
        "SEES: Final = Who(STAFF, ",
        "SEES: Final = Who(EVERYBODY, ",
        (f"{_API}::test_a_requester_sees_only_their_own",),
    ),
    Sabotage(
        "take the role from the settings instead of the store",
        "G9: the stored role alone counts",
        f"{_REQUESTS}/application/commands.py",
        "return frozenset() if group.outside_manager else self._first_managers",
        "return self._first_managers",
        (f"{_COMMANDS}::test_the_list_counts_only_while_no_other_manager_exists",),
    ),
    Sabotage(
        "let the deactivated go on",
        "G9: who is deactivated does nothing",
        f"{_REQUESTS}/domain/decide.py",
        "    if not context.person.active:\n",
        "    if context.person is None:\n",
        (f"{_COMMANDS}::test_a_deactivated_person_is_refused_and_nothing_of_them_changes",),
    ),
    Sabotage(
        "let the deactivated read on",
        "G9: who is deactivated sees nothing",
        f"{_REQUESTS}/application/reading.py",
        "    if not person.active:\n",
        "    if not person.id:\n",
        (f"{_API}::test_a_deactivated_person_reads_nothing_but_who_they_are",),
    ),
    Sabotage(
        "answer whoever asks the read API",
        "G9: each client has a token",
        "libs/chassis/src/zavhoz_chassis/api.py",
        "if not sum(secrets.compare_digest(given, token) for token in known):",
        "if not known:",
        (f"{_API}::test_without_a_known_token_nothing_is_told",),
    ),
    Sabotage(
        "take a button's author for who pressed it",
        "G9: never from what a button says",
        "services/gateway/src/zavhoz_gateway/entrypoints/reading.py",
        "return actor_of(query.from_user, datetime.now(UTC))",
        "return actor_of((query.message and query.message.from_user) or query.from_user, datetime.now(UTC))",
        ("services/gateway/tests/test_reading.py::test_a_press_is_of_whoever_pressed_not_of_who_wrote_the_message",),
    ),
)
