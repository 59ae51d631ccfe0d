"""[Me too] under a draft: the draft becomes somebody else's request, to which its words and files are added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from uuid import UUID

from zavhoz_contracts.limits import COMMENT_MAX
from zavhoz_contracts.message import Origin
from zavhoz_contracts.requests.v1.commands import CommentRequest, JoinRequest
from zavhoz_contracts.text import shorten
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.draft_cards import DraftCards
from zavhoz_gateway.application.ports import AlbumStore, DraftStore, StoreUnavailable
from zavhoz_gateway.domain.album import Album
from zavhoz_gateway.domain.draft import Draft, DraftState
from zavhoz_gateway.domain.updates import Pressed

_CUT: Final = "…"


class Joining:
    """Joins. The outcome answers the press and turns the draft's message into the card."""

    def __init__(self, drafts: DraftStore, albums: AlbumStore, commands: Commands, cards: DraftCards) -> None:
        self._drafts = drafts
        self._albums = albums
        self._commands = commands
        self._cards = cards

    async def join(self, pressed: Pressed, request_id: UUID) -> None:
        """Join, again if need be; should that be refused, the draft can still be sent."""
        draft = await self._cards.pressed(pressed, sent=True)
        if draft is None:
            return
        try:
            await self._close(draft, request_id)
        except StoreUnavailable:
            await self._cards.alert(pressed, "draft.store_away")
            return
        joining = JoinRequest(request_id=request_id, actor=pressed.actor, origin=pressed.origin(pressed.message_id))
        await self._commands.publish(pressed, joining, subject=f"request/{request_id}")
        for at, comment in enumerate(self._comments(draft, pressed, request_id)):
            await self._commands.publish_from_draft(pressed, comment, at, subject=f"request/{request_id}")

    async def _close(self, draft: Draft, request_id: UUID) -> None:
        """As [Send] does: what comes next begins another draft, and later parts of an album go where the first went."""
        if not draft.open:
            return
        for album in draft.albums:
            await self._albums.put(draft.chat_id, album, Album(request_id, draft.message_id))
        await self._drafts.save(replace(draft, state=DraftState.SENT))

    def _comments(self, draft: Draft, pressed: Pressed, request_id: UUID) -> Iterator[CommentRequest]:
        """What the draft says, in as many comments as it takes; the files go with the first.

        They wait for the join, whichever worker takes them first: before it the person may say nothing.
        """
        rest, files = draft.words, draft.attachments(request_id)
        while rest or files:
            said = shorten(rest, COMMENT_MAX)
            yield CommentRequest(
                request_id=request_id,
                actor=pressed.actor,
                origin=Origin(chat_id=pressed.chat_id, language=pressed.language),
                text=said,
                attachments=files,
                follows=self._commands.id_of(pressed),
            )
            rest = rest[len(said.removesuffix(_CUT)) :].lstrip() if said != rest else ""
            files = ()
