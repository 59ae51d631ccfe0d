"""kill -9 between the send and its record: said at most twice, in the same words, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from notifier_support import Town

from zavhoz_contracts.message import Role
from zavhoz_messaging.testing import wait_until

SCRIPT = Path(__file__).with_name("notifier_support.py")


@contextlib.asynccontextmanager
async def _process(town: Town) -> AsyncIterator[asyncio.subprocess.Process]:
    """The notifier as a process of its own; killed at the latest when it is left."""
    names = ("test_database", "postgres_url", "amqp_url", "redis_url", "requests_api_url", "api_token", "bot_token")
    settings = {name.upper(): getattr(town.settings, name).get_secret_value() for name in (*names, "telegram_api_url")}
    settings |= {
        "HTTP_PORT": "0",
        "HTTP_HOST": "127.0.0.1",
        "SEND_RATE": "10000",
        "CHAT_RATE": "10000",
        "LEASE_SECONDS": "2",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), env={**os.environ, **settings, "LEASE_SECONDS": "2"}
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_killed_between_the_send_and_its_record(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    # Telegram does it at once for Boris; for Marina it does it only after the notifier is dead.
    await town.sandbox.fault("slow", chat=marina.chat_id, seconds=2)
    async with _process(town):
        await town.publish(created)

        async def attempting() -> bool:
            sql = "SELECT state FROM deliveries WHERE chat_id = :chat AND state = 'attempting'"
            sent = await town.rows("SELECT 1 FROM deliveries WHERE chat_id = 3 AND state = 'sent'")
            return bool(sent) and bool(await town.rows(sql, chat=marina.chat_id))

        await wait_until(attempting, "Marina's card is on its way", timeout=60)
    assert len(await marina.chat()) == 0
    await marina.at_telegram.wait_for("#1")  # the first one arrives, and nobody knows
    async with _process(town):
        await town.idle(created, timeout=60)
    assert len(await boris.chat()) == 1
    first, second = await marina.chat()
    assert (first.text, first.buttons) == (second.text, second.buttons)
    rows = await town.rows("SELECT chat_id, state, unknown FROM deliveries ORDER BY chat_id")
    assert [tuple(row) for row in rows] == [(2, "sent", 1), (3, "sent", 0)]


async def test_stopped_in_mid_send_it_finishes_and_nothing_is_doubled(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    await town.sandbox.fault("slow", chat=marina.chat_id, seconds=1)
    async with _process(town) as process:
        await town.publish(created)

        async def attempting() -> bool:
            return bool(await town.rows("SELECT 1 FROM deliveries WHERE state = 'attempting'"))

        await wait_until(attempting, "Marina's card is on its way", timeout=60)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 25) == 0
    assert await town.states() == {"sent": 1}
    assert len(await marina.chat()) == 1
