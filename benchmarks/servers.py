"""The private servers that everything is measured against, and programs that run beside them."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiohttp import web

from zavhoz_devstack.combined_log import CombinedLog
from zavhoz_devstack.concurrency import in_thread, together
from zavhoz_devstack.environment import base_environment
from zavhoz_devstack.ports import LOOPBACK, free_port
from zavhoz_devstack.program import Program, Service
from zavhoz_devstack.servers.install import ensure_installed
from zavhoz_devstack.servers.postgresql import PostgreSQL
from zavhoz_devstack.servers.rabbitmq import RabbitMQ
from zavhoz_devstack.state import StateFolder, temporary_folder

TABLES = "inbox, events, texts, attachments, requests, people, numbers, places, words"

API_TOKEN = secrets.token_hex(16)


@dataclass(frozen=True)
class Servers:
    """A PostgreSQL and a RabbitMQ of one's own."""

    state: StateFolder
    log: CombinedLog
    postgresql: PostgreSQL
    rabbitmq: RabbitMQ
    traces_url: str

    @contextlib.contextmanager
    def vhost(self) -> Iterator[str]:
        """The address of a fresh virtual host, deleted afterwards."""
        name = f"bench-{secrets.token_hex(4)}"
        management = self.rabbitmq.management()
        management.make_vhost(name)
        yield urlunsplit(urlsplit(self.rabbitmq.url)._replace(path=f"/{name}"))
        management.drop_vhost(name)

    def database(self, name: str) -> str:
        """The address of a database on the server."""
        return urlunsplit(urlsplit(self.postgresql.url)._replace(path=f"/{name}"))

    async def execute(self, database: str, *statements: str) -> None:
        """Run statements in a database, each by itself."""
        connection = await asyncpg.connect(self.database(database))
        try:
            for statement in statements:
                await connection.execute(statement, timeout=900)
        finally:
            await connection.close()

    async def fetch(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """The rows that a query has in a database."""
        connection = await asyncpg.connect(self.database(database))
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def all_published(self) -> bool:
        """Whether no event waits in the outbox of the requests service."""
        return not await self.fetch("zavhoz_requests", "SELECT FROM events WHERE published_at IS NULL LIMIT 1")

    def program(self, name: str, *arguments: str, env: Mapping[str, str]) -> Program:
        """`python -m <arguments>`, not yet started."""
        whole = base_environment() | dict(env)
        return Program(name, arguments, env=whole, log=self.log, record=self.state.record)

    def requests(self, amqp_url: str, *roles: str) -> Service:
        """The real requests service, not yet started; without roles all of them in one process."""
        port = free_port()
        env = base_environment() | {
            "AMQP_URL": amqp_url,
            "POSTGRES_URL": self.postgresql.url,
            "API_TOKENS": f"bench:{API_TOKEN}",
            "HTTP_HOST": LOOPBACK,
            "HTTP_PORT": str(port),
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.traces_url,
        }
        name = "-".join(("requests", *roles))
        arguments = ["zavhoz_requests", "run", *roles]
        return Service(name, arguments, port=port, env=env, log=self.log, record=self.state.record)

    async def migrate(self) -> None:
        """Make the requests service's database."""
        env = {"POSTGRES_URL": self.postgresql.url, "AMQP_URL": "amqp://unused", "API_TOKENS": "bench:" + "0" * 16}
        program = self.program("migrate", "zavhoz_requests", "migrate", env=env)
        program.start()
        await program.finish()

    async def empty(self) -> None:
        """Empty the tables of the requests service."""
        await self.execute("zavhoz_requests", f"TRUNCATE {TABLES} CASCADE", "VACUUM ANALYZE")


@contextlib.asynccontextmanager
async def running_servers() -> AsyncIterator[Servers]:
    """Start both, and make the requests service's database; everything is gone afterwards."""
    ensure_installed(wanted=frozenset({"PostgreSQL", "RabbitMQ"}))
    async with receiving_traces() as traces_url:
        with temporary_folder() as state:
            log = CombinedLog(state.log("bench"))
            servers = Servers(state, log, PostgreSQL(state), RabbitMQ(state), traces_url)
            both = (servers.postgresql, servers.rabbitmq)
            try:
                await together(*(in_thread(server.start, server.kill) for server in both))
                await servers.migrate()
                yield servers
            finally:
                for server in both:
                    server.stop()
                log.close()


@contextlib.asynccontextmanager
async def receiving_traces() -> AsyncIterator[str]:
    """A receiver of traces that takes everything and keeps nothing: what is measured is what sending costs us."""

    async def take(_: web.BaseRequest) -> web.Response:
        return web.Response()

    runner = web.ServerRunner(web.Server(take))
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, LOOPBACK, port).start()
    yield f"http://{LOOPBACK}:{port}"
    await runner.cleanup()
