"""What the gateway shows of many requests that are changed at once, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.people import StaffMember
from zavhoz_contracts.requests.v1.bulk import BulkAction
from zavhoz_gateway.domain.selection import Plan, Selection
from zavhoz_gateway.spoken import Spoken
from zavhoz_telegram.many import (
    Deed,
    Picked,
    draw_many,
    draw_many_asks,
    draw_many_over,
    draw_many_staff,
    draw_many_sure,
)
from zavhoz_telegram.queue import Chosen
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.texts import Texts


class ManyScreens(Spoken):
    """Draws; knows nothing of chats."""

    def __init__(self, texts: Texts, time_zone: ZoneInfo) -> None:
        super().__init__(texts)
        self._time_zone = time_zone

    def choice(self, selection: Selection, language: str) -> Screen:
        """The choice of what is to be done."""
        return draw_many(_picked(selection), self._texts.for_language(language))

    def staff(self, selection: Selection, staff: Sequence[StaffMember], page: int, language: str) -> Screen:
        """The question who is to do them."""
        t, now = self._texts.for_language(language), datetime.now(UTC)
        return draw_many_staff(_picked(selection), staff, page, t, self._time_zone, now)

    def asks(self, selection: Selection, action: BulkAction, language: str) -> Screen:
        """The question for words."""
        return draw_many_asks(_picked(selection), action, self._texts.for_language(language))

    def sure(self, selection: Selection, plan: Plan, language: str) -> Screen:
        """What will happen, to be confirmed."""
        deed = Deed(plan.action, plan.assignee, plan.priority, plan.words)
        return draw_many_sure(_picked(selection), deed, self._texts.for_language(language))

    def over(self, key: str, language: str) -> Screen:
        """What is left, with the way back to the queue."""
        return draw_many_over(key, self._texts.for_language(language))


def _picked(one: Selection) -> Picked:
    chosen = Chosen(one.filters, one.place, one.assignee, one.requester, one.category)
    return Picked(len(one.request_ids), one.total, one.more, chosen)
