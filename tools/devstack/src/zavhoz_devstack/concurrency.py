"""Doing several slow things at once, and stopping cleanly half-way."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def together(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run all at once; the first failure cancels the others and is raised as it is, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            for coroutine in coroutines:
                group.create_task(coroutine)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def in_thread(work: Callable[[], object], give_up: Callable[[], None]) -> None:
    """Run blocking `work` in a thread; when cancelled, call `give_up` and wait until the thread has noticed.

    Without the wait, something could still be started behind the back of whoever is stopping everything.
    """
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        give_up()
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # seen: what a server says when it is stopped while starting is no news
        raise
