"""`make demo` twice at once on one machine, and as an ordinary user in a checkout of their own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from demo_support import START_SECONDS, running_demo
from e2e_support import ROOT

from zavhoz_devstack.processes import wait_until_ended

SETUP_SECONDS = 240
"""An ordinary user's checkout has no .venv yet."""
_NOT_COPIED = (".git", ".venv", "var", "__pycache__", "secrets", ".*_cache", ".coverage*", ".hypothesis", "results")


@pytest.mark.usefixtures("startable_servers")
@pytest.mark.timeout(400)
@pytest.mark.exhaustive
def test_two_at_once(tmp_path: Path) -> None:
    with running_demo(tmp_path) as one, running_demo(tmp_path) as two:
        for demo in (one, two):
            demo.wait_until_up()
        assert one.stand_in() != two.stand_in()
        assert {path.name for path in tmp_path.iterdir()} >= {"demo", "demo-2"}
        first, second = one.tree(), two.tree()
        one.interrupt(60)
        assert wait_until_ended(first, 10)
        (left,) = tmp_path.glob("demo*/run-*.processes")
        assert two.all_is_recorded(left.parent.name)
        two.interrupt(60)
        assert wait_until_ended(second, 10)


@pytest.mark.usefixtures("installed_servers")
@pytest.mark.timeout(600)
def test_by_an_ordinary_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("the other tests are run by an ordinary user already")
    user = pwd.getpwnam("nobody")
    become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--no-new-privs", "--"]
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    python = subprocess.run(
        [*become, "python3", "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"],
        env={"PATH": path},
        capture_output=True,
        check=False,
    )
    if python.returncode != 0:
        pytest.skip("the system has no Python 3.11 with venv that an ordinary user could run")

    folder = Path("/var/tmp") / f"zavhoz-test-{os.getpid()}"  # the folders of pytest are closed to other users
    checkout, home = folder / "checkout", folder / "home"
    try:
        shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        home.mkdir()
        for entry in (folder, *folder.rglob("*")):
            os.chown(entry, user.pw_uid, user.pw_gid, follow_symlinks=False)
        env = {"PATH": path, "HOME": str(home), "ZAVHOZ_SERVERS": "native", "UV_CACHE_DIR": str(home / "uv")}
        how = {"root": checkout, "become": become, "env": env, "patience": SETUP_SECONDS + START_SECONDS}
        with running_demo(checkout / "var", **how) as demo:
            demo.wait_until_up()
            assert demo.all_is_recorded()
            processes = demo.tree()
            owners = {Path(f"/proc/{process.pid}").stat().st_uid for process in processes}
            assert owners == {user.pw_uid}
            demo.interrupt(60)
            assert wait_until_ended(processes, 10)
        assert {path.owner() for path in (checkout / "var").rglob("*")} <= {"nobody"}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
