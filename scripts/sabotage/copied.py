"""A copy of the working tree in a temporary folder, with a virtual environment of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Ours would lead what runs in the copy back to the tree that it was copied from, or measure it together with us.
_LEFT_OUT: Final = ("PYTHON", "PYTEST", "VIRTUAL_ENV", "COV_", "COVERAGE")


class CopyFailed(Exception):
    """The copy cannot be used; says why."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A tree at `root`, with its own interpreter."""

    root: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.root / ".venv/bin/python"

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None, seconds: float = 900
    ) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy, for so long at most.

        Raises:
            subprocess.TimeoutExpired: it took longer, and was ended.
        """
        return _run([str(self.python), *arguments], self.root, _environment() | dict(env or {}), seconds)

    def check(self) -> None:
        """Import every module of ours.

        Raises:
            CopyFailed: one is not from the copy, or cannot be imported.
        """
        checked = self.run("-m", "scripts.sabotage.origins")
        if checked.returncode:
            raise CopyFailed(f"not every module is from the copy:\n{checked.stdout}{checked.stderr[-2000:]}")


@contextlib.contextmanager
def copied(source: Path) -> Iterator[Copy]:
    """A copy of what Git knows of `source` and does not ignore, as it is in the working tree; removed afterwards.

    Raises:
        CopyFailed: it cannot be made, or does not stand by itself.
    """
    with tempfile.TemporaryDirectory(prefix="zavhoz-sabotage-") as folder:
        copy = Copy(Path(folder).resolve() / "tree")
        for name in _listed(source):
            if (source / name).is_file():  # one that was removed is still listed
                target = copy.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / name, target)
        _install(copy.root)
        copy.check()
        yield copy


def _listed(source: Path) -> list[str]:
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = _run(git, source, os.environ, 60)
    if listed.returncode:
        raise CopyFailed(f"git does not list {source}: {listed.stderr}")
    return [name for name in listed.stdout.split("\0") if name]


def _install(root: Path) -> None:
    """As scripts/setup.sh does, with the uv that is here: seconds, for it has all packages already."""
    uv, python = [sys.executable, "-m", "uv"], str(root / ".venv/bin/python")
    packages = [str(path.parent) for path in sorted(root.glob("*/*/pyproject.toml"))]
    editable = [part for package in packages for part in ("-e", package)]
    install = [*uv, "pip", "install", "--quiet", "--python", python]
    env = _environment() | {"UV_SYSTEM_CERTS": "1"}
    steps = (
        [*uv, "venv", "--quiet", "--python", sys.executable, str(root / ".venv")],
        [*install, "--require-hashes", "-r", "requirements.lock"],
        [*install, "--offline", "--no-deps", "--no-build-isolation", *editable],
    )
    if any(_run(step, root, env, 600).returncode for step in steps):
        shutil.rmtree(root / ".venv", ignore_errors=True)
        # pip knows mirrors and certificates that uv does not read.
        setup = _run([str(root / "scripts/setup.sh")], root, env | {"PYTHON": sys.executable}, 1200)
        if setup.returncode:
            raise CopyFailed(f"the environment could not be made:\n{setup.stdout}{setup.stderr}")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}


def _run(
    command: Sequence[str], folder: Path, env: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str]:
    # Into files: a pipe ends only with the last of those that were started with it.
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(  # noqa: S603  # nosec B603: our own commands
            command, cwd=folder, env=dict(env), stdout=output, stderr=errors, text=True, start_new_session=True
        ) as process:
            try:
                process.wait(seconds)
            finally:
                # What broken code has started and not ended goes with it.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        for file in (output, errors):
            file.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, output.read(), errors.read())
