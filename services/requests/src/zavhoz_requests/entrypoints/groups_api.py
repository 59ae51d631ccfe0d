"""The read API of staff groups."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.groups import Keepers, StaffGroup
from zavhoz_requests.application import groups

ChatId = Annotated[int, Path(ge=-(2**63), lt=0)]


def add_groups(router: APIRouter, database: Database) -> None:
    """Add the routes to the router of the read API."""

    @router.get("/groups/{chat_id}")
    async def group(chat_id: ChatId) -> StaffGroup:
        async with database.statements() as connection:
            return await groups.one(connection, chat_id)

    @router.get("/group-keepers")
    async def keepers() -> Keepers:
        async with database.statements() as connection:
            return await groups.keepers(connection)
