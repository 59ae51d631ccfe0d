"""What every HTTP client of a service does on the side: a span, a `traceparent`, and a look at the clock."""

from __future__ import annotations

from time import monotonic
from types import SimpleNamespace

from aiohttp import ClientSession, TraceConfig
from aiohttp.tracing import TraceRequestEndParams, TraceRequestExceptionParams, TraceRequestStartParams

from zavhoz_chassis import metrics
from zavhoz_contracts import tracing


def client_session() -> ClientSession:
    """A session whose requests are measured and, inside a trace, traced. Close it as any other.

    A request names what it asks for by `trace_request_ctx={"route": "/v1/people/{as}"}`. Its address goes nowhere:
    addresses hold ids and tokens.
    """
    config = TraceConfig()
    config.on_request_start.append(_started)
    config.on_request_end.append(_answered)
    config.on_request_exception.append(_failed)
    return ClientSession(trace_configs=[config])


async def _started(_: ClientSession, request: SimpleNamespace, params: TraceRequestStartParams) -> None:
    request.began, request.method = monotonic(), params.method
    request.route = (request.trace_request_ctx or {}).get("route", "other")
    request.span = tracing.started_part(
        f"{params.method} {request.route}",
        attributes={
            "http.request.method": params.method,
            "url.template": request.route,
            "server.address": params.url.host or "",
            "server.port": params.url.port or 0,
        },
    )
    if (traceparent := tracing.current(request.span)) is not None:
        params.headers["traceparent"] = traceparent


async def _answered(_: ClientSession, request: SimpleNamespace, params: TraceRequestEndParams) -> None:
    status = params.response.status
    if request.span.is_recording():
        request.span.set_attribute("http.response.status_code", status)
        request.span.end()
    _measure(request, metrics.status_class(status))


async def _failed(_: ClientSession, request: SimpleNamespace, params: TraceRequestExceptionParams) -> None:
    if request.span.is_recording():
        tracing.failed(params.exception, request.span)
        request.span.end()
    _measure(request, "none")


def _measure(request: SimpleNamespace, status: str) -> None:
    seconds = monotonic() - request.began
    metrics.HTTP_CLIENT_SECONDS.labels(request.method, request.route, status).observe(seconds)
