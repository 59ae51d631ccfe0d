"""Edited messages in private chats."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import Message

from zavhoz_gateway.application.revising import Revising
from zavhoz_gateway.domain.updates import Said
from zavhoz_gateway.entrypoints.reading import TAKEN, content_of
from zavhoz_gateway.entrypoints.replies import replied_to
from zavhoz_gateway.entrypoints.routing import Matches


def revision_router(revising: Revising, bot_id: int) -> Router:
    """The router of edited messages. A place that moves (a live location) says nothing new about a request."""
    router = Router(name="revisions")
    router.edited_message.filter(Matches(F.chat.type == "private"))

    @router.edited_message(Matches(F.content_type.in_(TAKEN - {"location", "venue"})))
    async def edited(message: Message, said: Said) -> None:
        await revising.revise(said, content_of(message), replied_to(message, bot_id))

    return router
