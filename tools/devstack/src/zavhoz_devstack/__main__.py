"""`python -m zavhoz_devstack <command>`: what the Makefile calls."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable

from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.parent import end_with_parent


def _install() -> int:
    from zavhoz_devstack.servers.install import PACKAGES, ensure_installed

    variables = {"PostgreSQL": "POSTGRES_URL", "RabbitMQ": "AMQP_URL", "Redis": "REDIS_URL"}
    ensure_installed(wanted=frozenset(name for name in PACKAGES if not os.environ.get(variables[name])))
    return 0


def _demo() -> int:
    from zavhoz_devstack.demo import demo

    return asyncio.run(demo())


def _tour() -> int:
    from zavhoz_devstack.tour import tour

    return asyncio.run(tour())


COMMANDS: dict[str, tuple[Callable[[], int], str]] = {
    "install": (_install, "install the servers that are missing, or say what to type"),
    "demo": (_demo, "run everything until Ctrl-C"),
    "tour": (_tour, "play one request through everything and print who saw what"),
}
"""Name: what it does, and how `--help` says it. A command returns its exit code."""


def main(arguments: list[str]) -> int:
    """Run one command; errors that a person can mend are printed without a traceback."""
    parser = argparse.ArgumentParser(prog="python -m zavhoz_devstack", description=__doc__)
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the calling process ends (make)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (_, purpose) in COMMANDS.items():
        commands.add_parser(name, help=purpose)
    options = parser.parse_args(arguments)
    if options.end_with_parent:
        end_with_parent()
    try:
        return COMMANDS[options.command][0]()
    except DevstackError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
