"""Who has blocked the bot is back: Telegram says so at once (https://core.telegram.org/bots/api#update)."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import ChatMemberUpdated

from zavhoz_contracts.message import DEFAULT_LANGUAGE
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.entrypoints.reading import actor_of
from zavhoz_gateway.entrypoints.routing import Matches


def membership_router(commands: Commands) -> Router:
    """The router of what becomes of the bot in private chats; that it is blocked is noticed by the next message."""
    router = Router(name="membership")

    @router.my_chat_member(Matches((F.chat.type == "private") & (F.new_chat_member.status == "member")))
    async def back(event: ChatMemberUpdated) -> None:
        actor = actor_of(event.from_user, event.date)
        await commands.back(actor, event.chat.id, actor.language or DEFAULT_LANGUAGE)

    return router
