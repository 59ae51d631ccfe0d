"""The secrets of Compose: made once, kept, and closed to others."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def make(folder: Path, **variables: str) -> str:
    env = {name: value for name, value in os.environ.items() if name != "BOT_TOKEN"} | variables
    command = [str(ROOT / "infra/compose/secrets.sh"), str(folder)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def held(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_they_are_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert make(folder) == ""
    first = held(folder)
    assert len(set(first.values())) == len(first)
    for _ in range(20):  # a pipe that breaks does so now and then
        assert make(folder) == ""
    assert held(folder) == first
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o444}


def test_a_missing_one_is_made_and_the_others_stay(tmp_path: Path) -> None:
    make(tmp_path)
    first = held(tmp_path)
    (tmp_path / "webhook_secret").unlink()
    make(tmp_path)
    second = held(tmp_path)
    assert second.pop("webhook_secret") != first.pop("webhook_secret")
    assert second == first


def test_every_secret_of_the_compose_files_is_made(tmp_path: Path) -> None:
    make(tmp_path)
    files = "".join(path.read_text() for path in (ROOT / "infra/compose").glob("*.yaml"))
    assert set(re.findall(r"ZAVHOZ_SECRETS:-./secrets}/([a-z_.]+)", files)) <= held(tmp_path).keys()


def test_another_token_replaces_the_stored_one(tmp_path: Path) -> None:
    make(tmp_path)
    assert re.fullmatch(r"[0-9]{10}:[0-9a-f]{48}", held(tmp_path)["bot_token"])
    assert make(tmp_path, BOT_TOKEN="1:real") == "changed\n"
    assert held(tmp_path)["bot_token"] == "1:real"
    assert make(tmp_path, BOT_TOKEN="1:real") == ""
    assert make(tmp_path) == ""
    assert held(tmp_path)["bot_token"] == "1:real"
