"""One delivery is said: drawn as things stand now, within Telegram's limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from zavhoz_chassis.health import Health
from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.v1 import Album, Card
from zavhoz_contracts.errors import Outage, Permanent, Transient
from zavhoz_contracts.message import AttachmentKind
from zavhoz_contracts.requests.v1.events import RequestNoted
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_notifier.application.place_files import NotMade
from zavhoz_notifier.application.recording import Recorder
from zavhoz_notifier.application.saying_again import as_said_before, digest, screen_of
from zavhoz_notifier.application.showing import caption, not_shown
from zavhoz_notifier.domain.delivery import Delivery, Ended, Kind, LiveCard, Placement, Shown, State
from zavhoz_notifier.domain.groups import is_group
from zavhoz_notifier.store.limiter import NoSlotYet
from zavhoz_telegram import errors
from zavhoz_telegram.cards import draw_card
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.settings import with_mute
from zavhoz_telegram.summary import draw_summary
from zavhoz_telegram.texts import Texts

_log = structlog.get_logger("zavhoz.notifier")

TELEGRAM: Final = "telegram"
Export = Callable[[Delivery], AbstractAsyncContextManager[tuple[str, IO[bytes]]]]
"""The file that a delivery is to bring: its name, and the file, which is gone afterwards."""
_NOTED: Final = RequestNoted.TYPE.split(".")[-2]
"""Not even that there is a note is told to who may not write, and so not read, any."""
CardReader = Callable[[UUID, UUID], Awaitable[Card]]
AlbumReader = Callable[[UUID, str], Awaitable[Album]]


@dataclass(frozen=True, slots=True)
class Said:
    """How a delivery ended, and the former live card, whose buttons are to go."""

    end: Ended
    former: int | None = None


class Messenger(Protocol):
    """Telegram as the notifier uses it; raises the errors of `zavhoz_telegram.errors`."""

    async def send(self, chat_id: int, screen: Screen, thread_id: int | None = None) -> int:
        """Send a new message, in a topic if one is named; returns its id."""
        ...

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Draw a message anew; one that shows this already is fine."""
        ...

    async def document(self, chat_id: int, name: str, file: IO[bytes], caption: str) -> int:
        """Send a file with a caption in HTML, as a new message; returns its id."""
        ...

    async def files(
        self, chat_id: int, files: Sequence[tuple[AttachmentKind, str]], caption: Screen, reply_to: int | None
    ) -> int:
        """Send files that Telegram has, as one album or a single one; returns the first message's id."""
        ...

    async def strip(self, chat_id: int, message_id: int) -> None:
        """Take a message's buttons away."""
        ...

    async def answer(self, query: str, text: str, *, alert: bool) -> None:
        """Answer a press; one that is too old counts as answered."""
        ...

    async def set_menu(self, chat_id: int, commands: Sequence[Mapping[str, str]]) -> None:
        """Give a chat a menu of its own; no commands: take it away."""
        ...


class Slots(Protocol):
    """The limits of Telegram."""

    async def slot(self, chat_id: int) -> None:
        """Wait for this chat's turn, then for the bot's."""
        ...

    async def pause(self, chat_id: int, seconds: float) -> None:
        """Flood control told us to wait."""
        ...


class Saying:
    """Says deliveries in Telegram, and remembers what may have to be said again in the same words."""

    def __init__(
        self,
        messenger: Messenger,
        slots: Slots,
        recorder: Recorder,
        read_card: CardReader,
        read_album: AlbumReader,
        export: Export,
        texts: Texts,
        time_zone: ZoneInfo,
        health: Health,
        show_in_group: Callable[[Delivery], Awaitable[Said]],
    ) -> None:
        self._messenger = messenger
        self._slots = slots
        self._recorder = recorder
        self._read_card = read_card
        self._read_album = read_album
        self._export = export
        self._texts = texts
        self._time_zone = time_zone
        self._health = health
        self._show_in_group = show_in_group

    async def say(self, delivery: Delivery) -> Said:
        """Say it; returns how to record it, and what remains to be done."""
        content = delivery.content
        match delivery.kind:
            case Kind.ANSWER:
                await self._messenger.answer(content["query"], content["text"], alert=content["alert"])
                self._health.set(TELEGRAM, ok=True)
                return Said(Ended(delivery.id, State.SENT))
            case Kind.NOTICE:
                return await self._send_new(delivery, screen_of(content))
            case Kind.MENU:
                await self._messenger.set_menu(delivery.chat_id, content["commands"])
                self._health.set(TELEGRAM, ok=True)
                return Said(Ended(delivery.id, State.SENT))
            case Kind.CARD:
                return await (self._show_in_group if is_group(delivery.chat_id) else self._show_card)(delivery)
            case Kind.SCREEN:
                return await self._show_screen(delivery)
            case Kind.SUMMARY:
                return await self._sum_up(delivery)
            case Kind.DOCUMENT:
                return await self._send_document(delivery)
            case Kind.ALBUM:
                return await self._send_album(delivery)

    async def _show_screen(self, delivery: Delivery) -> Said:
        shown, target = screen_of(delivery.content), delivery.content["message_id"]
        if target is not None:
            with contextlib.suppress(errors.MessageGone):
                await self._slots.slot(delivery.chat_id)
                await self._messenger.edit(delivery.chat_id, target, shown)
                self._health.set(TELEGRAM, ok=True)
                return Said(Ended(delivery.id, State.SENT, target))
            # From now on it is to be a new message, which must not be repeated as an edit may.
            content = {**delivery.content, "message_id": None}
            await self._recorder.keep(delivery.id, content)
            delivery.content.update(content)
        return await self._send_new(delivery, shown)

    async def _send_new(self, delivery: Delivery, screen: Screen) -> Said:
        await self._slots.slot(delivery.chat_id)
        sent = await self._messenger.send(delivery.chat_id, screen, delivery.content.get("thread"))
        self._health.set(TELEGRAM, ok=True)
        return Said(Ended(delivery.id, State.SENT, sent))

    async def _sum_up(self, delivery: Delivery) -> Said:
        """What happened in quiet hours, as it stands now; nothing when nothing of it may be seen any more."""
        lines: list[tuple[Card, list[str]]] = []
        if "rendered" not in delivery.content and delivery.person_id is not None:
            things, person_id = delivery.content["things"], delivery.person_id
            reading = (self._read_card(UUID(request_id), person_id) for request_id, _ in things)
            for (_, what), read in zip(things, await asyncio.gather(*reading, return_exceptions=True), strict=True):
                if isinstance(read, Card):
                    if told := [one for one in what if one != _NOTED or Action.NOTE in read.allowed_actions]:
                        lines.append((read, told))
                elif not isinstance(read, NotFound | Forbidden):
                    raise read
            if not lines:
                return Said(Ended(delivery.id, State.SENT))
        screen = draw_summary(lines, self._texts.for_language(delivery.language))
        return await self._send_new(delivery, await as_said_before(self._recorder, delivery, screen))

    async def _send_document(self, delivery: Delivery) -> Said:
        """A file, as it is now; or a sentence when there is none."""
        t = self._texts.for_language(delivery.language)
        try:
            async with self._export(delivery) as (name, file):
                await self._slots.slot(delivery.chat_id)
                caption = t(f"export.caption.{delivery.content['form']}")
                sent = await self._messenger.document(delivery.chat_id, name, file, caption)
        except NotMade as why:
            return await self._send_new(delivery, Screen(t(why.key)))
        self._health.set(TELEGRAM, ok=True)
        return Said(Ended(delivery.id, State.SENT, sent))

    async def _send_album(self, delivery: Delivery) -> Said:
        """Files as they are now; nothing when all of them were erased meanwhile, a sentence when Telegram has not all.

        https://core.telegram.org/bots/api#sending-files: an id may cease to be known.
        """
        request_id, chat_id, content = delivery.request_id, delivery.chat_id, delivery.content
        if request_id is None or delivery.person_id is None:
            raise LookupError("an album without a request or a person")
        try:
            album = await self._read_album(request_id, str(delivery.person_id))
        except (NotFound, Forbidden) as error:
            raise Permanent(str(error), reason=error.reason) from error
        files = [(one.kind, one.file_id) for one in album.files if str(one.attachment_id) in content["files"]]
        if not files:
            return Said(Ended(delivery.id, State.SENT))
        t = self._texts.for_language(delivery.language)
        await self._slots.slot(chat_id)
        try:
            said = caption(request_id, album.number, t)
            sent = await self._messenger.files(chat_id, files, said, content["reply_to"])
        except errors.Refused as error:
            _log.warning("files could not be sent again", chat_id=chat_id, error=str(error)[:200])
            return await self._send_new(delivery, not_shown(album.number, t))
        self._health.set(TELEGRAM, ok=True)
        return Said(Ended(delivery.id, State.SENT, sent))

    async def _show_card(self, delivery: Delivery) -> Said:
        request_id, chat_id = delivery.request_id, delivery.chat_id
        if request_id is None or delivery.person_id is None:
            raise LookupError("a card without a request or a person")
        live = delivery.live
        if live is None and delivery.placement is Placement.LIVE:
            return Said(Ended(delivery.id, State.SENT))
        try:
            card = await self._read_card(request_id, delivery.person_id)
        except (NotFound, Forbidden) as error:
            if error.reason == Forbidden.reason and delivery.placement is Placement.CONVERT:
                return await self._hide_card(delivery)
            if error.reason == Forbidden.reason and delivery.placement is Placement.LIVE and live is not None:
                return await self._hide_live_card(delivery, request_id, live)
            raise Permanent(str(error), reason=error.reason) from error
        self._health.set("requests-api", ok=True)
        t = self._texts.for_language(delivery.language)
        screen = draw_card(card, t, self._time_zone, datetime.now(UTC))
        if delivery.muted or _theirs(card, delivery.person_id):
            screen = with_mute(screen, request_id, muted=delivery.muted, t=t)
        shown = await self._place(delivery, live, card, screen)

        card_there = Shown(chat_id, request_id, shown, delivery.person_id)
        former = None if live is None or live.message_id == shown.message_id else live.message_id
        return Said(Ended(delivery.id, State.SENT, shown.message_id, shown=card_there), former)

    async def _hide_card(self, delivery: Delivery) -> Said:
        """What is left of a card in the chat of who may see it no more."""
        key = "card.left" if delivery.content.get("left") else "card.hidden"
        screen = Screen(self._texts.for_language(delivery.language)(key))
        await self._replace(delivery, delivery.content["message_id"], screen)
        return Said(Ended(delivery.id, State.SENT))

    async def _hide_live_card(self, delivery: Delivery, request_id: UUID, live: LiveCard) -> Said:
        """What is left of a live card whose person may see it no more: what they may has changed.

        It stays the live card, so that it is shown again in the same message if they may see it again.
        """
        screen = Screen(self._texts.for_language(delivery.language)("card.hidden"))
        hidden = LiveCard(live.message_id, live.version, digest(screen))
        if hidden != live:
            await self._replace(delivery, live.message_id, screen)
        shown = Shown(delivery.chat_id, request_id, hidden, delivery.person_id if delivery.chat_id > 0 else None)
        return Said(Ended(delivery.id, State.SENT, live.message_id, shown=shown))

    async def _replace(self, delivery: Delivery, message_id: int, screen: Screen) -> None:
        """Draw a message anew, if it is still there."""
        with contextlib.suppress(errors.MessageGone):
            await self._slots.slot(delivery.chat_id)
            await self._messenger.edit(delivery.chat_id, message_id, screen)
            self._health.set(TELEGRAM, ok=True)

    async def _place(self, delivery: Delivery, live: LiveCard | None, card: Card, screen: Screen) -> LiveCard:
        """Put the card where it belongs; the message that was the live card before loses its buttons."""
        chat_id, hashed = delivery.chat_id, digest(screen)
        target = delivery.content["message_id"] if delivery.placement is Placement.CONVERT else None
        if delivery.placement in (Placement.LIVE, Placement.APPEAR) and live is not None:
            if live.version > card.version or live.content_hash == hashed:
                return live
            target = live.message_id
        if target is not None:
            if live is not None and live.message_id == target and live.content_hash == hashed:
                return live
            with contextlib.suppress(errors.MessageGone):
                await self._slots.slot(chat_id)
                await self._messenger.edit(chat_id, target, screen)
                self._health.set(TELEGRAM, ok=True)
                return LiveCard(target, card.version, hashed)
        screen = await as_said_before(self._recorder, delivery, screen)
        await self._slots.slot(chat_id)
        message_id = await self._messenger.send(chat_id, screen)
        self._health.set(TELEGRAM, ok=True)
        return LiveCard(message_id, card.version, digest(screen))

    async def strip(self, chat_id: int, former: int) -> None:
        """Take the buttons of a former card away, if that can be done at once."""
        try:
            await self._slots.slot(chat_id)
            await self._messenger.strip(chat_id, former)
        except (NoSlotYet, Permanent, Transient, Outage) as error:
            # The card itself is there already; buttons of a former one act or explain themselves when pressed.
            _log.info("a former card keeps its buttons", chat_id=chat_id, error=str(error)[:200])


def _theirs(card: Card, person_id: UUID) -> bool:
    """Whether a request that is not closed is this person's: they filed it, joined it, or work on it."""
    if card.status in (Status.COMPLETED, Status.REJECTED, Status.CANCELLED, Status.MERGED):
        return False
    if card.watching:
        return True
    return person_id == card.requester.person_id or (card.assignee is not None and person_id == card.assignee.person_id)
