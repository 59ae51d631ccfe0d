"""The HTTP side of a process: `/livez`, `/readyz`, `/metrics`, and the service's own routes, in the process's loop."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from time import monotonic
from typing import Annotated, Final
from uuid import UUID, uuid4

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import INVALID_SPAN, Span
from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from zavhoz_chassis import metrics
from zavhoz_chassis.health import Health
from zavhoz_contracts import tracing
from zavhoz_contracts.errors import Outage

CORRELATION_HEADER: Final = "X-Correlation-ID"
_STOP_SECONDS: Final = 2
_NO_SPANS_OF_ITS_OWN: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's hold the path, in which there may be a Telegram id, and are five to a request."""
_log = structlog.get_logger("zavhoz.http")


def make_app(name: str, health: Health) -> FastAPI:
    """The app of one process. Every error is a problem (RFC 9457) with the correlation id, and no stack trace."""
    app = FastAPI(title=f"Zavhoz {name}", docs_url=None, redoc_url=None, telemetry=_NO_SPANS_OF_ITS_OWN)
    app.add_middleware(_Answering)

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
    async def exposition() -> Response:
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == HTTPStatus.NOT_FOUND and health.starting:
            # The service's own routes come with its bootstrap; "not found" would say that they never will.
            return _problem(503, "starting", "the service is starting")
        code = "no_such_path" if error.status_code == HTTPStatus.NOT_FOUND else _code(error.status_code)
        return _problem(error.status_code, code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return _problem(422, "invalid", told)

    return app


def _code(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_")


def _problem(status: int, code: str, detail: str, headers: object = None) -> JSONResponse:
    correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
    return JSONResponse(
        {"status": status, "code": code, "detail": detail, "correlation_id": correlation_id},
        status_code=status,
        headers=dict(headers) if isinstance(headers, dict) else None,
        media_type="application/problem+json",
    )


class _Answering:
    """Around every request: its correlation id, its time, and the one place where its unexpected error is logged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = _correlation_id(Headers(scope=scope).get(CORRELATION_HEADER))
        began, status = monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[CORRELATION_HEADER] = correlation_id
            await send(message)

        with bound_contextvars(correlation_id=correlation_id, person_id=None), _span(scope) as span:
            try:
                await self._app(scope, receive, sending)
            except Outage as error:
                _log.warning("request not answered", path=scope["path"], error=str(error))
                if status:
                    raise
                await _problem(503, "unavailable", f"{error.dependency} is away")(scope, receive, sending)
            except Exception as error:
                tracing.failed(error, span)
                _log.error("request failed", path=scope["path"], exc_info=error)
                if status:
                    raise  # half an answer is sent: only closing the connection tells the client
                await _problem(500, "internal", "see the log")(scope, receive, sending)
            finally:
                method, route = metrics.method(scope["method"]), getattr(scope.get("route"), "path", "")
                span.update_name(f"{method} {route}".rstrip())
                span.set_attributes({"http.route": route, "http.response.status_code": status})
                metrics.HTTP_SECONDS.labels(method, route, metrics.status_class(status)).observe(monotonic() - began)


def _span(scope: Scope) -> AbstractContextManager[Span]:
    """For who asks inside a trace; probes and scrapes begin none. The path is not told: it may hold a Telegram id."""
    traceparent = Headers(scope=scope).get("traceparent")
    if traceparent is None:
        return contextlib.nullcontext(INVALID_SPAN)
    method = metrics.method(scope["method"])
    attributes = {"http.request.method": method, "url.scheme": scope["scheme"]}
    return tracing.continued(method, traceparent, kind=tracing.SpanKind.SERVER, attributes=attributes)


def _correlation_id(given: str | None) -> str:
    """The client's, if it is a UUID: what goes into our log is not for strangers to choose."""
    try:
        return str(UUID(given or ""))
    except ValueError:
        return str(uuid4())


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process stops things in its own order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: FastAPI, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` while inside; gives the port, which was chosen if `port` was 0.

    Requests in hand have 2 s to end when it is left.

    Raises:
        CannotListen: the address cannot be had.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise CannotListen(f"{host}:{port}", error) from error
    config = uvicorn.Config(
        app,
        http="httptools",
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_STOP_SECONDS,
        ws="none",
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


class CannotListen(OSError):
    """The address for the HTTP side cannot be had."""

    def __init__(self, address: str, error: OSError) -> None:
        super().__init__(f"cannot listen (HTTP_HOST, HTTP_PORT) on {address}: {error.strerror or error}")
        self.address = address


def bearer(tokens: Mapping[str, SecretStr]) -> Callable[..., Awaitable[None]]:
    """A dependency for FastAPI that answers 401 to whoever shows none of these tokens (RFC 6750)."""
    known = [token.get_secret_value().encode() for token in tokens.values()]

    async def authorized(authorization: Annotated[str, Header()] = "") -> None:
        scheme, _, token = authorization.partition(" ")
        given = token.encode() if scheme.lower() == "bearer" else b""
        # All are compared, each in constant time: the time tells nothing about any of them.
        if not sum(secrets.compare_digest(given, token) for token in known):
            raise HTTPException(401, "a bearer token from API_TOKENS is needed", {"WWW-Authenticate": "Bearer"})

    return authorized


def include(app: FastAPI, routers: tuple[APIRouter, ...]) -> None:
    """Add a service's own routes."""
    for router in routers:
        app.include_router(router)
