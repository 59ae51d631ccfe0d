"""Filing a request: a draft grows message by message, and [Send] makes it a command."""

from __future__ import annotations

from dataclasses import replace

from zavhoz_contracts.api.places import Place
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.identity import request_id_of_draft
from zavhoz_contracts.limits import DESCRIPTION_MIN
from zavhoz_contracts.requests.v1.commands import Answer, CreateRequest
from zavhoz_contracts.text import length
from zavhoz_gateway import metrics
from zavhoz_gateway.application.choices import Choices
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.draft_cards import DraftCards
from zavhoz_gateway.application.ports import AlbumStore, Chat, DraftStore, Limit, StoreUnavailable
from zavhoz_gateway.application.sorting import Sorting
from zavhoz_gateway.domain.album import Album
from zavhoz_gateway.domain.draft import Draft, DraftState, TooMuch
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.screens import Screens


class Filing:
    """What becomes of words, files and places, and of [Send] and [Discard] under a draft.

    Every method may be run again for the same update, and then does nothing twice that anybody could notice, but for
    the card of a draft whose writing a crash prevented: that card says that it is gone when it is pressed.
    """

    def __init__(
        self,
        drafts: DraftStore,
        albums: AlbumStore,
        limit: Limit,
        commands: Commands,
        cards: DraftCards,
        choices: Choices,
        sorting: Sorting,
        chat: Chat,
        screens: Screens,
    ) -> None:
        self._drafts = drafts
        self._albums = albums
        self._limit = limit
        self._commands = commands
        self._cards = cards
        self._choices = choices
        self._sorting = sorting
        self._chat = chat
        self._screens = screens
        self._filed: dict[int, int] = {}
        """By chat: the message of a draft that was filed as it is, and that the memory may have kept after all."""

    async def add(self, said: Said, content: Content) -> bool:
        """Add a message to the open draft, or begin one with it; False when there is nothing in it."""
        if not content.text and content.file is None and not content.place:
            return False
        try:
            draft = await self._current(said.chat_id)
        except StoreUnavailable:
            await self._file_directly(said, content, None)
            return True
        if draft is not None and draft.open:
            await self._extend(draft, said, content)
        elif draft is None or said.message_id not in draft.parts:
            await self._begin(said, content)
        return True

    async def begin_at(self, said: Said, place: Place) -> None:
        """Begin a draft with its place; of an open one the place is replaced, and nothing else."""
        try:
            draft = await self._current(said.chat_id)
        except StoreUnavailable:
            await self._tell(said, "place.no_memory")
            return
        if draft is None or (not draft.open and said.message_id not in draft.parts):
            new = Draft(said.chat_id, message_id=0, parts=(said.message_id,)).at(place.path, place.code)
            await self._draw_anew(said, None, new)
        elif draft.open:
            if said.message_id in draft.parts:  # handled again
                await self._show(draft, said, None)
            else:
                at = replace(draft.at(place.path, place.code), parts=(*draft.parts, said.message_id))
                await self._extend_to(at, said, None)
                await self._tell(said, "place.changed", place=place.path)

    async def send(self, pressed: Pressed) -> None:
        """File it, again if need be. The outcome answers the press and turns the message into the card."""
        draft = await self._cards.pressed(pressed, sent=True)
        if draft is None or await self._lacking(pressed, draft) or await self._sorting.outdated(pressed, draft):
            return
        if await self._too_often(pressed):
            return
        try:
            await self._mark_sent(draft)
        except StoreUnavailable:
            await self._cards.alert(pressed, "draft.store_away")
            return
        await self._create(pressed, draft, pressed.message_id)

    async def _lacking(self, pressed: Pressed, draft: Draft) -> bool:
        """Whether something is missing; then the press is answered with what, and the draft stays open for it.

        What is right is decided by the requests service; what is refused there cannot be mended any more.
        """
        size = length(draft.text)
        if draft.empty:
            said = self._screens.words("draft.nothing_to_send", pressed.language)
        elif size < DESCRIPTION_MIN and not draft.files:
            key = "refusal.description_too_short"
            said = self._screens.words(key, pressed.language, limit=DESCRIPTION_MIN, length=size)
        elif draft.open and draft.place_code is not None and await self._gone(draft.place_code):
            said = self._screens.words("refusal.place_not_found", pressed.language)
        else:
            return False
        await self._chat.answer(pressed.query_id, said, alert=True)
        return True

    async def _gone(self, code: str) -> bool:
        try:
            return await self._choices.place(code) is None
        except Outage:
            return False

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
        draft = await self._cards.pressed(pressed)
        if draft is None:
            return
        # Drawn first: after a crash in between the draft is still there to be discarded again.
        discarded = self._screens.line("draft.discarded", pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, discarded)
        try:
            await self._drafts.remove(draft)
        except StoreUnavailable:
            await self._cards.alert(pressed, "draft.store_away")
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
        await self._draw_anew(said, content, draft)

    async def _draw_anew(self, said: Said, content: Content | None, draft: Draft) -> None:
        """Draw the draft in a new message, and remember it there instead of where it was."""
        screen = await self._cards.screen(draft, said.actor, said.language)
        message_id = await self._chat.send(said.chat_id, screen)
        try:
            await self._drafts.save(replace(draft, message_id=message_id, revision=0))
            if draft.revision:
                await self._drafts.remove(draft)
        except StoreUnavailable:
            await self._file_directly(said, content, message_id, draft)
            if not draft.revision:
                self._filed[said.chat_id] = message_id

    async def _extend(self, draft: Draft, said: Said, content: Content) -> None:
        added = draft.add(content, said.message_id)
        if isinstance(added, TooMuch):
            await self._refuse(said, added)
            return
        if added is draft:  # handled again
            await self._show(draft, said, content)
            return
        aside = added.looking != draft.looking or added.sort != draft.sort
        await self._extend_to(added, said, content, aside=aside)

    async def _extend_to(self, draft: Draft, said: Said, content: Content | None, *, aside: bool = False) -> None:
        """Write the draft and draw it. What was said `aside`, for a place or an answer, says not what is broken."""
        try:
            draft = await self._drafts.save(draft)
        except StoreUnavailable:
            if aside:
                await self._tell(said, "draft.store_away")
            else:
                await self._file_directly(said, content, None, draft)
            return
        await self._show(draft, said, content)

    async def _show(self, draft: Draft, said: Said, content: Content | None) -> None:
        if not await self._cards.edit(draft, said.actor, said.language):
            # The person has deleted the message; the draft goes on in a new one.
            await self._draw_anew(said, content, draft)

    async def _refuse(self, said: Said, problem: TooMuch) -> None:
        await self._chat.send(said.chat_id, self._screens.too_much(problem, said.language))

    async def _create(self, cause: Pressed | Said, draft: Draft, message_id: int) -> None:
        request_id = request_id_of_draft(self._commands.bot_id, draft.chat_id, message_id)
        command = CreateRequest(
            request_id=request_id,
            actor=cause.actor,
            origin=cause.origin(message_id if isinstance(cause, Pressed) else None),
            title=None if draft.text else self._screens.title_of(draft, cause.language),
            description=draft.text,
            priority=draft.priority,
            category_id=draft.sort and draft.sort.category_id,
            answers=_answers(draft),
            place_code=draft.place_code,
            place=draft.place or None,
            attachments=draft.attachments(request_id),
        )
        await self._commands.publish(cause, command, subject=f"request/{request_id}")

    async def _file_directly(
        self, said: Said, content: Content | None, drawn_in: int | None, known: Draft | None = None
    ) -> None:
        """Without a memory there are no drafts: file the one message as it is, and say so.

        Of the draft that is `known`, its place alone goes with it.
        """
        draft = Draft(said.chat_id, message_id=0).add(content or Content(), said.message_id)
        if isinstance(draft, TooMuch):
            await self._refuse(said, draft)
            return
        if known is not None and not draft.place:
            draft = draft.at(known.place, known.place_code)
        key = "place.no_memory" if draft.empty else "draft.sent_as_is"
        if not draft.empty:
            await self._create(said, draft, said.message_id)
        sentence = self._screens.line(key, said.language)
        if drawn_in is None or not await self._chat.edit(said.chat_id, drawn_in, sentence):
            await self._chat.send(said.chat_id, sentence)

    async def _tell(self, said: Said, key: str, **values: object) -> None:
        await self._chat.send(said.chat_id, self._screens.line(key, said.language, **values))


def _answers(draft: Draft) -> tuple[Answer, ...]:
    """What was answered, with what was asked."""
    if draft.sort is None:
        return ()
    asked = zip(draft.sort.questions, draft.sort.answers, strict=True)
    return tuple(Answer(question=question, text=answer) for question, answer in asked if answer)
