"""Two requests that are the same."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_REQUESTS: Final = "services/requests/src/zavhoz_requests"
_MERGING: Final = "services/requests/tests/test_merging.py"
_WAITING: Final = f"{_MERGING}::test_who_waits_for_one_waits_for_the_other_from_then_on_and_both_say_so"
_REFUSED: Final = f"{_MERGING}::test_what_it_cannot_be_merged_into"

SABOTAGES: Final = (
    Sabotage(
        "forget who filed the duplicate",
        "who waits for a duplicate waits for what it is merged into",
        f"{_REQUESTS}/domain/steps.py",
        "sorted((request.watchers | {request.requester_id}) - there)",
        "sorted(request.watchers - there)",
        (_WAITING,),
    ),
    Sabotage(
        "write down no watcher whom a merge brings",
        "who waits for a duplicate waits for what it is merged into",
        f"{_REQUESTS}/application/writing.py",
        "isinstance(event, Joined | Left | Absorbed)]",
        "isinstance(event, Joined | Left)]",
        (_WAITING,),
    ),
    Sabotage(
        "say in the history of the duplicate alone that they were merged",
        "both of what is merged say so",
        f"{_REQUESTS}/application/cards.py",
        "    events.RequestAbsorbed.TYPE: v1.Step.ABSORBED,\n",
        "",
        (_WAITING,),
    ),
    Sabotage(
        "merge a request into itself",
        "a request is merged into another one that is not closed",
        f"{_REQUESTS}/domain/steps.py",
        "    if target.id == request.id:\n        return Refusal(RefusalReason.MERGE_ITSELF)\n",
        "",
        (_REFUSED,),
    ),
    Sabotage(
        "merge a request into a closed one",
        "a request is merged into another one that is not closed",
        f"{_REQUESTS}/domain/steps.py",
        "    if target.status not in UNFINISHED:\n",
        "    if target.status is Status.MERGED:\n",
        (_REFUSED,),
    ),
)
