"""What the whole-system tests share: a subscriber and people beside a running stack, and the audit at the end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import MIGRATING
from zavhoz_devstack.evidence import connect, gather, problems, settled
from zavhoz_devstack.servers.rabbitmq import Management
from zavhoz_messaging.testing import Subscriber, subscribed, wait_until
from zavhoz_sandbox.client import Person, SandboxClient, SeenMessage

ROOT = Path(__file__).parents[2]
TOUR_SAYS = (
    "Анна    is told       Принято: #1",
    "Марина  presses       [🔧 Взять в работу]",
    "Анна    replies       Спасибо, ключ у вахтёра",
    "comment    Марина: Перекрою воду и приду через час",
    "request    #1 completed, high, version 6: Течёт кран в кабинете 214, на полу уже вода",
    "0000000001  zavhoz.request.created.v1",
    "0000000004  zavhoz.request.commented.v1",
    "0000000006  zavhoz.request.completed.v1",
    "zavhoz.attachment.stored.v1",
    "  sha256 ",
    "All of it is true.",
)
"""What the tour prints, wherever it is played, if everything is as it should be."""

ids = itertools.count(720_000)
"""Telegram ids of nobody yet."""


def at_a_terminal(home: Path) -> dict[str, str]:
    """The environment of somebody who types `make` in a new terminal, with `home` for what stacks leave."""
    not_theirs = ("MAKE", "MFLAGS", "POSTGRES_URL", "AMQP_URL", "REDIS_URL")
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(not_theirs)}
    return theirs | {"ZAVHOZ_HOME": str(home)}


@dataclass
class Running:
    """A running system, its stand-in for Telegram, and an independent subscriber of all its events."""

    stack: Devstack
    sandbox: SandboxClient
    subscriber: Subscriber

    async def person(self, id: int, name: str, *, language: str = "ru") -> Person:
        """Somebody who has pressed /start, and is known: what is asked on their behalf is answered."""
        person = await self.sandbox.person(id, name, language_code=language)
        await person.text("/start")
        await person.wait_for(name)

        async def known() -> bool:
            return bool(await self.values("requests", "SELECT id FROM people WHERE telegram_id = $1", id))

        await wait_until(known, f"{name} is known", timeout=60)
        return person

    async def execute(self, service: str, statement: str, *values: Any) -> None:
        """Change something that no command can change yet."""
        connection = await connect(self.stack, service)
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def values(self, service: str, query: str, *values: Any) -> list[Any]:
        """The first column of a query."""
        connection = await connect(self.stack, service)
        try:
            return [row[0] for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    async def confirmed(self) -> None:
        """Wait until the gateway has finished every update there was."""

        async def none_pending() -> bool:
            return bool((await self.sandbox.updates())["pending"] == 0)

        await wait_until(none_pending, "every update confirmed", timeout=60)

    async def audit(self, photo: bytes, *, stories: int = 1) -> None:
        """Wait until all is at rest, and see that nothing was lost, doubled or left over in all `stories` so far."""
        await settled(self.stack)
        evidence = await gather(self.stack)
        assert await problems(self.stack, evidence, self.subscriber, photo, stories=stories) == []


@dataclass(frozen=True)
class Broker:
    """A virtual host of a broker that is there already."""

    url: str
    management: Management
    vhost: str


@contextlib.contextmanager
def one_stack(postgres_url: str, broker: Broker, redis_url: str, options: dict[str, Any]) -> Iterator[Devstack]:
    """A system on servers that are there, its databases and its virtual host new. `options` are those of `Devstack`."""
    broker.management.make_vhost(broker.vhost)
    given = {
        "POSTGRES_URL": postgres_url,
        "AMQP_URL": urlunsplit(urlsplit(broker.url)._replace(path=f"/{broker.vhost}")),
        "AMQP_MANAGEMENT_URL": broker.management.url,
        "REDIS_URL": redis_url,
    }
    stack = Devstack(given=given, **options)

    async def start() -> None:
        connection = await asyncpg.connect(postgres_url)
        try:
            for service in MIGRATING:
                await connection.execute(f"DROP DATABASE IF EXISTS zavhoz_{service} WITH (FORCE)")
        finally:
            await connection.close()
        await stack.__aenter__()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, start()).result()
        yield stack
        pool.submit(asyncio.run, stack.stop()).result()
    broker.management.drop_vhost(broker.vhost)


@contextlib.asynccontextmanager
async def watching(stack: Devstack) -> AsyncIterator[Running]:
    """The system with somebody who watches it."""
    async with SandboxClient(stack.sandbox_url) as sandbox, subscribed(stack.addresses.amqp_url) as subscriber:
        yield Running(stack, sandbox, subscriber)


async def somebody(running: Running, name: str = "Анна", *, language: str = "ru") -> Person:
    """Somebody new who has pressed /start."""
    return await running.person(next(ids), name, language=language)


async def become(running: Running, person: Person, role: str, *areas: str) -> None:
    """Give somebody a role, limited to these places if any are named, as soon as they are known."""

    async def given() -> bool:
        change = "UPDATE people SET role = $2, areas = $3 WHERE telegram_id = $1 RETURNING id"
        return bool(await running.values("requests", change, person.id, role, list(areas)))

    await wait_until(given, f"{person.first_name} is known", timeout=60)


async def of_the_staff(
    running: Running, name: str, role: str = "technician", *areas: str, language: str = "ru"
) -> Person:
    """Somebody new who has this role."""
    person = await somebody(running, name, language=language)
    await become(running, person, role, *areas)
    return person


async def stored(running: Running, number: int, files: int) -> None:
    """Wait until so many files of a request were found good."""
    query = (
        "SELECT count(*) FROM attachments JOIN requests ON requests.id = request_id "
        "WHERE number = $1 AND attachments.status = 'stored'"
    )

    async def all_stored() -> bool:
        return bool(await running.values("requests", query, number) == [files])

    await wait_until(all_stored, f"{files} files of #{number} stored", timeout=60)


def button(message: SeenMessage, part: str) -> str:
    """The label of the button that has `part` in it."""
    return next(label for label in message.labels if part in label)


def number_of(card: SeenMessage) -> int:
    """The request's number, with which its card begins."""
    return int(card.text.split()[0].removeprefix("#"))


async def file_request(person: Person, words: str) -> SeenMessage:
    """File a request with words; returns the message that became its card."""
    said = await person.text(words)
    draft = await person.wait_for(lambda message: "📨" in "".join(message.labels), after=said.id)
    await acted(person, draft, "📨")
    return await person.wait_for(lambda message: message.id == draft.id and message.text.startswith("#"))


async def acted(person: Person, message: SeenMessage, label: str) -> str:
    """Press what is done, or shows something else; returns the toast."""
    answer = await person.press(message, button(message, label))
    assert answer is not None
    assert not answer.alert, answer
    return answer.text


async def pressed(person: Person, message: SeenMessage, label: str, shows: str) -> SeenMessage:
    """Press a button of a message, which then shows something else."""
    await acted(person, message, label)
    return await person.wait_for(lambda one: one.id == message.id and shows in one.text)


async def refused(person: Person, message: SeenMessage, data: str) -> str:
    """Forge a press; returns the alert that it is refused with."""
    answer = await person.press(message, data=data)
    assert answer is not None
    assert answer.alert, answer
    return answer.text


async def asked(person: Person, card: SeenMessage, label: str) -> SeenMessage:
    """Press a button that asks something; returns the question."""
    before = (await person.chat())[-1].id
    await person.press(card, button(card, label))
    about = card.text.split()[0]
    return await person.wait_for(lambda one: one.id > before and one.text.startswith(f"{about} ") and bool(one.labels))


async def complete(person: Person, card: SeenMessage) -> SeenMessage:
    """Press [Done] and then [Without words]; returns the message that became the card."""
    question = await asked(person, card, "✅")
    await acted(person, question, "✅")
    return await person.wait_for(lambda one: one.id == question.id and one.text.startswith(f"#{number_of(card)} ✅"))


def load_places(running: Running, file: Path, content: str, *options: str) -> str:
    """What an operator types to load a table of places, and what it prints."""
    file.write_text(content, encoding="utf-8-sig")
    done = subprocess.run(
        [sys.executable, "-m", "zavhoz_requests", "places", "load", str(file), *options],
        env=os.environ | {"POSTGRES_URL": running.stack.postgres_url},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr
