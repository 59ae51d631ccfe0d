"""`python -m benchmarks`: measure, print the table, write `benchmarks/results/latest.json`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import answer, backlog, consumers, flow, gateway, idle, page, scale
from benchmarks.figures import Figure, machine, table, write
from benchmarks.servers import running_servers

LATEST = Path(__file__).parent / "results" / "latest.json"
ON_SERVERS = {"flow": flow.measure, "consumers": consumers.measure, "scale": scale.measure}
"""Parts that share a database and a broker; the others start a whole system of their own."""
ON_A_STACK = {
    "answer": answer.measure,
    "gateway": gateway.measure,
    "idle": idle.measure,
    "backlog": backlog.measure,
    "page": page.measure,
}
PARTS = (*ON_SERVERS, *ON_A_STACK)


async def main(wanted: tuple[str, ...], rounds: int) -> None:
    """Run the parts one after another."""
    figures: dict[str, Figure] = {}
    details: dict[str, Any] = {}

    def keep(name: str, found: tuple[dict[str, Figure], dict[str, Any]]) -> None:
        figures.update(found[0])
        details[name] = found[1]

    shared = [name for name in ON_SERVERS if name in wanted]
    if shared:
        async with running_servers() as servers:
            for name in shared:
                say(f"{name}:")
                keep(name, await ON_SERVERS[name](servers, rounds, say))
    for name, part in ON_A_STACK.items():
        if name in wanted:
            say(f"{name}:")
            keep(name, await part(rounds, say))
    say(f"\n{machine()}\n\n{table(figures)}")
    write(LATEST, figures, details)


def say(text: str) -> None:
    """Show progress at once."""
    print(text, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="one part alone")
    parser.add_argument("--rounds", type=int, default=5, help="paired rounds of each part (default 5)")
    options = parser.parse_args()
    uvloop.run(main((options.only,) if options.only else PARTS, options.rounds))
