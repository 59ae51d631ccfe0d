"""Where our modules come from: `python -m scripts.sabotage.origins` fails unless it is all from the tree it is in."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PREFIX: Final = "zavhoz_"


def foreign(modules: Iterable[ModuleType], root: Path) -> list[str]:
    """Those of our modules that are not from `root`, and where they are from."""
    ours = {module.__name__: module.__file__ for module in modules if module.__name__.startswith(PREFIX)}
    return sorted(
        f"{name} is {file}" for name, file in ours.items() if file and root not in Path(file).resolve().parents
    )


def import_all(root: Path) -> int:
    """Import every module of every package in `root`; returns how many there are."""
    packages = [path for path in sorted(root.glob(f"*/*/src/{PREFIX}*")) if path.is_dir()]
    for path in packages:
        for module in pkgutil.walk_packages([str(path)], f"{path.name}."):
            if not module.name.endswith(".__main__"):  # runs something
                importlib.import_module(module.name)
    return sum(name.startswith(PREFIX) for name in sys.modules)


def main() -> int:
    """Import everything, and name what is not from here."""
    count = import_all(ROOT)
    elsewhere = foreign(list(sys.modules.values()), ROOT)
    for one in elsewhere:
        print(one)
    print(f"{count - len(elsewhere)} modules are from {ROOT}")
    return 1 if elsewhere or not count else 0


if __name__ == "__main__":
    sys.exit(main())
