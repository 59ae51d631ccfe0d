"""Saying what is due in one chat, in order, one thing at a time, within Telegram's limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import structlog

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.errors import Outage
from zavhoz_notifier import metrics
from zavhoz_notifier.application.ports import LeaseLost, Limiter, Messenger, Outbound, ReadApi, Work
from zavhoz_notifier.application.words import denied
from zavhoz_notifier.domain.content import Act, Content, digest_of
from zavhoz_notifier.domain.delivery import Kind, Mode
from zavhoz_notifier.domain.drawing import Behind, Edit, Leave, Send, drawing, needs_drawing
from zavhoz_notifier.domain.progress import Gone, Migrated, NotSent, Result, Sent, State, Unknown, after
from zavhoz_notifier.domain.refusals import denial
from zavhoz_telegram.cards import draw_card
from zavhoz_telegram.texts import Texts

_TURN: Final = 50
"""Deliveries in one chat before others have their turn."""
_BEHIND_SECONDS: Final = 0.5
_RECORD_SECONDS: Final = (0.1, 0.5, 1.0, 2.0)
_log = structlog.get_logger("zavhoz.notifier")

Noted: TypeAlias = Callable[[Result], None]
"""Told of every answer of Telegram's, and of its silence."""


class Nothing(Exception):
    """There is nothing to be said after all; `version` is the one that the live card shows already."""

    def __init__(self, version: int | None = None) -> None:
        super().__init__(version)
        self.version = version


class NotYet(Exception):
    """The chat has to wait `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Sending:
    """Makes deliveries. Everything it needs to know survives in the store; it may be killed anywhere."""

    def __init__(
        self,
        store: Outbound,
        api: ReadApi,
        messenger: Messenger,
        limiter: Limiter,
        *,
        texts: Texts,
        time_zone: ZoneInfo,
        clock: Callable[[], datetime],
        noted: Noted = lambda _: None,
    ) -> None:
        self._store = store
        self._api = api
        self._messenger = messenger
        self._limiter = limiter
        self._texts = texts
        self._time_zone = time_zone
        self._clock = clock
        self._noted = noted

    async def answer(self, work: Work) -> None:
        """Answer one press; it was marked as attempted when it was claimed, and counts against no limit."""
        if work.content is None:
            raise ValueError(f"answer {work.id} has no content")
        await self._call(work, work.content)

    async def chat(self, chat_id: int, stop: asyncio.Event) -> None:
        """Say what is due in a chat that was claimed, until nothing is, the limits say wait, or `stop`."""
        pause = 0.0
        try:
            for _ in range(_TURN):
                work = None if stop.is_set() else await self._store.head(chat_id)
                if work is None or work.due_in > 0:
                    break
                await self._deliver(work)
        except NotYet as wait:
            pause = wait.seconds
        except LeaseLost as lost:
            _log.warning("another sender speaks in this chat now", chat_id=chat_id, reason=str(lost))
            return
        except Outage:
            await self._until_recorded(lambda: self._store.release(chat_id, pause=1.0))
            raise
        await self._until_recorded(lambda: self._store.release(chat_id, pause))

    async def _deliver(self, work: Work) -> None:
        if work.state is State.ATTEMPTING:
            # We hold the lease and attempt one at a time: so whoever attempted this died before recording how it went.
            crashed = await self._progress(work, Unknown("no_record"))
            if crashed:
                return
            work = replace(work, state=State.UNKNOWN, unknowns=work.unknowns + 1)
        try:
            content = await self._content(work)
        except Nothing as nothing:
            await self._store.skip(work, nothing.version)
            metrics.DELIVERIES.labels(work.kind.value, "nothing_to_say").inc()
            return
        slot = await self._limiter.reserve(work.chat_id)
        if slot.wait:
            metrics.LIMITED.labels(slot.scope).inc()
        if not slot.granted:
            raise NotYet(slot.wait)
        await asyncio.sleep(slot.wait)
        await self._attempt(work, content)

    async def _progress(self, work: Work, result: Unknown) -> bool:
        """Record that an earlier attempt is over without a result; True when there is to be no other."""
        content = work.content
        progress = after(
            result,
            kind=work.kind,
            repeatable=content is not None and content.repeatable,
            attempts=work.attempts,
            unknowns=work.unknowns,
            age=work.age,
        )
        if progress.final:
            await self._store.finish(work, result, progress)
            metrics.DELIVERIES.labels(work.kind.value, progress.state.value).inc()
        return progress.final

    async def _attempt(self, work: Work, content: Content) -> None:
        begun = await self._store.begin(work, content)
        result = await self._call(begun, content)
        if isinstance(result, Gone):
            # The message to edit is not there: the card goes on in a new one.
            await self._call(await self._store.begin(begun, _anew(content)), _anew(content))

    async def _call(self, work: Work, content: Content) -> Result:
        """Make the call and record how it went; a message to edit that is gone is left to the caller."""
        with metrics.CALL_SECONDS.labels(content.act.value).time():
            result = await self._messenger.deliver(work.chat_id, content)
        self._noted(result)
        if isinstance(result, Migrated):
            await self._until_recorded(lambda: self._store.migrate(work, result.chat_id))
            return result
        if isinstance(result, Gone):
            if content.act is Act.EDIT:
                return result
            result = Sent()  # buttons cannot be taken off a message that is not there
        progress = after(
            result,
            kind=work.kind,
            repeatable=content.repeatable,
            attempts=work.attempts,
            unknowns=work.unknowns,
            age=work.age,
        )
        await self._until_recorded(lambda: self._store.finish(work, result, progress))
        metrics.DELIVERIES.labels(work.kind.value, progress.state.value).inc()
        if progress.state is not State.SENT:
            self._tell(work, content, progress.error)
        if isinstance(result, NotSent) and result.flood:
            wait = result.retry_after or 1.0
            if content.act is Act.ANSWER:
                return result
            await self._limiter.flooded(work.chat_id, wait)
            raise NotYet(wait)
        return result

    async def _content(self, work: Work) -> Content:
        """The words: those written down, or the card as the request stands now.

        Raises:
            Nothing: there is nothing to be drawn.
        """
        if work.content is not None and (work.kind is not Kind.CARD or work.state is State.UNKNOWN):
            return work.content
        if work.request_id is None or work.mode is None:
            raise ValueError(f"card {work.id} has no request")
        live = await self._store.live(work.chat_id, work.request_id)
        if not needs_drawing(work.mode, live, work.version):
            raise Nothing
        t = self._texts.for_language(work.language)
        try:
            card = await self._api.card(work.request_id, work.as_)
        except (NotFound, Forbidden) as error:
            if work.mode in (Mode.REDRAW, Mode.ANNOUNCE):
                raise Nothing from error
            return denied(denial(error.reason), work.language, self._texts)
        screen = draw_card(card, t, self._time_zone, self._clock())
        digest = digest_of(screen.text, screen.rows)
        drawn = Content(Act.SEND, screen.text, screen.rows, version=card.version, digest=digest)
        match drawing(work.mode, work.target_id, live, card.version, digest):
            case Send(silent=silent):
                return replace(drawn, silent=silent)
            case Edit(message_id=message_id):
                return replace(drawn, act=Act.EDIT, message_id=message_id)
            case Leave():
                raise Nothing(card.version if live is not None else None)
            case Behind():
                raise NotYet(_BEHIND_SECONDS)

    async def _until_recorded(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write what is known, however long the database is away: nobody else knows it."""
        for trial in range(1_000_000_000):
            try:
                await write()
            except Outage as outage:
                _log.warning("the database is away; what is known will be recorded", error=str(outage)[:200])
                await asyncio.sleep(_RECORD_SECONDS[min(trial, len(_RECORD_SECONDS) - 1)])
            else:
                return

    def _tell(self, work: Work, content: Content, error: str | None) -> None:
        _log.info(
            "not sent",
            delivery_id=str(work.id),
            kind=work.kind.value,
            act=content.act.value,
            chat_id=work.chat_id,
            attempts=work.attempts,
            error=error,
            correlation_id=str(work.correlation_id),
        )


def _anew(content: Content) -> Content:
    """The same card as a new message, without a sound: it is no news."""
    return replace(content, act=Act.SEND, message_id=None, silent=True)
