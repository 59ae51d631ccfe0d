"""The tree of places, for managers: level by level, in one message. The requests service says what is in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.places import CODE_PATTERN, ManagedPlaces
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor, Message, Shows
from zavhoz_contracts.places.v1.commands import ApplyPlaces, ArchivePlace, ExportPlaces, SendPlaceSheet
from zavhoz_gateway import metrics
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat, TreeApi
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screen, Screens
from zavhoz_telegram.imports import draw_import
from zavhoz_telegram.managed_callbacks import ImportAct, ImportPress, TreeAct, TreeTurn
from zavhoz_telegram.texts import Translator
from zavhoz_telegram.tree import draw_archiving, draw_kinds, draw_level

_CODE: Final = re.compile(CODE_PATTERN)


class Tree:
    """Shows places and passes on what is to be done to them. What cannot be read is one sentence."""

    def __init__(self, api: TreeApi, commands: Commands, chat: Chat, screens: Screens) -> None:
        self._api = api
        self._commands = commands
        self._chat = chat
        self._screens = screens

    async def open(self, said: Said) -> None:
        """/places: what is topmost, as a new message."""
        page = await read(self._api, said.actor)
        if isinstance(page, str):
            screen = self._screens.line(page, said.language)
        else:
            screen = draw_level(page, self._screens.translator(said.language))
        await self._chat.send(said.chat_id, screen)

    async def press(self, pressed: Pressed, act: TreeAct, code: str) -> None:
        """A button under a place, or the whole tree; those that ask something are not for here."""
        if code and not _CODE.fullmatch(code):
            await self._alert(pressed, "chat.outdated")
            return
        of = code or None
        match act:
            case TreeAct.OPEN:
                await self._show(pressed, of, draw_level)
            case TreeAct.ARCHIVED:
                await self._show(pressed, of, draw_level, archived=True)
            case TreeAct.ADD:
                await self._show(pressed, of, lambda page, t: draw_kinds(page.place, t))
            case TreeAct.ASK_ARCHIVE:
                await self._show(pressed, of, _asks_archive)
            case TreeAct.ARCHIVE | TreeAct.RESTORE if code:
                origin = pressed.origin(pressed.message_id).model_copy(update={"shows": Shows.PLACE})
                archived = act is TreeAct.ARCHIVE
                await self._publish(
                    pressed, ArchivePlace(actor=pressed.actor, origin=origin, code=code, archived=archived)
                )
            case TreeAct.SHEET:
                await self._publish(pressed, SendPlaceSheet(actor=pressed.actor, origin=pressed.origin(), under=of))
            case TreeAct.EXPORT:
                await self._publish(pressed, ExportPlaces(actor=pressed.actor, origin=pressed.origin(), under=of))
            case _:
                await self._alert(pressed, "chat.outdated")

    async def turn(self, pressed: Pressed, turn: TreeTurn) -> None:
        """Show another page of what is in a place."""
        id = turn.place_id if turn.place_id.int else None
        page = await read(self._api, pressed.actor, id, number=max(turn.page, 1), archived=bool(turn.archived))
        await self._become(pressed, page, draw_level)

    async def about_table(self, pressed: Pressed, press: ImportPress) -> None:
        """A button under what a table would change."""
        missing = bool(press.missing)
        match press.act:
            case ImportAct.LOOK:
                await self._look_again(pressed, press.import_id, archive_missing=missing)
            case ImportAct.APPLY:
                origin = pressed.origin(pressed.message_id).model_copy(update={"shows": Shows.PLACE})
                command = ApplyPlaces(
                    actor=pressed.actor,
                    origin=origin,
                    import_id=press.import_id,
                    archive_missing=missing,
                    digest=press.digest,
                )
                await self._publish(pressed, command)
            case ImportAct.CANCEL:
                dropped = self._screens.line("tree.import_dropped", pressed.language)
                await self._chat.edit(pressed.chat_id, pressed.message_id, dropped)
                await self._chat.answer(pressed.query_id)

    async def _look_again(self, pressed: Pressed, import_id: UUID, *, archive_missing: bool) -> None:
        try:
            preview = await self._api.place_import(
                f"tg:{pressed.actor.telegram_id}", import_id, archive_missing=archive_missing
            )
        except (NotFound, InvalidQuery):
            await self._alert(pressed, "tree.import_gone")
        except Forbidden as error:
            await self._alert(pressed, denied(error, "tree.change_denied"))
        except Outage:
            metrics.READ_API_FAILURES.labels("tree").inc()
            await self._alert(pressed, "tree.away")
        else:
            screen = draw_import(preview, self._screens.translator(pressed.language))
            await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
            await self._chat.answer(pressed.query_id)

    async def _show(
        self,
        pressed: Pressed,
        code: str | None,
        draw: Callable[[ManagedPlaces, Translator], Screen],
        *,
        archived: bool = False,
    ) -> None:
        await self._become(pressed, await read(self._api, pressed.actor, code, archived=archived), draw)

    async def _become(
        self, pressed: Pressed, page: ManagedPlaces | str, draw: Callable[[ManagedPlaces, Translator], Screen]
    ) -> None:
        """Have the message pressed show this, or a new one if it is gone."""
        if isinstance(page, str):
            await self._alert(pressed, page)
            return
        screen = draw(page, self._screens.translator(pressed.language))
        if not await self._chat.edit(pressed.chat_id, pressed.message_id, screen):
            await self._chat.send(pressed.chat_id, screen)
        await self._chat.answer(pressed.query_id)

    async def _publish(self, pressed: Pressed, command: Message) -> None:
        await self._commands.publish(pressed, command, subject="places")

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)


async def read(
    api: TreeApi, actor: Actor, of: str | UUID | None = None, number: int = 1, *, archived: bool = False
) -> ManagedPlaces | str:
    """A place by its code or id, or what is topmost; or the key of the sentence that says why there is none."""
    as_ = f"tg:{actor.telegram_id}"
    code, id = (of, None) if isinstance(of, str) else (None, of)
    try:
        return await api.managed_places(as_, code, place_id=id, page=number, archived=archived)
    except NotFound:  # of nothing: somebody being registered just now
        return "tree.denied" if of is None else "tree.gone"
    except InvalidQuery:
        return "chat.outdated"
    except Forbidden as error:
        return denied(error, "tree.denied" if of is None else "tree.elsewhere")
    except Outage:
        metrics.READ_API_FAILURES.labels("tree").inc()
        return "tree.away"


def denied(error: Forbidden, key: str) -> str:
    """The key of the sentence that says why somebody may not: this one, or that they are deactivated."""
    return "chat.deactivated" if error.reason == "deactivated" else key


def _asks_archive(page: ManagedPlaces, t: Translator) -> Screen:
    return draw_level(page, t) if page.place is None or page.place.archived else draw_archiving(page.place, t)
