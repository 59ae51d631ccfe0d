"""Starts a program so that it cannot be lost: recorded before it runs, and in a session of its own."""

import os
import subprocess  # nosec B404: starting programs is what this package is for
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from zavhoz_devstack.processes import Record

# The shell writes its own line of /proc into the record and then becomes the program: pid and start time stay.
_RECORD_THEN_BECOME = """
record=$1 name=$2 stop_signal=$3; shift 3
IFS= read -r stat < "/proc/$$/stat"
printf 'process\\t%s\\t%s\\t%s\\n' "$name" "$stop_signal" "$stat" >> "$record" || exit 1
exec "$@"
"""


def launch(
    name: str,
    command: Sequence[str],
    *,
    record: Record,
    stop_signal: int,
    env: Mapping[str, str],
    output: BinaryIO | int,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `command` with standard output and error going to `output` (a file, or `subprocess.PIPE`).

    A session of its own keeps Ctrl-C in the terminal from reaching it: the stack stops things in its own order.
    `pass_fds` are open files that it keeps.
    """
    return subprocess.Popen(  # nosec B603: fixed programs, no shell expansion
        ["/bin/sh", "-c", _RECORD_THEN_BECOME, "launch", str(record.path), name, str(int(stop_signal)), *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(env),
        cwd=cwd,
        pass_fds=pass_fds,
        start_new_session=True,
    )


def plain_environment() -> dict[str, str]:
    """An environment for servers: where programs are, and nothing of what the person at the keyboard has set."""
    return {"PATH": os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin", "LANG": "C.UTF-8", "TZ": "UTC"}
