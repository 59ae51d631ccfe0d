"""`docs/configuration.md`: every variable that a service reads, from the services' settings classes."""

from __future__ import annotations

import importlib
import types
from collections import defaultdict
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import SecretStr
from pydantic.fields import FieldInfo

SERVICES: Final = ("gateway", "requests", "notifier", "files")
_HEAD: Final = """# Configuration

<!-- Made by `make docs` from the settings classes (`services/*/src/*/settings.py`). Do not edit. -->

Services read environment variables and nothing else: once, at start. One that is missing or wrong ends the start with
status 2 and a sentence that names the variable and says what it should look like. An empty variable counts as not set.
`NAME_FILE` may give the path of a file that holds the value of `NAME`. Secrets and passwords in addresses are masked in
logs. `make demo`, `make tour` and `make test` set all of them themselves; [`.env.example`](../.env.example) is a file
to begin with. `python -m zavhoz_gateway --help`, and so for every service, prints the variables of that one.
"""
_PLAIN: Final[dict[Any, str]] = {
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    str: "text",
    SecretStr: "secret",
    ZoneInfo: "name of a time zone",
}


def page() -> str:
    """The page: what all services read, what several of them do, and what one alone does."""
    readers: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for service in SERVICES:
        settings = importlib.import_module(f"zavhoz_{service}.settings").Settings
        for name, field in settings.model_fields.items():
            readers[_row(name, field)].append(service)
    sections: dict[str, list[str]] = defaultdict(list)
    for row, services in readers.items():
        cells = row if len(services) in {1, len(SERVICES)} else (*row, ", ".join(services))
        sections[_section(services)].append(f"| {' | '.join(cells)} |")
    order = ("Every service", "Several services", *(service.capitalize() for service in SERVICES))
    return "\n".join([_HEAD, *(_table(title, sections[title]) for title in order if sections[title])])


def _section(services: list[str]) -> str:
    if len(services) == 1:
        return services[0].capitalize()
    return "Every service" if len(services) == len(SERVICES) else "Several services"


def _table(title: str, rows: list[str]) -> str:
    columns = ["Variable", "What it may be", "Default", "What it is for"]
    if title == "Several services":
        columns.append("Services")
    head = [f"## {title}", "", f"| {' | '.join(columns)} |", "| --- " * len(columns) + "|"]
    return "\n".join([*head, *rows, ""])


def _row(name: str, field: FieldInfo) -> tuple[str, ...]:
    meaning = field.description or ""
    if field.examples:
        meaning += f"; for example `{field.examples[0]}`"
    kind = "address" if name.endswith(("_url", "_endpoint", "_dsn")) else _kind(field.annotation)
    return tuple(
        cell.replace("|", "\\|").replace("<", "\\<")
        for cell in (f"`{name.upper()}`", kind + _limits(field), _default(field), meaning)
    )


def _kind(annotation: Any) -> str:
    """A type in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin in {Union, types.UnionType}:
        return " or ".join(_kind(one) for one in inner if one is not types.NoneType)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin is dict:
        return "pairs `name:value`, comma-separated"
    if origin is not None:
        return f"{_kind(inner[0])}, or several, comma-separated"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    return _PLAIN.get(annotation) or str(annotation.__name__)


def _limits(field: FieldInfo) -> str:
    said = []
    for one in field.metadata:
        match one:
            case Ge(bound):
                said.append(f"{bound:,} or more")
            case Gt(bound):
                said.append(f"more than {bound:,}")
            case Le(bound):
                said.append(f"at most {bound:,}")
            case Lt(bound):
                said.append(f"less than {bound:,}")
            case MinLen(least) if least > 1:
                said.append(f"{least:,} characters or more")
            case MaxLen(most):
                said.append(f"at most {most:,} characters")
    return "".join(f", {limit}" for limit in said)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    default = field.get_default(call_default_factory=True)
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    if value is None or value == "" or (isinstance(value, tuple | frozenset | dict) and not value):
        return "—"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
