"""Filing a request: a draft grows message by message, and [Send] makes it a command."""

from __future__ import annotations

from dataclasses import replace

from zavhoz_contracts.identity import request_id_of_draft
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.commands import CreateRequest
from zavhoz_gateway import metrics
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import AlbumStore, Chat, DraftStore, FilingLimit, StoreUnavailable
from zavhoz_gateway.domain.album import Album
from zavhoz_gateway.domain.draft import Draft, DraftState, TooMuch
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.screens import Screens


class Filing:
    """What becomes of words, photos and documents, and of the buttons under a draft.

    Every method may be run again for the same update, and then does nothing twice that anybody could notice, but for
    the card of a draft whose writing a crash prevented: that card says that it is gone when it is pressed.
    """

    def __init__(
        self,
        drafts: DraftStore,
        albums: AlbumStore,
        limit: FilingLimit,
        commands: Commands,
        chat: Chat,
        screens: Screens,
    ) -> None:
        self._drafts = drafts
        self._albums = albums
        self._limit = limit
        self._commands = commands
        self._chat = chat
        self._screens = screens
        self._filed: dict[int, int] = {}
        """By chat: the message of a draft that was filed as it is, and that the memory may have kept after all."""

    async def add(self, said: Said, content: Content) -> None:
        """Add a message to the open draft, or begin one with it."""
        try:
            draft = await self._current(said.chat_id)
        except StoreUnavailable:
            await self._file_directly(said, content, None)
            return
        if draft is not None and draft.open:
            await self._extend(draft, said, content)
        elif draft is None or said.message_id not in draft.parts:
            await self._begin(said, content)

    async def set_priority(self, pressed: Pressed, priority: Priority) -> None:
        """Choose how urgent it is."""
        draft = await self._pressed_draft(pressed)
        if draft is None:
            return
        if draft.priority is not priority:
            try:
                draft = await self._drafts.save(replace(draft, priority=priority))
            except StoreUnavailable:
                await self._alert(pressed, "draft.store_away")
                return
        await self._chat.edit(draft.chat_id, draft.message_id, self._screens.draft(draft, pressed.language))
        await self._chat.answer(pressed.query_id)

    async def send(self, pressed: Pressed) -> None:
        """File it, again if need be. The outcome answers the press and turns the message into the card."""
        draft = await self._pressed_draft(pressed, sent=True)
        if draft is None or await self._too_often(pressed):
            return
        try:
            await self._mark_sent(draft)
        except StoreUnavailable:
            await self._alert(pressed, "draft.store_away")
            return
        await self._create(pressed, draft, pressed.message_id)

    async def _mark_sent(self, draft: Draft) -> None:
        """Close the draft before it is sent, not after: one that stayed open would take the next message in.

        A sent one can be sent again: when the process dies in between, the same press does that, and so can the person.
        """
        if not draft.open:
            return
        request_id = request_id_of_draft(self._commands.bot_id, draft.chat_id, draft.message_id)
        for album in draft.albums:  # a part that comes later is attached to what was filed
            await self._albums.put(draft.chat_id, album, Album(request_id, draft.message_id))
        await self._drafts.save(replace(draft, state=DraftState.SENT))

    async def discard(self, pressed: Pressed) -> None:
        """Throw the draft away."""
        draft = await self._pressed_draft(pressed)
        if draft is None:
            return
        # Drawn first: after a crash in between the draft is still there to be discarded again.
        discarded = self._screens.line("draft.discarded", pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, discarded)
        try:
            await self._drafts.remove(draft)
        except StoreUnavailable:
            await self._alert(pressed, "draft.store_away")
            return
        await self._chat.answer(pressed.query_id)

    async def give_up(self, said: Said) -> bool:
        """Throw the open draft of this chat away, and say so; False when there is none.

        Raises:
            StoreUnavailable: the memory is away.
        """
        draft = await self._drafts.current(said.chat_id)
        if draft is None or not draft.open:
            return False
        await self._chat.edit(said.chat_id, draft.message_id, self._screens.line("draft.discarded", said.language))
        await self._chat.send(said.chat_id, self._screens.gave_up(draft, said.language))
        await self._drafts.remove(draft)
        return True

    async def _too_often(self, pressed: Pressed) -> bool:
        """Whether this request is one too many just now; then the press is answered with when it will not be.

        Who has no memory counts nothing: a single person's limit fails open.
        """
        request_id = request_id_of_draft(self._commands.bot_id, pressed.chat_id, pressed.message_id)
        try:
            seconds = await self._limit.count(pressed.actor.telegram_id, request_id)
        except StoreUnavailable:
            return False
        if seconds:
            metrics.TOO_MANY_REQUESTS.inc()
            words = self._screens.count("draft.too_often", pressed.language, seconds)
            await self._chat.answer(pressed.query_id, words, alert=True)
        return seconds > 0

    async def _pressed_draft(self, pressed: Pressed, *, sent: bool = False) -> Draft | None:
        """The draft whose button was pressed; when it cannot be acted on, the press is answered with the reason."""
        try:
            draft = await self._drafts.get(pressed.chat_id, pressed.message_id)
        except StoreUnavailable:
            await self._alert(pressed, "draft.store_away")
            return None
        if draft is None:
            await self._alert(pressed, "draft.gone")
            return None
        if not draft.open and not sent:
            await self._alert(pressed, "draft.already_sent")
            return None
        return draft

    async def _current(self, chat_id: int) -> Draft | None:
        """The draft that was begun last, unless all that is in it was filed already: that one is forgotten."""
        draft = await self._drafts.current(chat_id)
        if draft is not None and draft.message_id == self._filed.get(chat_id):
            await self._drafts.remove(draft)
            draft = None
        self._filed.pop(chat_id, None)
        return draft

    async def _begin(self, said: Said, content: Content) -> None:
        draft = Draft(said.chat_id, message_id=0).add(content, said.message_id)
        if isinstance(draft, TooMuch):
            await self._refuse(said, draft)
            return
        await self._place(said, content, draft)

    async def _place(self, said: Said, content: Content, draft: Draft) -> None:
        """Draw the draft in a new message, and remember it there instead of where it was."""
        message_id = await self._chat.send(said.chat_id, self._screens.draft(draft, said.language))
        try:
            await self._drafts.save(replace(draft, message_id=message_id, revision=0))
            if draft.revision:
                await self._drafts.remove(draft)
        except StoreUnavailable:
            await self._file_directly(said, content, message_id)
            if not draft.revision:
                self._filed[said.chat_id] = message_id

    async def _extend(self, draft: Draft, said: Said, content: Content) -> None:
        added = draft.add(content, said.message_id)
        if isinstance(added, TooMuch):
            await self._refuse(said, added)
            return
        if added is not draft:
            try:
                added = await self._drafts.save(added)
            except StoreUnavailable:
                await self._file_directly(said, content, None)
                return
        if not await self._chat.edit(added.chat_id, added.message_id, self._screens.draft(added, said.language)):
            # The person has deleted the message; the draft goes on in a new one.
            await self._place(said, content, added)

    async def _refuse(self, said: Said, problem: TooMuch) -> None:
        await self._chat.send(said.chat_id, self._screens.too_much(problem, said.language))

    async def _create(self, cause: Pressed | Said, draft: Draft, message_id: int) -> None:
        request_id = request_id_of_draft(self._commands.bot_id, draft.chat_id, message_id)
        command = CreateRequest(
            request_id=request_id,
            actor=cause.actor,
            origin=cause.origin(message_id if isinstance(cause, Pressed) else None),
            title=None if draft.text else self._screens.title_of(draft.files[0].kind, cause.language),
            description=draft.text,
            priority=draft.priority,
            attachments=draft.attachments(request_id),
        )
        await self._commands.publish(cause, command, subject=f"request/{request_id}")

    async def _file_directly(self, said: Said, content: Content, drawn_in: int | None) -> None:
        """Without a memory there are no drafts: file the one message as it is, and say so."""
        draft = Draft(said.chat_id, message_id=0).add(content, said.message_id)
        if isinstance(draft, TooMuch):
            await self._refuse(said, draft)
            return
        await self._create(said, draft, said.message_id)
        sentence = self._screens.line("draft.sent_as_is", said.language)
        if drawn_in is None or not await self._chat.edit(said.chat_id, drawn_in, sentence):
            await self._chat.send(said.chat_id, sentence)

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
