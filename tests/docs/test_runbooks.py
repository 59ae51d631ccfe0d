"""The commands of the runbooks do what the pages say, typed one after another."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import aio_pika

from zavhoz_messaging.dead_cli import run
from zavhoz_messaging.delivery import REASON
from zavhoz_messaging.testing import depth
from zavhoz_messaging.topology import ALL, declare

PAGE = (Path(__file__).parents[2] / "docs" / "runbooks" / "dead-letters.md").read_text()
MISSING = "0d9c7a0e-6c0f-4a0f-9d0e-3a52f1c3b6a1"


def typed() -> list[list[str]]:
    """What follows `python -m zavhoz_messaging` in every line of the page's blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    lines = [shlex.split(line) for block in blocks for line in block.splitlines()]
    return [words[3:] for words in lines if words[:3] == ["python", "-m", "zavhoz_messaging"]]


async def test_the_commands_for_dead_letters_do_what_the_page_says(amqp_vhost_url: str) -> None:
    async with await aio_pika.connect(amqp_vhost_url) as connection:
        channel = await connection.channel()
        await declare(channel, ALL)
        for reason in ("exhausted", "malformed", "exhausted"):
            message = aio_pika.Message(b"{}", headers={REASON: reason})
            await channel.default_exchange.publish(message, "requests.commands.dead")
    statuses: list[tuple[str, int]] = []
    for arguments in typed():
        said = await run(arguments, {"AMQP_URL": amqp_vhost_url})
        statuses.append((" ".join(arguments[1:]), said.status))
        if "--all" in arguments:  # or nothing is left to drop
            assert await depth(amqp_vhost_url, "requests.commands") == 3
            async with await aio_pika.connect(amqp_vhost_url) as connection:
                channel = await connection.channel()
                again = aio_pika.Message(b"{}", headers={REASON: "malformed"})
                await channel.default_exchange.publish(again, "requests.commands.dead")
    assert statuses == [
        ("list", 0),
        ("show requests.commands", 0),
        ("show requests.commands --reason exhausted --limit 1", 0),
        ("replay requests.commands --reason exhausted", 0),
        (f"replay requests.commands --id {MISSING}", 1),
        ("replay requests.commands --all", 0),
        ("drop requests.commands --reason malformed", 1),
        ("drop requests.commands --reason malformed --yes", 0),
    ]
    assert await depth(amqp_vhost_url, "requests.commands.dead") == 0
