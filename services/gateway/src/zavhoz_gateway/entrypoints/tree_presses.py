"""/places, and the buttons of the tree of places."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from zavhoz_gateway.application.tree import Tree
from zavhoz_gateway.application.tree_questions import ASKS, TreeQuestions
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.entrypoints.presses import PRIVATE, own_chat
from zavhoz_gateway.entrypoints.routing import Button, Matches
from zavhoz_telegram.managed_callbacks import ImportPress, TreeAct, TreePress, TreeTurn


def tree_router(tree: Tree, questions: TreeQuestions) -> Router:
    """The router to be asked before those of messages and presses, which answer whatever they do not know."""
    router = Router(name="tree")
    router.message.filter(Matches(F.chat.type == "private"))
    router.callback_query.filter(PRIVATE)

    @router.message(Command("places"))
    async def places(_: Message, said: Said) -> None:
        await tree.open(said)

    @router.callback_query(Button(TreePress), own_chat)
    async def press(_: CallbackQuery, pressed: Pressed, callback_data: TreePress) -> None:
        act = callback_data.act
        if act is TreeAct.CANCEL:
            await questions.cancel(pressed)
        elif act in ASKS:
            await questions.ask(pressed, act, callback_data.code)
        else:
            await tree.press(pressed, act, callback_data.code)

    @router.callback_query(Button(TreeTurn, (F.page >= 1) & (F.page <= 1_000_000)), own_chat)
    async def turn(_: CallbackQuery, pressed: Pressed, callback_data: TreeTurn) -> None:
        await tree.turn(pressed, callback_data)

    @router.callback_query(Button(ImportPress), own_chat)
    async def table(_: CallbackQuery, pressed: Pressed, callback_data: ImportPress) -> None:
        await tree.about_table(pressed, callback_data)

    return router
