"""The audit sees what it is there to see: each promise is broken by hand, and it must say so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
import pytest_asyncio
from faults_support import Fire

from zavhoz_contracts.registry import Queue
from zavhoz_devstack.evidence import connect
from zavhoz_devstack.faults.audit import Audit, audit
from zavhoz_devstack.faults.chats import MARK
from zavhoz_devstack.faults.crowd import Crowd
from zavhoz_messaging.topology import WorkQueue

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowd(fire: Fire) -> AsyncIterator[Crowd]:
    """A crowd whose work is over, and all was well."""
    async with fire.load(people=4) as crowd:
        await crowd.until(30)
    found = await fire.audit(crowd)
    assert found.commands == found.applied + found.refused + found.answered + found.dead_lettered
    assert found.applied >= 20
    yield crowd


async def _audit(fire: Fire, crowd: Crowd) -> Audit:
    return await audit(fire.stack, crowd, fire.chats, fire.heard, timeout=5)


async def _fetch(fire: Fire, service: str, statement: str) -> list[Any]:
    connection = await connect(fire.stack, service)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


async def test_a_command_that_became_nothing(fire: Fire, crowd: Crowd) -> None:
    """G1, G6."""
    crowd.intents.append(replace(crowd.intents[-1], command_id=uuid4(), kind="comment", cause=10**9, mark="q0x0c0"))
    found = await _audit(fire, crowd)
    crowd.intents.pop()
    assert found.lost == [f"comment q0x0c0 by {crowd.intents[-1].chat} (1000000000) became nothing"]


async def test_a_draft_that_nobody_saw(fire: Fire, crowd: Crowd) -> None:
    crowd.drafts.append((crowd.people[0], 10**9, "q0x1"))
    found = await _audit(fire, crowd)
    crowd.drafts.pop()
    assert found.lost == [f"q0x1 by {crowd.people[0]} never became a draft"]


async def test_a_comment_that_is_there_twice(fire: Fire, crowd: Crowd) -> None:
    """G2."""
    await _fetch(
        fire,
        "requests",
        "INSERT INTO texts SELECT gen_random_uuid(), request_id, author_id, kind, body, written_at, version"
        " FROM texts WHERE kind = 'comment' LIMIT 1",
    )
    found = await _audit(fire, crowd)
    await _fetch(
        fire,
        "requests",
        "DELETE FROM texts WHERE ctid IN (SELECT max(ctid) FROM texts GROUP BY body HAVING count(*) > 1)",
    )
    assert [sentence.endswith("is there 2 times") for sentence in found.doubled] == [True]


async def test_an_event_that_nobody_heard_and_one_out_of_order(fire: Fire, crowd: Crowd) -> None:
    """G3, G4."""
    events = dict(fire.heard.events)
    gone = next(id for id, (_, subject, version) in events.items() if version == 1 and subject.startswith("request"))
    del fire.heard.events[gone]
    fire.heard.events |= {gone: events[gone]}  # as if it had come last
    disordered = await _audit(fire, crowd)
    del fire.heard.events[gone]
    lost = await _audit(fire, crowd)
    fire.heard.events.clear()
    fire.heard.events |= events
    assert any("version 2 came after 0" in sentence for sentence in disordered.wrong)
    assert lost.lost == [f"event {gone} was committed and never heard"]


async def test_something_said_twice(fire: Fire, crowd: Crowd) -> None:
    """G5."""
    said = next(one for one in fire.chats.said if one.text.startswith("#") and MARK.search(one.text))
    again = replace(said, message_id=10**9)
    fire.chats.said.append(again)
    found = await _audit(fire, crowd)
    fire.chats.said.remove(again)  # the last one may be another by now: managers are told at their hour
    assert found.doubled == [f"chat {said.chat} was told 2 times: {said.text}"]


async def test_something_that_nobody_was_told(fire: Fire, crowd: Crowd) -> None:
    """G5."""
    (notice,) = await _fetch(
        fire, "notifier", "SELECT chat_id, message_id FROM deliveries WHERE kind = 'notice' AND state = 'sent' LIMIT 1"
    )
    said = next(one for one in fire.chats.said if (one.chat, one.message_id) == tuple(notice))
    fire.chats.said.remove(said)
    found = await _audit(fire, crowd)
    fire.chats.said.append(said)
    assert found.lost == [f"chat {said.chat} was to be told message {said.message_id}, and was not"]


async def test_a_dead_letter(fire: Fire, crowd: Crowd) -> None:
    id = str(uuid4())
    connection = await aio_pika.connect(fire.stack.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = WorkQueue(Queue.REQUESTS_COMMANDS).dead
        await channel.default_exchange.publish(aio_pika.Message(json.dumps({"id": id}).encode()), queue)
        found = await _audit(fire, crowd)
        await (await channel.get_queue(queue)).purge()
    assert found.wrong == [f"{id} is a dead letter"]
    assert not (await _audit(fire, crowd)).problems, "all is well again"
