"""What the page is served: its own files, the bytes of what was sent, and the feed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import web

from zavhoz_sandbox.page.feed import Feeds
from zavhoz_sandbox.page.files import content_of, part_of
from zavhoz_sandbox.page.samples import sample
from zavhoz_sandbox.sandbox import Sandbox

STATIC: Final = Path(__file__).parent / "static"
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline';"
    " connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    """Add the page to `app`."""
    feeds = Feeds(sandbox)
    app.router.add_get("/", _page)
    app.router.add_static("/page", STATIC)
    app.router.add_get("/sandbox/feed", feeds.serve)

    async def file(request: web.Request) -> web.Response:
        stored = sandbox.world.files.get(request.match_info["id"])
        if stored is None:
            raise web.HTTPNotFound(text="there is no such file")
        return content_of(stored, request)

    async def given_sample(request: web.Request) -> web.Response:
        found = sample(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(text="there is no such sample")
        content, mime_type = found
        return part_of(content, {"Content-Type": mime_type}, request)

    app.router.add_get("/sandbox/files/{id}", file)
    app.router.add_get("/sandbox/samples/{name}", given_sample)
    app.on_shutdown.append(feeds.close)


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html", headers={"Content-Security-Policy": _POLICY})
