"""The client of the read API, against a real HTTP server: answers become models, failures become classes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from zavhoz_contracts.api.client import ApiUnavailable, Forbidden, InvalidQuery, NotFound, RequestsApi
from zavhoz_contracts.api.v1 import Person, View
from zavhoz_contracts.envelope import wrap
from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.events import RequestTaken

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANNA = Person(
    person_id=uuid4(),
    telegram_id=5,
    name="Анна",
    role=Role.REQUESTER,
    language="ru",
    active=True,
    reachable=True,
    registered_at=NOW,
)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Connect = Callable[[Answer], Awaitable[RequestsApi]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    servers: list[TestServer] = []
    async with ClientSession() as session:

        async def start(answer: Answer) -> RequestsApi:
            app = web.Application()
            app.router.add_get("/{path:.*}", answer)
            servers.append(TestServer(app))
            await servers[-1].start_server()
            return RequestsApi(session, str(servers[-1].make_url("/")), "s3cret")

        yield start
    for server in servers:
        await server.close()


def answering(status: int, body: str, seen: list[web.Request] | None = None) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        if seen is not None:
            seen.append(request)
        return web.Response(status=status, text=body, content_type="application/json")

    return answer


async def test_it_asks_with_its_token_and_reads_the_answer(connect: Connect) -> None:
    seen: list[web.Request] = []
    api = await connect(answering(200, ANNA.model_dump_json(), seen))
    assert await api.person("tg:5") == ANNA
    assert seen[0].path == "/v1/people/tg:5"
    assert seen[0].headers["Authorization"] == "Bearer s3cret"


async def test_pages_and_views_are_in_the_query(connect: Connect) -> None:
    seen: list[web.Request] = []
    api = await connect(answering(200, '{"items": [], "page": 2, "pages": 2, "total": 9}', seen))
    assert (await api.requests("tg:5", View.CLOSED, page=2)).total == 9
    assert dict(seen[0].query) == {"as": "tg:5", "view": "closed", "page": "2", "size": "8"}
    await api.requests("tg:5", View.QUEUE)
    assert seen[1].query["view"] == "queue"


async def test_a_comment_and_a_number_are_in_the_path_and_the_reader_in_the_query(connect: Connect) -> None:
    seen: list[web.Request] = []
    api = await connect(answering(404, "{}", seen))
    request_id, text_id = uuid4(), uuid4()
    with pytest.raises(NotFound):
        await api.comment(request_id, text_id, "tg:5")
    with pytest.raises(NotFound):
        await api.by_number(12, "tg:5")
    assert [request.path for request in seen] == [
        f"/v1/requests/{request_id}/comments/{text_id}",
        "/v1/requests/by-number/12",
    ]
    assert [dict(request.query) for request in seen] == [{"as": "tg:5"}] * 2


async def test_events_are_read_as_messages(connect: Connect) -> None:
    data = RequestTaken(request_id=uuid4(), number=1, actor_id=uuid4(), assignee_id=uuid4(), occurred_at=NOW)
    event = wrap(data, source="/zavhoz/requests", subject="request/1", version=2)
    api = await connect(answering(200, f"[{event.to_json().decode()}]"))
    assert await api.request_events(data.request_id, after=1) == (event,)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, "{}", InvalidQuery),
        (401, "{}", ApiUnavailable),
        (403, '{"status": 403, "code": "deactivated"}', Forbidden),
        (404, "{}", NotFound),
        (422, "{}", InvalidQuery),
        (500, "oops", ApiUnavailable),
        (503, "{}", ApiUnavailable),
        (200, "not json", ApiUnavailable),
        (200, "{}", ApiUnavailable),
    ],
)
async def test_failures_become_classes(connect: Connect, status: int, body: str, error: type[Exception]) -> None:
    api = await connect(answering(status, body))
    with pytest.raises(error):
        await api.person("tg:5")


@pytest.mark.parametrize(
    ("body", "code"), [('{"status": 403, "code": "deactivated"}', "deactivated"), ("", "forbidden")]
)
async def test_a_refusal_says_why(connect: Connect, body: str, code: str) -> None:
    api = await connect(answering(403, body))
    with pytest.raises(Forbidden) as refused:
        await api.card(uuid4(), "tg:5")
    assert refused.value.reason == code


async def test_an_api_that_is_away_is_an_outage(unused_tcp_port: int) -> None:
    async with ClientSession() as session:
        api = RequestsApi(session, f"http://127.0.0.1:{unused_tcp_port}", "s3cret")
        with pytest.raises(ApiUnavailable) as outage:
            await api.audience(uuid4())
    assert outage.value.dependency == "requests-api"
    assert "s3cret" not in str(outage.value)
