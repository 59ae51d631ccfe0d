"""Buttons of the tree of places that ask before they act: for a name, or a table; the next message is the answer."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import structlog

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.places import IMPORT_BYTES_MAX, ManagedPlaces, PlaceImport
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import AttachmentKind, Shows
from zavhoz_contracts.places.v1.commands import AddPlace, PlacesCommand, RenamePlace
from zavhoz_gateway import metrics
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import (
    Chat,
    QuestionStore,
    SmallFiles,
    StoreUnavailable,
    TreeApi,
)
from zavhoz_gateway.application.tree import denied, read
from zavhoz_gateway.domain.question import PlaceWants, Question, WantedPlace
from zavhoz_gateway.domain.updates import Content, Pressed, Replied, Said, SentFile
from zavhoz_gateway.screens import Screen, Screens
from zavhoz_telegram.downloads import FileTooLarge, FileUnavailable
from zavhoz_telegram.imports import draw_import
from zavhoz_telegram.managed_callbacks import TreeAct
from zavhoz_telegram.texts import Translator
from zavhoz_telegram.tree import ADDS, draw_asks_table, draw_naming, draw_renaming

_NO_REQUEST: Final = UUID(int=0)
ASKS: Final = frozenset({TreeAct.RENAME, TreeAct.IMPORT, *ADDS})
"""What asks something."""
_log = structlog.get_logger("zavhoz.gateway")


class TreeQuestions:
    """The conversation between such a press and the command, or the preview of a table."""

    def __init__(
        self,
        asked: Asked,
        questions: QuestionStore,
        api: TreeApi,
        files: SmallFiles,
        commands: Commands,
        asking: Asking,
        chat: Chat,
        screens: Screens,
    ) -> None:
        self._asked = asked
        self._questions = questions
        self._api = api
        self._files = files
        self._commands = commands
        self._asking = asking
        self._chat = chat
        self._screens = screens

    async def ask(self, pressed: Pressed, act: TreeAct, code: str) -> None:
        """Ask what the button needs. Whether this person may do it is decided when the command comes."""
        page = await read(self._api, pressed.actor, code or None)
        if act is TreeAct.RENAME and not code:
            page = "chat.outdated"
        if isinstance(page, str):
            await self._alert(pressed, page)
            return
        wanted, screen = _question(act, page, self._screens.translator(pressed.language))
        await self._asking.withdraw(pressed)
        message_id = await self._chat.send(pressed.chat_id, screen)
        question = Question(_NO_REQUEST, 0, pressed.chat_id, message_id, pressed.message_id, place=wanted)
        try:
            await self._questions.put(question)
        except StoreUnavailable:
            await self._close(question, "tree.question_closed", pressed.language)
            await self._alert(pressed, "question.unavailable")
            return
        await self._chat.answer(pressed.query_id)

    async def cancel(self, pressed: Pressed) -> None:
        """[Cancel] under a question, or under what is wrong with a table."""
        try:
            question = await self._questions.get(pressed.chat_id)
            if question is not None and question.place is not None and question.answered_by is None:
                await self._questions.remove(pressed.chat_id)
                if question.message_id != pressed.message_id:
                    await self._close(question, "tree.question_closed", pressed.language)
        except StoreUnavailable:
            await self._alert(pressed, "question.unavailable")
            return
        closed = self._screens.line("tree.question_closed", pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, closed)
        await self._chat.answer(pressed.query_id)

    async def answer(self, said: Said, content: Content, replied: Replied | None) -> bool:
        """Take a message for the answer, if one is waited for; False when none is, or it cannot be one."""
        question = await self._asked.waiting(said, replied)
        if question is None or question.place is None:
            return False
        return await self._take(said, content, question, question.place)

    async def _take(self, said: Said, content: Content, question: Question, asked: WantedPlace) -> bool:
        if asked.wants is PlaceWants.TABLE:
            if content.file is None or content.file.kind is not AttachmentKind.DOCUMENT:
                return False
            if not await self._stage(said, content.file):
                await self._wait_on(question)
                return True
        elif content.file is not None or not content.text:
            return False
        else:
            await self._commands.publish(said, _command(said, content.text, asked), subject="places")
        await self._asked.answered(question, said.message_id)
        await self._close(question, "tree.question_answered", said.language)
        return True

    async def _wait_on(self, question: Question) -> None:
        """Another file may come: putting a table right takes a while."""
        try:
            await self._questions.put(question)
        except StoreUnavailable:
            _log.warning("a table is waited for no longer than it was", chat_id=question.chat_id)

    async def _stage(self, said: Said, file: SentFile) -> bool:
        """Show what a table would change; whether it can be loaded as it is."""
        shown = await self._looked_at(said, file)
        if isinstance(shown, str):
            await self._chat.send(said.chat_id, self._screens.line(shown, said.language))
            return False
        await self._chat.send(said.chat_id, draw_import(shown, self._screens.translator(said.language)))
        return shown.import_id is not None

    async def _looked_at(self, said: Said, file: SentFile) -> PlaceImport | str:
        """What a table would change; or the key of the sentence that says why that is not known."""
        if (file.size or 0) > IMPORT_BYTES_MAX:
            return "tree.file_too_large"
        try:
            table = await self._files.fetch(file.file_id, IMPORT_BYTES_MAX)
            return await self._api.stage_places(f"tg:{said.actor.telegram_id}", table)
        except (FileTooLarge, InvalidQuery):
            return "tree.file_too_large"
        except FileUnavailable:
            return "tree.file_gone"
        except NotFound:
            return "tree.denied"
        except Forbidden as error:
            return denied(error, "tree.change_denied")
        except Outage as error:
            if error.dependency == "telegram":
                raise  # nothing can be said either: it is tried again
            metrics.READ_API_FAILURES.labels("tree").inc()
            return "tree.away"

    async def _close(self, question: Question, key: str, language: str) -> None:
        await self._chat.edit(question.chat_id, question.message_id, self._screens.line(key, language))

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)


def _question(act: TreeAct, page: ManagedPlaces, t: Translator) -> tuple[WantedPlace, Screen]:
    code = None if page.place is None else page.place.code
    if act is TreeAct.RENAME and page.place is not None:
        return WantedPlace(PlaceWants.OTHER_NAME, code), draw_renaming(page.place, t)
    if act in ADDS:
        return WantedPlace(PlaceWants.NAME, code, ADDS[act]), draw_naming(ADDS[act], page.place, t)
    return WantedPlace(PlaceWants.TABLE), draw_asks_table(t)


def _command(said: Said, text: str, asked: WantedPlace) -> PlacesCommand:
    """What was typed, as a command: a name, and for a new place perhaps a code on the line below."""
    origin = said.origin().model_copy(update={"shows": Shows.PLACE})
    if asked.wants is PlaceWants.OTHER_NAME:
        return RenamePlace(actor=said.actor, origin=origin, code=asked.code or "", name=text)
    name, _, code = text.partition("\n")
    common = {"actor": said.actor, "origin": origin, "parent": asked.code, "kind": asked.kind}
    return AddPlace.model_validate({**common, "name": name, "code": code.strip() or None})
