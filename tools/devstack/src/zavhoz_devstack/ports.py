"""Free TCP ports of the loopback address.

Ports are taken below Linux's range for outgoing connections (32768 and up): a client that keeps reconnecting to a
stopped server inside that range sooner or later connects to itself, and then the server cannot have its port back.
"""

import random
import socket

LOOPBACK = "127.0.0.1"
_LOWEST, _BEYOND = 20_000, 32_000
_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of the loopback address or of all addresses."""
    for address in (LOOPBACK, "0.0.0.0"):  # noqa: S104  # nosec B104: a trial, nothing is served
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((address, port))
            except OSError:
                return False
    return True


def free_port() -> int:
    """A port nobody listens on now, and that this process has not given out before.

    Another process may still take it before its server does; who starts a server tries again with another port.

    Raises:
        RuntimeError: no port was free in a thousand trials.
    """
    for _ in range(1000):
        port = random.randrange(_LOWEST, _BEYOND)  # noqa: S311  # nosec B311: not a secret
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise RuntimeError(f"no free port between {_LOWEST} and {_BEYOND} on {LOOPBACK}")


def accepts(port: int, timeout: float = 1.0) -> bool:
    """Whether something accepts connections on this port within `timeout` seconds."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout):
            return True
    except OSError:
        return False
