"""What goes into an image is the lock's, by name, version and hash, and nothing of it is a tool."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARIES = ("contracts", "messaging", "chassis", "telegram")
PACKAGES = {
    "gateway": LIBRARIES,
    "requests": LIBRARIES[:3],
    "notifier": LIBRARIES,
    "files": LIBRARIES,
    "sandbox": (),
}
TOOLS = {"pytest", "mypy", "ruff", "hatchling", "uv", "bandit", "testcontainers", "hypothesis", "coverage"}


def selected(*packages: str, lock: Path = ROOT / "requirements.lock") -> str:
    command = [sys.executable, str(ROOT / "infra/images/requirements.py"), str(lock), *packages]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def names(requirements: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+)==", requirements, re.MULTILINE))


@pytest.mark.parametrize("image", PACKAGES)
def test_an_image_gets_what_its_packages_declare_and_no_tool(image: str) -> None:
    requirements = selected(*(f"zavhoz-{name}" for name in (image, *PACKAGES[image])))
    folder = "tools" if image == "sandbox" else "services"
    projects = [ROOT / folder / image, *(ROOT / "libs" / name for name in PACKAGES[image])]
    for project in projects:
        declared = re.search(r"^dependencies = \[(.*?)^\]", (project / "pyproject.toml").read_text(), re.DOTALL | re.M)
        assert declared is not None
        wanted = {name for name in re.findall(r'"([a-z0-9.-]+)', declared[1]) if not name.startswith("zavhoz-")}
        assert wanted <= names(requirements), project
    assert not TOOLS & names(requirements)
    lock = (ROOT / "requirements.lock").read_text()
    for block in re.split(r"\n(?=[a-z0-9])", requirements.strip()):
        assert block in lock
        assert "--hash=sha256:" in block


def test_the_dockerfile_names_the_packages_it_copies() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for image, libraries in PACKAGES.items():
        named = " ".join(f"zavhoz-{name}" for name in (image, *libraries))
        assert f"/build/install.sh requirements {named}\n" in dockerfile


def test_needs_are_followed_to_the_end(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text(
        "# made by hand\n"
        "apple==1 \\\n    --hash=sha256:a\n    # via zavhoz-gateway (services/gateway/pyproject.toml), cherry\n"
        "banana==2 ; sys_platform == 'win32' \\\n    --hash=sha256:b \\\n    --hash=sha256:bb\n    # via apple\n"
        "cherry==3 \\\n    --hash=sha256:c\n    # via zavhoz (pyproject.toml:dev)\n"
    )
    assert selected("zavhoz-gateway", lock=lock) == (
        "apple==1 \\\n    --hash=sha256:a\n"
        "banana==2 ; sys_platform == 'win32' \\\n    --hash=sha256:b \\\n    --hash=sha256:bb\n"
    )


def test_a_lock_without_reasons_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("apple==1 \\\n    --hash=sha256:a\n")
    with pytest.raises(subprocess.CalledProcessError):
        selected("zavhoz-gateway", lock=lock)
