"""Messages in private chats: commands, answers and comments, content for a draft, and what we cannot take."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import Message

from zavhoz_contracts.api.v1 import View
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.commenting import Commenting
from zavhoz_gateway.application.filing import Filing
from zavhoz_gateway.application.links import Links
from zavhoz_gateway.application.lists import Lists
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.application.queue import Queue
from zavhoz_gateway.application.tree_questions import TreeQuestions
from zavhoz_gateway.domain.updates import Said
from zavhoz_gateway.entrypoints.reading import TAKEN, UNSUPPORTED, content_of
from zavhoz_gateway.entrypoints.replies import replied_to
from zavhoz_gateway.entrypoints.routing import Matches
from zavhoz_gateway.screens import Screens


def message_router(
    commands: Commands,
    filing: Filing,
    links: Links,
    asking: Asking,
    commenting: Commenting,
    lists: Lists,
    queue: Queue,
    tree: TreeQuestions,
    chat: Chat,
    screens: Screens,
) -> Router:
    """The router of messages. Its handlers are given `said` and `known` by the middleware before them."""
    router = Router(name="messages")
    router.message.filter(Matches(F.chat.type == "private"))

    @router.message(CommandStart())
    async def start(_: Message, said: Said, known: bool, command: CommandObject) -> None:
        if known:  # else it has just been done
            await commands.register(said)
        if not await links.follow(said, command.args or ""):
            await chat.send(said.chat_id, screens.greeting(said.actor.name, said.language))

    @router.message(Command("my"))
    async def my(_: Message, said: Said) -> None:
        await lists.show(said, View.OPEN)

    @router.message(Command("queue"))
    async def queued(_: Message, said: Said) -> None:
        await queue.show(said)

    @router.message(Matches(F.text.startswith("/")))
    async def unknown_command(_: Message, said: Said) -> None:
        await chat.send(said.chat_id, screens.line("chat.unknown_command", said.language))

    @router.message(Matches(F.content_type.in_(TAKEN)))
    async def content(message: Message, said: Said) -> None:
        found, replied = content_of(message), replied_to(message, commands.bot_id)
        answered = await tree.answer(said, found, replied) or await asking.answer(said, found, replied)
        taken = answered or await commenting.reply(said, found, replied)
        if not taken and not await filing.add(said, found):  # nothing but control characters
            await chat.send(said.chat_id, screens.line("chat.unsupported", said.language))

    @router.message(Matches(F.content_type.in_(UNSUPPORTED)))
    async def unsupported(_: Message, said: Said) -> None:
        await chat.send(said.chat_id, screens.line("chat.unsupported", said.language))

    return router
