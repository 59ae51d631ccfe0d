"""aiogram's own webhook handler around a handler that does nothing; started by `benchmarks.gateway`."""

from __future__ import annotations

import os

import uvloop
from aiogram import Bot, Dispatcher
from aiogram.types import CallbackQuery
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from zavhoz_devstack.ports import LOOPBACK


async def nothing(_: CallbackQuery) -> None:
    """Every press ends here."""


if __name__ == "__main__":
    uvloop.install()
    dispatcher = Dispatcher()
    dispatcher.callback_query.register(nothing)
    application = web.Application()
    SimpleRequestHandler(
        dispatcher, Bot("1:" + "a" * 32), handle_in_background=False, secret_token=os.environ["SECRET"]
    ).register(application, "/telegram")
    web.run_app(application, host=LOOPBACK, port=int(os.environ["PORT"]), print=lambda *_: None, access_log=None)
