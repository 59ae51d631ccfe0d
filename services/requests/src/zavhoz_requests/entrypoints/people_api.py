"""The read API of people, for managers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.people import PeopleView, PersonPage, Profile, Staff
from zavhoz_requests.application import reading, staffing
from zavhoz_requests.entrypoints.queries import As, Page, Size

Named = Annotated[str, Query(max_length=100, description="parts of a name or username")]


def add_people(router: APIRouter, database: Database) -> None:
    """Add the routes to the router of the read API."""

    @router.get("/people")
    async def people(
        as_: As, view: PeopleView = PeopleView.ALL, q: Named = "", page: Page = 1, size: Size = 8
    ) -> PersonPage:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await staffing.page(connection, viewer, view, q, page, size)

    @router.get("/profiles/{person_id}")
    async def profile(person_id: UUID, as_: As) -> Profile:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await staffing.profile(connection, viewer, person_id)

    @router.get("/staff")
    async def all_staff(as_: As) -> Staff:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await staffing.everybody(connection, viewer)

    @router.get("/requests/{request_id}/staff")
    async def staff(request_id: UUID, as_: As) -> Staff:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await staffing.candidates(connection, viewer, request_id)
