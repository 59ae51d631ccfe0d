"""The pages of `docs/` that are made from the code: `python -m scripts.docs write` makes them, `check` compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from scripts.docs import configuration, decisions, lifecycle, metrics, permissions, stories

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs"
PAGES: Final = {
    "configuration.md": configuration.page,
    "lifecycle.md": lifecycle.page,
    "metrics.md": metrics.page,
    "permissions.md": permissions.page,
    "stories.md": stories.page,
    "adr/README.md": decisions.page,
}


def stale(folder: Path) -> list[str]:
    """The names of the pages that are missing or do not say what the code says."""
    rendered = {name: make() for name, make in PAGES.items()}
    return [name for name, text in rendered.items() if not _says(folder / name, text)]


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text() == text


def write(folder: Path) -> None:
    """Make the pages say what the code says."""
    folder.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(make())


def main(arguments: list[str]) -> int:
    """Run `write` or `check`; the exit status says whether the pages are true."""
    match arguments:
        case ["write"]:
            write(FOLDER)
            return 0
        case ["check"]:
            wrong = stale(FOLDER)
            for name in wrong:
                sys.stderr.write(f"docs: docs/{name} does not say what the code says\n")
            if wrong:
                sys.stderr.write("docs: run `make docs` and commit the result\n")
            return 1 if wrong else 0
        case _:
            sys.stderr.write("usage: python -m scripts.docs write|check\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
