"""Fixtures of the chassis' tests: a double of a service as a real process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

SERVICE = Path(__file__).parent / "doubles" / "service.py"
PATIENCE = 20
"""Seconds to wait for anything a process should do at once; two busy cores may be slow."""


@dataclass
class Running:
    """A started process, its log as records, and its HTTP side."""

    process: asyncio.subprocess.Process
    session: aiohttp.ClientSession
    records: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    port: int = 0

    async def until(self, event: str, **values: Any) -> dict[str, Any]:
        """Read the log up to the first record of this event with these values."""
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            while line := await self.process.stdout.readline():
                record = self._note(line)
                if record.get("event") == event and values.items() <= record.items():
                    return record
        raise AssertionError(f"ended without {event!r} {values}: {self.raw}")

    async def started(self) -> None:
        """Until all three parts run."""
        self.port = (await self.until("starting"))["port"]
        await self.until("part runs", part="third")

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """The status and the JSON (or text) of an answer."""
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.request(method, url, **options) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if "json" in answer.content_type else text

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def ended(self) -> int:
        """The exit status; the rest of the log is read."""
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            while line := await self.process.stdout.readline():
                self._note(line)
            return await self.process.wait()

    async def errors(self) -> str:
        """What it wrote to standard error; it must have ended."""
        assert self.process.stderr
        return (await self.process.stderr.read()).decode()

    def of(self, event: str) -> list[dict[str, Any]]:
        """Records of this event read so far."""
        return [record for record in self.records if record.get("event") == event]

    def _note(self, line: bytes) -> dict[str, Any]:
        self.raw.append(line.decode())
        record: dict[str, Any] = json.loads(line)
        self.records.append(record)
        return record


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts the double with arguments and environment variables; whatever still runs is killed afterwards."""
    began: list[asyncio.subprocess.Process] = []
    async with aiohttp.ClientSession() as session:

        async def starting(*arguments: str, **environment: str) -> Running:
            inherited = {
                name: value for name, value in os.environ.items() if name.startswith(("PATH", "PYTHONPATH", "COVERAGE"))
            }
            told = {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "LOG_FORMAT": "json", **environment}
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(SERVICE),
                *arguments,
                env=inherited | told,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            began.append(process)
            return Running(process, session)

        try:
            yield starting
        finally:
            for process in began:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.communicate()
