"""Doubles in place of the services, where Python finds them first."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from zavhoz_devstack.environment import SERVICES


def _real(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@pytest.fixture
def doubles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that goes first on the path of every program started from here."""
    folder = tmp_path / "doubles"
    for name in (*SERVICES, "sandbox"):
        package = folder / f"zavhoz_{name}"
        package.mkdir(parents=True)
        # Whatever else is in the real package stays to be had: only what is run is another.
        (package / "__init__.py").write_text(f"__path__.append({str(_real(package.name))!r})\n")
        shutil.copy(Path(__file__).parent / "service_double.py", package / "__main__.py")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder
