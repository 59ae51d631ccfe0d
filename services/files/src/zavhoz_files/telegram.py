"""Files as Telegram gives them out to bots (https://core.telegram.org/bots/api#getfile)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from zavhoz_contracts.errors import Permanent
from zavhoz_files.application.intake import FileTooLarge, FileUnavailable
from zavhoz_telegram.client import Bot
from zavhoz_telegram.errors import FileTooBig, TelegramUnavailable

_ROUTE: Final = {"route": "/file/bot{token}/{file_path}"}
_CHUNK: Final = 65_536
_TIMEOUT: Final = ClientTimeout(total=120, connect=5, sock_read=15)


class TelegramDownloads:
    """Streams files of at most `max_bytes` to disk; memory holds one chunk at a time."""

    def __init__(self, bot: Bot, session: ClientSession, max_bytes: int) -> None:
        self._bot = bot
        self._session = session
        self._max_bytes = max_bytes

    async def fetch(self, file_id: str, into: Path) -> tuple[int, str]:
        """Stream the file into `into`; return its size in bytes and its SHA-256.

        Raises:
            FileTooLarge: over the byte cap; told by Telegram, or noticed while it comes.
            FileUnavailable: Telegram does not give it out, or the transfer broke off.
            TelegramUnavailable: Telegram does not answer at all.
        """
        try:
            file = await self._bot.get_file(file_id)
        except FileTooBig as error:
            raise FileTooLarge(str(error)) from error
        except Permanent as error:
            raise FileUnavailable(str(error)) from error
        if file.file_path is None:
            raise FileUnavailable("Telegram gave no path")
        if file.file_size is not None and file.file_size > self._max_bytes:
            raise FileTooLarge(f"{file.file_size} bytes, at most {self._max_bytes}")
        return await self._stream(file.file_path, into)

    async def _stream(self, path: str, into: Path) -> tuple[int, str]:
        size, digest = 0, hashlib.sha256()
        try:
            async with self._session.get(
                self._bot.file_url(path), timeout=_TIMEOUT, trace_request_ctx=_ROUTE
            ) as response:
                if response.status in (401, 500, 502, 503):
                    raise TelegramUnavailable(f"HTTP {response.status} for a file")
                if response.status != 200:
                    raise FileUnavailable(f"HTTP {response.status} for a file")
                with into.open("wb") as file:
                    async for chunk in response.content.iter_chunked(_CHUNK):
                        size += len(chunk)
                        if size > self._max_bytes:
                            raise FileTooLarge(f"over {self._max_bytes} bytes")
                        digest.update(chunk)
                        file.write(chunk)
        except (ClientError, TimeoutError) as error:
            # The message may hold the address, and the address the token.
            raise FileUnavailable(f"the transfer broke off: {type(error).__name__}") from None
        return size, digest.hexdigest()
