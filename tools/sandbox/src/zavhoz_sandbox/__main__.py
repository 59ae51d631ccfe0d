"""`python -m zavhoz_sandbox --port 8081`: runs the stand-in until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

import uvloop
from aiohttp import web

from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app
from zavhoz_sandbox.webhook import RETRY_SECONDS

DEMO_TOKEN = "100001:stand-in-for-telegram"  # noqa: S105  # nosec B105: opens nothing but the stand-in


async def serve(host: str, port: int, sandbox: Sandbox) -> None:
    """Serve one bot until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(make_app(sandbox, host), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        address = "[{}]:{}" if ":" in runner.addresses[0][0] else "{}:{}"
        address = address.format(*runner.addresses[0][:2])
        print(f"the stand-in for Telegram listens at {address}; its page is at http://{address}/", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m zavhoz_sandbox", description="A strict stand-in for Telegram.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 for any free one")
    parser.add_argument("--token", default=DEMO_TOKEN, help="the one bot's token, <id>:<secret>")
    parser.add_argument(
        "--webhook-retry-seconds",
        type=float,
        default=RETRY_SECONDS,
        help="unit of the delays between attempts at a webhook; 1 as at the real thing (default: %(default)s)",
    )
    options = parser.parse_args()
    if not options.token.split(":", 1)[0].isdigit():
        parser.error("--token must look like <id>:<secret>")
    sandbox = Sandbox(options.token, retry_seconds=options.webhook_retry_seconds)
    uvloop.run(serve(options.host, options.port, sandbox))
    return 0


if __name__ == "__main__":
    sys.exit(main())
