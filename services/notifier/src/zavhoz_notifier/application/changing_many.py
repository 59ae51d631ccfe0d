"""What a manager did to many requests at once: the report, in the message in which it was confirmed."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from zavhoz_contracts.requests.v1.bulk import ChangeRequests
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_notifier.application.pages import drawn, told
from zavhoz_notifier.application.words import done_toast, refusal
from zavhoz_notifier.domain.delivery import Delivery
from zavhoz_telegram.many import draw_report, in_short, to_queue
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.texts import Texts

CHANGING_MANY: Final = frozenset({ChangeRequests.TYPE})
"""The commands whose outcomes are answered here."""


class ChangingMany:
    """Plans what is said of such an outcome. Those whose requests they are hear of each by its own event."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    async def answered(self, cause_id: UUID, outcome: CommandDone | CommandRefused) -> Sequence[Delivery]:
        """The report, or, when nothing was changed because all of it was refused, the sentence that says why."""
        t = self._texts.for_language(outcome.language)
        if isinstance(outcome, CommandRefused):
            sentence = refusal(outcome, t)
            left = Screen(html.escape(sentence), (to_queue(t),))
            return [*told(cause_id, outcome, sentence, alert=True), *drawn(cause_id, outcome, left)]
        if outcome.report is None:
            return told(cause_id, outcome, done_toast(outcome, t))
        said = told(cause_id, outcome, in_short(outcome.report, t))
        return [*said, *drawn(cause_id, outcome, draw_report(outcome.report, t))]
