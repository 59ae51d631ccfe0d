"""Does it cost more as the work grows? The same load on a database with 1,000 requests and with 1,000,000."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, wait_until_idle
from benchmarks.flow import OURS, ours, rate
from benchmarks.servers import Servers

SIZES = {"1k": 1_000, "1m": 1_000_000}
_DATABASE = "zavhoz_requests"


async def measure(
    servers: Servers, rounds: int, say: Callable[[str], None]
) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Paired rounds; the database in use is exchanged for the other one by its name."""
    for name, count in SIZES.items():
        say(f"  filling a database with {count:,} requests")
        await servers.migrate()
        await servers.empty()
        statements = (Path(__file__).parent / "fill.sql").read_text().replace(":count", str(count))
        await servers.execute(_DATABASE, statements, "VACUUM ANALYZE")
        await _rename(servers, _DATABASE, f"bench_{name}")
    seen: dict[str, list[float]] = {name: [] for name in SIZES}
    for number in range(rounds):
        wait_until_idle(say)
        for name in SIZES:
            await _rename(servers, f"bench_{name}", _DATABASE)
            seen[name].append(await rate(servers, ours, OURS))
            await _rename(servers, _DATABASE, f"bench_{name}")
        say(f"  round {number + 1}: " + ", ".join(f"at {name} {values[-1]:,.0f}/s" for name, values in seen.items()))
    await servers.migrate()
    ratio = Figure.of([big / small for small, big in zip(seen["1k"], seen["1m"], strict=True)])
    return {"rate_at_1m_vs_1k": ratio}, {f"at_{name}_per_s": round(statistics.median(v)) for name, v in seen.items()}


async def _rename(servers: Servers, old: str, new: str) -> None:
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{old}'"  # noqa: S608  # nosec B608
    await servers.execute("postgres", end, f"ALTER DATABASE {old} RENAME TO {new}")
