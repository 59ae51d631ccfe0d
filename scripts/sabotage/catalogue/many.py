"""Many requests at once: chosen, confirmed, and done as one command."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_REQUESTS: Final = "services/requests/src/zavhoz_requests"
_GATEWAY: Final = "services/gateway/src/zavhoz_gateway"
_TELEGRAM: Final = "libs/telegram/src/zavhoz_telegram"
_PRESSED: Final = "services/gateway/tests/test_many.py"
_DONE: Final = "services/requests/tests/test_many.py"
_MATRIX: Final = "services/requests/tests/test_permissions.py"

SABOTAGES: Final = (
    Sabotage(
        "let technicians change many requests",
        "G9: many are changed by managers alone",
        f"{_REQUESTS}/application/commands.py",
        "        if refusal is None and not has(person, Right.CHANGE_MANY):\n",
        "        if refusal is None and not has(person, Right.READ_QUEUE):\n",
        (f"{_DONE}::test_only_managers_change_many_and_only_what_is_theirs",),
    ),
    Sabotage(
        "tell technicians which requests could be changed at once",
        "G9: what can be changed at once is read by managers alone, inside",
        f"{_REQUESTS}/application/listing.py",
        "    if not has(person, Right.CHANGE_MANY):\n",
        "    if not has(person, Right.READ_QUEUE):\n",
        (f"{_MATRIX}::test_many_are_changed_by_managers_and_only_what_is_inside",),
    ),
    Sabotage(
        "number requests that somebody may not see in a report",
        "G9: of a request that they may not see there is no number",
        f"{_REQUESTS}/application/commands.py",
        "                seen = request is not None and may_see(request, person)\n",
        "                seen = request is not None and person.active\n",
        (f"{_DONE}::test_only_managers_change_many_and_only_what_is_theirs",),
    ),
    Sabotage(
        "stop at the first of many that is refused",
        "of many each is decided by itself",
        f"{_REQUESTS}/application/commands.py",
        "                tally.refused.append((request if seen else None, decided))\n",
        "                tally.refused.append((request if seen else None, decided))\n                break\n",
        (f"{_DONE}::test_many_are_given_to_somebody_and_what_cannot_be_is_told",),
    ),
    Sabotage(
        "say nothing of many refusals behind those that may not be seen",
        "errors are sentences",
        f"{_REQUESTS}/application/many.py",
        "            for request, refusal in self.refused\n",
        "            for request, refusal in self.refused[:REFUSALS_TOLD]\n",
        (f"{_DONE}::test_what_may_not_be_seen_takes_no_room_of_what_is_told",),
    ),
    Sabotage(
        "keep the names in the report about many",
        "what is not kept need not be erased",
        f"{_REQUESTS}/store/outcomes.py",
        " #- '{data,report}'",
        "",
        (f"{_DONE}::test_done_again_it_has_no_effect_again_and_its_report_is_not_kept",),
    ),
    Sabotage(
        "change many under the id of each press",
        "G2: what was confirmed is one command, however often it is pressed",
        f"{_GATEWAY}/application/many.py",
        "publish_once(pressed, command, selection.id, ",
        "publish_once(pressed, command, self._commands.id_of(pressed), ",
        (f"{_PRESSED}::test_what_cannot_be_marked_is_pressed_again_as_the_same_command",),
    ),
    Sabotage(
        "let what was done be given up",
        "what is on its way is told so, and not that nothing has changed",
        f"{_GATEWAY}/application/selected.py",
        "        if selection.used:\n",
        "        if selection.used and selection.plan is None:\n",
        (f"{_PRESSED}::test_pressed_twice_it_is_one_command_and_the_next_choice_is_another",),
    ),
    Sabotage(
        "choose everything while the filters are not known",
        "without its memory nothing is chosen",
        f"{_GATEWAY}/application/many.py",
        "        if chosen.away:",
        "        if chosen.away and chosen.place:",
        (f"{_PRESSED}::test_what_is_kept_of_another_version_or_cannot_be_kept_is_no_choice",),
    ),
    Sabotage(
        "act on what was chosen in another message",
        "a confirmation holds in the message that shows it",
        f"{_GATEWAY}/application/selected.py",
        "        if selection is None or selection.message_id != pressed.message_id:\n",
        "        if selection is None:\n",
        (f"{_PRESSED}::test_words_are_typed_and_confirmed",),
    ),
    Sabotage(
        "offer many at once without the filters",
        "without its memory nothing is chosen",
        f"{_TELEGRAM}/queue.py",
        " or page.total < _SEVERAL or chosen.away:",
        " or page.total < _SEVERAL:",
        (
            "libs/telegram/tests/test_many_screens.py::test_the_button_says_how_many_and_is_there_for_several_that_this_person_may_change",
        ),
    ),
)
