"""Takes the spans that services send over OTLP/HTTP, and tells the page of which updates more is known (`ways`)."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from zavhoz_sandbox.page.ways import root_of
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.traces import read_spans

PATH: Final = "/v1/traces"
PROTOBUF: Final = "application/x-protobuf"


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    """Add the receiver to `app`."""

    async def take(request: web.Request) -> web.Response:
        if request.content_type != PROTOBUF:
            raise web.HTTPUnsupportedMediaType(text=f"only {PROTOBUF} is taken here")
        try:
            spans = list(read_spans(await request.read()))  # the server undoes the compression
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        traces = sandbox.traces
        touched = dict.fromkeys(trace for span in spans for trace in traces.add(span))
        ways = [trace for trace in touched if root_of(traces.spans(trace), trace)]
        for trace in ways:
            sandbox.world.journal.add("way", trace)
        if ways:
            await sandbox.world.notify()
        return web.Response(body=ExportTraceServiceResponse().SerializeToString(), content_type=PROTOBUF)

    app.router.add_post(PATH, take)
