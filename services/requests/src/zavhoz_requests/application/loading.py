"""Loading places from a CSV file: all of it or nothing, and again with the same effect."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from zavhoz_chassis import clock
from zavhoz_contracts.api.places import RowFault, WrongRow
from zavhoz_contracts.envelope import Envelope
from zavhoz_messaging import outbox
from zavhoz_requests.application.cells import plain
from zavhoz_requests.application.messages import place_message
from zavhoz_requests.domain.places import Changes, Place, Row, plan
from zavhoz_requests.store import Connection, places

COLUMNS: Final = ("code", "parent", "kind", "name")


def read(content: bytes) -> tuple[list[Row], list[WrongRow]]:
    """The rows of a CSV file: UTF-8, with or without a byte order mark; `;` or `,` between; empty lines are skipped.

    Apostrophes that keep spreadsheet programs from seeing formulas are gone. Beside the rows what is wrong with it.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [WrongRow(line=content[: error.start].count(b"\n") + 1, fault=RowFault.NOT_UTF8)]
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",", strict=True)
    rows: list[Row] = []
    wrong: list[WrongRow] = []
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            said = {"columns": ", ".join(COLUMNS), "missing": ", ".join(missing)}
            return [], [WrongRow(line=1, fault=RowFault.COLUMNS_MISSING, values=said)]
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                counts = {"count": str(len(cells)), "expected": str(len(names))}
                wrong.append(WrongRow(line=reader.line_num, fault=RowFault.COLUMNS_DIFFER, values=counts))
                continue
            of = dict(zip(names, cells, strict=True))
            rows.append(Row(reader.line_num, *(plain(of[name].strip()) for name in COLUMNS)))
    except csv.Error as error:
        wrong.append(WrongRow(line=reader.line_num, fault=RowFault.NO_TABLE, values={"problem": str(error)}))
    return rows, wrong


@dataclass(frozen=True, slots=True)
class Cause:
    """Why places changed: somebody's `command`, or an operator's doing, without one."""

    at: datetime
    by: UUID | None = None
    command: Envelope[Any] | None = None


async def load(
    connection: Connection, rows: list[Row], *, archive_missing: bool, dry_run: bool, at: datetime | None = None
) -> Changes | list[WrongRow]:
    """Bring the tree of places to what `rows` say, in the transaction of `connection`; with `dry_run` only say how.

    It happens `at` this time, or now.
    """
    await places.lock(connection)
    tree, now = await places.every(connection), at or await clock.now(connection)
    changes = plan(rows, tree, now, archive_missing=archive_missing)
    if isinstance(changes, Changes) and not dry_run:
        await places.write(connection, changes.written)
        await outbox.append(connection, place_events(changes.written, tree, Cause(now)))
    return changes


def place_events(written: Iterable[Place], before: Mapping[str, Place], cause: Cause) -> list[outbox.Event]:
    """What happened to places, as it is kept and published; `before` are all there were, by code."""
    command, together = cause.command, uuid4()
    return [
        outbox.Event(
            event_id=uuid4(),
            aggregate_type="place",
            aggregate_id=place.id,
            version=place.version,
            data=place_message(place, before.get(place.code), cause.at, cause.by),
            occurred_at=cause.at,
            correlation_id=together if command is None else command.correlationid,
            causation_id=None if command is None else command.id,
            actor_id=cause.by,
            command_id=None if command is None else command.id,
            traceparent=None if command is None else command.traceparent,
        )
        for place in written
    ]
