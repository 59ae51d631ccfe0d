"""Services that start in a tenth of a second: forked from a process that has imported everything already.

A soak kills a service a thousand times, and most of a start is importing. What is forked is a process like any other:
its own pid, environment and output, killed by SIGKILL like any other; it was only never without its modules. Nothing
runs before the fork: no thread, no event loop, no connection.

The process that forks is told on a socket: one JSON object a message, and the file for the output beside it. It answers
with the pid, and later with how it ended.
"""

import contextlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess  # nosec B404: starting programs is what this module is for
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

from zavhoz_devstack.launch import launch
from zavhoz_devstack.processes import Record

_LARGEST = 1 << 20
_START_SECONDS = 60
_END_SECONDS = 10


class Prefork:
    """One process that forks services of one kind. Close it when none is wanted any more; it ends with us anyhow."""

    def __init__(self, module: str, *, record: Record, env: Mapping[str, str]) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._children: dict[int, Forked] = {}
        self._started: list[Forked] = []
        self._told = threading.Condition()
        with theirs:
            os.set_inheritable(theirs.fileno(), True)
            # A socket passed by number: the shell between keeps what is inheritable.
            self._process = launch(
                f"prefork {module}",
                [sys.executable, "-m", "zavhoz_devstack.faults.prefork", str(theirs.fileno()), module],
                record=record,
                stop_signal=signal.SIGTERM,
                env=env,
                output=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"prefork {module}")
        self._reader.start()

    def start(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str], record: Record, output: int
    ) -> "Forked":
        """Fork one that becomes `python -m <module> <arguments>`; its output goes to the file `output`."""
        said = json.dumps({"name": name, "arguments": list(arguments), "env": dict(env), "record": str(record.path)})
        with self._told:
            socket.send_fds(self._ours, [said.encode()], [output])
            self._told.wait_for(lambda: self._started or not self._reader.is_alive(), timeout=_START_SECONDS)
            if not self._started:
                raise ChildProcessError(f"the process that forks {name} does not answer")
            return self._started.pop()

    def close(self) -> None:
        """Fork no more."""
        with contextlib.suppress(OSError):
            self._ours.shutdown(socket.SHUT_RDWR)
        self._process.wait(_END_SECONDS)
        self._reader.join()
        self._ours.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while said := self._ours.recv(_LARGEST):
                told = json.loads(said)
                with self._told:
                    if "status" in told:
                        self._children.pop(told["pid"]).ended(told["status"])
                    else:
                        self._children[told["pid"]] = Forked(told["pid"])
                        self._started.append(self._children[told["pid"]])
                    self._told.notify_all()


class Forked:
    """A forked process, with what `Program` asks of a `Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None
        self._over = threading.Event()

    def ended(self, status: int) -> None:
        """It has ended: its exit code, or minus the signal."""
        self._status = status
        self._over.set()

    def poll(self) -> int | None:
        """How it has ended; None while it runs."""
        return self._status

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it has ended."""
        self._over.wait(timeout)
        return self._status


def main(number: int, module: str) -> None:
    """Fork what is asked for, until nobody is there to ask."""
    import_module(module)
    for name in (f"{module}.settings", f"{module}.bootstrap"):
        import_module(name)
    children: set[int] = set()
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with socket.socket(fileno=number) as asking:
        while True:
            readable, _, _ = select.select([asking.fileno(), wake], [], [])
            if wake in readable:
                os.read(wake, 1024)
                _reap(children, asking)
            if asking.fileno() in readable:
                said, files, _, _ = socket.recv_fds(asking, _LARGEST, 1)
                if not said:
                    return
                pid = os.fork()
                if pid == 0:
                    asking.close()
                    os.close(wake)
                    _become(json.loads(said), module, files[0])
                os.close(files[0])
                children.add(pid)
                asking.send(json.dumps({"pid": pid}).encode())


def _reap(children: set[int], asking: socket.socket) -> None:
    for pid in list(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            children.discard(pid)
            asking.send(json.dumps({"pid": pid, "status": os.waitstatus_to_exitcode(status)}).encode())


def _become(said: dict[str, Any], module: str, output: int) -> NoReturn:
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        os.close(output)
        with open("/proc/self/stat") as stat, open(said["record"], "a") as record:  # noqa: PTH123
            record.write(f"process\t{said['name']}\t{int(signal.SIGTERM)}\t{stat.read()}")
        os.environ.clear()
        os.environ.update(said["env"])
        sys.argv = [module, *said["arguments"]]
        from zavhoz_messaging import failpoints

        failpoints.arm(os.environ.get(failpoints.VARIABLE, ""))
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:  # noqa: BLE001  # printed, as the interpreter would
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
