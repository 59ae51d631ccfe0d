"""Ratios of paired rounds, the machine they were measured on, and how both are shown."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess  # nosec B404: asks git for the commit
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

IDLE_SHARE = 0.85
_GATE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of some rounds with its spread. A ratio has no unit; what has one says so in its name."""

    median: float
    min: float
    max: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Sum up rounds; each value is already a ratio of two figures taken right after one another."""
        return cls(_short(statistics.median(values)), _short(min(values)), _short(max(values)), len(values))


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should reach first: at least `value`, or at most where `at_most`."""

    text: str
    value: float
    at_most: bool = False

    def met(self, figure: Figure) -> bool:
        """Whether the median is on the right side."""
        return figure.median <= self.value if self.at_most else figure.median >= self.value


GOALS = {
    "flow_vs_naive": Goal("whole flow ÷ naive flow", 8),
    "flow_vs_postgres": Goal("whole flow ÷ PostgreSQL's group-commit limit", 0.05),
    "flow_vs_rabbitmq": Goal("whole flow ÷ RabbitMQ's publish-and-consume limit", 0.09),
    "consumer_vs_faststream": Goal("our consumer ÷ FastStream, both with traces and metrics", 2.5),
    "consumer_vs_celery": Goal("our consumer ÷ Celery", 5),
    "p99_naive_vs_ours": Goal("p99 command → event at 50/s, naive ÷ ours", 50),
    "p99_ours_ms": Goal("p99 command → event at 200/s, ours, ms", 25, at_most=True),
    "tap_to_answer_p99_ms": Goal("tap → answered press, p99 of 50 people at once, ms", 100, at_most=True),
    "gateway_vs_aiogram": Goal("gateway with durable publish ÷ aiogram's webhook handler doing nothing", 0.4),
    "webhook_p99_ms": Goal("webhook answered, p99 at 200 updates/s, ms", 100, at_most=True),
    "idle_rss_mb": Goal("four services idle, RSS together, MB", 400, at_most=True),
    "backlog_minutes": Goal(
        "an hour's backlog at 50 events/s: its queue empty, all planned, minutes", 10, at_most=True
    ),
    "backlog_said_minutes": Goal(
        "the same, and everything said (without Telegram's limits), minutes", 10, at_most=True
    ),
    "backlog_rss_mb": Goal("notifier while it drains it, peak RSS, MB", 200, at_most=True),
    "page_news_ms": Goal(
        "chat page, 3 × 1,000 messages: call of the bot → message drawn, slowest, ms", 100, at_most=True
    ),
    "page_frame_ms": Goal("chat page, 3 × 1,000 messages: slowest frame while scrolling, ms", 100, at_most=True),
    "rate_at_1m_vs_1k": Goal("command rate at 1,000,000 requests ÷ at 1,000", 0.9),
    "groups_at_1m_vs_1k": Goal("groups of commands in turns, at 1,000,000 requests ÷ at 1,000, quartiles", 0.9),
    "read_p95_at_1m_ms": Goal("the slowest kind of read at 1,000,000 requests, p95, ms", 50, at_most=True),
}


def wait_until_idle(say: Callable[[str], None]) -> None:
    """Wait, up to a minute, until the machine has little else to do; says so when it goes on without."""
    deadline = time.monotonic() + _GATE_SECONDS
    while (share := _idle_share(1.0)) < IDLE_SHARE:
        if time.monotonic() > deadline:
            say(f"  the machine is busy ({share:.0%} idle): these figures are worth less")
            return


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def table(figures: dict[str, Figure]) -> str:
    """A Markdown table of what was measured beside what should be reached."""
    lines = ["| figure | median | min to max | rounds | goal | met |", "| --- | --- | --- | --- | --- | --- |"]
    for name, figure in figures.items():
        goal = GOALS[name]
        sign = "≤" if goal.at_most else "≥"
        met = "yes" if goal.met(figure) else "**no**"
        lines.append(
            f"| {goal.text} | {figure.median:g} | {figure.min:g} to {figure.max:g} | {figure.rounds} |"
            f" {sign} {goal.value:g} | {met} |"
        )
    return "\n".join(lines)


def write(path: Path, figures: dict[str, Figure], details: dict[str, Any]) -> None:
    """Write the figures as JSON; `details` are the absolute figures behind them, true for one run only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(  # nosec B603 B607
        ["git", "rev-parse", "HEAD"], check=False, capture_output=True, text=True, cwd=path.parent
    ).stdout.strip()
    ratios = {name: asdict(figure) for name, figure in figures.items()}
    content = {"machine": machine(), "commit": commit, "ratios": ratios, "details": details}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _idle_share(seconds: float) -> float:
    before = _cpu_times()
    time.sleep(seconds)
    spent = [after - before for before, after in zip(before, _cpu_times(), strict=True)]
    return (spent[3] + spent[4]) / max(sum(spent), 1)


def _cpu_times() -> list[int]:
    """Ticks as in proc(5): user, nice, system, idle, iowait, …"""
    line = Path("/proc/stat").read_text().split("\n", 1)[0]
    return [int(field) for field in line.split()[1:9]]
