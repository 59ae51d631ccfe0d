"""What the command line says of tables of places, in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from zavhoz_contracts.api.places import PlaceKind, PlaceStep, PlaceStepLine, RowFault, WrongRow

_FAULTS: Final[Mapping[RowFault, str]] = {
    RowFault.NOT_UTF8: "this is not UTF-8; save the table as “CSV UTF-8”",
    RowFault.NO_TABLE: "{problem}",
    RowFault.COLUMNS_MISSING: "the first line must name the columns {columns}; missing: {missing}",
    RowFault.COLUMNS_DIFFER: "{count} columns, and the first line has {expected}",
    RowFault.CODE_WRONG: "code {code!r}: 1 to 59 of A-Z, a-z, 0-9, _ and - are needed",
    RowFault.CODE_TWICE: "code {code} is on line {first} already",
    RowFault.KIND_UNKNOWN: f"kind {{kind!r}}: one of {', '.join(PlaceKind)} is needed",
    RowFault.NAME_EMPTY: "the name is empty",
    RowFault.NAME_TOO_LONG: "the name has {length} characters, at most {limit} are allowed",
    RowFault.PARENT_UNKNOWN: "parent {parent!r} is neither in this file nor among the places there are",
    RowFault.PARENT_NARROWER: "a {kind} cannot be in a {parent_kind} ({parent})",
    RowFault.IN_ITSELF: "{code} is in itself: {circle}",
    RowFault.PATH_TOO_LONG: "the names from the root to {code} make more than {limit} characters",
}


def wrong_in_words(wrong: WrongRow) -> str:
    """What is wrong with a row."""
    return _FAULTS[wrong.fault].format_map(wrong.values)


def step_in_words(step: PlaceStepLine) -> str:
    """What happens to a place."""
    if step.step in (PlaceStep.ADDED, PlaceStep.RESTORED, PlaceStep.ARCHIVED):
        return f"{step.step}: {step.code}  {step.after}"
    return f"{step.step}: {step.code}  {step.before} -> {step.after}"
