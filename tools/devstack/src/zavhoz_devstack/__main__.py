"""`python -m zavhoz_devstack <command>`: what the Makefile calls."""

import argparse
import asyncio
import os
import secrets
import sys
from collections.abc import Callable

from zavhoz_devstack.environment import STORAGES, UPDATES
from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.parent import end_with_parent

MOST_GATEWAYS = 9


def _install(_: argparse.Namespace) -> int:
    from zavhoz_devstack import browser
    from zavhoz_devstack.engine import contained
    from zavhoz_devstack.servers.install import PACKAGES, ensure_installed

    variables = {"PostgreSQL": "POSTGRES_URL", "RabbitMQ": "AMQP_URL", "Redis": "REDIS_URL"}
    wanted = frozenset(name for name in PACKAGES if not os.environ.get(variables[name]))
    if not contained(wanted):
        ensure_installed(wanted=wanted)
    browser.ensure_installed()
    return 0


def _demo(options: argparse.Namespace) -> int:
    from zavhoz_devstack.demo import demo

    return asyncio.run(
        demo(updates=options.updates, gateways=options.gateways, storage=options.storage, seed=options.seed)
    )


def _tour(options: argparse.Namespace) -> int:
    from zavhoz_devstack.tour import tour

    there = (options.updates, options.gateways, options.storage)
    if options.where == "compose" and there != (UPDATES[0], 1, STORAGES[0]):
        raise DevstackError("In Compose there is one gateway, which polls, and files are kept in a folder")
    return asyncio.run(tour(options.where, updates=options.updates, gateways=options.gateways, storage=options.storage))


def _up(options: argparse.Namespace) -> int:
    from zavhoz_devstack.up import up

    return up(demo=options.demo, seed=options.seed)


def _keep(options: argparse.Namespace) -> int:
    from zavhoz_devstack.background import keep

    return asyncio.run(keep(demo=options.demo, seed=options.seed))


def _down(_: argparse.Namespace) -> int:
    from zavhoz_devstack.up import down

    return down()


def _logs(_: argparse.Namespace) -> int:
    from zavhoz_devstack.up import logs

    return logs()


def _chaos(options: argparse.Namespace) -> int:
    from zavhoz_devstack.faults.chaos import COMMANDS_PER_KILL, chaos

    commands = options.kills * COMMANDS_PER_KILL if options.commands is None else options.commands
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    return asyncio.run(chaos(kills=options.kills, commands=commands, seconds=options.seconds, seed=seed))


def _gateways(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= MOST_GATEWAYS:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {MOST_GATEWAYS}")
    return int(value)


def _switch(value: str) -> bool:
    if value not in ("0", "1"):
        raise argparse.ArgumentTypeError("must be 0 or 1")
    return value == "1"


def _add_stack_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--storage", choices=STORAGES, default=STORAGES[0], help="where files are kept")
    command.add_argument("--updates", choices=UPDATES, default=UPDATES[0], help="how they come from Telegram")
    command.add_argument("--gateways", type=_gateways, default=1, metavar="N", help="how many run beside each other")


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "install": (_install, "pull or install the servers and the browser that are missing, or say what to type"),
    "demo": (_demo, "run everything until Ctrl-C"),
    "tour": (_tour, "play one request through everything and print who saw what"),
    "up": (_up, "run everything in the background"),
    "keep": (_keep, "what `up` starts where there is no Docker engine"),
    "down": (_down, "end what runs in the background"),
    "chaos": (_chaos, "let people work while everything fails, and audit what came of it"),
    "logs": (_logs, "follow the log of what runs in the background"),
}
"""Name: what it does, and how `--help` says it. A command returns its exit code."""


def main(arguments: list[str]) -> int:
    """Run one command; errors that a person can mend are printed without a traceback."""
    parser = argparse.ArgumentParser(prog="python -m zavhoz_devstack", description=__doc__)
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the calling process ends (make)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    parsers = {name: commands.add_parser(name, help=purpose) for name, (_, purpose) in COMMANDS.items()}
    parsers["tour"].add_argument("--in", dest="where", choices=["here", "compose"], default="here")
    for name in ("up", "keep"):
        parsers[name].add_argument("--demo", action="store_true", help="with the stand-in for Telegram")
    for name in ("demo", "up", "keep"):
        parsers[name].add_argument("--seed", type=_switch, default=True, metavar="0|1", help="begin with requests")
    for name in ("demo", "tour"):
        _add_stack_options(parsers[name])
    parsers["chaos"].add_argument("--kills", type=int, default=20, metavar="N", help="at least so many (20)")
    parsers["chaos"].add_argument("--commands", type=int, metavar="N", help="at least so many (50 for each kill)")
    parsers["chaos"].add_argument("--seconds", type=float, default=0, metavar="S", help="at least so long (0)")
    parsers["chaos"].add_argument("--seed", type=int, metavar="N", help="chooses the faults; any by default")
    options = parser.parse_args(arguments)
    if options.end_with_parent:
        end_with_parent()
    try:
        return COMMANDS[options.command][0](options)
    except DevstackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
