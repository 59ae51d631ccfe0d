"""The read API of what holds for everybody: categories, settings, canned replies, how things stand."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.categories import Categories
from zavhoz_contracts.api.digest import Digest, Managers
from zavhoz_contracts.api.managed import ManagedCategory, ManagedOrganisation
from zavhoz_contracts.api.replies import Replies
from zavhoz_requests.application import categorising, digesting, overseeing, reading
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.entrypoints.queries import As

Language = Annotated[str, Query(pattern=r"^[a-z]{2,3}$")]
Managed = Annotated[bool, Query(description="for who may change them")]
Archived = Annotated[bool, Query(description="archived ones too")]


def add_organisation(router: APIRouter, database: Database, organisation: Organisation) -> None:
    """Add the routes to the router of the read API."""

    @router.get("/categories")
    async def categories(as_: As, archived: Archived = False) -> Categories:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await categorising.every(connection, viewer, archived=archived)

    @router.get("/categories/{category_id}")
    async def category(category_id: UUID, as_: As) -> ManagedCategory:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await overseeing.category(connection, viewer, category_id)

    @router.get("/settings")
    async def settings(as_: As) -> ManagedOrganisation:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await overseeing.settings(connection, viewer, organisation)

    @router.get("/replies")
    async def replies(as_: As, language: Language, managed: Managed = False) -> Replies:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await categorising.replies(connection, viewer, language, managed=managed)

    @router.get("/digest")
    async def digest(as_: As) -> Digest:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await digesting.standing(connection, viewer)

    @router.get("/managers")
    async def managers() -> Managers:
        async with database.statements() as connection:
            return await digesting.managers(connection)
