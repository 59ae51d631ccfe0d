"""The HTTP side: probes, metrics, and errors as problems; as a real process."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from zavhoz_chassis.health import Health
from zavhoz_chassis.http import App, listening, serving

Start = Callable[..., Awaitable[Any]]


async def test_probes_follow_the_checks_and_metrics_say_what_runs(start: Start) -> None:
    service = await start("run", "worker")
    await service.started()
    for ok, status, told in (("true", 200, "ok"), ("false", 503, "it is away"), ("true", 200, "ok")):
        await service.call("POST", f"/dependency?ok={ok}")
        answer, report = await service.call("GET", "/readyz")
        assert (answer, report["checks"]["dependency"]) == (status, told)
    await service.call("GET", "/number/1")
    await service.call("GET", "/number/2")
    status, text = await service.call("GET", "/metrics")
    assert status == 200
    assert 'zavhoz_service_info{roles="worker",service="double",version="' in text
    assert 'zavhoz_ready{check="started"} 1.0' in text
    assert "process_resident_memory_bytes" in text
    assert "zavhoz_loop_lag_seconds_count" in text
    assert 'zavhoz_http_request_seconds_count{method="GET",route="/number/{number}",status="2xx"} 2.0' in text


async def test_liveness_fails_only_when_a_restart_is_wanted(start: Start) -> None:
    service = await start("run")
    await service.started()
    alive, dead = (
        (200, {"status": "alive"}),
        (503, {"status": "restart wanted", "checks": {"consumers": "nothing arrives"}}),
    )
    await service.call("POST", "/dependency?ok=false")
    assert await service.call("GET", "/livez") == alive
    for ok, answer in (("false", dead), ("true", alive)):
        await service.call("POST", f"/life?ok={ok}")
        assert await service.call("GET", "/livez") == answer


async def test_a_bug_is_told_once_and_shows_the_client_nothing(start: Start) -> None:
    service = await start("run")
    await service.started()
    correlation_id = str(UUID(int=7))
    status, problem = await service.call("GET", "/bug", headers={"X-Correlation-ID": correlation_id})
    assert (status, problem) == (
        500,
        {"status": 500, "code": "internal", "detail": "see the log", "correlation_id": correlation_id},
    )
    service.signal()
    assert await service.ended() == 0
    (error,) = [record for record in service.records if record["level"] == "error"]
    assert error.items() >= {"event": "request failed", "path": "/bug", "correlation_id": correlation_id}.items()
    assert "AAAAbbbb" not in "".join(service.raw)
    assert await service.errors() == ""


async def test_errors_are_problems(start: Start) -> None:
    service = await start("run")
    await service.started()
    for path, status, code in (
        ("/nowhere", 404, "no_such_path"),
        ("/release", 405, "method_not_allowed"),
        ("/number/seven", 422, "invalid"),
        ("/outage", 503, "unavailable"),
    ):
        url = f"http://127.0.0.1:{service.port}{path}"
        async with service.session.get(url, headers={"X-Correlation-ID": "not an id"}) as answer:
            problem = await answer.json(content_type="application/problem+json")
            assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
            assert str(UUID(problem["correlation_id"])) == answer.headers["X-Correlation-ID"]


async def test_a_port_can_be_chosen_and_is_given_back() -> None:
    app = App("double", Health())
    async with serving(app, "127.0.0.1", 0) as port:
        assert port > 0
        with pytest.raises(OSError, match=f"HTTP_PORT.*127.0.0.1:{port}"):
            async with serving(app, "127.0.0.1", port):
                pass
    async with serving(app, "127.0.0.1", port) as again:
        assert again == port


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_answer_waits_for_no_acknowledgement(host: str) -> None:
    with listening(host, 0) as listener, socket.create_connection(listener.getsockname()[:2]):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
