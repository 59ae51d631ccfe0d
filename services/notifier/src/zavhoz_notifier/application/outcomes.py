"""What an outcome of a command causes: the answer to whoever pressed or wrote, and the card."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from zavhoz_contracts.requests.v1.commands import (
    CommentRequest,
    CompleteRequest,
    HoldRequest,
    JoinRequest,
    LeaveRequest,
    NoteRequest,
    RejectRequest,
)
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_notifier.application.words import done_toast, refusal
from zavhoz_notifier.domain.delivery import Delivery, Placement, Urgency, answer, card, notice
from zavhoz_notifier.domain.groups import is_group
from zavhoz_telegram.texts import Translator

_TYPED: Final = frozenset(
    {CommentRequest.TYPE, NoteRequest.TYPE, RejectRequest.TYPE, HoldRequest.TYPE, CompleteRequest.TYPE}
)
"""What is typed, and may belong to no card in the chat: to a message replied to, or to a card in a group."""


def for_done(cause_id: UUID, done: CommandDone, t: Translator) -> Sequence[Delivery]:
    """The answer to a press, and the message pressed as the live card; what was typed is answered by a message."""
    origin = done.origin
    planned: list[Delivery] = []
    if origin.callback_query_id:
        toast = done_toast(done, t)
        query = origin.callback_query_id
        planned.append(answer(cause_id, query, origin.chat_id, done.language, toast, person_id=done.person_id))
    # The card in a group is drawn anew by the event.
    if origin.message_id and done.person_id and done.request_id and not is_group(origin.chat_id):
        planned.append(
            card(
                cause_id,
                origin.chat_id,
                done.language,
                done.person_id,
                done.request_id,
                Placement.CONVERT,
                message_id=origin.message_id,
                urgency=Urgency.NOW,
                left=done.command_type == LeaveRequest.TYPE,
            )
        )
    # What was typed is answered by a message: the answer to a question, and a comment by a reply, too.
    if not origin.callback_query_id and (planned or done.command_type in _TYPED):
        said = html.escape(done_toast(done, t))
        planned.append(notice(cause_id, origin.chat_id, done.language, said, person_id=done.person_id))
    return planned


def for_refused(cause_id: UUID, refused: CommandRefused, t: Translator) -> Sequence[Delivery]:
    """The sentence that says why; who pressed a button of an older version sees how the request stands now."""
    origin = refused.origin
    sentence = refusal(refused, t)
    if not origin.callback_query_id:
        said = html.escape(sentence)
        return [notice(cause_id, origin.chat_id, refused.language, said, person_id=refused.person_id)]
    query, who = origin.callback_query_id, refused.person_id
    planned = [answer(cause_id, query, origin.chat_id, refused.language, sentence, alert=True, person_id=who)]
    # A draft that could not be joined to a request stays a draft.
    on_card = refused.command_type != JoinRequest.TYPE
    if is_group(origin.chat_id):
        return planned
    if on_card and origin.message_id and refused.person_id and refused.request_id and refused.version:
        # The button was drawn for an older version: whoever pressed it sees how the request stands now.
        planned.append(
            card(
                cause_id,
                origin.chat_id,
                refused.language,
                refused.person_id,
                refused.request_id,
                Placement.CONVERT,
                message_id=origin.message_id,
            )
        )
    return planned
