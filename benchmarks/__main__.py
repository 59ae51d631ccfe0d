"""`python -m benchmarks`: measure, print the table, write `benchmarks/results/latest.json`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import consumers, flow, scale
from benchmarks.figures import Figure, machine, table, write
from benchmarks.servers import running_servers

LATEST = Path(__file__).parent / "results" / "latest.json"


async def main(only: str | None, rounds: int) -> None:
    """Run the parts, one after another on the same private servers."""
    figures: dict[str, Figure] = {}
    details: dict[str, Any] = {}
    async with running_servers() as servers:
        for name, part in PARTS.items():
            if only in (None, name):
                print(f"{name}:", flush=True)
                found, absolute = await part(servers, rounds, say)
                figures |= found
                details[name] = absolute
    print(f"\n{machine()}\n\n{table(figures)}")
    write(LATEST, figures, details)


def say(text: str) -> None:
    """Show progress at once."""
    print(text, flush=True)


PARTS = {"flow": flow.measure, "consumers": consumers.measure, "scale": scale.measure}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=list(PARTS), help="one part alone")
    parser.add_argument("--rounds", type=int, default=5, help="paired rounds of each part (default 5)")
    options = parser.parse_args()
    uvloop.run(main(options.only, options.rounds))
