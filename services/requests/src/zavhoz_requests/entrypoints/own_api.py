"""The read API's answers to a person about themselves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.own import DataPage, DataPart
from zavhoz_contracts.api.v1 import Problem
from zavhoz_requests.application import own, reading
from zavhoz_requests.entrypoints.queries import AsInPath

After = Annotated[str, Query(max_length=64, description="`next` of the page before")]


def add_own(router: APIRouter, database: Database) -> None:
    """Add them to the routes of the read API."""

    @router.get("/people/{as}/data/{part}", response_model=DataPage)
    async def data(as_: AsInPath, part: DataPart, after: After = "") -> Response:
        async with database.statements() as connection:
            person = await reading.active_viewer(connection, as_)
            try:
                page = await own.data(connection, person, part, after)
            except ValueError:
                problem = Problem(status=422, code="invalid", detail="after: not the next of a page")
                return JSONResponse(problem.model_dump(), 422, media_type="application/problem+json")
        return Response(page.model_dump_json(), media_type="application/json")
