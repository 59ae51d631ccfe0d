"""Fixtures of the tests in a browser: one Chromium for each worker, pages that must not complain, a stand-in alone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from browser_support import DESKTOP, TOKEN, Bot, ChatPage, Open, opened
from e2e_support import Broker, one_stack
from playwright.async_api import Browser, async_playwright
from pytest_asyncio import is_async_test

from zavhoz_devstack.browser import BrowserMissing, arguments, program
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import MANAGER_ID, TECHNICIAN_ID, UNHURRIED
from zavhoz_devstack.servers.rabbitmq import Management
from zavhoz_devstack.servers.server import Server
from zavhoz_sandbox.client import SandboxClient
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them share the event loop of the browser."""
    for item in items:
        if item.path.parent == _HERE and is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium; without it the test is skipped, with what to install."""
    try:
        path = program()
    except BrowserMissing as missing:
        pytest.skip(str(missing))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments())
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[Open]:
    """Opens pages; a page that has complained fails the test."""
    contexts = []
    pages: list[ChatPage] = []

    async def opening(
        url: str, *, size: tuple[int, int] = DESKTOP, theme: str = "light", language: str = "en"
    ) -> ChatPage:
        context, page = await opened(browser, url, size, theme, language)
        contexts.append(context)
        pages.append(page)
        return page

    yield opening
    complaints = [complaint for page in pages for complaint in page.watch.unexpected()]
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def url() -> AsyncIterator[str]:
    """A stand-in alone, in this process."""
    runner = web.AppRunner(make_app(Sandbox(TOKEN)), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def client(url: str) -> AsyncIterator[SandboxClient]:
    """The control API of the stand-in alone."""
    async with SandboxClient(url) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def bot(url: str) -> AsyncIterator[Bot]:
    """Its bot."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        yield Bot(url, TOKEN, http)


@pytest_asyncio.fixture(loop_scope="session")
async def three(client: SandboxClient) -> None:
    """Three people who have started the bot."""
    for id, name in ((1, "Анна"), (2, "Пётр"), (3, "Марина")):
        person = await client.person(id, name, language_code="ru")
        await person.text("/start")


@pytest.fixture(scope="module")
def system(postgresql_server: Server, amqp_url: str, amqp_management: Management, redis_url: str) -> Iterator[Devstack]:
    """Everything, with the demo's people, for all tests of a module. It is not measured: see tests/e2e/conftest.py."""
    options = {"admins": [MANAGER_ID, TECHNICIAN_ID], "settings": {"CHAT_RATE": "20", **UNHURRIED}, "demo": True}
    broker = Broker(amqp_url, amqp_management, "browser")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
            patch.delenv(name)
        with one_stack(postgresql_server.url, broker, redis_url, options) as stack:
            yield stack
