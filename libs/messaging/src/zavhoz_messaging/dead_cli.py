"""`python -m zavhoz_messaging dead`: the command line for dead letters."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog
from aio_pika.exceptions import AMQPError

from zavhoz_contracts.errors import ZavhozError
from zavhoz_messaging.connection import LOST, connected
from zavhoz_messaging.dead_commands import Answer, drop_some, list_all, replay_some, show
from zavhoz_messaging.dead_letter import Selection
from zavhoz_messaging.dead_queue import work_queue
from zavhoz_messaging.errors import NoSuchQueue
from zavhoz_messaging.publisher import publishing
from zavhoz_messaging.topology import ALL

_NAME: Final = "dead letters"
_LOOK_AT: Final = 10_000
_SHOW: Final = 10
_EPILOG: Final = """\
environment:
  AMQP_URL: RabbitMQ, as the services have it; for example amqp://zavhoz:password@localhost:5672/zavhoz
  AMQP_URL_FILE: the path of a file with that address, instead

Letters are looked at from the oldest on, and go back as they were. An id is that of the event or command; bytes
without one are called by their hash, as `show` prints it. Several of --id, --reason and --type narrow it down.

exit status: 0 done; 1 not done, or not all of it; 2 wrong command line or environment
"""


class Unusable(Exception):
    """The command line or the environment does not say enough."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command ends with: its exit status, and what it prints, where."""

    status: int
    out: str = ""
    err: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and print its answer; returns the exit status, or exits with 2 for a wrong command line."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    logging.disable()  # the client's: what concerns the user is said below
    try:
        said = asyncio.run(run(sys.argv[1:] if arguments is None else arguments, os.environ))
    except KeyboardInterrupt:
        said = Said(130, err="interrupted; what was not answered is where it was")
    for stream, text in ((sys.stdout, said.out), (sys.stderr, said.err)):
        if text:
            stream.buffer.write(f"{text}\n".encode(errors="backslashreplace"))
            stream.flush()
    return said.status


async def run(arguments: Sequence[str], environment: Mapping[str, str]) -> Said:
    """Run one command. Raises SystemExit when the command line is wrong, as argparse does."""
    options = _parser().parse_args(arguments)
    try:
        answer = await _answer(options, _address(environment))
    except (Unusable, NoSuchQueue) as error:
        return Said(2, err=str(error))
    except ZavhozError as error:
        return Said(1, err=str(error))
    return Said(answer.status, json.dumps(answer.data, ensure_ascii=False) if options.json else "\n".join(answer.lines))


async def _answer(options: argparse.Namespace, url: str) -> Answer:
    queue = work_queue(options.queue) if options.queue else None
    try:
        async with connected(url, _NAME) as connection:
            if options.command == "list" or queue is None:
                return await list_all(connection, [queue] if queue else ALL, options.limit)
            wanted = Selection(frozenset(options.id), frozenset(options.reason), frozenset(options.type))
            if options.command == "show":
                return await show(connection, queue, wanted, options.limit, _LOOK_AT)
            if (wanted == Selection()) != options.all:
                raise Unusable("name the letters by --id, --reason or --type, or else say --all")
            if options.command == "drop":
                return await drop_some(connection, queue, wanted, options.limit, really=options.yes)
            async with publishing(url, _NAME) as publisher:
                return await replay_some(connection, publisher, queue, wanted, options.limit)
    except LOST as error:
        raise Unreachable(url, error) from error


class Unreachable(ZavhozError):
    """The broker is away, or has gone away, or lets us not in; its address is told without the password."""

    def __init__(self, url: str, error: BaseException) -> None:
        parts = urlsplit(url)
        where = f"{parts.hostname}:{parts.port or 5672}, virtual host {parts.path[1:] or '/'}"
        what = f"{type(error).__name__}: {error}" if isinstance(error, AMQPError) else str(error)
        super().__init__(f"the broker (AMQP_URL) at {where}: {what}"[:400])


def _address(environment: Mapping[str, str]) -> str:
    url, path = environment.get("AMQP_URL", ""), environment.get("AMQP_URL_FILE", "")
    if path and not url:
        try:
            url = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Unusable(f"AMQP_URL_FILE: {path} cannot be read: {error.strerror}") from error
    if not url.startswith(("amqp://", "amqps://")):
        raise Unusable("AMQP_URL: must be set, and begin with amqp:// or amqps://")
    return url


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m zavhoz_messaging", description="What one can do with the broker.")
    dead = parser.add_subparsers(dest="subject", required=True).add_parser(
        "dead",
        help="look at messages that could not be handled, replay or drop them",
        description="Messages that could not be handled: look at them, send them to their queue again, or drop them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = dead.add_subparsers(dest="command", required=True, metavar="list|show|replay|drop")
    listing = commands.add_parser("list", help="how many there are, by queue, reason and type; how old the oldest is")
    listing.add_argument("--queue", help="only the dead letters of this work queue")
    showing = commands.add_parser("show", help="what they say: reason, error, headers, body; nothing is changed")
    replaying = commands.add_parser("replay", help="send them to their work queue again, as if they were new")
    dropping = commands.add_parser("drop", help="forget them for ever")
    for command in (showing, replaying, dropping):
        command.add_argument("queue", help="the work queue whose dead letters are meant")
        command.add_argument("--id", action="append", default=[], help="this one; may be repeated, as the next two")
        command.add_argument("--reason", action="append", default=[], help="those that died of this")
        command.add_argument("--type", action="append", default=[], help="those that are messages of this type")
    for command in (replaying, dropping):
        command.add_argument("--all", action="store_true", help="all of them")
    dropping.add_argument("--yes", action="store_true", help="really; without it, it is only said what would go")
    showing.add_argument("--limit", type=_count, default=_SHOW, help="show so many at most (%(default)s)")
    for command in (listing, replaying, dropping):
        command.add_argument(
            "--limit", type=_count, default=_LOOK_AT, help="look at so many of a queue at most (%(default)s)"
        )
    for command in (listing, showing, replaying, dropping):
        command.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("must be a whole number from 1 on")
    return int(text)
