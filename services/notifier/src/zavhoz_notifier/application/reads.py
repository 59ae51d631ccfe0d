"""The read API of the requests service, asked for many audiences and cards at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.groups import GroupCard, Keeper, StaffGroup
from zavhoz_contracts.api.managed import ManagedCategory, ManagedOrganisation
from zavhoz_contracts.api.people import Profile
from zavhoz_contracts.api.places import ManagedPlaces, Place
from zavhoz_contracts.api.replies import Reply
from zavhoz_contracts.api.v1 import MOST_AT_ONCE, Album, Audience, Card, Comment, Person, RequestPage, View
from zavhoz_contracts.envelope import Envelope
from zavhoz_notifier.application.batching import Batched


class ManyReads(Protocol):
    """What is asked for many at a time (`zavhoz_contracts.api.client`)."""

    async def audiences(self, request_ids: Sequence[UUID]) -> dict[UUID, Audience]:
        """The audiences of requests, by request."""
        ...

    async def cards(self, asked: Sequence[tuple[UUID, UUID | int]]) -> list[Card | GroupCard | NotFound | Forbidden]:
        """Requests as people, or groups by their chats, see them, or why not, in the same order."""
        ...


class ReadApi(ManyReads, Protocol):
    """The read API of the requests service (`zavhoz_contracts.api.client`)."""

    async def person(self, as_: str) -> Person:
        """The person themselves."""
        ...

    async def card(self, request_id: UUID, as_: str) -> Card:
        """One request as this person sees it."""
        ...

    async def comment(self, request_id: UUID, text_id: UUID, as_: str) -> Comment:
        """One comment, as this person may read it."""
        ...

    async def note(self, request_id: UUID, text_id: UUID, as_: str) -> Comment:
        """One note of the staff, if this person may read those."""
        ...

    async def requests(self, as_: str, view: View, page: int = 1, size: int = 8) -> RequestPage:
        """One page of a list."""
        ...

    async def album(self, request_id: UUID, as_: str) -> Album:
        """The files of a request."""
        ...

    async def managed_places(self, as_: str, code: str | None = None) -> ManagedPlaces:
        """What is in a place, or topmost."""
        ...

    async def profile(self, as_: str, person_id: UUID) -> Profile:
        """Somebody as a manager sees them."""
        ...

    async def place(self, code: str) -> Place:
        """The place with this code, unless it is archived."""
        ...

    async def category(self, as_: str, category_id: UUID) -> ManagedCategory:
        """A category as a manager sees it."""
        ...

    async def organisation(self, as_: str) -> ManagedOrganisation:
        """The settings of the organisation, for a manager."""
        ...

    async def group(self, chat_id: int) -> StaffGroup:
        """How requests appear in a group."""
        ...

    async def group_keepers(self) -> Sequence[Keeper]:
        """Who may bind groups."""
        ...

    async def replies(self, as_: str, language: str, *, managed: bool = False) -> tuple[Reply, ...]:
        """What the staff can say in a language; `managed`, for who may change it."""
        ...

    async def request_events(self, request_id: UUID, after: int = 0) -> tuple[Envelope[Any], ...]:
        """A request's events above a version."""
        ...


class Reads:
    """One audience or card at a time, to whoever asks; one call for all who ask at the same time."""

    def __init__(self, api: ManyReads) -> None:
        self._api = api
        self._audiences = Batched(api.audiences, MOST_AT_ONCE)
        self._cards = Batched(self._read_cards, MOST_AT_ONCE)

    async def audience(self, request_id: UUID) -> Audience:
        """Everyone who may hear of a request.

        Raises:
            NotFound: there is no such request.
        """
        found = await self._audiences.get(request_id)
        if found is None:
            raise NotFound(f"no audience of {request_id}")
        return found

    async def card(self, request_id: UUID, person_id: UUID) -> Card:
        """One request as this person sees it.

        Raises:
            NotFound, Forbidden: they do not see it.
        """
        found = await self._cards.get((request_id, person_id))
        if isinstance(found, Card):
            return found
        raise _denied(found, request_id)

    async def group_card(self, request_id: UUID, chat_id: int) -> GroupCard:
        """One request as a group sees it.

        Raises:
            NotFound: it is not bound. Forbidden: the request does not appear there.
        """
        found = await self._cards.get((request_id, chat_id))
        if isinstance(found, GroupCard):
            return found
        raise _denied(found, request_id)

    async def _read_cards(
        self, asked: Sequence[tuple[UUID, UUID | int]]
    ) -> Mapping[tuple[UUID, UUID | int], Card | GroupCard | NotFound | Forbidden]:
        return dict(zip(asked, await self._api.cards(asked), strict=True))


def _denied(found: object, request_id: UUID) -> NotFound | Forbidden:
    return found if isinstance(found, NotFound | Forbidden) else NotFound(f"no card of {request_id}")
