"""What the four services take of the memory while nothing happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from zavhoz_devstack.devstack import Devstack

SETTLING_SECONDS = 10.0
"""After readiness: timers have ticked, pools and caches are what they will be."""
_PAUSE_SECONDS = 2.0
_KB, _MB = 1024, 1_000_000


async def measure(rounds: int, say: Callable[[str], None]) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Start a whole system, leave it alone, and read what the kernel says of each service.

    RSS counts pages that processes share (the interpreter, libraries) once for each of them; PSS shares them out.
    """
    async with Devstack(say=lambda line: say(f"  {line}")) as stack:
        await asyncio.sleep(SETTLING_SECONDS)
        found: list[dict[str, dict[str, float]]] = []
        for _ in range(rounds):
            found.append({name: memory(service.pid) for name, service in stack.services.items()})
            await asyncio.sleep(_PAUSE_SECONDS)
    for name, one in found[-1].items():
        say(f"  {name:9} RSS {one['rss_mb']:5.1f} MB  PSS {one['pss_mb']:5.1f} MB")
    together = Figure.of([sum(one["rss_mb"] for one in services.values()) for services in found])
    say(f"  together  RSS {together.median:g} MB")
    return {"idle_rss_mb": together}, found[-1]


def memory(pid: int | None) -> dict[str, float]:
    """RSS and PSS of a process in MB, from `/proc/<pid>/smaps_rollup` (proc(5)).

    Raises:
        RuntimeError: it does not run.
    """
    if pid is None:
        raise RuntimeError("a service has ended")
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(value.split()[0]) for name, value in (line.split(":") for line in lines)}
    return {f"{name.lower()}_mb": round(kilobytes[name] * _KB / _MB, 1) for name in ("Rss", "Pss")}
