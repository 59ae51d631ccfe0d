"""Has pictures drawn anew by a process of their own (`zavhoz_files.reencode`), one at a time."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from pathlib import Path
from typing import Final

import structlog

from zavhoz_contracts.files.v1.events import AttachmentRefusalReason
from zavhoz_files import exit_statuses
from zavhoz_files.application.intake import PictureRefused, PictureUnreadable

_PROGRAM: Final = "zavhoz_files.reencode"
_SECONDS: Final = 60.0
_PASSED_ON: Final = ("PATH", "LANG", "LD_LIBRARY_PATH", "COVERAGE_")
"""Beginnings of the variables that the process is given: it is to know no secrets."""
_SAID: Final = 300
_log = structlog.get_logger("zavhoz.files")


class Reencoder:
    """Keeps pictures of at most `max_pixels` (all frames together) and, anew, `max_bytes`."""

    def __init__(self, max_pixels: int, max_bytes: int) -> None:
        self._max_pixels = max_pixels
        self._max_bytes = max_bytes
        self._alone = asyncio.Semaphore(1)

    async def reencode(self, source: Path, target: Path, media_type: str) -> str:
        """Write the picture to `target`, without metadata; return its media type, which may be another one.

        Raises:
            PictureRefused: damaged, or too large in pixels or bytes.
            PictureUnreadable: no answer within 60 s, or it ended without one.
            OSError: there is no room for it.
        """
        async with self._alone:
            status, told, said = await self._run([str(source), str(target), media_type, str(self._max_pixels)])
        match status:
            case 0:
                if (await asyncio.to_thread(target.stat)).st_size > self._max_bytes:
                    raise PictureRefused(AttachmentRefusalReason.TOO_LARGE)
                return told
            case exit_statuses.TOO_MANY_PIXELS:
                raise PictureRefused(AttachmentRefusalReason.TOO_MANY_PIXELS)
            case exit_statuses.DAMAGED:
                _log.info("a picture cannot be read", media_type=media_type, error=said)
                raise PictureRefused(AttachmentRefusalReason.DAMAGED)
            case exit_statuses.DISK_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            case _:
                raise PictureUnreadable(f"reading a picture ended with status {status}: {said}")

    async def _run(self, arguments: list[str]) -> tuple[int | None, str, str]:
        environment = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", _PROGRAM, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            async with asyncio.timeout(_SECONDS):
                told, said = await process.communicate()
        except TimeoutError:
            return None, "", f"not within {_SECONDS:.0f} s"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode, told.decode(), said.decode(errors="replace")[-_SAID:]
