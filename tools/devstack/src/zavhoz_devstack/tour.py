"""`tour`: plays the story on a stack of its own, prints who saw what and when, and then the proof of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from zavhoz_devstack.compose import Compose, ComposeSystem
from zavhoz_devstack.concurrency import in_thread
from zavhoz_devstack.demo import cancel_on_signals, say
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.evidence import Evidence, System, gather, problems, said_twice, settled
from zavhoz_devstack.replicas import updates_finished
from zavhoz_devstack.story import Line, Story
from zavhoz_messaging.testing import Subscriber, subscribed
from zavhoz_sandbox.client import SandboxClient

_WHO_WIDTH = 8
_DOES_WIDTH = 14
_INDENT = " " * (11 + _WHO_WIDTH + _DOES_WIDTH)


async def tour(where: str = "here", *, updates: str = "polling", gateways: int = 1, storage: str = "folder") -> int:
    """Play the story; returns 0 only if all of it is true.

    `where`: on a stack of its own on this machine ("here"), or in Compose, with real images ("compose").
    `updates`, `gateways` and `storage` are those of `Devstack`.
    """
    cancel_on_signals("Stopping; once more to stop without waiting.")
    began = time.monotonic()
    try:
        async with _in_compose() if where == "compose" else _here(updates, gateways, storage) as (stack, log):
            wrong = await _play(stack, log)
    except asyncio.CancelledError:
        say("Stopped.")
        return 130
    for problem in wrong:
        say(f"WRONG: {problem}")
    if wrong:
        return 1
    say(f"\nAll of it is true. {time.monotonic() - began:.1f} s, everything stopped again.")
    return 0


@asynccontextmanager
async def _here(updates: str, gateways: int, storage: str) -> AsyncIterator[tuple[System, str]]:
    say("Starting servers, the stand-in for Telegram and the services:\n")
    async with Devstack(
        name="tour", admins=[MANAGER_ID], updates=updates, gateways=gateways, storage=storage, given={}, say=say
    ) as stack:
        yield stack, f"The whole log is in {stack.log.path}"
        say("\nUpdates finished by each gateway:")
        for gateway, count in (await updates_finished(stack)).items():
            say(f"  {gateway:<10} {count}")


@asynccontextmanager
async def _in_compose() -> AsyncIterator[tuple[System, str]]:
    compose = Compose("tour")
    say("Building the images and starting servers, the stand-in for Telegram and the services in Compose.")
    try:
        await asyncio.to_thread(compose.down, volumes=True)  # what a tour that was killed has left
        await in_thread(compose.up, compose.give_up)
        yield ComposeSystem(compose), "The log is gone with the containers; make up DEMO=1 keeps it"
    finally:
        await asyncio.shield(asyncio.to_thread(compose.down, volumes=True))


async def _play(stack: System, log: str) -> list[str]:
    """Play the story and print the evidence; returns what is wrong with it."""
    async with SandboxClient(stack.sandbox_url) as sandbox, subscribed(stack.amqp_url) as subscriber:
        say("\nWho sees what (milliseconds after what was done last):\n")
        story = Story(sandbox, _print)
        try:
            await story.play()
            await settled(stack)
        except AssertionError as error:
            return [f"the story broke off: {error}\n\n{log}"]
        evidence = await gather(stack)
        wrong = [*await problems(stack, evidence, subscriber, story.photo), *await said_twice(sandbox)]
    _print_evidence(evidence, subscriber)
    return wrong


def _print(line: Line) -> None:
    if line.milliseconds == 0:
        say("")
    when = "" if line.milliseconds == 0 else f"+{line.milliseconds:.0f} ms"
    first, *rest = line.text.splitlines()
    say(f"{when:>9}  {line.who:<{_WHO_WIDTH}}{line.does:<{_DOES_WIDTH}}{first}")
    for one in rest:
        say(f"{_INDENT}{one}")


def _print_evidence(evidence: Evidence, subscriber: Subscriber) -> None:
    say("\nRows:")
    for row in evidence.rows("requests", "people"):
        say(f"  person     {row['name']}, {row['role']}, {row['language']}")
    for row in evidence.rows("requests", "requests"):
        facts = f"{row['status']}, {row['priority']}, version {row['version']}"
        say(f"  request    #{row['number']} {facts}: {row['title']}")
    names = {row["id"]: row["name"] for row in evidence.rows("requests", "people")}
    for row in evidence.rows("requests", "texts"):
        say(f"  {row['kind']:<10} {names[row['author_id']]}: {row['body']}")
    deliveries = evidence.rows("notifier", "deliveries")
    say(
        f"  deliveries {len(deliveries)}, all sent"
        if all(row["state"] == "sent" for row in deliveries)
        else f"  deliveries {[row['state'] for row in deliveries]}"
    )
    say("\nEvents, as an independent subscriber saw them:")
    for message in subscriber.messages:
        say(f"  {message.sequence}  {message.type:<32}  {message.subject}")
    say("\nThe stored photo:")
    for row in evidence.stored:
        say(f"  sha256 {row['sha256']}, {row['size']} bytes, {row['media_type']}")
