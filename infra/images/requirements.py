"""The part of requirements.lock that the named packages need, with its pins and hashes, on standard output.

    python requirements.py requirements.lock zavhoz-gateway zavhoz-contracts …

The lock says of each package for whose sake it is there (`# via`), so nothing is resolved again: an image gets exactly
the versions that the tests ran with. All of our own packages that go into the image are named, for the lock does not
list them. Only the standard library is imported: this runs before anything is installed.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"[a-z0-9.-]+")
_BESIDE = re.compile(r" \([^)]*\)")
"""Where a reason was read: `zavhoz-gateway (services/gateway/pyproject.toml)`."""


def blocks(lock: str) -> Iterator[tuple[str, frozenset[str], str]]:
    """Each requirement of the lock: its name, for whose sake it is there, and its lines as they stand."""
    for block in re.split(r"\n(?=[a-z0-9])", "\n" + lock)[1:]:
        name = _NAME.match(block)
        lines, _, reasons = block.partition("# via ")
        if name is None or not reasons:
            raise ValueError(f"the lock does not say why this is in it: {block.splitlines()[0]}")
        yield name[0], frozenset(_BESIDE.sub("", reasons.strip()).split(", ")), lines.rstrip(" \\\n")


def needed(lock: str, packages: frozenset[str]) -> str:
    """The requirements of `packages`, and of those in turn."""
    entries = list(blocks(lock))
    wanted: frozenset[str] = frozenset()
    found = packages
    while found != wanted:
        wanted = found
        found = wanted | {name for name, reasons, _ in entries if reasons & wanted}
    return "\n".join(lines for name, _, lines in entries if name in wanted) + "\n"


if __name__ == "__main__":
    sys.stdout.write(needed(Path(sys.argv[1]).read_text(), frozenset(sys.argv[2:])))
