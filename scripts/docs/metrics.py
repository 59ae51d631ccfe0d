"""`docs/metrics.md`: every metric of every service, from the modules that define them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client.metrics import MetricWrapperBase

_WHERE: Final = {
    "zavhoz_chassis": "Every service",
    "zavhoz_messaging": "Every service that talks over the broker",
    "zavhoz_telegram": "Every service that calls Telegram",
    "zavhoz_gateway": "Gateway",
    "zavhoz_requests": "Requests",
    "zavhoz_notifier": "Notifier",
    "zavhoz_files": "Files",
}
_HEAD: Final = """# Metrics

<!-- Made by `make docs` from the modules that define them. Do not edit. -->

What `GET /metrics` of each service tells, besides the client library's own metrics of the process (memory, CPU, files).
What to make of them: [observability](observability.md). Names are as Prometheus stores them; a histogram
has `_bucket`, `_sum` and `_count`. Labels have few values each: queues, types of messages, routes, classes of errors;
never an id.
"""
_SUFFIX: Final = {"counter": "_total", "info": "_info"}


@dataclass(frozen=True)
class Described:
    """One metric."""

    package: str
    name: str
    type: str
    labels: tuple[str, ...]
    meaning: str


def described() -> list[Described]:
    """Every metric there is, package by package."""
    found: dict[int, Described] = {}
    for package in _WHERE:
        for module in _defining(package):
            for value in vars(importlib.import_module(module)).values():
                if isinstance(value, MetricWrapperBase):
                    found.setdefault(id(value), _described(package, value))
    return list(found.values())


def _defining(package: str) -> Iterator[str]:
    """The modules that may define metrics; the others are not imported."""
    for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        source = getattr(found.module_finder.find_spec(found.name, None), "origin", None)
        if source and "prometheus_client" in Path(source).read_text():
            yield found.name


def _described(package: str, metric: MetricWrapperBase) -> Described:
    (family,) = metric.describe()
    labels = tuple(metric._labelnames)  # noqa: SLF001  # told in samples only, of which there are none yet
    return Described(package, family.name + _SUFFIX.get(family.type, ""), family.type, labels, family.documentation)


def page() -> str:
    """The page: a table for each package."""
    parts = [_HEAD]
    for package, where in _WHERE.items():
        rows = sorted(
            f"| `{one.name}` | {one.type} | {', '.join(f'`{label}`' for label in one.labels) or '—'} | {one.meaning} |"
            for one in described()
            if one.package == package
        )
        if rows:
            parts.append("\n".join([f"## {where}", "", "| Metric | Type | Labels | What it says |", _LINE, *rows, ""]))
    return "\n".join(parts)


_LINE: Final = "| --- | --- | --- | --- |"
