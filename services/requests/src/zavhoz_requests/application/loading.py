"""Loading places from a CSV file: all of it or nothing, and again with the same effect."""

from __future__ import annotations

import csv
import io
from typing import Final

from zavhoz_requests.application.cells import plain
from zavhoz_requests.domain.places import Changes, Row, Wrong, plan
from zavhoz_requests.store import Connection, places

COLUMNS: Final = ("code", "parent", "kind", "name")


def read(content: bytes) -> tuple[list[Row], list[Wrong]]:
    """The rows of a CSV file: UTF-8, with or without a byte order mark; `;` or `,` between; empty lines are skipped.

    Apostrophes that keep spreadsheet programs from seeing formulas are gone. Beside the rows what is wrong with it.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [], [Wrong(line, "this is not UTF-8; save the table as “CSV UTF-8”")]
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",", strict=True)
    rows: list[Row] = []
    wrong: list[Wrong] = []
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            said = f"the first line must name the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}"
            return [], [Wrong(1, said)]
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                wrong.append(Wrong(reader.line_num, f"{len(cells)} columns, and the first line has {len(names)}"))
                continue
            of = dict(zip(names, cells, strict=True))
            rows.append(Row(reader.line_num, *(plain(of[name].strip()) for name in COLUMNS)))
    except csv.Error as error:
        wrong.append(Wrong(reader.line_num, str(error)))
    return rows, wrong


async def load(
    connection: Connection, rows: list[Row], *, archive_missing: bool, dry_run: bool
) -> Changes | list[Wrong]:
    """Bring the tree of places to what `rows` say, in the transaction of `connection`; with `dry_run` only say how."""
    await places.lock(connection)
    changes = plan(rows, await places.every(connection), archive_missing=archive_missing)
    if isinstance(changes, Changes) and not dry_run:
        await places.write(connection, changes.written)
    return changes
