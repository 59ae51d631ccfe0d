"""Topics of staff groups: made when the first card goes there, called as their site or category is, made anew."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol
from uuid import UUID, uuid5

import structlog

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.client import NotFound
from zavhoz_contracts.api.groups import Keeper, StaffGroup, Topic
from zavhoz_contracts.errors import Outage, Permanent, Transient
from zavhoz_notifier.application.recording import Recorder
from zavhoz_notifier.domain.delivery import Delivery, notice
from zavhoz_notifier.domain.groups import KnownChat, WithoutTopics
from zavhoz_notifier.store import Connection, deliveries, erasing, groups
from zavhoz_telegram import errors
from zavhoz_telegram.group_cards import topic_name
from zavhoz_telegram.texts import Texts

_CLAIM_SECONDS: Final = 30.0
"""Longer than a call to Telegram may take."""
_log = structlog.get_logger("zavhoz.notifier")


class TopicAwaited(Transient):
    """Another notifier is making the topic just now."""


class Forums(Protocol):
    """Telegram, as far as it knows topics; raises the errors of `zavhoz_telegram.errors`."""

    async def create_topic(self, chat_id: int, name: str) -> int:
        """Begin a topic; returns its id."""
        ...

    async def rename_topic(self, chat_id: int, thread_id: int, name: str) -> None:
        """Call a topic so; one that is called so already is fine."""
        ...

    async def reopen_topic(self, chat_id: int, thread_id: int) -> None:
        """Open a closed topic; one that is open is fine."""
        ...


class Slots(Protocol):
    """The limits of Telegram."""

    async def slot(self, chat_id: int) -> None:
        """Wait for this chat's turn, then for the bot's."""
        ...


class GroupsApi(Protocol):
    """The read API, as far as it knows groups."""

    async def group(self, chat_id: int) -> StaffGroup:
        """How requests appear in a group."""
        ...

    async def group_keepers(self) -> Sequence[Keeper]:
        """Who may bind groups."""
        ...


class Topics:
    """Finds the topic of a card. Every call to Telegram waits for a slot of the group, as a message does."""

    def __init__(
        self, database: Database, recorder: Recorder, forums: Forums, slots: Slots, api: GroupsApi, texts: Texts
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._forums = forums
        self._slots = slots
        self._api = api
        self._texts = texts

    async def known(self, chat_id: int, topic: Topic) -> KnownChat:
        """What is known of the group and this topic of it."""
        async with self._database.statements() as connection:
            return await groups.known(connection, chat_id, topic.key)

    async def moved_here(self, chat_id: int) -> bool:
        """Whether the group has had another id."""
        async with self._database.statements() as connection:
            return await groups.moved_here(connection, chat_id)

    async def keep_name(self, chat_id: int, topic: Topic, language: str, known: KnownChat) -> None:
        """Have the topic called as its site or category is now."""
        name = topic_name(topic.name, self._texts.for_language(language))
        if known.topic is None or known.topic.thread_id is None or known.topic.name == name or known.without:
            return
        await self._slots.slot(chat_id)
        try:
            await self._forums.rename_topic(chat_id, known.topic.thread_id, name)
        except errors.Unreachable:
            raise
        except errors.ThreadGone:
            await self.forget(chat_id, topic, known.topic.thread_id)
            return
        except Permanent as error:  # it keeps its name; asked once
            _log.info("a topic keeps its name", chat_id=chat_id, error=str(error)[:200])
        await self._recorder.write(partial(groups.renamed, chat_id=chat_id, key=topic.key, name=name))

    async def thread(self, delivery: Delivery, topic: Topic) -> int | None:
        """The topic's id, made now if need be; none where cards go to the general topic.

        Raises:
            TopicAwaited: it is being made.
        """
        chat_id, known = delivery.chat_id, await self.known(delivery.chat_id, topic)
        if known.without is not None:
            return None
        if known.topic is not None and known.topic.thread_id is not None:
            return known.topic.thread_id
        name = topic_name(topic.name, self._texts.for_language(delivery.language))
        await self._slots.slot(chat_id)
        claim = partial(groups.claim, chat_id=chat_id, key=topic.key, name=name, lease=_CLAIM_SECONDS)
        if not await self._database.run(claim):
            raise TopicAwaited(f"the topic {topic.key} of {chat_id} is being made")
        try:
            # From here on until it is written down a crash leaves an empty topic: Telegram has no way to ask for those
            # that there are, so another one is made when the claim is over. That one is used from then on.
            thread_id = await self._forums.create_topic(chat_id, name)
        except errors.TelegramUnknown:
            raise  # it may be there: the claim stays until its time is over
        except (Transient, Outage, errors.Unreachable):
            await self._recorder.write(partial(groups.release, chat_id=chat_id, key=topic.key))
            raise
        except Permanent as error:
            await self._do_without(delivery, topic, error)
            return None
        await self._recorder.write(partial(groups.made, chat_id=chat_id, key=topic.key, thread_id=thread_id))
        return thread_id

    async def forget(self, chat_id: int, topic: Topic, thread_id: int) -> None:
        """Somebody has deleted it."""
        await self._recorder.write(partial(groups.forget, chat_id=chat_id, key=topic.key, thread_id=thread_id))

    async def reopen(self, chat_id: int, thread_id: int) -> bool:
        """Open a closed topic; False when that is not allowed."""
        await self._slots.slot(chat_id)
        try:
            await self._forums.reopen_topic(chat_id, thread_id)
        except (errors.NotEnoughRights, errors.Refused):
            return False
        return True

    async def _do_without(self, delivery: Delivery, topic: Topic, error: Permanent) -> None:
        """No topic can be made there: cards go to the general one. Managers are told once that a right is missing."""
        chat_id = delivery.chat_id
        why = WithoutTopics.FORUM if isinstance(error, errors.NoForum) else WithoutTopics.RIGHT
        _log.warning("no topics in a group", chat_id=chat_id, error=str(error)[:200])
        told = await self._notices(delivery) if why is WithoutTopics.RIGHT else ()

        async def write(connection: Connection) -> None:
            await groups.release(connection, chat_id, topic.key)
            if await groups.do_without(connection, chat_id, why):
                people = {one.person_id for one in told if one.person_id is not None}
                gone = await erasing.among(connection, people)
                await deliveries.plan(connection, [one for one in told if one.person_id not in gone])

        await self._recorder.write(write)

    async def _notices(self, delivery: Delivery) -> list[Delivery]:
        try:
            title = (await self._api.group(delivery.chat_id)).title
        except NotFound:
            return []
        return told_keepers(
            uuid5(delivery.id, "topics"),
            await self._api.group_keepers(),
            self._texts,
            "group.right_missing",
            title=title,
        )


def told_keepers(cause_id: UUID, keepers: Sequence[Keeper], texts: Texts, key: str, **values: object) -> list[Delivery]:
    """A notice to everybody who may bind groups, and can be reached."""
    return [
        notice(
            cause_id,
            keeper.chat_id,
            keeper.language,
            texts.for_language(keeper.language)(key, **values),
            person_id=keeper.person_id,
        )
        for keeper in keepers
        if keeper.reachable
    ]
