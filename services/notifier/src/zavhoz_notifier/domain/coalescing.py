"""Which cards need not be planned: a card is drawn when it is sent, from what is true then."""

from __future__ import annotations

from collections.abc import Sequence

from zavhoz_notifier.domain.delivery import Delivery, Kind, Placement


def coalesced(planned: Sequence[Delivery]) -> list[Delivery]:
    """Without the live cards that an earlier one of these, which goes to the same chat, will show as well.

    The store does the same with what is planned already (`deliveries.plan`).
    """
    kept: list[Delivery] = []
    drawn: set[tuple[object, ...]] = set()
    for one in planned:
        if one.kind is Kind.CARD:
            shown = (one.chat_id, one.request_id, one.person_id, one.language)
            if one.placement is Placement.LIVE and shown in drawn:
                continue
            drawn.add(shown)
        kept.append(one)
    return kept
