"""Passes each HTTP request on to the next of several servers on this machine: `python -m zavhoz_devstack.balancer`.

One connection carries requests to all of them in turn, as a load balancer in front of replicas does.
"""

import argparse
import sys
from collections.abc import AsyncIterator, Mapping, Sequence

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, web

from zavhoz_devstack.ports import LOOPBACK

_SECONDS = 70.0
"""Longer than Telegram waits for an answer."""
_BODY_MAX = 16 * 1024 * 1024
_OWN_HEADERS = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
"""Of each connection, not of what travels over it."""


class Balancer:
    """Round robin over `ports`; a server that does not accept the connection is passed over."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = list(ports)

    def app(self) -> web.Application:
        """The app to be served."""
        app = web.Application(client_max_size=_BODY_MAX)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        app.cleanup_ctx.append(self._session)
        return app

    async def _session(self, _: web.Application) -> AsyncIterator[None]:
        async with ClientSession(timeout=ClientTimeout(total=_SECONDS), auto_decompress=False) as self._client:
            yield

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = _forwarded(request.headers)
        for _ in range(len(self._ports)):
            self._ports.append(port := self._ports.pop(0))
            address = f"http://{LOOPBACK}:{port}{request.path_qs}"
            try:
                async with self._client.request(request.method, address, data=body, headers=headers) as answer:
                    content = await answer.read()
                    return web.Response(status=answer.status, body=content, headers=_forwarded(answer.headers))
            except ClientConnectorError:
                continue
            except (ClientError, TimeoutError):
                return web.Response(status=502)
        return web.Response(status=503, headers={"Retry-After": "1"})


def _forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OWN_HEADERS}


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m zavhoz_devstack.balancer", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where to listen")
    parser.add_argument("--to", type=int, nargs="+", required=True, help="the servers' ports")
    options = parser.parse_args(arguments)
    web.run_app(Balancer(options.to).app(), host=LOOPBACK, port=options.port, print=None, access_log=None)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
