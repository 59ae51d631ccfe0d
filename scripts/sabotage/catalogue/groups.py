"""Staff groups: what appears there, who acts there, and topics."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_REQUESTS: Final = "services/requests/src/zavhoz_requests"
_NOTIFIER: Final = "services/notifier/src/zavhoz_notifier"
_GATEWAY: Final = "services/gateway/src/zavhoz_gateway"
_BINDING: Final = "services/requests/tests/test_groups.py"
_SHOWN: Final = "services/notifier/tests/test_groups.py"
_PRESSED: Final = "services/gateway/tests/test_groups.py"

SABOTAGES: Final = (
    Sabotage(
        "let a manager of a part of the places bind a group",
        "G9: decided from the stored role, and the places it counts in",
        f"{_REQUESTS}/domain/permissions.py",
        "    Right.MANAGE_GROUPS: Grant(MANAGERS, unlimited=True),\n",
        "    Right.MANAGE_GROUPS: Grant(MANAGERS),\n",
        (f"{_BINDING}::test_only_who_is_limited_to_nothing_binds",),
    ),
    Sabotage(
        "show a group what is elsewhere",
        "G9: a group sees the part of the places that it is for",
        f"{_REQUESTS}/domain/groups.py",
        "        return self.area is None or self.area in request.within\n",
        "        return self.area != request.within\n",
        ("services/requests/tests/test_permissions.py::test_a_group_sees_what_is_inside_and_neither_names_nor_words",),
    ),
    Sabotage(
        "act from a group that is not bound",
        "a press in a group counts where the request appears",
        f"{_REQUESTS}/application/commands.py",
        "not groups.bound(group, data.origin.chat_id, data.request_id)",
        "not groups",
        (f"{_BINDING}::test_what_is_pressed_in_a_group_counts_where_the_request_appears",),
    ),
    Sabotage(
        "let go a group that was bound anew",
        "what is heard late counts no more",
        f"{_REQUESTS}/domain/groups.py",
        "    return None if at < group.bound_at else ",
        "    return None if at is None else ",
        (f"{_BINDING}::test_what_is_heard_late_of_a_group_that_was_bound_anew_counts_no_more",),
    ),
    Sabotage(
        "send every card of a group, however many wait",
        "20 messages a minute: cards that wait stand for those planned after them",
        f"{_NOTIFIER}/store/deliveries.py",
        "waiting.person_id IS NOT DISTINCT FROM new.person_id",
        "waiting.person_id = new.person_id",
        (f"{_SHOWN}::test_of_a_card_in_a_group_one_that_waits_is_enough",),
    ),
    Sabotage(
        "make a topic that somebody may have made",
        "a topic is made once",
        f"{_NOTIFIER}/application/topics.py",
        "        if not await self._database.run(claim):\n",
        "        if await self._database.run(claim) is None:\n",
        (f"{_SHOWN}::test_while_nobody_knows_whether_a_topic_was_made_no_other_is",),
    ),
    Sabotage(
        "write to a topic that is gone",
        "a topic that was deleted is made anew",
        f"{_NOTIFIER}/application/group_saying.py",
        "                await self._topics.forget(delivery.chat_id, card.topic, thread_id)\n",
        "",
        (f"{_SHOWN}::test_a_topic_that_was_deleted_is_made_anew_and_its_cards_come_back",),
    ),
    Sabotage(
        "leave a card where its request was",
        "a card is in the topic of its site or category",
        f"{_NOTIFIER}/application/group_saying.py",
        "    return known.topic is None or known.topic.thread_id != live.thread_id\n",
        "    return live.message_id == 0\n",
        (f"{_SHOWN}::test_a_request_that_is_sorted_anew_goes_to_its_new_topic",),
    ),
    Sabotage(
        "say of every message that the bot is not in the group",
        "that the bot was removed is told once",
        f"{_NOTIFIER}/store/groups.py",
        "DO UPDATE SET gone = true WHERE NOT group_chats.gone RETURNING",
        "DO UPDATE SET gone = true RETURNING",
        (f"{_SHOWN}::test_the_bot_is_removed_and_the_managers_are_told_once",),
    ),
    Sabotage(
        "drop what waits for a group whose new id is not known yet",
        "what is kept of a group follows to its new id",
        f"{_NOTIFIER}/application/group_saying.py",
        "            if await self._topics.moved_here(delivery.chat_id):\n",
        "            if not delivery.chat_id:\n",
        (f"{_SHOWN}::test_a_group_that_becomes_a_supergroup_is_followed_once",),
    ),
    Sabotage(
        "ask words of everybody who presses in a group",
        "who may not do it is told so at once",
        f"{_GATEWAY}/application/group_presses.py",
        "        return action in card.allowed_actions\n",
        "        return card is not None\n",
        (f"{_PRESSED}::test_who_may_not_is_not_asked",),
    ),
    Sabotage(
        "ask for words in the group",
        "words are asked for where nobody else reads them",
        f"{_GATEWAY}/application/group_presses.py",
        "replace(pressed, chat_id=pressed.actor.telegram_id, message_id=0)",
        "replace(pressed, message_id=0)",
        (f"{_PRESSED}::test_words_are_asked_for_in_the_pressers_own_chat",),
    ),
    Sabotage(
        "keep the buttons of what is closed",
        "closed requests stay in a group with their state, and without buttons",
        "libs/telegram/src/zavhoz_telegram/group_cards.py",
        "    if card.closed:\n        return ()\n",
        "",
        ("libs/telegram/tests/test_group_cards.py::test_what_is_closed_stays_with_its_state_and_no_buttons",),
    ),
)
