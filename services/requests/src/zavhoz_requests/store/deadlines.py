"""The clocks of a request as columns of its row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from zavhoz_requests.domain.clocks import Level, Running
from zavhoz_requests.domain.deadlines import Deadlines

COLUMNS: Final = {
    "due_at": "timestamptz",
    "react_by": "timestamptz",
    "alarm_at": "timestamptz",
    "runs": "smallint",
    "terms": "int",
    "reaction_since": "timestamptz",
    "reaction_allowed": "interval",
    "reaction_raised": "smallint",
    "resolution_since": "timestamptz",
    "resolution_allowed": "interval",
    "resolution_spent": "interval",
    "resolution_raised": "smallint",
}
"""Their names and types. What a clock allows is none where it does not run and is not paused."""
_NOTHING: Final = timedelta()


def read(row: Any) -> Deadlines:
    """What a row says."""
    return Deadlines(
        # It is never paused: until somebody takes it there is nothing to put on hold.
        reaction=_running(row.reaction_allowed, _NOTHING, row.reaction_since, row.reaction_raised, row.runs),
        resolution=_running(
            row.resolution_allowed, row.resolution_spent, row.resolution_since, row.resolution_raised, row.runs
        ),
        react_by=row.react_by,
        due_at=row.due_at,
        alarm_at=row.alarm_at,
        runs=row.runs,
        terms=row.terms,
    )


def _running(allowed: timedelta | None, spent: timedelta, since: Any, raised: int, run: int) -> Running | None:
    # Levels are raised in their order, so how many were says which.
    return None if allowed is None else Running(allowed, spent, since, run, frozenset(tuple(Level)[:raised]))


def written(deadlines: Deadlines) -> Mapping[str, Any]:
    """What a row is to say, by column."""
    reaction, resolution = deadlines.reaction, deadlines.resolution
    return {
        "due_at": deadlines.due_at,
        "react_by": deadlines.react_by,
        "alarm_at": deadlines.alarm_at,
        "runs": deadlines.runs,
        "terms": deadlines.terms,
        "reaction_since": reaction.since if reaction else None,
        "reaction_allowed": reaction.allowed if reaction else None,
        "reaction_raised": len(reaction.raised) if reaction else 0,
        "resolution_since": resolution.since if resolution else None,
        "resolution_allowed": resolution.allowed if resolution else None,
        "resolution_spent": resolution.spent if resolution else None,
        "resolution_raised": len(resolution.raised) if resolution else 0,
    }
