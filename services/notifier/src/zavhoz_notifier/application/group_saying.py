"""A card is shown in a staff group: in its topic, where it was, or as a new message."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_chassis.health import Health
from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.groups import GroupCard
from zavhoz_contracts.errors import Permanent, Transient
from zavhoz_notifier.application.recording import Recorder
from zavhoz_notifier.application.saying import TELEGRAM, Messenger, Said, Slots
from zavhoz_notifier.application.saying_again import as_said_before, digest
from zavhoz_notifier.application.topics import TopicAwaited, Topics
from zavhoz_notifier.domain.delivery import Delivery, Ended, LiveCard, Placement, Shown, State
from zavhoz_notifier.domain.groups import KnownChat
from zavhoz_telegram import errors
from zavhoz_telegram.group_cards import draw_gone, draw_group_card
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.texts import Texts

GroupCardReader = Callable[[UUID, int], Awaitable[GroupCard]]
_TRIES: Final = 2
"""A topic that was deleted is made anew once at a time."""


class NotHeardYet(Transient):
    """The requests service has not heard yet that the group has another id."""


class GroupSaying:
    """Says cards in groups."""

    def __init__(
        self,
        messenger: Messenger,
        slots: Slots,
        recorder: Recorder,
        topics: Topics,
        read_card: GroupCardReader,
        texts: Texts,
        time_zone: ZoneInfo,
        health: Health,
    ) -> None:
        self._messenger = messenger
        self._slots = slots
        self._recorder = recorder
        self._topics = topics
        self._read_card = read_card
        self._texts = texts
        self._time_zone = time_zone
        self._health = health

    async def show(self, delivery: Delivery) -> Said:
        """Show it; returns how to record it, and what remains to be done."""
        live, request_id = delivery.live, delivery.request_id
        if request_id is None:
            raise LookupError("a card without a request")
        if live is None and delivery.placement is Placement.LIVE:
            return Said(Ended(delivery.id, State.SENT))
        try:
            card = await self._read_card(request_id, delivery.chat_id)
        except Forbidden as error:
            if live is not None and live.message_id:
                return await self._take_away(delivery, live)
            raise Permanent(str(error), reason=error.reason) from error
        except NotFound as error:
            if await self._topics.moved_here(delivery.chat_id):
                raise NotHeardYet(f"{delivery.chat_id} is not bound yet") from error
            raise Permanent(str(error), reason=error.reason) from error
        screen = draw_group_card(card, self._texts.for_language(delivery.language), self._time_zone, datetime.now(UTC))
        known = await self._topics.known(delivery.chat_id, card.topic)
        await self._topics.keep_name(delivery.chat_id, card.topic, delivery.language, known)
        shown = await self._in_place(delivery, card, screen, known)
        if shown is None:
            if card.closed and delivery.placement is Placement.LIVE:
                return Said(Ended(delivery.id, State.SENT))  # its message is gone, and it is over
            shown = await self._send(delivery, card, screen)
        return self._said(delivery, shown)

    async def _in_place(self, delivery: Delivery, card: GroupCard, screen: Screen, known: KnownChat) -> LiveCard | None:
        """The card where it is, drawn anew if it shows something else; none when it is to be a new message."""
        live = delivery.live
        if live is None or not live.message_id or delivery.placement is Placement.NEW:
            return None
        if live.version > card.version:
            return live
        if not card.closed and _elsewhere(live, known):
            return None
        if live.content_hash == digest(screen):
            return live
        if not await self._edit(delivery.chat_id, live.message_id, screen):
            return None
        return LiveCard(live.message_id, card.version, digest(screen), live.thread_id)

    async def _send(self, delivery: Delivery, card: GroupCard, screen: Screen) -> LiveCard:
        """A new message in the topic; in the general one when the topic is closed and may not be opened.

        The card counts as being in its topic all the same: it is not moved there with every event.
        """
        screen = await as_said_before(self._recorder, delivery, screen)
        for _ in range(_TRIES):
            thread_id = await self._topics.thread(delivery, card.topic)
            try:
                message_id = await self._send_to(delivery.chat_id, screen, thread_id)
            except errors.ThreadGone:
                if thread_id is None:
                    raise
                await self._topics.forget(delivery.chat_id, card.topic, thread_id)
                continue
            return LiveCard(message_id, card.version, digest(screen), thread_id)
        raise TopicAwaited(f"the topic {card.topic.key} of {delivery.chat_id} does not stay")

    async def _send_to(self, chat_id: int, screen: Screen, thread_id: int | None) -> int:
        await self._slots.slot(chat_id)
        try:
            message_id = await self._messenger.send(chat_id, screen, thread_id)
        except errors.TopicClosed:
            if thread_id is None:
                raise
            opened = await self._topics.reopen(chat_id, thread_id)
            await self._slots.slot(chat_id)
            message_id = await self._messenger.send(chat_id, screen, thread_id if opened else None)
        self._health.set(TELEGRAM, ok=True)
        return message_id

    async def _take_away(self, delivery: Delivery, live: LiveCard) -> Said:
        """The request is in another part of the places now: what is left of the card says so."""
        screen = draw_gone(delivery.content["number"], self._texts.for_language(delivery.language))
        if live.content_hash != digest(screen):
            await self._edit(delivery.chat_id, live.message_id, screen)
        return self._said(delivery, LiveCard(live.message_id, live.version, digest(screen), live.thread_id))

    async def _edit(self, chat_id: int, message_id: int, screen: Screen) -> bool:
        with contextlib.suppress(errors.MessageGone):
            await self._slots.slot(chat_id)
            await self._messenger.edit(chat_id, message_id, screen)
            self._health.set(TELEGRAM, ok=True)
            return True
        return False

    def _said(self, delivery: Delivery, shown: LiveCard) -> Said:
        live = delivery.live
        former = None if live is None or live.message_id in (0, shown.message_id) else live.message_id
        there = None if delivery.request_id is None else Shown(delivery.chat_id, delivery.request_id, shown)
        return Said(Ended(delivery.id, State.SENT, shown.message_id, shown=there), former)


def _elsewhere(live: LiveCard, known: KnownChat) -> bool:
    """Whether a card is in another topic than where it belongs: its request, or the group, is sorted anew."""
    if known.without is not None:
        return False
    return known.topic is None or known.topic.thread_id != live.thread_id
