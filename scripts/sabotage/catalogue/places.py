"""The tree of places, changed from the bot."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_REQUESTS: Final = "services/requests/src/zavhoz_requests"
_MANAGING: Final = "services/requests/tests/test_managing_places.py"
_MATRIX: Final = "services/requests/tests/test_permissions.py"
_TREE: Final = "services/gateway/tests/test_tree.py"
_FILES: Final = "services/notifier/tests/test_tree.py"

SABOTAGES: Final = (
    Sabotage(
        "load a table of places that does something else by now",
        "what is applied is what was shown",
        f"{_REQUESTS}/domain/place_changes.py",
        "if not isinstance(planned, Changes) or planned.digest != command.digest:",
        "if not isinstance(planned, Changes):",
        (f"{_MANAGING}::test_a_table_that_does_something_else_by_now_is_not_applied",),
    ),
    Sabotage(
        "load a table of places that somebody else has staged",
        "G9: nobody does what their role does not allow",
        f"{_REQUESTS}/application/managing.py",
        "for id, (by, rows) in group.staged.items() if by == person.id}",
        "for id, (by, rows) in group.staged.items() if by}",
        (f"{_MANAGING}::test_a_table_that_does_something_else_by_now_is_not_applied",),
    ),
    Sabotage(
        "keep a table of places with wrong rows",
        "a file with wrong rows cannot be applied",
        f"{_REQUESTS}/application/managing_places.py",
        "    if preview.wrong_total:\n        return preview\n",
        "",
        (f"{_MANAGING}::test_wrong_rows_are_named_by_reason_and_nothing_is_kept",),
    ),
    Sabotage(
        "let managers who are limited change places",
        "G9: nobody does what their role does not allow",
        f"{_REQUESTS}/domain/permissions.py",
        "Right.MANAGE_PLACES: Grant(MANAGERS, unlimited=True)",
        "Right.MANAGE_PLACES: Grant(MANAGERS)",
        (f"{_MANAGING}::test_what_cannot_be_is_refused_and_changes_nothing",),
    ),
    Sabotage(
        "show places outside to managers who are limited",
        "G9: nobody sees what their role does not allow",
        f"{_REQUESTS}/application/managing_places.py",
        "return not viewer.areas or not viewer.areas.isdisjoint(lineage)",
        "return not viewer.areas or lineage is not None",
        (
            f"{_MATRIX}::test_places_are_looked_through_by_managers_inside_and_changed_by_those_who_are_limited_to_nothing",
        ),
    ),
    Sabotage(
        "change places while others change them",
        "G2: one command, one effect",
        f"{_REQUESTS}/application/group.py",
        "    await places.lock(connection)\n",
        "",
        (f"{_MANAGING}::test_changes_at_once_come_one_after_another",),
    ),
    Sabotage(
        "tell nobody of the places that an operator loads",
        "G3: state and event are one transaction",
        f"{_REQUESTS}/application/loading.py",
        "        await outbox.append(connection, place_events(changes.written, tree, Cause(now)))\n",
        "",
        (f"{_MANAGING}::test_what_an_operator_loads_is_on_record_too",),
    ),
    Sabotage(
        "restore what was archived by itself",
        "what was archived before stays archived",
        f"{_REQUESTS}/domain/place_changes.py",
        "if place.code in one.within and one.archived_at == archived_at]",
        "if place.code in one.within]",
        (f"{_MANAGING}::test_what_was_archived_by_itself_stays_so_when_what_it_is_in_is_restored",),
    ),
    Sabotage(
        "take a second document for a table of places",
        "a file is read only when it was asked for",
        "services/gateway/src/zavhoz_gateway/application/asked.py",
        "question is None or not question.awaits(said.message_id):",
        "question is None:",
        (f"{_TREE}::test_a_wrong_table_is_explained_and_another_one_waited_for",),
    ),
    Sabotage(
        "let a sheet of places that is drawn hold up the chat",
        "nobody waits behind a slow drawing",
        "services/notifier/src/zavhoz_notifier/domain/delivery.py",
        'lane=f"file:{chat_id}"',
        'lane=f"chat:{chat_id}"',
        (f"{_FILES}::test_a_sheet_being_drawn_holds_up_nothing_else_in_the_chat",),
    ),
    Sabotage(
        "try to draw a sheet of places for ever",
        "errors are sentences",
        "services/notifier/src/zavhoz_notifier/application/place_files.py",
        "if delivery.attempts + 1 < _DRAWN_AT_MOST:",
        "if delivery.attempts < 19:",
        (f"{_FILES}::test_a_sheet_that_cannot_be_drawn_is_said_after_three_attempts",),
    ),
)
