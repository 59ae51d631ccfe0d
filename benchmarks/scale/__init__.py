"""Does it cost more as the work grows? The same load on a database with 1,000 requests and with 1,000,000.

And how long what people read takes at 1,000,000.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.figures import Figure, wait_until_idle
from benchmarks.flow import OURS, ours, rate
from benchmarks.scale import groups, reads
from benchmarks.scale.fill import DATABASE, STAFF, fill
from benchmarks.servers import Servers

GROUPS = 100
SIZES = {"1k": 1_000, "1m": 1_000_000}


async def measure(
    servers: Servers, rounds: int, say: Callable[[str], None]
) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Paired rounds; the database in use is exchanged for the other one by its name."""
    for name, count in SIZES.items():
        await servers.migrate()
        await servers.empty()
        began = time.perf_counter()
        await fill(servers, count)
        say(f"  filled a database with {count:,} requests in {time.perf_counter() - began:.0f} s")
        await _rename(servers, DATABASE, f"bench_{name}")
    await _rename(servers, "bench_1m", DATABASE)
    wait_until_idle(say)
    read = await reads.measure(servers)
    say(f"\n{reads.table(read)}\n")
    await _rename(servers, DATABASE, "bench_1m")
    seen: dict[str, list[float]] = {name: [] for name in SIZES}
    for number in range(rounds):
        wait_until_idle(say)
        for name in SIZES:
            await _rename(servers, f"bench_{name}", DATABASE)
            if not await servers.all_published():
                raise AssertionError("events that other work has left would be counted as well")
            seen[name].append(await rate(servers, ours, OURS, STAFF))
            await _rename(servers, DATABASE, f"bench_{name}")
        say(f"  round {number + 1}: " + ", ".join(f"at {name} {values[-1]:,.0f}/s" for name, values in seen.items()))
    await servers.migrate()
    grouped = await groups.measure(servers, "bench_1k", "bench_1m", GROUPS)
    say(f"  groups in turns: at 1m ÷ at 1k {statistics.median(grouped):.2f}")
    ratio = Figure.of([big / small for small, big in zip(seen["1k"], seen["1m"], strict=True)])
    slowest = Figure.of([max(p95 for p95, _ in read.values())])
    details: dict[str, Any] = {f"at_{name}_per_s": round(statistics.median(v)) for name, v in seen.items()}
    details["read_p95_ms"] = {name: round(p95, 1) for name, (p95, _) in read.items()}
    in_turns = Figure.of(groups.quartiles(grouped))
    return {"rate_at_1m_vs_1k": ratio, "groups_at_1m_vs_1k": in_turns, "read_p95_at_1m_ms": slowest}, details


async def _rename(servers: Servers, old: str, new: str) -> None:
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{old}'"  # noqa: S608  # nosec B608
    await servers.execute("postgres", end, f"ALTER DATABASE {old} RENAME TO {new}")
