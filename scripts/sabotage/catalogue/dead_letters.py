"""Dead letters: looked at, replayed, dropped."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_SRC: Final = "libs/messaging/src/zavhoz_messaging"
_TESTS: Final = "libs/messaging/tests/test_dead.py"

SABOTAGES: Final = (
    Sabotage(
        "replay what the inbox has forgotten",
        "G2: one older than the inbox's memory is refused",
        f"{_SRC}/dead_queue.py",
        "            if (why := letter.too_old(datetime.now(UTC))) is not None:\n",
        "            if (why := letter.too_old(datetime.now(UTC))) == '':\n",
        (f"{_TESTS}::test_only_what_is_meant_is_replayed_and_nothing_too_old",),
    ),
    Sabotage(
        "replay for ever what dies again",
        "a replay ends",
        f"{_SRC}/dead_queue.py",
        "        while done.looked_at < min(limit, done.there):\n",
        "        while done.looked_at < min(limit, 40 * done.there):\n",
        (f"{_TESTS}::test_what_dies_again_at_once_is_not_replayed_for_ever",),
    ),
    Sabotage(
        "replay with the attempts of the last time",
        "what is replayed is as new",
        f"{_SRC}/dead_queue.py",
        'await publisher.send(Outgoing(letter.body, "", work.name))\n',
        'await publisher.send(Outgoing(letter.body, "", work.name, {"x-zavhoz-attempt": 99}))\n',
        (f"{_TESTS}::test_a_replayed_message_is_as_new_so_it_can_die_of_the_broker_again",),
    ),
    Sabotage(
        "leave a replayed letter where it was",
        "G2: a letter is replayed once",
        f"{_SRC}/dead_queue.py",
        "            await message.ack()\n            done.taken.append(letter)\n\n\n",
        "            done.taken.append(letter)\n\n\n",
        (f"{_TESTS}::test_what_is_replayed_after_mending_is_handled_once",),
    ),
    Sabotage(
        "drop what nobody meant to drop",
        "G6: only who says `--yes` drops a dead letter",
        f"{_SRC}/dead_commands.py",
        "    if really:\n",
        "    if limit:\n",
        (f"{_TESTS}::test_drop_forgets_what_is_meant_and_only_when_it_is_meant",),
    ),
)
