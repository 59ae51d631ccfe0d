"""Where somebody can be found: in every table of every database, in all of Redis, and in every object in the store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from e2e_support import Running
from redis.asyncio import Redis

from zavhoz_devstack.environment import MIGRATING
from zavhoz_devstack.evidence import connect
from zavhoz_sandbox.client import SeenMessage

Needles = Mapping[str, str | bytes]
"""What is looked for, by a name: words in any column or value, bytes in any column, value or object."""
_READS: dict[bytes, tuple[str | int, ...]] = {
    b"string": ("GET",),
    b"hash": ("HGETALL",),
    b"list": ("LRANGE", 0, -1),
    b"set": ("SMEMBERS",),
    b"zset": ("ZRANGE", 0, -1, "WITHSCORES"),
}
_TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' ORDER BY table_name
"""


async def found(running: Running, needles: Needles) -> dict[str, set[str]]:
    """Where each of the needles is, by its name: `service.table`, `redis:key`, `store:key`."""
    places: dict[str, set[str]] = {name: set() for name in needles}
    for place, content in [*await _rows(running), *await _redis(running), *await asyncio.to_thread(_store, running)]:
        for name, needle in needles.items():
            if any(form in content for form in _forms(needle)):
                places[name].add(place)
    return places


def _forms(needle: str | bytes) -> tuple[bytes, ...]:
    """As it is, as JSON escapes it, and as PostgreSQL prints bytes."""
    if isinstance(needle, bytes):
        return needle, needle.hex().encode()
    return needle.encode(), json.dumps(needle)[1:-1].encode(), needle.encode().hex().encode()


async def _rows(running: Running) -> list[tuple[str, bytes]]:
    """Every row as text: each of its columns is in it, whatever its type."""
    rows: list[tuple[str, bytes]] = []
    for service in MIGRATING:
        connection = await connect(running.stack, service)
        try:
            for table in await connection.fetch(_TABLES):
                name = table["table_name"]
                whole = await connection.fetch(f'SELECT CAST(t AS text) AS row FROM "{name}" AS t')  # noqa: S608
                rows += [(f"{service}.{name}", row["row"].encode()) for row in whole]
        finally:
            await connection.close()
    return rows


async def _redis(running: Running) -> list[tuple[str, bytes]]:
    client: Any = Redis.from_url(running.stack.addresses.redis_url)
    kept: list[tuple[str, bytes]] = []
    try:
        async for key in client.scan_iter(count=1000):
            place, kind = f"redis:{key.decode()}", await client.type(key)
            kept.append((place, key))
            if kind in _READS:  # else it has just expired
                command, *arguments = _READS[kind]
                value = await client.execute_command(command, key, *arguments)
                kept += [(place, part) for part in _parts(value)]
    finally:
        await client.aclose()
    return kept


def _parts(value: object) -> list[bytes]:
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, dict):
        return [part for pair in value.items() for one in pair for part in _parts(one)]
    if isinstance(value, list | tuple | set):
        return [part for one in value for part in _parts(one)]
    return []


def _store(running: Running) -> list[tuple[str, bytes]]:
    folder = Path(running.stack.addresses.storage["STORAGE_URL"].removeprefix("file://"))
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return [(f"store:{path.relative_to(folder)}", path.read_bytes()) for path in paths]


async def sent_file(running: Running, message: SeenMessage) -> bytes:
    """The bytes of a document that the bot has sent."""
    server, token = running.stack.sandbox_url, running.stack.bot_token
    async with aiohttp.ClientSession() as session:
        given = {"file_id": message.raw["document"]["file_id"]}
        async with session.post(f"{server}/bot{token}/getFile", json=given) as response:
            path = (await response.json())["result"]["file_path"]
        async with session.get(f"{server}/file/bot{token}/{path}") as response:
            assert response.status == 200
            return await response.read()
