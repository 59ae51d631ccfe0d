"""Free TCP ports of the loopback address.

Ports are taken below Linux's range for outgoing connections (32768 and up): a client that keeps reconnecting to a
stopped server inside that range sooner or later connects to itself, and then the server cannot have its port back.
"""

import atexit
import contextlib
import itertools
import random
import socket

LOOPBACK = "127.0.0.1"
_LOWEST, _BEYOND = 20_000, 32_000
_kept = contextlib.ExitStack()
atexit.register(_kept.close)


def free_port(wanted: int | None = None) -> int:
    """A port for one server, the `wanted` one if nobody has it, which no other process is given until this one ends.

    It is kept by a socket that is bound and does not listen: Linux lets a server with `SO_REUSEADDR` (every one of
    ours) listen beside that, and refuses the bind without it with which a port is tried here. It is kept while its
    server is down, too.

    Raises:
        RuntimeError: no port was free in a thousand trials.
    """
    chosen = (random.randrange(_LOWEST, _BEYOND) for _ in range(1000))  # noqa: S311  # nosec B311: not a secret
    for port in itertools.chain([] if wanted is None else [wanted], chosen):
        if (keeper := _keep(port)) is not None:
            _kept.enter_context(keeper)
            return port
    raise RuntimeError(f"no free port between {_LOWEST} and {_BEYOND} on {LOOPBACK}")


def _keep(port: int) -> socket.socket | None:
    """A socket that keeps the port, or None when somebody has it, on the loopback address or on all."""
    keeper = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        keeper.bind(("0.0.0.0", port))  # noqa: S104  # nosec B104: nothing is served
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except OSError:
        keeper.close()
        return None
    return keeper


def accepts(port: int, timeout: float = 1.0) -> bool:
    """Whether something accepts connections on this port within `timeout` seconds."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout):
            return True
    except OSError:
        return False
