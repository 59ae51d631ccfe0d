"""What is told of a call: its method, how it ended and how long it took; never to whom, what, or with which token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from prometheus_client import REGISTRY

from zavhoz_contracts import tracing
from zavhoz_telegram import errors
from zavhoz_telegram.client import Bot
from zavhoz_telegram.screens import Screen

Connect = Callable[[str], Awaitable[Bot]]
_SENT = {"ok": True, "result": {"message_id": 7, "date": 0, "chat": {"id": 1, "type": "private"}, "text": "hello"}}


def _counted(method: str, result: str) -> float:
    labels = {"method": method, "result": result}
    return REGISTRY.get_sample_value("zavhoz_bot_api_call_seconds_count", labels) or 0.0


async def test_calls_are_counted_by_method_and_result(api: Any, connect: Connect) -> None:
    bot = await connect(api.url)
    before = {result: _counted("sendMessage", result) for result in ("ok", "too_many_requests", "unreachable")}
    api.answer(200, _SENT)
    await bot.send_message(1, Screen("hello"))
    api.answer(429, {"ok": False, "error_code": 429, "description": "", "parameters": {"retry_after": 3}})
    with pytest.raises(errors.TooManyRequests):
        await bot.send_message(1, Screen("hello"))
    api.answer(403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"})
    with pytest.raises(errors.Unreachable):
        await bot.send_message(1, Screen("hello"))
    assert {result: _counted("sendMessage", result) - count for result, count in before.items()} == {
        "ok": 1,
        "too_many_requests": 1,
        "unreachable": 1,
    }


async def test_a_call_is_a_span_of_the_trace_that_it_is_made_in(
    api: Any, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    monkeypatch.setattr(tracing, "_TRACER", provider.get_tracer("test"))
    bot = await connect(api.url)
    api.answer(200, _SENT)
    await bot.send_message(700_001, Screen("hello"))
    assert memory.get_finished_spans() == (), "what is done outside any trace begins none"
    api.answer(400, {"ok": False, "error_code": 400, "description": "Bad Request: message to edit not found"})
    with tracing.begun("handle message"), pytest.raises(errors.MessageGone):
        await bot.edit_message_text(700_001, 7, Screen("hello"))
    call, update = memory.get_finished_spans()
    assert call.context
    assert update.context
    assert call.parent
    assert call.parent.span_id == update.context.span_id
    assert (call.name, call.kind) == ("editMessageText", SpanKind.CLIENT)
    assert dict(call.attributes or {}) == {
        "http.request.method": "POST",
        "url.template": "/bot{token}/editMessageText",
        "server.address": "127.0.0.1",
        "error.type": "MessageGone",
    }
    assert not call.status.is_ok
    provider.shutdown()
