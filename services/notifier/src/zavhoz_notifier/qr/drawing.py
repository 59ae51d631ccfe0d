"""Has sheets of QR codes drawn by a process of their own (`zavhoz_notifier.qr.draw`), one at a time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from typing import IO, Final

from zavhoz_contracts.errors import Permanent, Transient
from zavhoz_notifier.qr import exit_statuses
from zavhoz_notifier.qr.label import MAX_LABELS, Label
from zavhoz_telegram.texts import Translator

_PROGRAM: Final = "zavhoz_notifier.qr.draw"
_SECONDS: Final = 180.0
_PASSED_ON: Final = ("PATH", "LANG", "LD_LIBRARY_PATH", "COVERAGE_")
"""Beginnings of the variables that the process is given: it needs no secrets."""
_SAID: Final = 300


class NoPlaces(Permanent):
    """There is nothing to be drawn."""

    reason = "no_places"


class TooManyPlaces(Permanent):
    """More labels than one sheet may have."""

    reason = "too_many_places"


class SheetNotDrawn(Transient):
    """The process that draws ended without a word, or took too long."""


class SheetDrawer:
    """Draws sheets whose codes open `bot`, a username without @."""

    def __init__(self, bot: str) -> None:
        self._bot = bot
        self._alone = asyncio.Semaphore(1)

    @contextlib.asynccontextmanager
    async def file(self, labels: AsyncIterable[Label], t: Translator, made_at: datetime) -> AsyncIterator[IO[bytes]]:
        """A PDF with the labels in their order: the file, at its beginning; it is gone afterwards.

        A label takes about 5 ms and 1.5 kB; what errors `labels` raises come through.

        Raises:
            NoPlaces: there are no labels.
            TooManyPlaces: there are more than 5,000.
            SheetNotDrawn: no sheet within 180 s, or the process ended without one.
            OSError: there is no room for it.
        """
        with tempfile.TemporaryFile() as lines, tempfile.TemporaryFile() as sheet:
            count = 0
            async for label in labels:
                count += 1
                if count > MAX_LABELS:
                    raise TooManyPlaces(f"more than {MAX_LABELS} labels on one sheet")
                lines.write(label.line())
            if not count:
                raise NoPlaces("a sheet without labels")
            lines.seek(0)
            arguments = [self._bot, t.plain("place.sheet"), t.plain("place.scan"), t.language, made_at.isoformat()]
            async with self._alone:
                status, said = await self._run(arguments, lines, sheet)
            match status:
                case 0:
                    sheet.seek(0)
                    yield sheet
                case exit_statuses.DISK_FULL:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                case _:
                    raise SheetNotDrawn(f"drawing {count} labels ended with status {status}: {said}")

    async def _run(self, arguments: list[str], lines: IO[bytes], sheet: IO[bytes]) -> tuple[int | None, str]:
        environment = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", _PROGRAM, *arguments),
            stdin=lines,
            stdout=sheet,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            async with asyncio.timeout(_SECONDS):
                _, said = await process.communicate()
        except TimeoutError:
            return None, f"not within {_SECONDS:.0f} s"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode, said.decode(errors="replace")[-_SAID:]
