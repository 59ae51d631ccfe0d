"""Who may see the page and act through the control API: the machine's own browser, and no other site in it.

The stand-in asks nobody for a password. A browser on the same machine shows strangers' pages too; these could reach a
port of the loopback by a name of their own (DNS rebinding), or post to it from afar. The one is known by `Host`, the
other by `Origin` (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Origin).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

_GUARDED: Final = ("/page/", "/sandbox/", "/v1/")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarding(bound: str) -> Any:
    """The middleware for a server that listens at `bound`; one that listens beyond the loopback knows not its names."""
    only_here = is_loopback(bound)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path
        if path != "/" and not path.startswith(_GUARDED):
            return await handler(request)
        if only_here and not is_loopback(_host_of(request.host)):
            raise web.HTTPForbidden(text=f"{request.host!r} is no name of this machine's own")
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            raise web.HTTPForbidden(text=f"{origin!r} is another site")
        response = await handler(request)
        # The page is never older than the stand-in that serves it.
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    return guard


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, by a name that nobody else can give."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host_of(authority: str) -> str:
    """A host without its port."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""
