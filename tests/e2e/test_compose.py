"""The whole system in Compose, with the images that are released: the tour, and what the containers may do."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e_support import ROOT, TOUR_SAYS, at_a_terminal

from zavhoz_devstack.compose import FOLDER, usable

OURS = {"gateway", "requests", "notifier", "files", "sandbox"}
SERVERS = {"postgres", "rabbitmq", "redis"}
LARGEST = 200_000_000
"""Bytes that an image may have beyond its base."""
pytestmark = [pytest.mark.usefixtures("docker_engine"), pytest.mark.timeout(900)]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A project of this test's own; nothing of it is left."""
    project = f"zavhoz-test-{secrets.token_hex(3)}"
    said: list[str] = []
    if not usable(said.append):
        pytest.skip("; ".join(said))
    env = at_a_terminal(tmp_path) | {"ZAVHOZ_PROJECT": project}
    env.pop("BOT_TOKEN", None)
    yield env
    make(env, "down")
    for kind in ("demo", "tour"):
        for file in (FOLDER / "secrets" / f"{project}-{kind}").glob("*"):
            file.unlink()
        if (FOLDER / "secrets" / f"{project}-{kind}").exists():
            (FOLDER / "secrets" / f"{project}-{kind}").rmdir()
    for what in ("container", "volume", "network"):
        left = docker(what, "ls", "--quiet", *(["--all"] if what == "container" else []), "--filter", f"name={project}")
        assert left.split() == [], what


def make(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def inspect(project: str) -> dict[str, Any]:
    """Every container of the project, by the name of its service."""
    ids = docker("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={project}").split()
    found = json.loads(docker("inspect", *ids))
    return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}


def test_the_tour_is_all_true(environment: dict[str, str]) -> None:
    done = make(environment, "tour", "IN=compose")
    assert done.returncode == 0, done.stdout + done.stderr
    for part in TOUR_SAYS:
        assert part in done.stdout, done.stdout


def test_up_is_closed_limited_and_down_again(environment: dict[str, str]) -> None:
    project = f"{environment['ZAVHOZ_PROJECT']}-demo"
    folder = FOLDER / "secrets" / project
    without = make(environment, "up")
    assert without.returncode != 0
    assert "BOT_TOKEN is not set: " in without.stderr

    up = make(environment, "up", "DEMO=1")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "Open the chats of everybody in a browser, and play: http://127.0.0.1:" in up.stdout
    again = make(environment, "up", "DEMO=1")
    assert again.returncode == 0, again.stdout + again.stderr

    containers = inspect(project)
    assert containers.keys() >= OURS | SERVERS
    hidden = [file.read_text().strip() for file in folder.iterdir() if file.suffix != ".conf"]
    assert folder.stat().st_mode & 0o777 == 0o700
    for name, one in containers.items():
        host, config = one["HostConfig"], one["Config"]
        assert config["User"] not in ("", "0", "root"), name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["Memory"] > 0, name
        assert host["NanoCpus"] > 0, name
        assert host["LogConfig"]["Config"]["max-size"], name
        assert not [secret for secret in hidden if secret in json.dumps(config)], name
        if name in OURS | SERVERS:
            assert one["State"]["Health"]["Status"] == "healthy", name
            assert host["RestartPolicy"]["Name"] == "unless-stopped", name
        if name in SERVERS:
            assert not any(one["NetworkSettings"]["Ports"].values()), name
    for name in OURS:
        labels = containers[name]["Config"]["Labels"]
        assert labels["org.opencontainers.image.title"] == f"zavhoz-{name}"
        size = json.loads(docker("image", "inspect", containers[name]["Image"]))[0]["Size"]
        base = json.loads(docker("image", "inspect", os.environ.get("PYTHON_IMAGE") or "python:3.13-slim"))[0]["Size"]
        assert size - base <= LARGEST, name

    # A service's role gets to its own database only.
    address = (folder / "postgres_url_files").read_text().replace("@postgres:", "@127.0.0.1:")
    for database, exit_code in (("zavhoz_files", 0), ("zavhoz_requests", 2), ("postgres", 2)):
        command = ["exec", containers["postgres"]["Id"], "psql", address.replace("/postgres", f"/{database}")]
        done = subprocess.run(["docker", *command, "-c", "SELECT 1"], capture_output=True, text=True, check=False)
        assert done.returncode == exit_code, done.stderr

    logs = subprocess.Popen(
        ["make", "logs"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert logs.stdout is not None
        assert any("gateway" in line for line in logs.stdout)
    finally:
        os.killpg(logs.pid, 15)
        logs.communicate()

    # SIGTERM reaches the process, and it ends in order.
    docker("stop", containers["gateway"]["Id"])
    state = json.loads(docker("inspect", containers["gateway"]["Id"]))[0]["State"]
    assert state["ExitCode"] == 0
    down = make(environment, "down")
    assert (down.returncode, down.stdout) == (0, "Zavhoz is down.\n"), down.stderr


def test_data_whose_passwords_are_gone_is_not_touched(environment: dict[str, str]) -> None:
    volume = f"{environment['ZAVHOZ_PROJECT']}-demo_postgres"
    docker("volume", "create", volume)
    try:
        done = make(environment, "up", "DEMO=1")
        assert done.returncode != 0
        assert f"The volume {volume} is there, but not its passwords: put them back into " in done.stderr
    finally:
        docker("volume", "rm", volume)
