"""`python -m scripts.sabotage` breaks the code in every way of the catalogue: `make sabotage`.

Exit status 0: each one was caught. 1: one stayed green, could not be tested, or does not fit the code any more. 2: the
tests are red without any sabotage, or the copy does not stand by itself.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from scripts.sabotage.catalogue import ALL
from scripts.sabotage.copied import Copy, CopyFailed, copied
from scripts.sabotage.sabotage import MovedOn, Sabotage
from scripts.sabotage.servers import addresses
from scripts.sabotage.table import HEAD, row, summary
from scripts.sabotage.trial import Ran, Verdict, judged, run_tests

ROOT: Final = Path(__file__).resolve().parents[2]


def unbroken(copy: Copy, sabotages: Sequence[Sabotage], env: Mapping[str, str]) -> Ran:
    """Run all their tests on the code as it is: a test that is red already catches nothing."""
    tests = dict.fromkeys(test for sabotage in sabotages for test in sabotage.tests)
    return run_tests(copy, sorted(tests), env, first_failure_ends=False)


def carried_out(copy: Copy, sabotages: Sequence[Sabotage], env: Mapping[str, str], verbose: bool) -> list[Verdict]:
    """Each of them, one after another; printed as they come."""
    verdicts: list[Verdict] = []
    for sabotage in sabotages:
        try:
            verdict = judged(copy, sabotage, env)
        except MovedOn as moved:
            verdict = Verdict(sabotage, None, str(moved), 0.0)
        verdicts.append(verdict)
        print(row(verdict), flush=True)
        if verbose and verdict.red:
            print(f"    {verdict.why}", flush=True)
    return verdicts


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sabotage", description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="PATTERN", default="", help="a regular expression in their name or file")
    parser.add_argument("--list", action="store_true", help="name them, and break nothing")
    parser.add_argument("--verbose", action="store_true", help="say what each red test said")
    options = parser.parse_args(arguments)
    wanted = [one for one in ALL if re.search(options.only, f"{one.name} {one.file}")]
    if options.list:
        print("\n".join(f"{one.name} ({one.promise}): {one.file}" for one in wanted))
        return 0
    if not wanted:
        parser.error(f"no sabotage is called {options.only!r}; --list names them")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # copy and servers are cleaned up then, too
    began = time.monotonic()
    try:
        with copied(ROOT) as copy, addresses() as env:
            whole = unbroken(copy, wanted, env)
            if not whole.green:
                print(f"The tests are not green without any sabotage:\n{whole.output[-5000:]}")
                return 2
            print(f"{len(whole.passed)} tests are green without any sabotage, in {whole.seconds:.0f} s\n\n{HEAD}")
            verdicts = carried_out(copy, wanted, env, options.verbose)
    except CopyFailed as error:
        print(error)
        return 2
    print(f"\n{summary(verdicts, time.monotonic() - began)}")
    return 0 if all(verdict.red for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
