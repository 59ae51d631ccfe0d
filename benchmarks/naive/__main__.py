"""`python -m benchmarks.naive`: reads AMQP_URL and DATABASE_URL and works until it is ended."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from uuid import uuid4

import aio_pika
import uvloop
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.naive.tables import Base, Event, Inbox, Person, Request
from zavhoz_contracts.envelope import Envelope, dataschema, parse
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.commands import CreateRequest
from zavhoz_messaging import topology

RELAY_SECONDS = 1.0
RELAY_BATCH = 1000
Sessions = async_sessionmaker[AsyncSession]


async def handle(sessions: Sessions, message: AbstractIncomingMessage) -> None:
    """One message, one transaction."""
    async with message.process(requeue=True):
        command: Envelope[CreateRequest] = parse(message.body)
        async with sessions() as session:
            try:
                await create(session, command)
                await session.commit()
            except IntegrityError:
                await session.rollback()  # handled before


async def create(session: AsyncSession, command: Envelope[CreateRequest]) -> None:
    """Look up the person, add the request with its event, keep the outcome."""
    now, data = datetime.now(UTC), command.data
    person = await session.scalar(select(Person).where(Person.telegram_id == data.actor.telegram_id).with_for_update())
    if person is None:
        person = Person(
            id=uuid4(), telegram_id=data.actor.telegram_id, name=data.actor.name, language="ru", seen_at=now
        )
        session.add(person)
    person.seen_at = max(person.seen_at, data.actor.seen_at)
    if await session.get(Request, data.request_id, with_for_update=True) is not None:
        return
    request = Request(
        id=data.request_id,
        version=1,
        status="open",
        priority=(data.priority or Priority.MEDIUM).value,
        title=data.description[:100],
        description=data.description,
        requester_id=person.id,
        created_at=now,
        updated_at=now,
    )
    session.add(request)
    await session.flush()
    event = {"request_id": str(request.id), "number": request.number, "title": request.title, "status": "open"}
    session.add(
        Event(
            event_id=uuid4(),
            aggregate_id=request.id,
            version=1,
            type="zavhoz.request.created.v1",
            data=event,
            occurred_at=now,
            command_id=command.id,
        )
    )
    outcome = {"command_id": str(command.id), "number": request.number, "changed": True}
    session.add(Inbox(message_id=command.id, type=command.type, outcome=outcome))


async def relay(sessions: Sessions, events: AbstractExchange, private: AbstractExchange) -> None:
    """Look once a second for what is not published; publish it, one confirm after another."""
    while True:
        async with sessions() as session:
            for event in await session.scalars(
                select(Event).where(Event.published_at.is_(None)).order_by(Event.id).limit(RELAY_BATCH)
            ):
                message = _message(event.type, f"request/{event.aggregate_id}", event.data, str(event.command_id))
                await events.publish(message, event.type)
                event.published_at = datetime.now(UTC)
            for done in await session.scalars(
                select(Inbox).where(Inbox.outcome_published_at.is_(None)).order_by(Inbox.received_at).limit(RELAY_BATCH)
            ):
                type = "zavhoz.command.done.v1"
                cause = str(done.message_id)
                await private.publish(_message(type, f"command/{cause}", done.outcome, cause), type)
                done.outcome_published_at = datetime.now(UTC)
            await session.commit()
        await asyncio.sleep(RELAY_SECONDS)


def _message(type: str, subject: str, data: object, cause: str) -> aio_pika.Message:
    envelope = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/naive",
        "type": type,
        "subject": subject,
        "time": datetime.now(UTC).isoformat(),
        "dataschema": dataschema(type),
        "correlationid": cause,
        "causationid": cause,
        "data": data,
    }
    return aio_pika.Message(json.dumps(envelope).encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)


async def main() -> None:
    """Consume with prefetch 1 and relay, until ended."""
    engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=5)
    async with engine.begin() as session:
        await session.run_sync(Base.metadata.drop_all)
        await session.run_sync(Base.metadata.create_all)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"])
    async with connection, asyncio.TaskGroup() as group:
        async with connection.channel() as declaring:
            await topology.declare(declaring)
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=1)
        queue = await channel.get_queue("requests.commands", ensure=False)
        out = await connection.channel()
        events = await out.get_exchange("zavhoz.events", ensure=False)
        private = await out.get_exchange("zavhoz.private", ensure=False)
        group.create_task(relay(sessions, events, private))
        await queue.consume(lambda message: handle(sessions, message))
        await asyncio.Event().wait()


uvloop.run(main())
