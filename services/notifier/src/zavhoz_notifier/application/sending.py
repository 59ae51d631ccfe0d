"""Deliveries are sent: drawn, said within Telegram's limits, and written down."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from structlog.contextvars import bound_contextvars

from zavhoz_chassis.database import Database, DatabaseUnavailable
from zavhoz_chassis.health import Health
from zavhoz_contracts import tracing
from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.v1 import Album, Card
from zavhoz_contracts.errors import Outage, Permanent, Transient
from zavhoz_contracts.message import AttachmentKind
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_notifier import metrics
from zavhoz_notifier.application.recording import Recorder
from zavhoz_notifier.application.showing import caption, not_shown
from zavhoz_notifier.domain.delivery import (
    MAX_ATTEMPTS,
    MAX_UNKNOWN,
    Delivery,
    Ended,
    Kind,
    LiveCard,
    Placement,
    Shown,
    State,
    backoff,
)
from zavhoz_notifier.store import Connection, cards, deliveries
from zavhoz_notifier.store.limiter import NoSlotYet
from zavhoz_telegram import errors
from zavhoz_telegram.cards import draw_card
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.settings import with_mute
from zavhoz_telegram.summary import draw_summary
from zavhoz_telegram.texts import Texts

_POLL_SECONDS: Final = 0.5
_AT_ONCE: Final = 48
_ANSWERS_AT_ONCE: Final = 64
"""Presses have hands of their own: nobody who pressed a button waits behind chats that wait for the limits."""
_OUTAGE_SECONDS: Final = 2.0
_MEASURE_SECONDS: Final = 2.0
_log = structlog.get_logger("zavhoz.notifier")

TELEGRAM: Final = "telegram"
Export = Callable[[UUID, str, str], AbstractAsyncContextManager[tuple[str, IO[bytes]]]]
"""Somebody's data in a form and a language: the file's name, and the file, which is gone afterwards."""
CardReader = Callable[[UUID, UUID], Awaitable[Card]]
AlbumReader = Callable[[UUID, str], Awaitable[Album]]


@dataclass(frozen=True, slots=True)
class Said:
    """How a delivery ended, and the former live card, whose buttons are to go."""

    end: Ended
    former: int | None = None


class Messenger(Protocol):
    """Telegram as the notifier uses it; raises the errors of `zavhoz_telegram.errors`."""

    async def send(self, chat_id: int, screen: Screen) -> int:
        """Send a new message; returns its id."""
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


class Sender:
    """The component that sends what is due: lanes side by side, within a lane one after another."""

    name = "sender"

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        slots: Slots,
        read_card: CardReader,
        read_album: AlbumReader,
        export: Export,
        texts: Texts,
        time_zone: ZoneInfo,
        health: Health,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._recorder = Recorder(database)
        self._messenger = messenger
        self._slots = slots
        self._read_card = read_card
        self._read_album = read_album
        self._export = export
        self._texts = texts
        self._time_zone = time_zone
        self._health = health
        self._lease_seconds = lease_seconds
        self._wake = asyncio.Event()
        self._under_way: dict[UUID, Kind] = {}
        self._looked = -_POLL_SECONDS
        self._more_answers = False

    def wake(self) -> None:
        """Say that something was planned in this process."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; then finish what is being sent. What is planned stays planned."""
        async with asyncio.TaskGroup() as around:
            holding = around.create_task(self._hold(), name="sender: leases")
            measuring = around.create_task(self._measure(), name="sender: backlog")
            ending = around.create_task(self._wake_to(stop), name="sender: stop")
            async with asyncio.TaskGroup() as group:
                while not stop.is_set():
                    self._wake.clear()
                    for delivery in await self._claim():
                        self._under_way[delivery.id] = delivery.kind
                        group.create_task(self._deliver(delivery), name=f"deliver {delivery.id}")
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), _POLL_SECONDS)
            for task in (holding, measuring, ending):
                task.cancel()

    async def _hold(self) -> None:
        """Renew the leases of what is under way: only a crash lets one end."""
        while True:
            await asyncio.sleep(self._lease_seconds / 4)
            if self._under_way:
                with contextlib.suppress(DatabaseUnavailable):
                    await self._database.run(lambda connection: deliveries.hold(connection, list(self._under_way)))

    async def _measure(self) -> None:
        """Say how much is waiting, also while nothing can be sent."""
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                waiting, seconds = await self._database.run(deliveries.backlog)
                metrics.UNFINISHED.set(waiting)
                metrics.OLDEST.set(seconds)
            await asyncio.sleep(_MEASURE_SECONDS)

    async def _wake_to(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _claim(self) -> list[Delivery]:
        answering = sum(kind is Kind.ANSWER for kind in self._under_way.values())
        answers, chats = _ANSWERS_AT_ONCE - answering, _AT_ONCE - (len(self._under_way) - answering)
        if not answers and not chats:
            return []
        looks = time.monotonic() - self._looked >= _POLL_SECONDS  # one look is enough for many claims

        async def take(connection: Connection) -> list[Delivery]:
            if looks:
                await deliveries.expire(connection, self._lease_seconds)
            return await deliveries.claim(connection, chats=chats, answers=answers)

        try:
            taken = await self._database.run(take)
        except DatabaseUnavailable:
            return []  # readiness says so; the poll asks again
        if looks:
            self._looked = time.monotonic()
        self._more_answers = sum(one.kind is Kind.ANSWER for one in taken) == answers
        return taken

    async def _deliver(self, delivery: Delivery) -> None:
        """Send one and record it. Whatever happens, the lane goes on."""
        started = time.perf_counter()
        who = str(delivery.person_id) if delivery.person_id else None
        try:
            with (
                bound_contextvars(person_id=who, causation_id=str(delivery.cause_id)),
                tracing.continued(f"deliver {delivery.kind.value}", delivery.traceparent),
            ):
                await reached(Point.ATTEMPTED)
                state = await self._attempt(delivery)
        except DatabaseUnavailable as error:
            # The attempt stays written down; when its lease is over it counts as unknown.
            _log.warning("a delivery could not be recorded", delivery=str(delivery.id), error=str(error))
            state = "unrecorded"
        finally:
            self._under_way.pop(delivery.id, None)
            # Nothing waits behind an answer but for hands; behind anything else, the next of its lane may.
            if delivery.kind is not Kind.ANSWER or self._more_answers:
                self._wake.set()
        metrics.DELIVERED.labels(delivery.kind.value, state).inc()
        metrics.SECONDS.labels(delivery.kind.value).observe(time.perf_counter() - started)

    async def _attempt(self, delivery: Delivery) -> str:
        try:
            said = await self._say(delivery)
        except NoSlotYet as wait:
            seconds, why = wait.seconds, str(wait)
            await self._recorder.write(
                lambda connection: deliveries.later(connection, delivery.id, seconds, why, counted=False)
            )
            return "waits"
        except errors.TooManyRequests as error:
            await self._slots.pause(delivery.chat_id, error.wait)
            return await self._later(delivery, error.wait, error, counted=False)
        except errors.ChatMigrated as error:
            new = error.new_chat_id
            await self._recorder.write(lambda connection: deliveries.move_chat(connection, delivery.chat_id, new))
            return "moved"
        except errors.TelegramUnknown as error:
            return await self._unknown(delivery, error)
        except Outage as error:
            self._health.set(error.dependency, ok=False, detail=str(error)[:300])
            return await self._later(delivery, _OUTAGE_SECONDS, error, counted=False)
        except Transient as error:
            return await self._failed(delivery, error)
        except (Permanent, LookupError) as error:
            return await self._refused(delivery, error)
        except Exception as error:  # noqa: BLE001  # a bug met by one delivery must not stop all the others
            return await self._unexpected(delivery, error)
        await reached(Point.SAID)
        await self._recorder.ended(said.end)
        await reached(Point.RECORDED)
        if said.former is not None:
            # Only now: until it is recorded that the card was sent, a crash would have it sent again.
            await self._strip(delivery.chat_id, said.former)
        return State.SENT.value

    async def _unexpected(self, delivery: Delivery, error: Exception) -> str:
        tracing.failed(error)
        if delivery.attempts:  # the traceback was logged, and told, the first time
            what = f"{type(error).__name__}: {error}"[:300]
            _log.warning("a delivery fails again", kind=delivery.kind.value, chat_id=delivery.chat_id, error=what)
        else:
            _log.error(
                "unexpected failure of a delivery", kind=delivery.kind.value, chat_id=delivery.chat_id, exc_info=error
            )
        return await self._failed(delivery, error)

    async def _failed(self, delivery: Delivery, error: Exception) -> str:
        if delivery.attempts + 1 >= MAX_ATTEMPTS:
            return await self._refused(delivery, error)
        return await self._later(delivery, backoff(delivery.attempts + 1), error)

    async def _later(self, delivery: Delivery, seconds: float, error: Exception, *, counted: bool = True) -> str:
        _log.info("will be said later", kind=delivery.kind.value, chat_id=delivery.chat_id, error=str(error)[:200])
        await self._recorder.write(
            lambda connection: deliveries.later(connection, delivery.id, seconds, str(error)[:300], counted=counted)
        )
        return "later"

    async def _unknown(self, delivery: Delivery, error: Exception) -> str:
        """No answer came. Edits and answers can be repeated; a new message only once, for it may be there already."""
        why = str(error)[:300]
        if delivery.makes_a_message and delivery.unknown + 1 >= MAX_UNKNOWN:
            _log.warning("nobody knows whether it was said", kind=delivery.kind.value, chat_id=delivery.chat_id)
            await self._recorder.ended(Ended(delivery.id, State.UNKNOWN, error=why))
            return State.UNKNOWN.value
        seconds = backoff(delivery.attempts + 1)
        await self._recorder.write(
            lambda connection: deliveries.later(connection, delivery.id, seconds, why, unknown=True)
        )
        return "later"

    async def _refused(self, delivery: Delivery, error: Exception) -> str:
        why = f"{type(error).__name__}: {error}"[:300]

        async def record(connection: Connection) -> None:
            await deliveries.finish(connection, [Ended(delivery.id, State.REFUSED, error=why)])
            if isinstance(error, errors.Unreachable) and delivery.person_id is not None:
                await cards.mark_unreachable(connection, delivery.person_id)

        await self._recorder.write(record)
        _log.warning("refused", kind=delivery.kind.value, chat_id=delivery.chat_id, error=why)
        return State.REFUSED.value

    async def _say(self, delivery: Delivery) -> Said:
        """Say it; returns how to record it, and what remains to be done."""
        content = delivery.content
        match delivery.kind:
            case Kind.ANSWER:
                await self._messenger.answer(content["query"], content["text"], alert=content["alert"])
                self._health.set(TELEGRAM, ok=True)
                return Said(Ended(delivery.id, State.SENT))
            case Kind.NOTICE:
                return await self._send_new(delivery, _screen(content))
            case Kind.MENU:
                await self._messenger.set_menu(delivery.chat_id, content["commands"])
                self._health.set(TELEGRAM, ok=True)
                return Said(Ended(delivery.id, State.SENT))
            case Kind.CARD:
                return await self._show_card(delivery)
            case Kind.SCREEN:
                return await self._show_screen(delivery)
            case Kind.SUMMARY:
                return await self._sum_up(delivery)
            case Kind.DOCUMENT:
                return await self._send_document(delivery)
            case Kind.ALBUM:
                return await self._send_album(delivery)

    async def _show_screen(self, delivery: Delivery) -> Said:
        shown, target = _screen(delivery.content), delivery.content["message_id"]
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
        sent = await self._messenger.send(delivery.chat_id, screen)
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
                    lines.append((read, what))
                elif not isinstance(read, NotFound | Forbidden):
                    raise read
            if not lines:
                return Said(Ended(delivery.id, State.SENT))
        screen = draw_summary(lines, self._texts.for_language(delivery.language))
        return await self._send_new(delivery, await self._as_said_before(delivery, screen))

    async def _send_document(self, delivery: Delivery) -> Said:
        """Somebody's data, as it is now."""
        if delivery.person_id is None:
            raise LookupError("a document without a person")
        form = delivery.content["form"]
        async with self._export(delivery.person_id, form, delivery.language) as (name, file):
            await self._slots.slot(delivery.chat_id)
            caption = self._texts.for_language(delivery.language)(f"export.caption.{form}")
            sent = await self._messenger.document(delivery.chat_id, name, file, caption)
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
            raise Permanent(str(error), reason=error.reason) from error
        self._health.set("requests-api", ok=True)
        t = self._texts.for_language(delivery.language)
        screen = draw_card(card, t, self._time_zone, datetime.now(UTC))
        if chat_id > 0 and (delivery.muted or _theirs(card, delivery.person_id)):
            screen = with_mute(screen, request_id, muted=delivery.muted, t=t)
        shown = await self._place(delivery, live, card, screen)

        card_there = Shown(chat_id, request_id, shown, delivery.person_id if chat_id > 0 else None)
        former = None if live is None or live.message_id == shown.message_id else live.message_id
        return Said(Ended(delivery.id, State.SENT, shown.message_id, shown=card_there), former)

    async def _hide_card(self, delivery: Delivery) -> Said:
        """What is left of a card in the chat of who may see it no more: they have left the request."""
        screen = Screen(self._texts.for_language(delivery.language)("card.left"))
        with contextlib.suppress(errors.MessageGone):
            await self._slots.slot(delivery.chat_id)
            await self._messenger.edit(delivery.chat_id, delivery.content["message_id"], screen)
            self._health.set(TELEGRAM, ok=True)
        return Said(Ended(delivery.id, State.SENT))

    async def _place(self, delivery: Delivery, live: LiveCard | None, card: Card, screen: Screen) -> LiveCard:
        """Put the card where it belongs; the message that was the live card before loses its buttons."""
        chat_id, digest = delivery.chat_id, _digest(screen)
        target = delivery.content["message_id"] if delivery.placement is Placement.CONVERT else None
        if delivery.placement in (Placement.LIVE, Placement.APPEAR) and live is not None:
            if live.version > card.version or live.content_hash == digest:
                return live
            target = live.message_id
        if target is not None:
            if live is not None and live.message_id == target and live.content_hash == digest:
                return live
            with contextlib.suppress(errors.MessageGone):
                await self._slots.slot(chat_id)
                await self._messenger.edit(chat_id, target, screen)
                self._health.set(TELEGRAM, ok=True)
                return LiveCard(target, card.version, digest)
        screen = await self._as_said_before(delivery, screen)
        await self._slots.slot(chat_id)
        message_id = await self._messenger.send(chat_id, screen)
        self._health.set(TELEGRAM, ok=True)
        return LiveCard(message_id, card.version, _digest(screen))

    async def _as_said_before(self, delivery: Delivery, screen: Screen) -> Screen:
        """What is tried a second time says the same as the first, which may be there.

        A card whose message is gone is from now on to be a new message: it must not be repeated as an edit may.
        """
        if "rendered" in delivery.content:
            return _screen(delivery.content["rendered"])
        rendered = {"text": screen.text, "rows": [[list(button) for button in row] for row in screen.rows]}
        content = {**delivery.content, "rendered": rendered}
        if not delivery.makes_a_message:
            content["placement"] = Placement.NEW.value
        await self._recorder.keep(delivery.id, content)
        delivery.content.update(content)
        return screen

    async def _strip(self, chat_id: int, former: int) -> None:
        try:
            await self._slots.slot(chat_id)
            await self._messenger.strip(chat_id, former)
        except (NoSlotYet, Permanent, Transient, Outage) as error:
            # The card itself is there already; buttons of a former one act or explain themselves when pressed.
            _log.info("a former card keeps its buttons", chat_id=chat_id, error=str(error)[:200])


def _theirs(card: Card, person_id: UUID) -> bool:
    """Whether a request that is not closed is this person's: they filed it, joined it, or work on it."""
    if card.status in (Status.COMPLETED, Status.REJECTED, Status.CANCELLED):
        return False
    if card.watching:
        return True
    return person_id == card.requester.person_id or (card.assignee is not None and person_id == card.assignee.person_id)


def _screen(content: dict[str, Any]) -> Screen:
    return Screen(content["text"], tuple(tuple((label, data) for label, data in row) for row in content["rows"]))


def _digest(screen: Screen) -> str:
    return hashlib.sha256(repr((screen.text, screen.rows)).encode()).hexdigest()
