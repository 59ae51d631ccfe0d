"""`demo`: everything runs until Ctrl-C, and what can be done with it is printed."""

import asyncio
import os
import signal
import sys

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import DEMO_MANAGERS

_INTERRUPTED = 130

_HOW_TO_PLAY = """
  first managers          Telegram ids {managers}
{services}
  one log of everything   {log}
  acting by program       zavhoz_sandbox.client.SandboxClient("{sandbox}")

Open the chats of everybody in a browser, and play:

  {sandbox}/
"""


async def demo(*, updates: str = "polling", gateways: int = 1, storage: str = "folder", seed: bool = True) -> int:
    """Run everything until SIGINT or SIGTERM; returns the exit code. `seed`: with two weeks of requests.

    A second signal ends this process at once; its watcher then ends the rest.
    """
    cancel_on_signals("Stopping; once more to stop without waiting.")
    try:
        async with Devstack(
            name="demo",
            admins=admins(),
            updates=updates,
            gateways=gateways,
            storage=storage,
            demo=True,
            seed=seed,
            say=say,
        ) as stack:
            stack.log.show_on(sys.stdout)
            print("\nEverything runs. Ctrl-C stops all of it.\n" + how_to_play(stack), flush=True)
            await stack.watch()
    except asyncio.CancelledError:
        say("Stopped.")
    return 0


def how_to_play(stack: Devstack) -> str:
    """Addresses, and how to act as a person of the stand-in."""
    return _HOW_TO_PLAY.format(**_facts(stack))


def cancel_on_signals(message: str) -> None:
    """Let the first SIGINT or SIGTERM cancel the current task, and the second one end the process."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    seen: list[int] = []

    def stopping(number: int) -> None:
        if seen or task is None:
            os._exit(_INTERRUPTED)
        seen.append(number)
        say(message)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping, number)


def say(line: str) -> None:
    """Print at once, also into a pipe."""
    print(line, flush=True)


def admins() -> tuple[int, ...]:
    """Who manages the demo's school, where nobody has named others."""
    return () if os.environ.get("ADMIN_USER_ID") else DEMO_MANAGERS


def _facts(stack: Devstack) -> dict[str, str]:
    services = [f"  {service.name:<23} {service.url}/readyz" for service in stack.services.values()]
    return {
        "sandbox": stack.sandbox_url,
        "managers": stack.addresses.admins,
        "services": "\n".join(services),
        "log": str(stack.log.path),
    }
