"""The HTTP side: links, for our own services, and what they lead to, for whoever has one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import StreamingResponse
from pydantic import SecretStr

from zavhoz_chassis.api import bearer
from zavhoz_chassis.database import Database
from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.v1 import FileLink
from zavhoz_files.application.links import Links
from zavhoz_files.domain.links import LinkState
from zavhoz_files.domain.naming import content_disposition, file_name
from zavhoz_files.storage import ObjectStorage
from zavhoz_files.store import attachments

_STATUS: Final = {LinkState.FORGED: HTTPStatus.FORBIDDEN, LinkState.EXPIRED: HTTPStatus.GONE}
_SAID: Final = {
    LinkState.FORGED: "the signature is not right",
    LinkState.EXPIRED: "the link has expired; ask for another one",
}
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
As = Annotated[str, Query(alias="as", description="person id, or tg:<Telegram id>", max_length=64)]


def make_router(database: Database, storage: ObjectStorage, links: Links, tokens: Mapping[str, SecretStr]) -> APIRouter:
    """The routes under `/v1/attachments`; `tokens` are those of the services that may ask for links."""
    router = APIRouter(prefix="/v1/attachments")

    @router.post("/{attachment_id}/link", dependencies=[Depends(bearer(tokens))])
    async def link(attachment_id: UUID, as_: As) -> FileLink:
        found = await _stored(database, attachment_id)
        try:
            shown = await links.allowed(attachment_id, found.request_id, as_)
        except Forbidden as error:
            raise HTTPException(HTTPStatus.FORBIDDEN, "this person may not see the request") from error
        except NotFound as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such person or attachment") from error
        if shown.file_name != found.file_name:  # no event tells it
            await database.run(lambda connection: attachments.name(connection, attachment_id, shown.file_name))
        return links.make(attachment_id)

    @router.get("/{attachment_id}/content")
    async def content(attachment_id: UUID, expires: str = "", signature: str = "") -> StreamingResponse:
        state = links.judge(attachment_id, expires, signature)
        if state is not LinkState.GOOD:
            raise HTTPException(_STATUS[state], _SAID[state])
        found = await _stored(database, attachment_id)
        name = file_name(attachment_id, found.file_name, found.media_type)
        headers = {
            **_ALWAYS,
            "Content-Length": str(found.size),
            "Content-Disposition": content_disposition(name),
            "Cache-Control": f"private, max-age={max(0, int(expires) - int(time.time()))}",
        }
        return StreamingResponse(await storage.read(found.key), headers=headers, media_type=found.media_type)

    return router


async def _stored(database: Database, attachment_id: UUID) -> attachments.Stored:
    async with database.transaction() as connection:
        found = await attachments.stored(connection, attachment_id)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such attachment")
    return found
