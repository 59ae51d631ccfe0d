"""What people ask for themselves: to be left alone, to be forgotten, to hear of what others have reported."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_REQUESTS: Final = "services/requests/src/zavhoz_requests"
_NOTIFIER: Final = "services/notifier/src/zavhoz_notifier"
_ERASURE: Final = "services/requests/tests/test_erasure.py"
_QUIET: Final = "services/notifier/tests/test_quiet.py"
_WATCHERS: Final = "services/requests/tests/test_watchers.py"
_TALKING: Final = "services/requests/tests/test_talking.py"

SABOTAGES: Final = (
    Sabotage(
        "keep the words of who was erased",
        "erasure empties what a person typed",
        f"{_REQUESTS}/store/erasing.py",
        "UPDATE texts SET body = '',",
        "UPDATE texts SET body = body,",
        (f"{_ERASURE}::test_nothing_is_left_but_the_request_and_a_random_id",),
    ),
    Sabotage(
        "keep the chat in a published outcome",
        "what is not kept need not be erased",
        f"{_REQUESTS}/store/outcomes.py",
        "outcome #- '{data,origin}' #- '{data,who}'",
        "outcome #- '{data,who}'",
        (f"{_ERASURE}::test_nothing_is_left_but_the_request_and_a_random_id",),
    ),
    Sabotage(
        "take any question for a confirmation",
        "a person is erased only by the answer to the question just asked",
        f"{_REQUESTS}/domain/people.py",
        "    if confirmed_for != person.id or not -_CLOCKS <= at - asked_at <= CONFIRM_WITHIN:\n",
        "    if confirmed_for != person.id:\n",
        (f"{_ERASURE}::test_another_question_is_none",),
    ),
    Sabotage(
        "say everything in quiet hours",
        "quiet hours: one summary when they end",
        f"{_NOTIFIER}/application/quieting.py",
        "        return quiet[one.person_id].until(now, self._zone)\n",
        "        return None\n",
        (f"{_QUIET}::test_what_is_held_survives_a_restart_and_ends_in_one_message",),
    ),
    Sabotage(
        "hold what is urgent",
        "high priority passes quiet hours",
        f"{_NOTIFIER}/application/quieting.py",
        "one.told is None or one.told.high or ",
        "one.told is None or ",
        (f"{_QUIET}::test_what_is_urgent_asked_for_or_pressed_is_said_at_once",),
    ),
    Sabotage(
        "show a request to those who have left it",
        "G9: who joins a request sees it until they leave",
        f"{_REQUESTS}/store/watchers.py",
        "    WHERE request_id = gone.request AND person_id = gone.person\n",
        "    WHERE request_id = gone.request AND person_id = gone.request\n",
        (f"{_WATCHERS}::test_who_joins_may_see_it_and_is_of_the_audience_until_they_leave",),
    ),
    Sabotage(
        "refuse what is said with a join that is on its way",
        "G6: nothing that was typed vanishes",
        f"{_REQUESTS}/application/commands.py",
        "data.follows is not None and not group.knows(data.follows):\n",
        "data.follows is not None and data.follows == data.request_id:\n",
        (f"{_WATCHERS}::test_what_is_said_with_a_join_waits_for_it",),
    ),
    Sabotage(
        "let a comment be edited at any time",
        "a comment can be edited for five minutes",
        f"{_REQUESTS}/domain/talking.py",
        "EDITED_WITHIN: Final = timedelta(seconds=limits.COMMENT_EDIT_SECONDS)\n",
        "EDITED_WITHIN: Final = timedelta(days=limits.COMMENT_EDIT_SECONDS)\n",
        (f"{_TALKING}::test_whose_comment_and_until_when",),
    ),
)
