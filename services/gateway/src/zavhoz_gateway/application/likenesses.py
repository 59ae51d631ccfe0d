"""What others filed already and may be the same as a draft. An offer: without it a draft is sent as ever."""

from __future__ import annotations

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.v1 import SimilarRequest
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import SimilarApi
from zavhoz_gateway.domain.draft import Asks, Draft


class Likenesses:
    """Reads them."""

    def __init__(self, api: SimilarApi) -> None:
        self._api = api

    async def of(self, draft: Draft, actor: Actor) -> tuple[SimilarRequest, ...]:
        """What looks like this draft; nothing when nobody can say so soon.

        Where it is told in the person's own words, there is nothing to compare.
        """
        told = bool(draft.place) and draft.place_code is None
        if draft.asks is not Asks.NOTHING or told or not (draft.text or draft.place_code):
            return ()
        try:
            return await self._api.similar(f"tg:{actor.telegram_id}", draft.text, draft.place_code)
        except (NotFound, Forbidden, InvalidQuery):
            return ()
        except Outage:
            metrics.READ_API_FAILURES.labels("similar").inc()
            return ()
