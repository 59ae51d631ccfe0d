"""Comments: the answer to [Comment], a reply to any message about a request, and the further parts of an album."""

from __future__ import annotations

import contextlib
from uuid import UUID

import structlog

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Attachment
from zavhoz_contracts.requests.v1.commands import (
    AttachToRequest,
    CommentRequest,
    CompleteRequest,
    ReopenRequest,
)
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway import metrics
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import AlbumStore, Chat, Limit, ReadApi, StoreUnavailable
from zavhoz_gateway.domain.album import Album
from zavhoz_gateway.domain.draft import attachment
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Content, Replied, Said
from zavhoz_gateway.screens import Screens

_NOT_COMMENTS = frozenset(Action) - {Action.COMMENT}
"""A reply to a question for one of them is its answer or, when it is over, nothing: never a comment."""
_log = structlog.get_logger("zavhoz.gateway")


class Commenting:
    """What becomes of words and files about a request. Whether they may be added is decided by the requests service."""

    def __init__(
        self, albums: AlbumStore, limit: Limit, api: ReadApi, commands: Commands, chat: Chat, screens: Screens
    ) -> None:
        self._albums = albums
        self._limit = limit
        self._api = api
        self._commands = commands
        self._chat = chat
        self._screens = screens

    async def say(
        self,
        said: Said,
        content: Content,
        request_id: UUID,
        number: int | None = None,
        card_message_id: int | None = None,
    ) -> bool:
        """Make a message a comment; False when it is one too many just now, of which the person is told.

        `number` is the request's, if it is known; `card_message_id` is the card whose button asked.
        """
        if await self._too_often(said, content, request_id, number):
            return False
        command = CommentRequest(
            request_id=request_id,
            actor=said.actor,
            origin=said.origin(card_message_id),
            text=content.text or content.place,
            attachments=_attachments(request_id, content),
        )
        await self._commands.publish(said, command, subject=f"request/{request_id}")
        await self._remember(said, content, request_id)
        return True

    async def _too_often(self, said: Said, content: Content, request_id: UUID, number: int | None) -> bool:
        """Whether this comment is one too many; an album counts as one, and all of it is refused with its first part.

        Who has no memory counts nothing: a single person's limit fails open.
        """
        try:
            seconds = await self._limit.count(said.actor.telegram_id, content.album or said.message_id)
            if seconds and content.album is not None:
                await self._albums.put(said.chat_id, content.album, Album(request_id, said.message_id, refused=True))
        except StoreUnavailable:
            return False
        if seconds:
            metrics.TOO_MANY_COMMENTS.inc()
            await self._chat.send(said.chat_id, self._screens.too_many_comments(number, seconds, said.language))
        return seconds > 0

    async def reopen(self, said: Said, content: Content, question: Question) -> None:
        """Make a message the answer to what is still wrong with a request."""
        await self._commands.publish_answer(
            said,
            question,
            ReopenRequest,
            reason=content.text or content.place,
            attachments=_attachments(question.request_id, content),
        )
        await self._remember(said, content, question.request_id)

    async def complete(self, said: Said, content: Content, question: Question) -> None:
        """Make a message the answer to what was done."""
        await self._commands.publish_answer(
            said,
            question,
            CompleteRequest,
            note=content.text or content.place,
            attachments=_attachments(question.request_id, content),
        )
        await self._remember(said, content, question.request_id)

    async def refuse_album(self, said: Said, content: Content, request_id: UUID) -> None:
        """Take none of an album's parts: the person has been told why its first one will not do."""
        if content.album is not None:
            with contextlib.suppress(StoreUnavailable):
                await self._albums.put(said.chat_id, content.album, Album(request_id, said.message_id, refused=True))

    async def _remember(self, said: Said, content: Content, request_id: UUID) -> None:
        """The further parts of an album follow its first one."""
        if content.album is None:
            return
        try:
            await self._albums.put(said.chat_id, content.album, Album(request_id, said.message_id))
        except StoreUnavailable:
            _log.warning("the further parts of an album will not be known for such", chat_id=said.chat_id)

    async def reply(self, said: Said, content: Content, replied: Replied | None) -> bool:
        """Take a reply, or a further part of an album, for a comment; False when it is neither."""
        if await self.further(said, content):
            return True
        if replied is None:
            return False
        if replied.asks in _NOT_COMMENTS:
            await self._tell(said, "question.over")
            return True
        request_id = replied.request_id
        if request_id is None and replied.number is not None:
            request_id = await self._by_number(said, replied.number)
        if request_id is not None:
            await self.say(said, content, request_id, replied.number)
        return True

    async def further(self, said: Said, content: Content) -> bool:
        """Take a further part of an album to where its first one went; False when it is none."""
        album = await self._album(said, content)
        if album is None or album.message_id == said.message_id:
            return False
        if not album.refused:
            await self._continue(said, content, album.request_id)
        return True

    async def _album(self, said: Said, content: Content) -> Album | None:
        if content.album is None:
            return None
        try:
            return await self._albums.get(said.chat_id, content.album)
        except StoreUnavailable:
            return None

    async def _continue(self, said: Said, content: Content, request_id: UUID) -> None:
        """A file without words is only added: those concerned have heard of the album by its first part."""
        if content.text or content.file is None:
            await self.say(said, content, request_id)
            return
        command = AttachToRequest(
            request_id=request_id,
            actor=said.actor,
            origin=said.origin(),
            attachments=(attachment(request_id, content.file),),
        )
        await self._commands.publish(said, command, subject=f"request/{request_id}")

    async def _by_number(self, said: Said, number: int) -> UUID | None:
        """The request with this number; none when the person has been told why the comment was not added."""
        try:
            return (await self._api.by_number(number, f"tg:{said.actor.telegram_id}")).request_id
        except Forbidden as error:
            await self._tell(said, "chat.deactivated" if error.reason == "deactivated" else "comment.no_request")
        except (NotFound, InvalidQuery):
            await self._tell(said, "comment.no_request")
        except Outage:
            metrics.READ_API_FAILURES.labels("number").inc()
            await self._tell(said, "comment.unavailable")
        return None

    async def _tell(self, said: Said, key: str) -> None:
        await self._chat.send(said.chat_id, self._screens.line(key, said.language))


def _attachments(request_id: UUID, content: Content) -> tuple[Attachment, ...]:
    return () if content.file is None else (attachment(request_id, content.file),)
