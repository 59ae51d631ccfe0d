"""Files fetched from Telegram to disk."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from aiohttp import ClientSession, ClientTimeout

from zavhoz_telegram.client import Bot
from zavhoz_telegram.downloads import download

_TIMEOUT: Final = ClientTimeout(total=120, connect=5, sock_read=15)


class TelegramDownloads:
    """Streams files of at most `max_bytes` to disk; memory holds one chunk at a time."""

    def __init__(self, bot: Bot, session: ClientSession, max_bytes: int) -> None:
        self._bot = bot
        self._session = session
        self._max_bytes = max_bytes

    async def fetch(self, file_id: str, into: Path) -> tuple[int, str]:
        """Stream the file into `into`; return its size in bytes and its SHA-256. Raises what `download` does."""
        digest = hashlib.sha256()
        with into.open("wb") as file:

            def write(chunk: bytes) -> None:
                digest.update(chunk)
                file.write(chunk)

            size = await download(self._bot, self._session, file_id, write, max_bytes=self._max_bytes, timeout=_TIMEOUT)
        return size, digest.hexdigest()
