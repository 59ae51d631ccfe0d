"""People at once, twice, and in bad faith: what is decided is decided once, from the role that is stored (G2, G9)."""

from __future__ import annotations

import io
import json
import random
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from faults_support import Fire
from redis.asyncio import Redis
from telegram_support import arrived, filed, rows

from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_devstack.evidence import settled
from zavhoz_devstack.faults.crowd import MANAGERS
from zavhoz_gateway.entrypoints.webhook import SECRET_HEADER
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import (
    BYTES_MAX,
    OpenLine,
    OpenNotice,
    RequestPress,
    SurePress,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
    pytest.mark.parametrize("fire", [{"updates": "webhook"}], indirect=True, ids=["webhook"]),
]
OUTSIDER, OWNER, CHANGED = 760_001, 760_002, 760_003


@pytest.mark.exhaustive
async def test_two_managers_at_once_and_every_button_tapped_twice(fire: Fire) -> None:
    async with fire.load(double_taps=1.0, comments=1) as crowd:
        await crowd.until(120)
    found = await fire.audit(crowd)
    pressed = sum(1 for intent in crowd.intents if intent.kind == "take")
    taken = await rows(
        fire,
        "requests",
        "SELECT aggregate_id, count(*) FROM events WHERE type = 'zavhoz.request.taken.v1' GROUP BY 1",
    )
    assert taken
    assert {row[1] for row in taken} == {1}, "somebody took what was taken"
    assert pressed >= 2 * len(taken), "nobody pressed what somebody else had pressed already"
    assert found.refused


@pytest.mark.exhaustive
async def test_forged_buttons_change_nothing(fire: Fire) -> None:
    owner, outsider = await arrived(fire, OWNER, "Ольга"), await arrived(fire, OUTSIDER, "Олег")
    card = await filed(owner, "Окно не закрывается, дует")
    request_id = await _request_id(fire, "Окно не закрывается, дует")
    own = await outsider.wait_for("Здравствуйте")
    async with fire.load() as crowd:
        await crowd.until(20)
        before = await _everything_of(fire, request_id)
        for data in _garbage(request_id):
            await _refused(outsider, own, data)
        for version in (0, 1, 7, 2**31 - 1):
            about: dict[str, Any] = {"request_id": request_id, "version": version}
            for press in (RequestPress(action=Action.TAKE, **about), SurePress(action=Action.COMPLETE, **about)):
                data = press.pack()
                await _refused(outsider, own, data)  # somebody else's request
                await _refused(owner, card, data)  # an action of a higher role
                await _refused(outsider, card, data, chat=owner.id)  # a message of somebody else's chat
        for action in (Action.REJECT, Action.COMMENT):
            data = RequestPress(action=action, request_id=request_id, version=1).pack()
            await _asked_and_refused(outsider, own, data)
        await _asked_and_refused(
            owner, card, RequestPress(action=Action.REJECT, request_id=request_id, version=1).pack()
        )
        for opens in (OpenLine(request_id=request_id), OpenNotice(request_id=request_id)):
            await _refused(outsider, own, opens.pack())
        await crowd.until(60)
        assert await _everything_of(fire, request_id) == before
    assert not any("Окно не закрывается" in one.text for one in await outsider.chat()), "shown to who may not see it"
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_the_role_that_is_stored_counts_when_the_command_comes(fire: Fire) -> None:
    owner, changed = await arrived(fire, OWNER, "Ольга"), await arrived(fire, CHANGED, "Захар")
    await filed(owner, "Дверь скрипит и не держится")
    request_id = await _request_id(fire, "Дверь скрипит и не держится")
    async with fire.load() as crowd:
        await crowd.until(20)
        await _give_role(fire, CHANGED, "manager")
        greeting = await changed.wait_for("Здравствуйте")
        before = await _everything_of(fire, request_id)
        press = RequestPress(action=Action.REJECT, request_id=request_id, version=1).pack()
        said = await _asked(changed, greeting, press)
        await _give_role(fire, CHANGED, "requester")
        await changed.text("Это не к нам совсем")
        await changed.wait_for("недоступно", after=said.id)
        take = RequestPress(action=Action.TAKE, request_id=request_id, version=1).pack()
        await _refused(changed, greeting, take)
        assert await _everything_of(fire, request_id) == before
        await _give_role(fire, CHANGED, "technician")
        answered = await changed.press(greeting, data=take)
        assert answered is not None
        assert not answered.alert, answered.text
        # The button was drawn for a version long gone, and by now it is taken.
        manager = Person(fire.sandbox, MANAGERS[0], "Завхоз")
        await _refused(manager, await manager.wait_for("Здравствуйте"), take)
        await crowd.until(60)
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_a_replayed_webhook_changes_nothing(fire: Fire) -> None:
    async with fire.load() as crowd:
        await crowd.until(60)
        updates = (await fire.sandbox.updates())["updates"]
        assert set(await _posted(fire, updates)) == {200}  # while people go on
        await crowd.until(100)
    await fire.audit(crowd)
    updates = (await fire.sandbox.updates())["updates"]
    before = await _counts(fire)
    assert set(await _posted(fire, updates)) == {200}
    for secret in (None, "", "wrong", fire.service("gateway").env["WEBHOOK_SECRET"] + "x"):
        forged = [_unseen(update, number) for number, update in enumerate(updates[:20])]
        assert set(await _posted(fire, forged, secret=secret)) == {401}
    await fire.service("gateway").terminate()
    fire.service("gateway").start()
    await fire.ready("gateway")
    assert set(await _posted(fire, updates)) == {200}
    await settled(fire.stack)
    assert await _counts(fire) == before
    # Without any memory of updates the commands come out the same.
    async with Redis.from_url(fire.stack.servers["Redis"].url) as redis:
        await redis.flushall()
    assert set(await _posted(fire, [one for one in updates if "callback_query" in one])) == {200}
    await settled(fire.stack)
    assert await _counts(fire) == before
    await fire.audit(crowd)


def _garbage(request_id: UUID) -> list[str]:
    """Up to 64 bytes that no button of ours carries."""
    chance = random.Random(5)
    noise = [bytes(chance.choices(range(1, 128), k=BYTES_MAX)).decode() for _ in range(5)]
    words = [
        "r",
        "r:",
        "r:take",
        "r:take:::",
        "d:",
        "o:",
        "n:",
        "q:reject:",
        ":" * 64,
        "🔥" * 16,
        "ж" * 32,
        "\x01" * 64,
    ]
    close = [
        f"r:take:{request_id.hex}:{2**31}",
        f"r:take:{request_id.hex}:-1",
        f"r:take:{request_id.hex}:1:1",
        f"r:explode:{request_id.hex}:1",
        f"R:take:{request_id.hex}:1",
        f"r:take:{request_id.hex[:-1]}:1",
    ]
    return noise + words + close


async def _refused(person: Person, message: SeenMessage, data: str, chat: int | None = None) -> None:
    answered = await person.press(message, data=data, chat=chat)
    assert answered is not None, f"nobody answered {data!r}"
    assert answered.alert, f"{data!r} was answered with {answered.text!r}"


async def _asked(person: Person, message: SeenMessage, data: str) -> SeenMessage:
    last = max(one.id for one in await person.chat())
    answered = await person.press(message, data=data)
    assert answered is not None
    return await person.wait_for(
        lambda one: any(data.startswith("q:") for row in one.buttons for _, data in row), after=last
    )


async def _asked_and_refused(person: Person, message: SeenMessage, data: str) -> None:
    """What asks first asks anybody; the answer is what is refused."""
    asked = await _asked(person, message, data)
    said = await person.text("Потому что мне так хочется")
    await person.wait_for(lambda one: "недоступно" in one.text or "заявки нет" in one.text, after=asked.id)
    assert said.id > asked.id


async def _request_id(fire: Fire, title: str) -> UUID:
    ((id,),) = await rows(fire, "requests", "SELECT id FROM requests WHERE title = $1", title)
    return UUID(str(id))


async def _everything_of(fire: Fire, request_id: UUID) -> list[Any]:
    """The request, its history and the words about it, as they are stored."""
    queries = (
        "SELECT * FROM requests WHERE id = $1",
        "SELECT * FROM events WHERE aggregate_id = $1 ORDER BY version",
        "SELECT * FROM texts WHERE request_id = $1 ORDER BY id",
        "SELECT * FROM attachments WHERE request_id = $1 ORDER BY id",
    )
    found = [[dict(row) for row in await rows(fire, "requests", query, request_id)] for query in queries]
    for event in found[1]:
        event.pop("published_at", None)
    return found


async def _give_role(fire: Fire, telegram_id: int, role: str) -> None:
    """Nobody can do so in a chat yet."""
    await rows(fire, "requests", "UPDATE people SET role = $2 WHERE telegram_id = $1", telegram_id, role)


async def _counts(fire: Fire) -> dict[str, int]:
    """How much there is: what was said, done and kept."""
    tables = [("requests", name) for name in ("requests", "events", "inbox", "texts", "people")]
    tables += [("notifier", "deliveries"), ("files", "attachments")]
    found = {}
    for service, table in tables:
        ((count,),) = await rows(fire, service, f"SELECT count(*) FROM {table}")  # noqa: S608
        found[f"{service}.{table}"] = int(count)
    return found


def _unseen(update: dict[str, Any], number: int) -> dict[str, Any]:
    """The same once more, as something new."""
    changed: dict[str, Any] = json.loads(json.dumps(update))
    changed["update_id"] = 2_000_000_000 + number
    if "message" in changed:
        changed["message"]["message_id"] = 1_000_000_000 + number
    else:
        changed["callback_query"]["id"] = str(uuid4().int >> 66)
    return changed


async def _posted(fire: Fire, updates: list[dict[str, Any]], **shown: str | None) -> list[int]:
    """The statuses that these get at the webhook, from who knows the secret or shows another."""
    env = fire.service("gateway").env
    secret = shown.get("secret", env["WEBHOOK_SECRET"])
    headers = {} if secret is None else {SECRET_HEADER: secret}
    statuses = []
    async with aiohttp.ClientSession() as session:
        for update in updates:
            body = io.BytesIO(json.dumps(update).encode())
            async with session.post(env["WEBHOOK_URL"], data=body, headers=headers) as answer:
                statuses.append(answer.status)
    return statuses
