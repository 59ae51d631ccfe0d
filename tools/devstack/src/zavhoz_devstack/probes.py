"""Waiting for something to become true, with an end to the patience."""

import time
from collections.abc import Callable

_POLL_SECONDS = 0.02


def wait_until(condition: Callable[[], bool], timeout: float, what: str = "the condition") -> None:
    """Ask again and again until `condition()` is true; blocks for `timeout` seconds at most.

    Raises:
        TimeoutError: it did not become true; names `what` was waited for.
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about within {timeout:g} s")
        time.sleep(_POLL_SECONDS)
