"""`python -m zavhoz_requests places load`: the tree of places from a CSV file."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from zavhoz_chassis.database import Database
from zavhoz_chassis.outages import DRIVER_ERRORS, DatabaseUnavailable, short
from zavhoz_chassis.settings import MigrationSettings, load
from zavhoz_requests.application.loading import load as load_places
from zavhoz_requests.application.loading import read
from zavhoz_requests.domain.places import Changes, Row, Wrong

_EPILOG: Final = """\
environment:
  POSTGRES_URL: PostgreSQL, as the service has it; for example postgresql://zavhoz:password@localhost:5432/postgres
  POSTGRES_URL_FILE: the path of a file with that address, instead

The file: CSV in UTF-8, with ; or , between the columns; its first line is code,parent,kind,name. The code is what a QR
code carries (1 to 59 of A-Z, a-z, 0-9, _ and -), and a place keeps it for ever; parent is the code of the place that it
is in, empty for a site; kind is site, building, floor, room or asset. To load the same file again changes nothing.

exit status: 0 done; 1 not done, nothing was changed; 2 wrong command line or environment
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command and print what it did; returns the exit status, or exits with 2 for a wrong command line."""
    options = _parser().parse_args(arguments)
    logging.disable()
    try:
        content = Path(options.file).read_bytes()
    except OSError as error:
        return _fail(f"{options.file}: {error.strerror}")
    rows, wrong = read(content)
    database = Database(load(MigrationSettings).database_url("requests"), pool_size=1, name="zavhoz-places")
    try:
        changes = asyncio.run(
            # With wrong lines nothing is written, but all that is wrong is said at once.
            _load(
                database,
                rows,
                archive_missing=options.archive_missing,
                dry_run=options.dry_run or bool(wrong),
            )
        )
    except DatabaseUnavailable as error:
        return _fail(str(error))
    except DRIVER_ERRORS as error:
        return _fail(f"database: {short(error)}")
    if isinstance(changes, list) or wrong:
        return _say_wrong(options.file, [*wrong, *(changes if isinstance(changes, list) else ())])
    _say("\n".join([*changes.report, _summary(changes, dry_run=options.dry_run)]))
    return 0


async def _load(database: Database, rows: list[Row], *, archive_missing: bool, dry_run: bool) -> Changes | list[Wrong]:
    try:
        return await database.run(
            lambda connection: load_places(connection, rows, archive_missing=archive_missing, dry_run=dry_run)
        )
    finally:
        await database.close()


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
    loading = parser.add_subparsers(dest="command", required=True).add_parser(
        "load",
        help="bring the tree of places to what a CSV file says",
        description="Bring the tree of places to what a CSV file says: all of it, or nothing when a row is wrong.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    loading.add_argument("file", help="the CSV file")
    loading.add_argument("--dry-run", action="store_true", help="only say what would change")
    loading.add_argument("--archive-missing", action="store_true", help="archive the places that are not in the file")
    return parser
