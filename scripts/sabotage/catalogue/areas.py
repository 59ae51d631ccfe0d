"""Who is limited to parts of the places sees and changes what is there; what is for the staff alone stays with it."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_REQUESTS: Final = "services/requests/src/zavhoz_requests"
_MATRIX: Final = "services/requests/tests/test_permissions.py"
_DECIDE: Final = "services/requests/tests/test_decide.py"
_STAFFING: Final = "services/requests/tests/test_staffing.py"
_SEES: Final = "G9: nobody sees what is outside of their part of the places"
_DOES: Final = "G9: nobody changes what is outside of their part of the places"
_NOTES: Final = "G9: what the staff writes down is read by nobody else"

SABOTAGES: Final = (
    Sabotage(
        "find what is elsewhere",
        _SEES,
        f"{_REQUESTS}/application/searching.py",
        "    narrowed = await narrow(connection, person, filters, zone)\n",
        "    narrowed = await narrow(connection, person, filters, zone, limited=False)\n",
        (f"{_MATRIX}::test_lists_hold_what_the_matrix_allows_and_nothing_else",),
    ),
    Sabotage(
        "show what is elsewhere to who knows its number",
        _SEES,
        f"{_REQUESTS}/application/listing.py",
        "    request = visible(await requests.by_number(connection, number), person)\n",
        "    request = await requests.by_number(connection, number) or visible(None, person)\n",
        (f"{_MATRIX}::test_the_api_shows_what_the_matrix_allows_and_nothing_else",),
    ),
    Sabotage(
        "tell all of the staff, wherever it is",
        _SEES,
        f"{_REQUESTS}/application/reading.py",
        "        if may_see(request, person)\n",
        "        if person.active\n",
        (f"{_MATRIX}::test_an_audience_is_who_may_see_it",),
    ),
    Sabotage(
        "take nobody for nearer to it than the others",
        "what is late is told to the managers nearest to it",
        f"{_REQUESTS}/application/reading.py",
        "            limited=bool(person.areas),\n",
        "            limited=False,\n",
        (f"{_MATRIX}::test_an_audience_is_who_may_see_it",),
    ),
    Sabotage(
        "count for a manager of a part what is everywhere",
        _SEES,
        f"{_REQUESTS}/application/digesting.py",
        "    inside = await places_inside(connection, person.areas, None)\n",
        "    inside = await places_inside(connection, (), None)\n",
        (f"{_MATRIX}::test_how_things_stand_is_told_to_managers_of_what_is_inside",),
    ),
    Sabotage(
        "count who is out of reach in the very same part alone",
        "a part of the places has all that is in it",
        f"{_REQUESTS}/store/digest.py",
        "code = ANY(people.areas) AND lineage && CAST",
        "code = ANY(people.areas) AND ARRAY[code] && CAST",
        (f"{_STAFFING}::test_a_manager_of_a_part_hears_how_many_who_work_there_are_out_of_reach",),
    ),
    Sabotage(
        "offer buttons for what is elsewhere",
        _DOES,
        f"{_REQUESTS}/domain/lifecycle.py",
        "row.applies(request, now) and row.who.includes(stands))",
        "row.applies(request, now) and (person.role in row.who.roles or row.who.includes(stands)))",
        (f"{_MATRIX}::test_the_buttons_of_a_card_are_what_the_matrix_allows",),
    ),
    Sabotage(
        "merge into what is elsewhere",
        _DOES,
        f"{_REQUESTS}/domain/steps.py",
        "    if target is None or not any(rule.permits(context.person, target) for rule in rules(Action.MERGE)):\n",
        "    if target is None:\n",
        (f"{_MATRIX}::test_commands_do_what_the_matrix_allows_and_nothing_else",),
    ),
    Sabotage(
        "give work to who works elsewhere",
        "work is given to who works where it is",
        f"{_REQUESTS}/domain/working.py",
        "    if not inside(assignee, request):\n",
        "    if not inside(context.person, request):\n",
        (f"{_STAFFING}::test_work_is_given_to_who_has_least_of_it_and_works_there",),
    ),
    Sabotage(
        "give work to who is deactivated",
        "work is given to the active staff",
        f"{_REQUESTS}/domain/working.py",
        "    if assignee is None or not assignee.active or assignee.role not in STAFF:\n",
        "    if assignee is None or assignee.role not in STAFF:\n",
        (f"{_DECIDE}::test_work_is_given_to_the_active_staff_alone",),
    ),
    Sabotage(
        "give work to who is not of the staff",
        "work is given to the active staff",
        f"{_REQUESTS}/domain/working.py",
        "    if assignee is None or not assignee.active or assignee.role not in STAFF:\n",
        "    if assignee is None or not assignee.active:\n",
        (f"{_DECIDE}::test_work_is_given_to_the_active_staff_alone",),
    ),
    Sabotage(
        "leave what is moved to those who work where it was",
        _DOES,
        f"{_REQUESTS}/domain/evolve.py",
        "place_id=_place_id(event.place_code), within=event.within)",
        "place_id=_place_id(event.place_code))",
        (f"{_STAFFING}::test_what_is_moved_is_the_business_of_who_works_where_it_is_now",),
    ),
    Sabotage(
        "show to everybody the notes that were read for one",
        _NOTES,
        f"{_REQUESTS}/application/cards.py",
        " if may_read_notes(request, person) else ((), 0)",
        "",
        ("services/requests/tests/test_api.py::test_many_cards_at_once_are_what_each_alone_is",),
    ),
    Sabotage(
        "write down a note of any length",
        "errors are sentences",
        f"{_REQUESTS}/domain/talking.py",
        "    if size > limits.NOTE_MAX:\n",
        "    if size > limits.DESCRIPTION_MAX:\n",
        (f"{_DECIDE}::test_a_note_has_words_within_their_limit",),
    ),
    Sabotage(
        "read a note as if it were a comment",
        _NOTES,
        f"{_REQUESTS}/store/texts.py",
        'WHERE id = :id AND request_id = :request AND kind = :kind"',
        "WHERE id = :id AND request_id = :request AND :kind <> ''\"",
        (f"{_MATRIX}::test_the_api_shows_what_the_matrix_allows_and_nothing_else",),
    ),
    Sabotage(
        "tell a note to whoever has the card",
        _NOTES,
        "services/notifier/src/zavhoz_notifier/domain/audience.py",
        "            return member.reads_notes and (works or has_card)\n",
        "            return works or has_card\n",
        ("services/notifier/tests/test_work.py::test_a_note_is_told_to_those_of_the_staff_who_have_the_card",),
    ),
)
