"""Pages of the tree of places, drawn anew when something about them was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.places import ManagedPlaces
from zavhoz_contracts.places.v1.commands import AddPlace, ApplyPlaces, RenamePlace
from zavhoz_contracts.requests.v1.outcomes import CommandDone
from zavhoz_notifier.application.preferences import screen_of
from zavhoz_notifier.application.showing import answered
from zavhoz_notifier.domain.delivery import Delivery
from zavhoz_telegram.texts import Texts
from zavhoz_telegram.tree import draw_level

_DONE: Final = {
    AddPlace.TYPE: "tree.done_added",
    RenamePlace.TYPE: "tree.done_renamed",
    ApplyPlaces.TYPE: "tree.done_applied",
}


class ReadApi(Protocol):
    """The read API of the requests service (`zavhoz_contracts.api.client`)."""

    async def managed_places(self, as_: str, code: str | None = None) -> ManagedPlaces:
        """What is in a place, or topmost."""
        ...


class TreePages:
    """Plans what is said of changes of the tree to who made them."""

    def __init__(self, api: ReadApi, texts: Texts) -> None:
        self._api = api
        self._texts = texts

    async def done(self, cause_id: UUID, done: CommandDone) -> Sequence[Delivery]:
        """The place as it is now: in the message pressed, or as a new one to who typed something."""
        origin, t = done.origin, self._texts.for_language(done.language)
        try:
            page = await self._api.managed_places(str(done.person_id), done.place_code)
        except (NotFound, Forbidden):  # a manager no more
            return [answered(cause_id, origin, t, t.plain("done.other"), done.person_id)]
        said = t.plain(_said(done, page))
        pressed = origin.callback_query_id is not None
        heading = said if not pressed or done.command_type == ApplyPlaces.TYPE else ""
        shown = screen_of(
            cause_id, origin.chat_id, done.language, draw_level(page, t, heading), origin.message_id, done.person_id
        )
        return [shown, *([answered(cause_id, origin, t, said, done.person_id)] if pressed else [])]


def _said(done: CommandDone, page: ManagedPlaces) -> str:
    if not done.changed:
        return "tree.done_nothing"
    archived = page.place is not None and page.place.archived
    return _DONE.get(done.command_type, "tree.done_archived" if archived else "tree.done_restored")
