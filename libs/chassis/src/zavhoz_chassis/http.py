"""The HTTP side of a process: `/livez`, `/readyz`, `/metrics`, and the service's own routes, in the process's loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from zavhoz_chassis.health import Health

_log = structlog.get_logger("zavhoz.http")
_STOP_SECONDS = 2


def make_app(name: str, health: Health) -> FastAPI:
    """The app of one process. Unexpected errors are logged once and answered without a stack trace."""
    app = FastAPI(title=f"Zavhoz {name}", docs_url=None, redoc_url=None)

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        return JSONResponse(
            {"status": "ready" if health.ready else "not ready", "checks": health.report()},
            status_code=200 if health.ready else 503,
        )

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        _log.error("request failed", path=request.url.path, exc_info=error)
        return JSONResponse({"status": 500, "code": "internal", "detail": "see the log"}, status_code=500)

    return app


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process stops things in its own order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: FastAPI, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` while inside; gives the port, which was chosen if `port` was 0.

    Raises:
        OSError: the address cannot be had.
    """
    listener = socket.create_server((host, port), backlog=1024)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=_STOP_SECONDS, ws="none"
    )
    server = _Server(config)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[listener]), name="http")
            try:
                yield int(listener.getsockname()[1])
            finally:
                server.should_exit = True
    finally:
        listener.close()


def include(app: FastAPI, routers: tuple[APIRouter, ...]) -> None:
    """Add a service's own routes."""
    for router in routers:
        app.include_router(router)
