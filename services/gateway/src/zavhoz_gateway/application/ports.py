"""What the gateway's doings need from outside: a bus, a memory, a chat."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.filters import EVERYTHING, Filters
from zavhoz_contracts.api.managed import ManagedCategory, ManagedOrganisation
from zavhoz_contracts.api.people import AssigneePage, PeopleView, PersonPage, Profile, StaffMember
from zavhoz_contracts.api.places import ManagedPlaces, Place, PlaceImport, PlacePage
from zavhoz_contracts.api.replies import Reply
from zavhoz_contracts.api.v1 import Card, OwnComment, Person, RequestIds, RequestLine, RequestPage, SimilarRequest, View
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.errors import Outage, Transient
from zavhoz_gateway.domain.album import Album
from zavhoz_gateway.domain.draft import Draft
from zavhoz_gateway.domain.narrowing import Narrowing
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.selection import Selection
from zavhoz_gateway.screens import Screen


class StoreUnavailable(Outage):
    """The memory does not answer, or cannot do its work."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency="redis")


class Lease(Protocol):
    """A claim that ends by itself unless it is renewed. Every method raises `StoreUnavailable` while it cannot."""

    async def take(self) -> bool:
        """Take it if it is free, or wait for it."""
        ...

    async def renew(self) -> bool:
        """Hold it for another while; False when it is ours no more."""
        ...

    async def release(self) -> bool:
        """Give it back; False when it was ours no more."""
        ...


class Leases(Protocol):
    """Makes leases."""

    @property
    def seconds(self) -> float:
        """After so long a lease ends that is not renewed."""
        ...

    def lease(self, what: str, *, order: int = 0) -> Lease:
        """A claim to `what`; of those who wait, the lowest `order` comes first."""
        ...


class DraftChanged(Transient):
    """Somebody else has written this draft meanwhile: begin again from what is there now."""


class Bus(Protocol):
    """Takes commands; when `publish` returns, the broker has them for good."""

    async def publish(self, envelope: Envelope[Any]) -> None:
        """Publish one command; raises an `Outage` or `Transient` when it may be lost."""
        ...


class DraftStore(Protocol):
    """Remembers drafts. Every method raises `StoreUnavailable` while it cannot."""

    async def get(self, chat_id: int, message_id: int) -> Draft | None:
        """The draft drawn in this message."""
        ...

    async def current(self, chat_id: int) -> Draft | None:
        """The draft of this chat that was begun last, open or sent."""
        ...

    async def save(self, draft: Draft) -> Draft:
        """Write the draft, or raise `DraftChanged`; a new one becomes the current one."""
        ...

    async def remove(self, draft: Draft) -> None:
        """Forget the draft, or raise `DraftChanged`."""
        ...


class Limit(Protocol):
    """Counts what a person files, or says. Raises `StoreUnavailable` while it cannot."""

    async def count(self, telegram_id: int, one: object) -> int:
        """Count this one, once however often it comes; the seconds to wait when it is one too many, else 0."""
        ...


class QuestionStore(Protocol):
    """Remembers what was asked. Every method raises `StoreUnavailable` while it cannot."""

    async def get(self, chat_id: int) -> Question | None:
        """The question asked last in this chat."""
        ...

    async def put(self, question: Question) -> None:
        """Remember it in place of a former one."""
        ...

    async def remove(self, chat_id: int) -> None:
        """Forget it."""
        ...


class NarrowingStore(Protocol):
    """Remembers what people narrow the queue to. Every method raises `StoreUnavailable` while it cannot."""

    async def get(self, chat_id: int) -> Narrowing:
        """What they chose."""
        ...

    async def put(self, chat_id: int, narrowing: Narrowing) -> None:
        """Remember it."""
        ...


class SelectionStore(Protocol):
    """Remembers what people chose to change at once. Every method raises `StoreUnavailable` while it cannot."""

    async def get(self, chat_id: int) -> Selection | None:
        """What was chosen last in this chat."""
        ...

    async def put(self, chat_id: int, selection: Selection) -> None:
        """Remember it in place of a former one."""
        ...

    async def remove(self, chat_id: int) -> None:
        """Forget it."""
        ...


class QueryStore(Protocol):
    """Remembers what was looked for. Every method raises `StoreUnavailable` while it cannot."""

    async def get(self, chat_id: int, message_id: int) -> str | None:
        """What was looked for in this message."""
        ...

    async def put(self, chat_id: int, message_id: int, words: str) -> None:
        """Remember it."""
        ...


class AlbumStore(Protocol):
    """Remembers to which requests albums went. Every method raises `StoreUnavailable` while it cannot."""

    async def get(self, chat_id: int, group_id: str) -> Album | None:
        """The album, if a part of it went to a request."""
        ...

    async def put(self, chat_id: int, group_id: str, album: Album) -> None:
        """Remember where it went."""
        ...


class Memory(Protocol):
    """All that is remembered of a chat. Raises `StoreUnavailable` while it cannot."""

    async def forget(self, chat_id: int) -> None:
        """Forget it: drafts, questions, albums, counts."""
        ...


class LanguageStore(Protocol):
    """Which language somebody chose just now. Every method raises `StoreUnavailable` while it cannot."""

    async def get(self, telegram_id: int) -> str | None:
        """The language, for as long as a profile from before may be remembered."""
        ...

    async def put(self, telegram_id: int, language: str) -> None:
        """It was chosen."""
        ...


class Chat(Protocol):
    """Shows things to people. Raises a `Transient` or an `Outage` when it should be tried again."""

    async def send(self, chat_id: int, screen: Screen) -> int:
        """Send a new message; returns its id."""
        ...

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> bool:
        """Draw a message anew; False when there is no such message any more."""
        ...

    async def answer(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a press, at most 200 characters; a toast, or an alert. One that comes too late counts as answered."""
        ...


class PersonApi(Protocol):
    """The read API of the requests service (`zavhoz_contracts.api.client`), as far as it knows people."""

    async def person(self, as_: str) -> Person:
        """The person themselves."""
        ...


class ReadApi(PersonApi, Protocol):
    """The same API, and what it knows of requests."""

    async def requests(self, as_: str, view: View, page: int = 1, size: int = 8) -> RequestPage:
        """One page of a list."""
        ...

    async def comment_by_command(self, command_id: UUID, as_: str) -> OwnComment:
        """The comment said by this command, for its author."""
        ...

    async def by_number(self, number: int, as_: str) -> RequestLine:
        """The request with this public number."""
        ...


class QueueApi(Protocol):
    """Of the same API, the queue and the archive."""

    async def requests(
        self, as_: str, view: View, page: int = 1, size: int = 8, *, filters: Filters = EVERYTHING
    ) -> RequestPage:
        """One page of a list."""
        ...

    async def search(
        self, as_: str, q: str, page: int = 1, size: int = 8, *, filters: Filters = EVERYTHING
    ) -> RequestPage:
        """One page of what is found in both."""
        ...

    async def assignees(self, as_: str, page: int = 1, size: int = 8) -> AssigneePage:
        """One page of those who have something to do."""
        ...


class ManyApi(Protocol):
    """Of the same API, what can be changed at once, and whom it can be given to."""

    async def request_ids(self, as_: str, *, filters: Filters = EVERYTHING) -> RequestIds:
        """Which requests of the queue."""
        ...

    async def all_staff(self, as_: str) -> tuple[StaffMember, ...]:
        """Whom they can be given to, those with the least work first."""
        ...


class FindApi(Protocol):
    """Of the same API, the search in one's own requests."""

    async def find(self, as_: str, q: str, page: int = 1, size: int = 8) -> RequestPage:
        """One page of what this person filed or joined, found by words or number."""
        ...


class SimilarApi(Protocol):
    """Of the same API, what others filed already."""

    async def similar(self, as_: str, text: str, place: str | None = None) -> tuple[SimilarRequest, ...]:
        """What may be the same as a draft; an answer, or an `Outage`, comes within a second."""
        ...


class StaffApi(Protocol):
    """Of the same API, whom work can be given to."""

    async def card(self, request_id: UUID, as_: str) -> Card:
        """One request as this person sees it."""
        ...

    async def staff(self, as_: str, request_id: UUID) -> tuple[StaffMember, ...]:
        """Whom this request can be given to, those with the least work first."""
        ...


class MergeApi(Protocol):
    """Of the same API, what a request may be merged into."""

    async def card(self, request_id: UUID, as_: str) -> Card:
        """One request as this person sees it."""
        ...

    async def by_number(self, number: int, as_: str) -> RequestLine:
        """The request with this public number."""
        ...

    async def duplicates(self, as_: str, request_id: UUID) -> tuple[SimilarRequest, ...]:
        """What this request may be the same as; an answer, or an `Outage`, comes within a second."""
        ...


class PeopleApi(Protocol):
    """Of the same API, people as managers see them."""

    async def people(self, as_: str, view: PeopleView, q: str = "", page: int = 1, size: int = 8) -> PersonPage:
        """A page of people."""
        ...

    async def profile(self, as_: str, person_id: UUID) -> Profile:
        """Somebody with what they have to do."""
        ...


class RepliesApi(Protocol):
    """Of the same API, canned replies."""

    async def replies(self, as_: str, language: str, *, managed: bool = False) -> tuple[Reply, ...]:
        """What the staff can say in a language; `managed`, for who may change it."""
        ...


class PlaceApi(Protocol):
    """Of the same API, what is about places."""

    async def places(self, as_: str, *, q: str = "", under: str | None = None, page: int = 1) -> PlacePage:
        """A page of places: found by words, right under a place, or the roots."""
        ...

    async def recent_places(self, as_: str) -> tuple[Place, ...]:
        """The places this person filed requests for."""
        ...

    async def place(self, code: str) -> Place:
        """The place with this code."""
        ...


class TreeApi(Protocol):
    """Of the same API, the places as managers see them, and tables of places, which it keeps for a day."""

    async def managed_places(
        self,
        as_: str,
        code: str | None = None,
        *,
        place_id: UUID | None = None,
        page: int = 1,
        archived: bool = False,
    ) -> ManagedPlaces:
        """What is in a place, or topmost."""
        ...

    async def stage_places(self, as_: str, table: bytes) -> PlaceImport:
        """Have a table looked at and kept."""
        ...

    async def place_import(self, as_: str, import_id: UUID, *, archive_missing: bool) -> PlaceImport:
        """What a table that is kept would change now."""
        ...


class SmallFiles(Protocol):
    """Files that were sent to the bot, as far as they fit into memory."""

    async def fetch(self, file_id: str, cap: int) -> bytes:
        """The file, of at most `cap` bytes.

        Raises:
            FileTooLarge, FileUnavailable, TelegramUnavailable: see `zavhoz_telegram.downloads`.
        """
        ...


class CategoryApi(Protocol):
    """Of the same API, the categories that requests may have."""

    async def categories(self, as_: str, *, archived: bool = False) -> tuple[Category, ...]:
        """In the order in which they were made; `archived` ones too, for who may change them."""
        ...


class ManagedApi(CategoryApi, Protocol):
    """Of the same API, what managers set up."""

    async def category(self, as_: str, category_id: UUID) -> ManagedCategory:
        """A category as managers see it."""
        ...

    async def organisation(self, as_: str) -> ManagedOrganisation:
        """The settings."""
        ...

    async def people(
        self, as_: str, view: PeopleView = PeopleView.ALL, q: str = "", page: int = 1, size: int = 8
    ) -> PersonPage:
        """One page of people."""
        ...
