"""What managers do on a page: the answer to whoever pressed or typed, and the page drawn anew in its message."""

from __future__ import annotations

import html
from collections.abc import Sequence
from uuid import UUID

from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_notifier.domain.delivery import Delivery, answer, notice, screen
from zavhoz_telegram.screens import Row, Screen


def told(
    cause_id: UUID, outcome: CommandDone | CommandRefused, text: str, *, rows: Sequence[Row] = (), alert: bool = False
) -> list[Delivery]:
    """To a press a toast, or an alert; to what was typed a message with these buttons."""
    origin, who = outcome.origin, outcome.person_id
    if origin.callback_query_id is None:
        buttons = [[list(button) for button in row] for row in rows]
        return [notice(cause_id, origin.chat_id, outcome.language, html.escape(text), person_id=who, rows=buttons)]
    query = origin.callback_query_id
    return [answer(cause_id, query, origin.chat_id, outcome.language, text, alert=alert, person_id=who)]


def drawn(cause_id: UUID, outcome: CommandDone | CommandRefused, shown: Screen) -> list[Delivery]:
    """The page in the message it is in, if it is in one."""
    origin = outcome.origin
    if origin.message_id is None:
        return []
    rows = [[list(button) for button in row] for row in shown.rows]
    where, who = origin.message_id, outcome.person_id
    return [screen(cause_id, origin.chat_id, outcome.language, shown.text, rows, message_id=where, person_id=who)]
