"""`python -m zavhoz_requests places`: the tree of places from a CSV file, and into one."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from zavhoz_chassis.database import Database
from zavhoz_chassis.outages import DRIVER_ERRORS, DatabaseUnavailable, short
from zavhoz_chassis.settings import MigrationSettings, load
from zavhoz_requests.application.exporting import export
from zavhoz_requests.application.loading import load as load_places
from zavhoz_requests.application.loading import read
from zavhoz_requests.domain.places import Changes, Wrong
from zavhoz_requests.store import Connection, places

ResultT = TypeVar("ResultT")
_ENVIRONMENT: Final = """\
environment:
  POSTGRES_URL: PostgreSQL, as the service has it; for example postgresql://zavhoz:password@localhost:5432/postgres
  POSTGRES_URL_FILE: the path of a file with that address, instead
"""
_LOADING: Final = f"""\
{_ENVIRONMENT}
The file: CSV in UTF-8, with ; or , between the columns; its first line is code,parent,kind,name. The code is what a QR
code carries (1 to 59 of A-Z, a-z, 0-9, _ and -), and a place keeps it for ever; parent is the code of the place that it
is in, empty for a site; kind is site, building, floor, room or asset. To load the same file again changes nothing.

exit status: 0 done; 1 not done, nothing was changed; 2 wrong command line or environment
"""
_EXPORTING: Final = f"""\
{_ENVIRONMENT}
To load the file again changes nothing. What a spreadsheet program would take for a formula has an apostrophe before it,
which is not part of the name, and which loading takes away.

exit status: 0 done; 1 not done; 2 wrong command line or environment
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command and print what it did; returns the exit status, or exits with 2 for a wrong command line."""
    options = _parser().parse_args(arguments)
    logging.disable()
    try:
        return _export(options) if options.command == "export" else _load(options)
    except DatabaseUnavailable as error:
        return _fail(str(error))
    except DRIVER_ERRORS as error:
        return _fail(f"database: {short(error)}")


def _load(options: argparse.Namespace) -> int:
    try:
        content = Path(options.file).read_bytes()
    except OSError as error:
        return _fail(f"{options.file}: {error.strerror}")
    rows, wrong = read(content)
    # With wrong lines nothing is written, but all that is wrong is said at once.
    dry_run = options.dry_run or bool(wrong)
    changes = _with_database(
        lambda connection: load_places(connection, rows, archive_missing=options.archive_missing, dry_run=dry_run)
    )
    if isinstance(changes, list) or wrong:
        return _say_wrong(options.file, [*wrong, *(changes if isinstance(changes, list) else ())])
    _say("\n".join([*changes.report, _summary(changes, dry_run=options.dry_run)]))
    return 0


def _export(options: argparse.Namespace) -> int:
    table = export(_with_database(places.every).values(), delimiter=options.delimiter, bom=options.bom)
    sys.stdout.buffer.write(table)
    sys.stdout.flush()
    return 0


def _with_database(work: Callable[[Connection], Awaitable[ResultT]]) -> ResultT:
    """What `work` makes of a connection, in one transaction."""
    database = Database(load(MigrationSettings).database_url("requests"), pool_size=1, name="zavhoz-places")

    async def run() -> ResultT:
        try:
            return await database.run(work)
        finally:
            await database.close()

    return asyncio.run(run())


def _summary(changes: Changes, *, dry_run: bool) -> str:
    counted = ", ".join(f"{count} {what}" for what, count in changes.counts.items() if count) or "no places"
    return f"{'nothing was written; would be: ' if dry_run else ''}{counted}"


def _say_wrong(file: str, wrong: Sequence[Wrong]) -> int:
    lines = [f"{file}:{one.line}: {one.what}" for one in sorted(wrong, key=lambda one: one.line)]
    count = f"{len(wrong)} row{'' if len(wrong) == 1 else 's'}"
    return _fail("\n".join([*lines, f"nothing was changed: {count} must be put right"]))


def _say(text: str) -> None:
    sys.stdout.buffer.write(f"{text}\n".encode(errors="backslashreplace"))
    sys.stdout.flush()


def _fail(text: str) -> int:
    sys.stderr.buffer.write(f"{text}\n".encode(errors="backslashreplace"))
    sys.stderr.flush()
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m zavhoz_requests places", description="The places where requests are filed."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    loading = commands.add_parser(
        "load",
        help="bring the tree of places to what a CSV file says",
        description="Bring the tree of places to what a CSV file says: all of it, or nothing when a row is wrong.",
        epilog=_LOADING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    loading.add_argument("file", help="the CSV file")
    loading.add_argument("--dry-run", action="store_true", help="only say what would change")
    loading.add_argument("--archive-missing", action="store_true", help="archive the places that are not in the file")
    exporting = commands.add_parser(
        "export",
        help="write the tree of places as a CSV file",
        description="Write the places that are not archived to standard output, as a CSV file that `load` reads.",
        epilog=_EXPORTING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    exporting.add_argument(
        "--delimiter", choices=(";", ","), default=";", metavar="SIGN", help="; or , between the columns"
    )
    exporting.add_argument(
        "--bom", action="store_true", help="begin with a byte order mark, by which Excel knows UTF-8"
    )
    return parser
