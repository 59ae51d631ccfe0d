"""What the tests of Telegram's faults share: calls as the bot, and what its log of calls says."""

from __future__ import annotations

from typing import Any

import aiohttp
from faults_support import Fire

from zavhoz_devstack.evidence import connect
from zavhoz_sandbox.client import Person, SeenMessage

SEND = "📨 Отправить"
WRITES = ("sendMessage", "editMessageText", "editMessageReplyMarkup")
"""What counts for Telegram's limits."""


async def call(fire: Fire, method: str, **arguments: Any) -> int:
    """A call of the Bot API as the bot; returns the HTTP status."""
    url = f"{fire.stack.sandbox_url}/bot{fire.stack.bot_token}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, json=arguments) as answer:
        await answer.read()
        return answer.status


async def writes(fire: Fire, *, since: int = 0, chat: int | None = None) -> list[dict[str, Any]]:
    """The bot's sends and edits after the call of that number, in the order in which they began."""
    calls = await fire.sandbox.calls(since=since)
    found = [one for one in calls if one["method"] in WRITES and chat in (None, one["chat"])]
    return sorted(found, key=lambda one: float(one["started_ms"]))


async def last_call(fire: Fire) -> int:
    """The number of the last call there was."""
    return max((int(one["number"]) for one in await fire.sandbox.calls()), default=0)


async def rows(fire: Fire, service: str, query: str, *values: Any) -> list[Any]:
    """What a query of a service's database finds."""
    connection = await connect(fire.stack, service)
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()


async def errors(fire: Fire, result: str) -> float:
    """How many calls of the Bot API have ended so, at the gateway and the notifier: what the metric says."""
    name = "zavhoz_bot_api_call_seconds_count"
    return sum([await fire.metric(service, name, result=result) for service in ("gateway", "notifier")])


async def arrived(fire: Fire, id: int, name: str) -> Person:
    """Somebody who has pressed START and was greeted."""
    person = await fire.sandbox.person(id, name)
    said = await person.text("/start")
    await person.wait_for("Здравствуйте", after=said.id)
    return person


async def filed(person: Person, words: str) -> SeenMessage:
    """A request of theirs, as its card shows it."""
    said = await person.text(words)
    draft = await person.wait_for(lambda one: SEND in one.labels, after=said.id)
    answered = await person.press(draft, SEND)
    assert answered is not None
    assert not answered.alert, answered.text
    return await person.wait_for(lambda one: one.text.startswith("#"), after=said.id)
