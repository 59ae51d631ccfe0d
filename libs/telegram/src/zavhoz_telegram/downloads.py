"""Files as Telegram gives them out to bots (https://core.telegram.org/bots/api#getfile)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from zavhoz_contracts.errors import Permanent, Transient
from zavhoz_telegram.client import Bot
from zavhoz_telegram.errors import FileTooBig, TelegramUnavailable

_ROUTE: Final = {"route": "/file/bot{token}/{file_path}"}
_CHUNK: Final = 65_536


class FileTooLarge(Permanent):
    """The file is over the cap, or over what Telegram gives out to a bot (20 MB)."""

    reason = "too_large"


class FileUnavailable(Transient):
    """Telegram does not give the file out just now."""


async def download(
    bot: Bot,
    session: ClientSession,
    file_id: str,
    write: Callable[[bytes], object],
    *,
    max_bytes: int,
    timeout: ClientTimeout,
) -> int:
    """Have a file written, at most `max_bytes` of it, a chunk at a time; returns its size in bytes.

    Raises:
        FileTooLarge: over the cap; told by Telegram, or noticed while it comes.
        FileUnavailable: Telegram does not give it out, or the transfer broke off.
        TelegramUnavailable: Telegram does not answer at all.
    """
    path = await _path(bot, file_id, max_bytes)
    size = 0
    try:
        async with session.get(bot.file_url(path), timeout=timeout, trace_request_ctx=_ROUTE) as response:
            if response.status in (401, 500, 502, 503):
                raise TelegramUnavailable(f"HTTP {response.status} for a file")
            if response.status != 200:
                raise FileUnavailable(f"HTTP {response.status} for a file")
            async for chunk in response.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise FileTooLarge(f"over {max_bytes} bytes")
                write(chunk)
    except (ClientError, TimeoutError) as error:
        # The message may hold the address, and the address the token.
        raise FileUnavailable(f"the transfer broke off: {type(error).__name__}") from None
    return size


async def _path(bot: Bot, file_id: str, max_bytes: int) -> str:
    try:
        file = await bot.get_file(file_id)
    except FileTooBig as error:
        raise FileTooLarge(str(error)) from error
    except Permanent as error:
        raise FileUnavailable(str(error)) from error
    if file.file_path is None:
        raise FileUnavailable("Telegram gave no path")
    if file.file_size is not None and file.file_size > max_bytes:
        raise FileTooLarge(f"{file.file_size} bytes, at most {max_bytes}")
    return file.file_path
