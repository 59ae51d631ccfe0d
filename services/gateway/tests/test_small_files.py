"""Files that fit into memory: with a cap, and with errors that say nothing of the token."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from gateway_support import served

from zavhoz_chassis.outgoing import client_session
from zavhoz_contracts.errors import ZavhozError
from zavhoz_gateway.bot_api import BotFiles
from zavhoz_telegram.client import open_bot
from zavhoz_telegram.downloads import FileTooLarge, FileUnavailable

TOKEN = "7:a-token-nobody-may-see"


def telegram(content: bytes | None, *, size: int | None = None, refusal: str | None = None) -> web.Application:
    """A Bot API server with one file, which may say nothing of its size, or not give it out."""

    async def get_file(_: web.Request) -> web.Response:
        if refusal is not None:
            return web.json_response({"ok": False, "description": refusal}, status=400)
        file = {} if content is None else {"file_path": "documents/1.csv", "file_size": size}
        return web.json_response({"ok": True, "result": file})

    async def give(_: web.Request) -> web.Response:
        return web.Response(body=content) if content else web.Response(status=404)

    app = web.Application()
    app.router.add_post(f"/bot{TOKEN}/getFile", get_file)
    app.router.add_get(f"/file/bot{TOKEN}/documents/1.csv", give)
    return app


@contextlib.asynccontextmanager
async def files(app: web.Application) -> AsyncIterator[BotFiles]:
    async with served(app) as url, open_bot(TOKEN, url) as bot, client_session() as session:
        yield BotFiles(bot, session)


async def test_a_file_that_fits_is_fetched() -> None:
    async with files(telegram(b"x" * 1000)) as small:
        assert await small.fetch("id", 1000) == b"x" * 1000


@pytest.mark.parametrize(
    ("app", "error"),
    [
        (telegram(b"x" * 1001), FileTooLarge),
        (telegram(b"x", refusal="Bad Request: file is too big"), FileTooLarge),
        (telegram(b"x", refusal="Bad Request: wrong file_id"), FileUnavailable),
        (telegram(b""), FileUnavailable),
        (telegram(None), FileUnavailable),
    ],
)
async def test_one_that_does_not_is_an_error(app: web.Application, error: type[ZavhozError]) -> None:
    async with files(app) as small:
        with pytest.raises(error) as raised:
            await small.fetch("id", 1000)
        assert "token" not in f"{raised.value!r} {raised.value.__context__!r}"
