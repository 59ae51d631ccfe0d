"""A typed client of the read API."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import BaseModel, ValidationError

from zavhoz_contracts.api.categories import Categories, Category
from zavhoz_contracts.api.digest import Digest, Managers
from zavhoz_contracts.api.filters import EVERYTHING, Filters
from zavhoz_contracts.api.groups import GroupCard, Keeper, Keepers, StaffGroup, as_group
from zavhoz_contracts.api.managed import ManagedCategory, ManagedOrganisation
from zavhoz_contracts.api.own import DataPage, DataPart
from zavhoz_contracts.api.people import AssigneePage, PeopleView, PersonPage, Profile, Staff, StaffMember
from zavhoz_contracts.api.places import ExportForm, ManagedPlaces, Place, PlaceImport, PlacePage, Places
from zavhoz_contracts.api.replies import Replies, Reply
from zavhoz_contracts.api.v1 import (
    Album,
    Audience,
    AudienceMember,
    Audiences,
    Card,
    CardAnswers,
    CardAttachment,
    Comment,
    EventPage,
    OwnComment,
    Person,
    Problem,
    RequestIds,
    RequestLine,
    RequestPage,
    SimilarRequest,
    SimilarRequests,
    View,
)
from zavhoz_contracts.envelope import Envelope, parse_raw
from zavhoz_contracts.errors import Outage, Permanent

ModelT = TypeVar("ModelT", bound=BaseModel)

_TIMEOUT: Final = ClientTimeout(total=5, connect=2)
_SOON: Final = ClientTimeout(total=1)
"""For what somebody waits for that they can do without."""
_LONG: Final = ClientTimeout(total=60, connect=2)
"""For thousands of places at once."""
_SIMILAR_TEXT: Final = 1000
_DEPENDENCY: Final = "requests-api"


class NotFound(Permanent):
    """The API knows no such person or request."""

    reason = "not_found"


class Forbidden(Permanent):
    """The person named by `as` may not see this, is not known, or is deactivated (then `reason` says so)."""

    reason = "forbidden"


class InvalidQuery(Permanent):
    """The API refused the question itself: a mistake of ours."""

    reason = "invalid_query"


class ApiUnavailable(Outage):
    """The API did not answer, answered with a server error, or does not accept our token."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency=_DEPENDENCY)


class RequestsApi:
    """Reads of the requests service over HTTP; the session is the caller's, who closes it.

    `as_` names on whose behalf one reads: a person id, or `tg:<Telegram id>`. Every method raises `ApiUnavailable` when
    there is no answer within 5 s, and `NotFound` or `Forbidden` as the API says.
    """

    def __init__(self, session: ClientSession, base_url: str, token: str) -> None:
        self._session = session
        self._base = base_url.rstrip("/") + "/v1"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def person(self, as_: str) -> Person:
        """The person themselves; `NotFound` when the API does not know them yet."""
        return await self._get(Person, "/people/{as}", {"as": as_})

    async def own(self, as_: str, part: DataPart, after: str = "") -> DataPage:
        """A page of what is held about a person, from behind `after` on."""
        return await self._get(DataPage, "/people/{as}/data/{part}", {"as": as_, "part": part.value}, {"after": after})

    async def card(self, request_id: UUID, as_: str) -> Card:
        """One request as this person sees it."""
        return await self._get(Card, "/requests/{request_id}/card", {"request_id": request_id}, {"as": as_})

    async def comment(self, request_id: UUID, text_id: UUID, as_: str) -> Comment:
        """One comment, as this person may read it."""
        named: dict[str, str | UUID] = {"request_id": request_id, "text_id": text_id}
        return await self._get(Comment, "/requests/{request_id}/comments/{text_id}", named, {"as": as_})

    async def note(self, request_id: UUID, text_id: UUID, as_: str) -> Comment:
        """One note of the staff, for who may read those."""
        named: dict[str, str | UUID] = {"request_id": request_id, "text_id": text_id}
        return await self._get(Comment, "/requests/{request_id}/notes/{text_id}", named, {"as": as_})

    async def comment_by_command(self, command_id: UUID, as_: str) -> OwnComment:
        """The comment said by this command, for its author; `NotFound` when there is none, or not yet."""
        path = "/comments/by-command/{command_id}"
        return await self._get(OwnComment, path, {"command_id": command_id}, {"as": as_})

    async def album(self, request_id: UUID, as_: str) -> Album:
        """The files of a request, for who may see it."""
        return await self._get(Album, "/requests/{request_id}/album", {"request_id": request_id}, {"as": as_})

    async def by_number(self, number: int, as_: str) -> RequestLine:
        """The request with this public number, if this person may see it."""
        return await self._get(RequestLine, "/requests/by-number/{number}", {"number": str(number)}, {"as": as_})

    async def attachment(self, request_id: UUID, attachment_id: UUID, as_: str) -> CardAttachment:
        """One attachment of a request, for who may see it."""
        path = "/requests/{request_id}/attachments/{attachment_id}"
        ids: dict[str, str | UUID] = {"request_id": request_id, "attachment_id": attachment_id}
        return await self._get(CardAttachment, path, ids, {"as": as_})

    async def audience(self, request_id: UUID) -> Audience:
        """Everyone who may hear of the request."""
        return await self._get(Audience, "/requests/{request_id}/audience", {"request_id": request_id})

    async def audiences(self, request_ids: Sequence[UUID]) -> dict[UUID, Audience]:
        """The audiences of many requests, at most `MOST_AT_ONCE`, by request; none of those that do not exist."""
        found = await self._get(Audiences, "/audiences", params=[("id", str(id)) for id in request_ids])
        return {audience.request_id: audience for audience in found.root}

    async def cards(self, asked: Sequence[tuple[UUID, UUID | int]]) -> list[Card | GroupCard | NotFound | Forbidden]:
        """For each request with a person's id, or a group's chat id, in the same order: as they see it, or why not.

        At most `MOST_AT_ONCE`.
        """
        of = [("of", f"{request_id}:{as_group(who) if isinstance(who, int) else who}") for request_id, who in asked]
        answers = await self._get(CardAnswers, "/cards", params=of)
        return [answer.card or answer.group or _denial(answer.denied) for answer in answers.root]

    async def requests(
        self, as_: str, view: View, page: int = 1, size: int = 8, *, filters: Filters = EVERYTHING
    ) -> RequestPage:
        """One page of a list; `page` counts from 1 to 1,000,000, `size` from 1 to 50 (else `InvalidQuery`)."""
        query = [("as", as_), ("view", view.value), ("page", str(page)), ("size", str(size)), *filters.query()]
        return await self._get(RequestPage, "/requests", params=query)

    async def request_ids(self, as_: str, *, filters: Filters = EVERYTHING) -> RequestIds:
        """Which requests of the queue can be changed at once, in its order, for who may do that."""
        return await self._get(RequestIds, "/requests/ids", params=[("as", as_), *filters.query()])

    async def search(
        self, as_: str, q: str, page: int = 1, size: int = 8, *, filters: Filters = EVERYTHING
    ) -> RequestPage:
        """One page of what is found in the queue and the archive, as far as this person may see them, newest first.

        By words in any form, mistyped ones too, or by `#number`; `q` of at most 200 characters (else `InvalidQuery`).
        """
        query = [("as", as_), ("q", q), ("page", str(page)), ("size", str(size)), *filters.query()]
        return await self._get(RequestPage, "/requests/search", params=query)

    async def assignees(self, as_: str, page: int = 1, size: int = 8) -> AssigneePage:
        """One page of those who have something to do in the queue as this person may see it, by name."""
        query: dict[str, str | int] = {"as": as_, "page": page, "size": size}
        return await self._get(AssigneePage, "/requests/assignees", params=query)

    async def find(self, as_: str, q: str, page: int = 1, size: int = 8) -> RequestPage:
        """One page of what this person filed or joined, found by words, mistyped ones too, or by `#number`.

        `q` of at most 200 characters (else `InvalidQuery`).
        """
        query: dict[str, str | int] = {"as": as_, "q": q, "page": page, "size": size}
        return await self._get(RequestPage, "/requests/mine", params=query)

    async def similar(self, as_: str, text: str, place: str | None = None) -> tuple[SimilarRequest, ...]:
        """What others have filed already and may be the same; `ApiUnavailable` when there is no answer within 1 s.

        `place` is a code; `text` counts up to its 1000th character.
        """
        query: dict[str, str | int] = {"as": as_, "text": text[:_SIMILAR_TEXT]}
        params = query if place is None else query | {"place": place}
        return (await self._get(SimilarRequests, "/requests/similar", params=params, timeout=_SOON)).root

    async def duplicates(self, as_: str, request_id: UUID) -> tuple[SimilarRequest, ...]:
        """What this request may be the same as, for who may merge it; `ApiUnavailable` as for `similar`."""
        path = "/requests/{request_id}/duplicates"
        found = await self._get(SimilarRequests, path, {"request_id": request_id}, {"as": as_}, timeout=_SOON)
        return found.root

    async def places(self, as_: str, *, q: str = "", under: str | None = None, page: int = 1) -> PlacePage:
        """A page of the places found by the words `q`, in any order; without words those right under `under`, or roots.

        `NotFound` when `under` is no place; `q` of at most 200 characters (else `InvalidQuery`).
        """
        query: dict[str, str | int] = {"as": as_, "q": q, "page": page}
        return await self._get(PlacePage, "/places", params=query if under is None else query | {"under": under})

    async def recent_places(self, as_: str) -> tuple[Place, ...]:
        """The places this person filed requests for, newest first, at most 5."""
        return (await self._get(Places, "/places/recent", params={"as": as_})).root

    async def place(self, code: str) -> Place:
        """The place with this code; `NotFound` when there is none, or it is archived."""
        return await self._get(Place, "/places/by-code/{code}", {"code": code})

    async def managed_places(
        self,
        as_: str,
        code: str | None = None,
        *,
        place_id: UUID | None = None,
        page: int = 1,
        archived: bool = False,
    ) -> ManagedPlaces:
        """What is in a place, named by code or id, or what is topmost; with all that managers see, for managers.

        `Forbidden` outside of what they are limited to; `NotFound` when there never was such a place.
        """
        asked: dict[str, str | int] = {"as": as_, "page": page, "archived": int(archived)}
        if code is not None:
            asked["code"] = code
        elif place_id is not None:
            asked["id"] = str(place_id)
        return await self._get(ManagedPlaces, "/places/managed", params=asked)

    async def place_table(self, as_: str, under: str | None = None) -> bytes:
        """What is under a place, and that itself, or all there is, as a table that loads again; for managers.

        Raises as `managed_places`; `ApiUnavailable` when there is no answer within 60 s.
        """
        return await self._exported(as_, under, ExportForm.CSV)

    async def places_under(self, as_: str, under: str | None = None) -> tuple[Place, ...]:
        """The same places, each after the one it is in. Raises as `place_table`."""
        lines = (await self._exported(as_, under, ExportForm.LINES)).splitlines()
        return tuple(_read(Place, line, "GET /places/export") for line in lines)

    async def _exported(self, as_: str, under: str | None, form: ExportForm) -> bytes:
        asked: dict[str, str | int] = {"as": as_, "form": form.value}
        return await self._ask("GET", "/places/export", params=asked if under is None else asked | {"under": under})

    async def stage_places(self, as_: str, table: bytes) -> PlaceImport:
        """Have a table of places looked at and kept for a day, so that it can be applied; for who may change places.

        The same table staged again is the same import. `InvalidQuery` when it is over 1 MiB; `ApiUnavailable` when
        there is no answer within 60 s.
        """
        body = await self._ask("POST", "/places/imports", params={"as": as_}, table=table)
        return _read(PlaceImport, body, "POST /places/imports")

    async def place_import(self, as_: str, import_id: UUID, *, archive_missing: bool) -> PlaceImport:
        """What a staged table would change now, in one way or the other; `NotFound` when it is not kept any more."""
        asked: dict[str, str | int] = {"as": as_, "archive_missing": int(archive_missing)}
        named: dict[str, str | UUID] = {"import_id": import_id}
        return await self._get(PlaceImport, "/places/imports/{import_id}", named, asked, _LONG)

    async def people(
        self, as_: str, view: PeopleView = PeopleView.ALL, q: str = "", page: int = 1, size: int = 8
    ) -> PersonPage:
        """One page of people, those whose names have all the words of `q`, of at most 100 characters; for managers."""
        query: dict[str, str | int] = {"as": as_, "view": view.value, "q": q, "page": page, "size": size}
        return await self._get(PersonPage, "/people", params=query)

    async def profile(self, as_: str, person_id: UUID) -> Profile:
        """Somebody with what they have to do, for managers."""
        return await self._get(Profile, "/profiles/{person_id}", {"person_id": person_id}, {"as": as_})

    async def staff(self, as_: str, request_id: UUID) -> tuple[StaffMember, ...]:
        """Whom this request can be given to, for who may do that; those with the least work first."""
        return (await self._get(Staff, "/requests/{request_id}/staff", {"request_id": request_id}, {"as": as_})).root

    async def all_staff(self, as_: str) -> tuple[StaffMember, ...]:
        """Whom requests can be given to where this manager is; those with the least work first."""
        return (await self._get(Staff, "/staff", params={"as": as_})).root

    async def categories(self, as_: str, *, archived: bool = False) -> tuple[Category, ...]:
        """The categories that a request may have, in the order in which they were made; `archived` ones too."""
        params: dict[str, str | int] = {"as": as_, "archived": int(archived)}
        return (await self._get(Categories, "/categories", params=params)).root

    async def category(self, as_: str, category_id: UUID) -> ManagedCategory:
        """A category as managers see it."""
        path = "/categories/{category_id}"
        return await self._get(ManagedCategory, path, {"category_id": category_id}, {"as": as_})

    async def organisation(self, as_: str) -> ManagedOrganisation:
        """The settings of the organisation, for managers."""
        return await self._get(ManagedOrganisation, "/settings", params={"as": as_})

    async def replies(self, as_: str, language: str, *, managed: bool = False) -> tuple[Reply, ...]:
        """What the staff can say by a press, in a language; for the staff, `managed` for who may change them."""
        params: dict[str, str | int] = {"as": as_, "language": language, "managed": int(managed)}
        return (await self._get(Replies, "/replies", params=params)).root

    async def digest(self, as_: str) -> Digest:
        """How things stand where this manager is."""
        return await self._get(Digest, "/digest", params={"as": as_})

    async def managers(self) -> tuple[AudienceMember, ...]:
        """Every active manager, and where they are written to."""
        return (await self._get(Managers, "/managers")).root

    async def group(self, chat_id: int) -> StaffGroup:
        """How requests appear in a group; `NotFound` when they do not."""
        return await self._get(StaffGroup, "/groups/{chat_id}", {"chat_id": str(chat_id)})

    async def group_keepers(self) -> tuple[Keeper, ...]:
        """Who may bind groups."""
        return (await self._get(Keepers, "/group-keepers")).root

    async def request_events(self, request_id: UUID, after: int = 0) -> tuple[Envelope[Any], ...]:
        """The request's events with a version above `after`, in order, at most 500."""
        page = await self._get(EventPage, "/requests/{request_id}/events", {"request_id": request_id}, {"after": after})
        return tuple(parse_raw(raw) for raw in page.root)

    async def _get(
        self,
        model: type[ModelT],
        route: str,
        named: dict[str, str | UUID] | None = None,
        params: dict[str, str | int] | list[tuple[str, str]] | None = None,
        timeout: ClientTimeout = _TIMEOUT,
    ) -> ModelT:
        body = await self._ask("GET", route, named, params, timeout)
        return _read(model, body, f"GET {route}")

    async def _ask(
        self,
        method: str,
        route: str,
        named: Mapping[str, str | UUID] | None = None,
        params: Mapping[str, str | int] | list[tuple[str, str]] | None = None,
        timeout: ClientTimeout = _LONG,
        table: bytes | None = None,
    ) -> bytes:
        path = route.format_map(named or {})
        # Who measures or traces the session is told the route, which holds no ids.
        told, headers = {"route": f"/v1{route}"}, self._headers
        if table is not None:
            headers = headers | {"Content-Type": "text/csv"}
        asked = self._session.request(
            method,
            self._base + path,
            params=params,
            data=None if table is None else io.BytesIO(table),
            headers=headers,
            timeout=timeout,
            trace_request_ctx=told,
        )
        try:
            async with asked as response:
                body = await response.read()
        except (ClientError, TimeoutError) as error:
            raise ApiUnavailable(f"{method} {path}: {type(error).__name__}: {error}") from error
        match response.status:
            case 200:
                return body
            case 403:
                raise Forbidden(f"{method} {path}: forbidden", reason=_code(body, "forbidden"))
            case 404:
                raise NotFound(f"{method} {path}: not found")
            case 400 | 413 | 422:
                raise InvalidQuery(f"{method} {path}: {body[:200]!r}")
            case status:
                raise ApiUnavailable(f"{method} {path}: HTTP {status}")


def _read(model: type[ModelT], body: bytes, asked: str) -> ModelT:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise ApiUnavailable(f"{asked}: unreadable answer: {error.error_count()} errors") from error


def _denial(code: str | None) -> NotFound | Forbidden:
    if code in (None, NotFound.reason):
        return NotFound("GET /cards: not found")
    return Forbidden("GET /cards: forbidden", reason=code)


def _code(body: bytes, default: str) -> str:
    try:
        return Problem.model_validate_json(body).code
    except ValidationError:
        return default
