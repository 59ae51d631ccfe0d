"""Deliveries are sent: lanes side by side, and what became of each is written down."""

from __future__ import annotations

import asyncio
import contextlib
import time
from functools import partial
from typing import Final

import structlog
from structlog.contextvars import bound_contextvars

from zavhoz_chassis.database import Database, DatabaseUnavailable
from zavhoz_chassis.health import Health
from zavhoz_contracts import tracing
from zavhoz_contracts.errors import Outage, Permanent, Transient
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_notifier import metrics
from zavhoz_notifier.application.hands import Hands
from zavhoz_notifier.application.recording import Recorder
from zavhoz_notifier.application.saying import Saying, Slots
from zavhoz_notifier.domain.delivery import MAX_ATTEMPTS, MAX_UNKNOWN, Delivery, Ended, State, backoff
from zavhoz_notifier.domain.groups import is_group
from zavhoz_notifier.store import Connection, cards, deliveries, groups
from zavhoz_notifier.store.limiter import NoSlotYet
from zavhoz_telegram import errors

_AT_ONCE: Final = 48
_ANSWERS_AT_ONCE: Final = 64
"""Presses have hands of their own: nobody who pressed a button waits behind chats that wait for the limits."""
_COMPANY_SECONDS: Final = 0.1
"""Cards and notices of a crowd are claimed, read and recorded together; one that comes alone does not wait."""
_OUTAGE_SECONDS: Final = 2.0
_TAKE_OVER_SECONDS: Final = 0.5
_MEASURE_SECONDS: Final = 2.0
_log = structlog.get_logger("zavhoz.notifier")


class Sender:
    """The component that sends what is due: lanes side by side, within a lane one after another."""

    name = "sender"

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        saying: Saying,
        slots: Slots,
        health: Health,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._saying = saying
        self._slots = slots
        self._health = health
        self._lease_seconds = lease_seconds
        self._answers = Hands(self._claim_answers, _ANSWERS_AT_ONCE)
        self._chats = Hands(self._claim_chats, _AT_ONCE, space_seconds=_COMPANY_SECONDS, behind=True)

    def wake(self) -> None:
        """Say that something was planned in this process."""
        self._answers.wake()
        self._chats.wake()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; then finish what is being sent. What is planned stays planned."""
        async with asyncio.TaskGroup() as around:
            beside = (
                around.create_task(self._hold(), name="sender: leases"),
                around.create_task(self._take_over(), name="sender: attempts cut short"),
                around.create_task(self._measure(), name="sender: backlog"),
                around.create_task(self._wake_to(stop), name="sender: stop"),
            )
            async with asyncio.TaskGroup() as hands:
                hands.create_task(self._answers.run(self._deliver, stop), name="sender: answers")
                hands.create_task(self._chats.run(self._deliver, stop), name="sender: chats")
            for task in beside:
                task.cancel()

    async def _hold(self) -> None:
        """Renew the leases of what is under way: only a crash lets one end."""
        while True:
            await asyncio.sleep(self._lease_seconds / 4)
            under_way = [*self._answers.under_way, *self._chats.under_way]
            if under_way:
                with contextlib.suppress(DatabaseUnavailable):
                    await self._database.run(partial(deliveries.hold, ids=under_way))

    async def _take_over(self) -> None:
        """Have attempts made again whose lease has ended."""
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                await self._database.run(lambda connection: deliveries.expire(connection, self._lease_seconds))
            await asyncio.sleep(_TAKE_OVER_SECONDS)

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
        self.wake()

    async def _claim_answers(self, most: int) -> list[Delivery]:
        with contextlib.suppress(DatabaseUnavailable):  # readiness says so; the poll asks again
            async with self._database.statements() as connection:
                return await deliveries.claim_answers(connection, most)
        return []

    async def _claim_chats(self, most: int) -> list[Delivery]:
        with contextlib.suppress(DatabaseUnavailable):  # as above
            return await self._database.run(lambda connection: deliveries.claim_chats(connection, most))
        return []

    async def _deliver(self, delivery: Delivery) -> None:
        """Send one and record it."""
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
        metrics.DELIVERED.labels(delivery.kind.value, state).inc()
        metrics.SECONDS.labels(delivery.kind.value).observe(time.perf_counter() - started)

    async def _attempt(self, delivery: Delivery) -> str:
        try:
            said = await self._saying.say(delivery)
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
            await self._recorder.write(lambda connection: groups.heard_of_move(connection, delivery.chat_id, new))
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
            await self._saying.strip(delivery.chat_id, said.former)
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
            if isinstance(error, errors.Unreachable) and is_group(delivery.chat_id):
                await groups.left(connection, delivery.chat_id)
            elif isinstance(error, errors.Unreachable) and delivery.person_id is not None:
                await cards.mark_unreachable(connection, delivery.person_id)

        await self._recorder.write(record)
        _log.warning("refused", kind=delivery.kind.value, chat_id=delivery.chat_id, error=why)
        return State.REFUSED.value
