"""The read API, for our own services, each with a token of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, SecretStr, StringConstraints

from zavhoz_chassis.api import bearer
from zavhoz_chassis.database import Database, DatabaseUnavailable
from zavhoz_contracts.api.groups import AS_GROUP, GroupCard
from zavhoz_contracts.api.people import AssigneePage
from zavhoz_contracts.api.v1 import (
    MOST_AT_ONCE,
    Album,
    Audience,
    Audiences,
    Card,
    CardAnswers,
    CardAttachment,
    Comment,
    OwnComment,
    Person,
    Problem,
    RequestIds,
    RequestLine,
    RequestPage,
    View,
)
from zavhoz_requests.application import cards, group_cards, listing, reading
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.domain.terms import Terms
from zavhoz_requests.entrypoints.groups_api import add_groups
from zavhoz_requests.entrypoints.organisation_api import add_organisation
from zavhoz_requests.entrypoints.own_api import add_own
from zavhoz_requests.entrypoints.people_api import add_people
from zavhoz_requests.entrypoints.places_api import add_places
from zavhoz_requests.entrypoints.queries import GROUP, ID, As, AsInPath, AsOrGroup, Narrowing, Page, Size
from zavhoz_requests.entrypoints.searching_api import add_searching

Version = Annotated[int, Query(ge=0, lt=2**31)]
Number = Annotated[int, Path(ge=1, lt=2**31)]
Ids = Annotated[list[UUID], Query(alias="id", min_length=1, max_length=MOST_AT_ONCE)]
Of = Annotated[
    list[Annotated[str, StringConstraints(pattern=f"^{ID}:({ID}|{GROUP})$")]],
    Query(min_length=1, max_length=MOST_AT_ONCE, description="request id : person id, or group:<chat id>"),
]
_UTC: Final = ZoneInfo("UTC")
_STATUS: Final = {"not_found": 404, "forbidden": 403, "deactivated": 403, "too_large": 413}


def _problem(status: int, code: str, detail: str = "") -> JSONResponse:
    return JSONResponse(
        Problem(status=status, code=code, detail=detail).model_dump(),
        status_code=status,
        media_type="application/problem+json",
    )


class _ProblemRoute(APIRoute):
    """Answers what reading denies, and outages, as problems."""

    def get_route_handler(self) -> Any:
        handle = super().get_route_handler()

        async def answering(request: Any) -> Response:
            try:
                response: Response = await handle(request)
            except reading.Denied as denied:
                return _problem(_STATUS[denied.code], denied.code)
            except DatabaseUnavailable:
                return _problem(503, "unavailable", "the database is away")
            except RequestValidationError as error:
                return _problem(422, "invalid", "; ".join(_told(one) for one in error.errors()))
            return response

        return answering


def _told(error: Any) -> str:
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"


def _said(answer: BaseModel) -> Response:
    """An answer as it is, without FastAPI's check of what we have just made."""
    return Response(answer.model_dump_json(), media_type="application/json")


def make_router(
    database: Database,
    tokens: Mapping[str, SecretStr],
    organisation: Organisation | None = None,
    zone: ZoneInfo = _UTC,
) -> APIRouter:
    """The routes under `/v1`; `tokens` are the clients' tokens by the client's name.

    `organisation` knows the defaults of what managers choose, `zone` says when a day begins.
    """
    router = APIRouter(prefix="/v1", route_class=_ProblemRoute, dependencies=[Depends(bearer(tokens))])

    @router.get("/people/{as}")
    async def person(as_: AsInPath) -> Person:
        async with database.statements() as connection:
            return reading.person_view(await reading.viewer(connection, as_))

    # Before the routes with an id, which would take their names for one.
    _add_lists(router, database, zone)
    add_searching(router, database, zone)

    @router.get("/requests/{request_id}")
    @router.get("/requests/{request_id}/card")
    async def card(request_id: UUID, as_: AsOrGroup) -> Card | GroupCard:
        async with database.statements() as connection:
            if as_.startswith(AS_GROUP):
                return await group_cards.card(connection, request_id, int(as_.removeprefix(AS_GROUP)))
            viewer = await reading.active_viewer(connection, as_)
            return await cards.card(connection, request_id, viewer)

    @router.get("/requests/{request_id}/comments/{text_id}")
    async def comment(request_id: UUID, text_id: UUID, as_: As) -> Comment:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await reading.comment(connection, request_id, text_id, viewer)

    @router.get("/requests/{request_id}/notes/{text_id}")
    async def note(request_id: UUID, text_id: UUID, as_: As) -> Comment:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await reading.note(connection, request_id, text_id, viewer)

    @router.get("/requests/by-number/{number}")
    async def by_number(number: Number, as_: As) -> RequestLine:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await listing.by_number(connection, number, viewer)

    @router.get("/requests/{request_id}/attachments/{attachment_id}")
    async def attachment(request_id: UUID, attachment_id: UUID, as_: As) -> CardAttachment:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await reading.attachment(connection, request_id, attachment_id, viewer)

    @router.get("/requests/{request_id}/audience")
    async def audience(request_id: UUID) -> Audience:
        async with database.statements() as connection:
            return await reading.audience(connection, request_id)

    @router.get("/requests/{request_id}/events")
    async def events(request_id: UUID, after: Version = 0) -> JSONResponse:
        async with database.statements() as connection:
            return JSONResponse(await reading.events(connection, request_id, after))

    _add_talking(router, database)
    _add_many(router, database)
    add_organisation(router, database, organisation or Organisation(Terms()))
    add_groups(router, database)
    add_people(router, database)
    add_places(router, database)
    add_own(router, database)
    return router


def _add_lists(router: APIRouter, database: Database, zone: ZoneInfo) -> None:
    """Lists of requests, and of those who have something to do."""

    @router.get("/requests")
    async def requests(as_: As, view: View, filters: Narrowing, page: Page = 1, size: Size = 8) -> RequestPage:
        async with database.transaction() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await listing.listing(connection, viewer, view, filters, zone, page, size)

    @router.get("/requests/ids")
    async def ids(as_: As, filters: Narrowing) -> RequestIds:
        async with database.transaction() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await listing.ids(connection, viewer, filters, zone)

    @router.get("/requests/assignees")
    async def assignees(as_: As, page: Page = 1, size: Size = 8) -> AssigneePage:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await listing.assignees(connection, viewer, page, size)


def _add_talking(router: APIRouter, database: Database) -> None:
    """What is said and sent about a request, found again."""

    @router.get("/comments/by-command/{command_id}")
    async def own_comment(command_id: UUID, as_: As) -> OwnComment:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await reading.own_comment(connection, command_id, viewer)

    @router.get("/requests/{request_id}/album")
    async def album(request_id: UUID, as_: As) -> Album:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await reading.album(connection, request_id, viewer)


def _add_many(router: APIRouter, database: Database) -> None:
    """What our own services ask for many at a time."""

    @router.get("/cards", response_model=CardAnswers)
    async def many_cards(of: Of) -> Response:
        asked = [(UUID(request_id), who) for request_id, _, who in (one.partition(":") for one in of)]
        people = [(request_id, UUID(who)) for request_id, who in asked if not who.startswith(AS_GROUP)]
        groups = [(id, int(who.removeprefix(AS_GROUP))) for id, who in asked if who.startswith(AS_GROUP)]
        async with database.statements() as connection:
            to_people = iter(await cards.cards(connection, people) if people else ())
            to_groups = iter(await group_cards.cards(connection, groups) if groups else ())
        answers = (next(to_groups if who.startswith(AS_GROUP) else to_people) for _, who in asked)
        return _said(CardAnswers(tuple(answers)))

    @router.get("/audiences", response_model=Audiences)
    async def many_audiences(ids: Ids) -> Response:
        async with database.statements() as connection:
            return _said(Audiences(tuple(await reading.audiences(connection, ids))))
