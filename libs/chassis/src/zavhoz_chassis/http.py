"""The HTTP side of a process: `/livez`, `/readyz`, `/metrics`, and the service's own routes, in the process's loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager
from http import HTTPStatus
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

import structlog
import uvicorn
from opentelemetry.trace import INVALID_SPAN, Span
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from zavhoz_chassis import metrics
from zavhoz_chassis.health import Health
from zavhoz_chassis.problems import problem
from zavhoz_contracts import tracing
from zavhoz_contracts.errors import Outage

CORRELATION_HEADER: Final = "X-Correlation-ID"
_STOP_SECONDS: Final = 2
_log = structlog.get_logger("zavhoz.http")


class App:
    """The app of one process. Every error is a problem (RFC 9457) with the correlation id, and no stack trace.

    It begins with probes and metrics; the service's own routes come with its bootstrap.
    """

    def __init__(self, name: str, health: Health) -> None:
        self._name = name
        self._health = health
        self._routes = [
            Route("/livez", self._livez, include_in_schema=False),
            Route("/readyz", self._readyz, include_in_schema=False),
            Route("/metrics", self._metrics, include_in_schema=False),
        ]
        self._handlers: dict[type[Exception], ExceptionHandler] = {HTTPException: self._refused}
        self._serving: ASGIApp = Starlette(
            routes=self._routes, middleware=[Middleware(_Answering)], exception_handlers=self._handlers
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as whatever it is now."""
        await self._serving(scope, receive, send)

    def include(self, routers: Sequence[Router]) -> None:
        """Add a service's own routes: plain ones, or FastAPI's, which is imported only for them: it takes 8 MB."""
        plain = [route for router in routers if type(router) is Router for route in router.routes]
        described = [router for router in routers if type(router) is not Router]
        middleware = [Middleware(_Answering)]
        if described:
            from zavhoz_chassis.api import make_api

            self._serving = make_api(self._name, [*self._routes, *plain], described, middleware, self._handlers)
        else:
            self._serving = Starlette(
                routes=[*self._routes, *plain], middleware=middleware, exception_handlers=self._handlers
            )

    async def _livez(self, _: Request) -> Response:
        if dead := self._health.dead:
            return JSONResponse({"status": "restart wanted", "checks": dead}, status_code=503)
        return JSONResponse({"status": "alive"})

    async def _readyz(self, _: Request) -> Response:
        ready = self._health.ready
        return JSONResponse(
            {"status": "ready" if ready else "not ready", "checks": self._health.report()},
            status_code=200 if ready else 503,
        )

    async def _metrics(self, _: Request) -> Response:
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    async def _refused(self, _: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        if error.status_code == HTTPStatus.NOT_FOUND and self._health.starting:
            # The service's own routes come with its bootstrap; "not found" would say that they never will.
            return problem(503, "starting", "the service is starting")
        code = "no_such_path" if error.status_code == HTTPStatus.NOT_FOUND else _code(error.status_code)
        return problem(error.status_code, code, str(error.detail), error.headers)


def _code(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_")


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
                await problem(503, "unavailable", f"{error.dependency} is away")(scope, receive, sending)
            except Exception as error:
                tracing.failed(error, span)
                _log.error("request failed", path=scope["path"], exc_info=error)
                if status:
                    raise  # half an answer is sent: only closing the connection tells the client
                await problem(500, "internal", "see the log")(scope, receive, sending)
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


def listening(host: str, port: int) -> socket.socket:
    """A socket on this address, and on a port that was chosen if `port` is 0.

    Raises:
        CannotListen: the address cannot be had.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise CannotListen(f"{host}:{port}", error) from error
    # Those accepted inherit it; asyncio would set it only on sockets that name their protocol. Without it the body of
    # an answer waits until its head is acknowledged: 40 ms on a connection that is kept.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@contextlib.asynccontextmanager
async def serving(app: App, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` while inside; gives the port, which was chosen if `port` was 0.

    Requests in hand have 2 s to end when it is left.

    Raises:
        CannotListen: the address cannot be had.
    """
    listener = listening(host, port)
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
