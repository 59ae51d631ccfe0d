"""Doubles in place of the services, where Python finds them first."""

import shutil
from pathlib import Path

import pytest

from zavhoz_devstack.environment import SERVICES


@pytest.fixture
def doubles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that goes first on the path of every program started from here."""
    folder = tmp_path / "doubles"
    for name in (*SERVICES, "sandbox"):
        package = folder / f"zavhoz_{name}"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        shutil.copy(Path(__file__).parent / "service_double.py", package / "__main__.py")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder
