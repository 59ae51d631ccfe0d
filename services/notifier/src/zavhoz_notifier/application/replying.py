"""What managers change about the canned replies: the answer, and the list as it is from then on."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.replies import Reply
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_notifier.application.words import refusal
from zavhoz_notifier.domain.delivery import Delivery, answer, notice, screen
from zavhoz_telegram.managed_callbacks import ReplyPress
from zavhoz_telegram.replies import Shelf, draw_replies
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.texts import Texts, Translator

REPLYING: Final = frozenset({ChangeReply.TYPE})
"""The commands whose outcomes are answered here."""


class Reads(Protocol):
    """The read API, as far as canned replies need it."""

    async def replies(self, as_: str, language: str, *, managed: bool = False) -> tuple[Reply, ...]:
        """What the staff can say in a language; `managed`, for who may change it."""
        ...


class Replying:
    """Plans what is said of such an outcome."""

    def __init__(self, api: Reads, texts: Texts) -> None:
        self._api = api
        self._texts = texts

    async def answered(self, cause_id: UUID, outcome: CommandDone | CommandRefused) -> Sequence[Delivery]:
        """The list in the message it was changed from, and that it is so now, or why not.

        A text was typed, and is answered by a message; what is pressed takes a reply away.
        """
        t, typed = self._texts.for_language(outcome.language), outcome.origin.callback_query_id is None
        refused = isinstance(outcome, CommandRefused)
        if isinstance(outcome, CommandRefused):
            text = refusal(outcome, t)
        elif typed:
            text = t.plain("replies.saved" if outcome.changed else "replies.unchanged")
        else:
            text = t.plain("replies.removed")
        return [*await self._list(cause_id, outcome, t), _said(cause_id, outcome, text, alert=refused)]

    async def _list(self, cause_id: UUID, outcome: CommandDone | CommandRefused, t: Translator) -> list[Delivery]:
        """The page that the origin's message shows, or, to who may see it no more, that they may not."""
        origin, who = outcome.origin, outcome.person_id
        if origin.message_id is None or origin.view is None:
            return []
        try:
            view = ReplyPress.unpack(origin.view)
            found = await self._api.replies(str(who), view.language, managed=True)
        except ValueError:  # a gateway of another version
            return []
        except (NotFound, Forbidden):
            shown = Screen(t("replies.denied"))
        else:
            shown = draw_replies(Shelf(found, view.language, view.page), self._texts, t)
        rows = [[list(button) for button in row] for row in shown.rows]
        where = origin.message_id
        return [screen(cause_id, origin.chat_id, outcome.language, shown.text, rows, message_id=where, person_id=who)]


def _said(cause_id: UUID, outcome: CommandDone | CommandRefused, text: str, *, alert: bool) -> Delivery:
    origin, who = outcome.origin, outcome.person_id
    if origin.callback_query_id is None:
        return notice(cause_id, origin.chat_id, outcome.language, html.escape(text), person_id=who)
    query = origin.callback_query_id
    return answer(cause_id, query, origin.chat_id, outcome.language, text, alert=alert, person_id=who)
