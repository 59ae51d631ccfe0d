"""The command line for dead letters, on a real broker: what it shows is true; nothing is lost by a look or a crash."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import aio_pika
import pytest
from messaging_support import NOW, QUICK, Recorder, command, consuming
from sqlalchemy.ext.asyncio import AsyncEngine

from zavhoz_contracts.envelope import parse
from zavhoz_messaging.connection import connected
from zavhoz_messaging.dead_cli import Said, run
from zavhoz_messaging.dead_commands import show
from zavhoz_messaging.dead_letter import Selection
from zavhoz_messaging.delivery import ATTEMPT, DIED_AT, ERROR, QUEUE, REASON
from zavhoz_messaging.failpoints import VARIABLE, Point
from zavhoz_messaging.inbox import claim
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.testing import depth, take_one, wait_until
from zavhoz_messaging.topology import ALL, declare

WORK = QUICK


class Dead:
    """Puts letters into the queue, and runs the command line: here, or as a child process, as people do."""

    def __init__(self, url: str, channel: aio_pika.abc.AbstractChannel) -> None:
        self.url = url
        self._channel = channel

    async def put(self, body: bytes, headers: Mapping[str, Any] | None = None, queue: str = WORK.dead) -> None:
        message = aio_pika.Message(body, headers=dict(headers or {}), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await self._channel.default_exchange.publish(message, queue)

    async def letter(self, name: str = "Anna", reason: str = "exhausted", id: UUID | None = None) -> UUID:
        envelope = command(name, id)
        headers = {REASON: reason, ERROR: f"Broken: {name}", QUEUE: WORK.name, ATTEMPT: 4, DIED_AT: _milliseconds()}
        await self.put(envelope.to_json(), headers)
        return envelope.id

    async def reject(self) -> Mapping[str, Any]:
        """Take the next message of the work queue and reject it; its headers."""
        queue = await self._channel.get_queue(WORK.name)
        taken: list[aio_pika.abc.AbstractIncomingMessage] = []

        async def came() -> bool:
            message = await queue.get(fail=False)
            taken.extend([message] if message else [])
            return bool(taken)

        await wait_until(came, "a message")
        await taken[0].reject(requeue=False)
        return taken[0].headers

    async def run(self, *arguments: str, **environment: str) -> Said:
        return await run(["dead", *arguments], {"AMQP_URL": self.url, **environment})

    async def data(self, *arguments: str) -> Any:
        return json.loads((await self.run(*arguments, "--json")).out)

    async def shown(self) -> list[Any]:
        return (await self.data("show", WORK.name))["shown"]

    async def child(self, *arguments: str, **environment: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "zavhoz_messaging", "dead", *arguments),
            env=os.environ | {"AMQP_URL": self.url, **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        return Said(process.returncode or 0, out.decode(), err.decode())


def _milliseconds() -> int:
    return int(NOW.timestamp() * 1000)


@pytest.fixture
async def dead(amqp_vhost_url: str) -> AsyncIterator[Dead]:
    async with await aio_pika.connect(amqp_vhost_url) as connection:
        channel = await connection.channel()
        await declare(channel, ALL)
        yield Dead(amqp_vhost_url, channel)


async def test_list_counts_by_queue_reason_and_type(dead: Dead) -> None:
    for reason in ("exhausted", "exhausted", "malformed"):
        await dead.letter(reason=reason)
    await dead.put(b"\x00\xff not ours", {"foreign": "header"})
    ran = await dead.child("list", "--json")
    assert (ran.status, ran.err) == (0, "")
    found = {one["queue"]: one for one in json.loads(ran.out)["queues"]}
    assert found.keys() == {work.name for work in ALL}
    assert found["files.events"]["letters"] == 0
    type = "zavhoz.person.register.v1"
    assert found[WORK.name]["by"] == [
        {"reason": "exhausted", "type": type, "count": 2},
        {"reason": "malformed", "type": type, "count": 1},
        {"reason": "unknown", "type": None, "count": 1},
    ]
    assert found[WORK.name]["oldest_seconds"] > 0
    text = (await dead.run("list", "--queue", WORK.dead)).out
    assert text.startswith(f"{WORK.name}: 4 dead letters, the oldest died ")
    assert "files.events" not in text
    few = (await dead.run("list", "--queue", WORK.name, "--limit", "2")).out
    assert "4 dead letters" in few
    assert "only the first 2 were looked at" in few


async def test_looking_25_times_loses_nothing_and_keeps_the_order(dead: Dead) -> None:
    """RabbitMQ 4's own limit of deliveries is 20."""
    ids = [str(await dead.letter(str(n))) for n in range(5)]
    for _ in range(25):
        async with connected(dead.url, "test") as connection:
            answer = await show(connection, WORK, Selection(), 100, 100)
        assert [one["id"] for one in answer.data["shown"]] == ids
    assert await depth(dead.url, WORK.dead) == 5


async def test_show_tells_all_about_a_letter_and_obeys_nothing_in_it(dead: Dead) -> None:
    id = await dead.letter("Anna \x1b[2J \u202e")
    await dead.put(b"\x1b[31m\xff" + b"x" * 10_000, {"x-other": 7})
    await dead.put(b'{"type": "somebody.elses.v9", "id": "77", "time": "no time"}')
    ran = await dead.run("show", WORK.name)
    assert ran.status == 0
    assert f"zavhoz.person.register.v1  {id}" in ran.out
    for said in ("reason    exhausted", "error     Broken: Anna", "attempts  4", '"telegram_id": 1', "x-other: 7"):
        assert said in ran.out
    assert "\\x1b[31m\\xff" in ran.out
    assert "cut: 10006 bytes in all" in ran.out
    assert "somebody.elses.v9  77" in ran.out
    assert not {"\x1b", "\u202e"} & set(ran.out)
    one = await dead.data("show", WORK.name, "--id", "77")
    assert [shown["type"] for shown in one["shown"]] == ["somebody.elses.v9"]
    key = (await dead.shown())[1]["id"]
    assert key.startswith("sha256:")
    assert (await dead.run("show", WORK.name, "--id", key)).status == 0
    assert (await dead.run("show", WORK.name, "--id", str(uuid4()))).status == 1


async def test_what_is_replayed_after_mending_is_handled_once(dead: Dead, publisher: Publisher) -> None:
    """The whole way: it dies of a fault, the fault is mended, it is sent again while the consumer runs."""
    broken = True

    def fail(_: Any) -> None:
        if broken:
            raise RuntimeError("broken")

    async def died() -> bool:
        return await depth(dead.url, WORK.dead) == 1

    recorder = Recorder(fail)
    async with consuming(dead.url, publisher, recorder):
        await publisher.publish(command("mended"))
        await wait_until(died, "the message dies")
        broken = False
        ran = await dead.run("replay", WORK.name, "--reason", "exhausted")
        assert (ran.status, ran.out) == (0, f"{WORK.name}: 1 replayed, 0 refused, 0 skipped")
        await recorder.until(lambda: recorder.done == ["mended"])
    assert await depth(dead.url, WORK.dead) == await depth(dead.url, WORK.name) == 0


async def test_what_dies_again_at_once_is_not_replayed_for_ever(dead: Dead, publisher: Publisher) -> None:
    for n in range(3):
        await dead.put(b"poison %d" % n, {REASON: "malformed", ATTEMPT: 9})

    async def died_again() -> bool:
        return await depth(dead.url, WORK.dead) == 3

    async with consuming(dead.url, publisher, Recorder()):
        ran = await dead.data("replay", WORK.name, "--all")
        await wait_until(died_again, "they are dead letters again")
    assert len(ran["replayed"]) == 3
    shown = await dead.shown()
    assert [one["reason"] for one in shown] == ["malformed"] * 3
    assert {one["attempts"] for one in shown} == {0}


async def test_only_what_is_meant_is_replayed_and_nothing_too_old(dead: Dead) -> None:
    old = command("old").model_copy(update={"time": datetime.now(UTC) - timedelta(days=91)})
    young = command("young").model_copy(update={"time": datetime.now(UTC) - timedelta(days=89)})
    other = await dead.letter(reason="malformed")
    for envelope in (old, young):
        await dead.put(envelope.to_json(), {REASON: "exhausted"})
    ran = await dead.run("replay", WORK.name, "--reason", "exhausted", "--id", str(old.id), "--id", str(young.id))
    assert ran.status == 1
    assert f"{old.id}: refused: written on " in ran.out
    assert f"{WORK.name}: 1 replayed, 1 refused, 1 skipped" in ran.out
    assert parse((await take_one(dead.url, WORK.name)).body).id == young.id
    left = await dead.shown()
    assert [one["id"] for one in left] == [str(other), str(old.id)]
    missing = await dead.run("replay", WORK.name, "--id", "nobody")
    assert (missing.status, "nobody: not found" in missing.out) == (1, True)


async def test_a_replayed_message_is_as_new_so_it_can_die_of_the_broker_again(dead: Dead) -> None:
    """With the broker's own headers RabbitMQ 3.10 sees a cycle, and keeps the message where nobody can read it."""
    id = command().id
    await dead.put(command("Anna", id).to_json(), {"x-foreign": "x"}, WORK.name)

    async def arrived() -> bool:
        return await depth(dead.url, WORK.dead) == 1

    for _ in range(3):
        assert "x-death" not in await dead.reject()
        await wait_until(arrived, "the broker moves it to the dead letters")
        shown = await dead.shown()
        assert [(one["id"], one["reason"], one["queue"]) for one in shown] == [(str(id), "rejected", WORK.name)]
        assert shown[0]["died_at"] is not None
        assert (await dead.run("replay", WORK.name, "--all")).status == 0
    message = await take_one(dead.url, WORK.name)
    assert message.headers.keys() <= {"x-delivery-count"}, "which is the broker's, for quorum queues"
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT


async def test_killed_between_the_publish_and_the_ack_the_effect_is_one(
    dead: Dead, publisher: Publisher, engine: AsyncEngine
) -> None:
    id = await dead.letter("once")
    killed = await dead.child("replay", WORK.name, "--all", **{VARIABLE: f"{Point.MOVED}=kill"})
    assert killed.status == -signal.SIGKILL

    async def returned() -> bool:
        return await depth(dead.url, WORK.dead) == 1

    await wait_until(returned, "the letter comes back")
    assert await depth(dead.url, WORK.name) == 1
    assert (await dead.run("replay", WORK.name, "--id", str(id))).status == 0
    effects: list[UUID] = []
    seen = 0

    async def handle(deliveries: Any) -> None:
        nonlocal seen
        async with engine.begin() as connection:
            claimed = await claim(connection, [(one.envelope.id, one.envelope.type) for one in deliveries])
        seen += len(deliveries)
        effects.extend(claimed)

    async def both() -> bool:
        return seen == 2

    async with consuming(dead.url, publisher, handle):
        await wait_until(both, "both copies are handled")
    assert effects == [id]
    assert await depth(dead.url, WORK.dead) == await depth(dead.url, WORK.name) == 0


async def test_drop_forgets_what_is_meant_and_only_when_it_is_meant(dead: Dead) -> None:
    gone, kept = await dead.letter(reason="malformed"), await dead.letter(reason="exhausted")
    asked = await dead.run("drop", WORK.name, "--reason", "malformed")
    assert asked.status == 1
    assert f"{gone}  malformed" in asked.out
    assert "1 would be dropped, 1 skipped" in asked.out
    assert "--yes is missing" in asked.out
    assert await depth(dead.url, WORK.dead) == 2
    ran = await dead.data("drop", WORK.name, "--reason", "malformed", "--yes")
    assert (ran["dropped"], ran["skipped"]) == ([str(gone)], 1)
    left = await dead.shown()
    assert [one["id"] for one in left] == [str(kept)]


@pytest.mark.parametrize("command_", ["replay", "drop"])
async def test_all_of_them_only_when_it_is_said(dead: Dead, command_: str) -> None:
    for wrong in ([], ["--all", "--reason", "x"]):
        ran = await dead.run(command_, WORK.name, *wrong)
        assert ran.status == 2
        assert "or else say --all" in ran.err


async def test_what_cannot_be_done_is_said(dead: Dead, tmp_path: Path) -> None:
    unknown = await dead.run("show", "nothing")
    assert unknown.status == 2
    assert all(work.name in unknown.err for work in ALL)
    away = await dead.child("list", AMQP_URL="amqp://zavhoz:not-to-be-seen@127.0.0.1:1/here")
    assert away.status == 1
    assert "127.0.0.1:1, virtual host here" in away.err
    stranger = urlsplit(dead.url)
    wrong = urlunsplit(stranger._replace(netloc=f"zavhoz:not-to-be-seen@{stranger.hostname}:{stranger.port}"))
    refused = await dead.child("list", AMQP_URL=wrong)
    assert refused.status == 1
    assert "ACCESS_REFUSED" in refused.err
    assert "not-to-be-seen" not in away.err + refused.err + away.out + refused.out
    none = await dead.run("list", AMQP_URL="")
    assert (none.status, none.err) == (2, "AMQP_URL: must be set, and begin with amqp:// or amqps://")
    file = tmp_path / "url"
    lost = await dead.run("list", AMQP_URL="", AMQP_URL_FILE=str(file))
    assert (lost.status, str(file) in lost.err) == (2, True)
    file.write_text(f"{dead.url}\n")
    assert (await dead.run("list", AMQP_URL="", AMQP_URL_FILE=str(file))).status == 0
    assert (await dead.child("list", "--limit", "0")).status == 2


async def test_before_any_service_has_started_there_are_no_queues(amqp_vhost_url: str) -> None:
    async with await aio_pika.connect(amqp_vhost_url) as connection:
        dead = Dead(amqp_vhost_url, await connection.channel())
        listed = await dead.run("list")
        assert listed.status == 0
        assert f"{WORK.name}: not declared yet" in listed.out
        shown = await dead.run("show", WORK.name)
        assert shown.status == 2
        assert "no service has declared it yet" in shown.err
