"""The bot against a real HTTP server: what it sends, and which error each answer becomes."""

from __future__ import annotations

import asyncio
import io
import socket
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from zavhoz_contracts.errors import Outage, Permanent, Transient, ZavhozError
from zavhoz_telegram import errors
from zavhoz_telegram.client import TIMEOUT_SECONDS, Bot
from zavhoz_telegram.screens import Screen

Connect = Callable[[str], Awaitable[Bot]]
_SENT = {
    "ok": True,
    "result": {"message_id": 7, "date": 0, "chat": {"id": 1, "type": "private"}, "text": "hello"},
}


async def _failure(bot: Bot, *, timeout: float = TIMEOUT_SECONDS) -> BaseException:
    """What sending a message raises."""
    try:
        await bot.call("sendMessage", {"chat_id": 1, "text": "hello"}, timeout=timeout)
    except Exception as error:  # noqa: BLE001  # whatever it is, the tests judge it
        return error
    raise AssertionError("it was sent")


async def test_a_message_is_html_without_link_previews(api: Any, connect: Connect) -> None:
    api.answer(200, _SENT)
    sent = await (await connect(api.url)).send_message(1, Screen("<b>hello</b>"))
    assert sent == 7
    method, given = api.calls[0]
    assert method == "sendMessage"
    assert given["parse_mode"] == "HTML"
    assert given["link_preview_options"] == {"is_disabled": True}
    assert "disable_web_page_preview" not in given


async def test_a_file_is_sent_with_its_name_and_a_caption(api: Any, connect: Connect, tmp_path: Path) -> None:
    api.answer(200, _SENT)
    path = tmp_path / "any"
    path.write_bytes(b"{}" * 100_000)
    with path.open("rb") as file:
        assert await (await connect(api.url)).send_document(5, "данные.json", file, "<b>Yours</b>") == 7
    method, given = api.calls[0]
    assert given.pop("document") == ("данные.json", b"{}" * 100_000)
    assert method == "sendDocument"
    assert given == {"chat_id": "5", "caption": "<b>Yours</b>", "parse_mode": "HTML"}


async def test_a_file_that_is_refused_has_the_same_classes(api: Any, connect: Connect) -> None:
    api.refuse(403, "Forbidden: bot was blocked by the user")
    with pytest.raises(errors.Unreachable):
        await (await connect(api.url)).send_document(5, "x", io.BytesIO(b"x"), "")
    api.say(413, "<html>Too large</html>")
    with pytest.raises(errors.Refused):
        await (await connect(api.url)).send_document(5, "x", io.BytesIO(b"x"), "")


async def test_an_address_may_end_with_a_slash(api: Any, connect: Connect) -> None:
    api.answer(200, _SENT)
    await (await connect(api.url + "/")).send_message(1, Screen("hello"))
    assert len(api.calls) == 1


@pytest.mark.parametrize(
    ("code", "description", "expected"),
    [
        (400, "Bad Request: chat not found", errors.Unreachable),
        (400, "Bad Request: message thread not found", errors.ThreadGone),
        (400, "Bad Request: TOPIC_DELETED", errors.ThreadGone),
        (400, "Bad Request: TOPIC_CLOSED", errors.TopicClosed),
        (400, "Bad Request: TOPIC_NOT_MODIFIED", errors.NotModified),
        (400, "Bad Request: the chat is not a forum", errors.NoForum),
        (400, "Bad Request: not enough rights to create a topic", errors.NotEnoughRights),
        (400, "Bad Request: user not found", errors.Unreachable),
        (400, "Bad Request: PEER_ID_INVALID", errors.Unreachable),
        (400, "Bad Request: message to edit not found", errors.MessageGone),
        (400, "Bad Request: message can't be edited", errors.MessageGone),
        (400, "Bad Request: there is no text in the message to edit", errors.MessageGone),
        (400, "Bad Request: message to delete not found", errors.MessageGone),
        (400, "Bad Request: message can't be deleted for everyone", errors.MessageGone),
        (400, "Bad Request: message to be replied not found", errors.MessageGone),
        (400, "Bad Request: MESSAGE_ID_INVALID", errors.MessageGone),
        (400, "Bad Request: message is not modified: specified new message content and …", errors.NotModified),
        (
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
            errors.QueryTooOld,
        ),
        (400, "Bad Request: file is too big", errors.FileTooBig),
        (400, "Bad Request: can't parse entities: Unclosed start tag", errors.Refused),
        (400, "Bad Request: BUTTON_DATA_INVALID", errors.Refused),
        (401, "Unauthorized", errors.TelegramUnavailable),
        (403, "Forbidden: bot was blocked by the user", errors.Unreachable),
        (403, "Forbidden: user is deactivated", errors.Unreachable),
        (403, "Forbidden: bot can't initiate conversation with a user", errors.Unreachable),
        (403, "Forbidden: bot was kicked from the group chat", errors.Unreachable),
        (404, "Not Found", errors.TelegramUnavailable),
        (409, "Conflict: terminated by other getUpdates request", errors.PollingConflict),
        (413, "Request Entity Too Large", errors.Refused),
        (500, "Internal Server Error", errors.TelegramBusy),
        (502, "Bad Gateway", errors.TelegramBusy),
        (503, "Service Unavailable: restart", errors.TelegramBusy),
    ],
)
async def test_a_refusal_has_its_class(
    api: Any, connect: Connect, code: int, description: str, expected: type[Exception]
) -> None:
    api.refuse(code, description)
    failure = await _failure(await connect(api.url))
    assert type(failure) is expected
    assert description in str(failure)


def test_classes_say_what_may_be_done() -> None:
    permanent = (errors.Unreachable, errors.MessageGone, errors.NotModified, errors.QueryTooOld, errors.FileTooBig)
    assert all(issubclass(kind, Permanent) for kind in (*permanent, errors.Refused))
    transient = (errors.TelegramBusy, errors.TelegramUnknown, errors.TooManyRequests, errors.PollingConflict)
    assert all(issubclass(kind, Transient) for kind in (*transient, errors.ChatMigrated))
    assert issubclass(errors.TelegramUnavailable, Outage)
    assert len({kind.reason for kind in (*permanent, errors.Refused)}) == 6


async def test_flood_control_says_how_long(api: Any, connect: Connect) -> None:
    api.refuse(429, "Too Many Requests: retry after 17", retry_after=17)
    failure = await _failure(await connect(api.url))
    assert isinstance(failure, errors.TooManyRequests)
    assert (failure.wait, failure.retry_after) == (17.0, 17.0)


async def test_a_migrated_group_names_its_new_chat(api: Any, connect: Connect) -> None:
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    api.refuse(400, description, migrate_to_chat_id=-1001234567890)
    failure = await _failure(await connect(api.url))
    assert isinstance(failure, errors.ChatMigrated)
    assert failure.new_chat_id == -1001234567890


async def test_nobody_there_is_an_outage(connect: Connect, unused_tcp_port_of_nobody: int) -> None:
    failure = await _failure(await connect(f"http://127.0.0.1:{unused_tcp_port_of_nobody}"))
    assert isinstance(failure, errors.TelegramUnavailable)
    assert failure.dependency == "telegram"


async def test_a_connection_cut_after_the_request_leaves_it_unknown(api: Any, connect: Connect) -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    api.respond = cut
    assert type(await _failure(await connect(api.url))) is errors.TelegramUnknown
    assert len(api.calls) == 1, "what may have acted is never repeated by itself"


async def test_an_answer_cut_in_the_middle_leaves_it_unknown(api: Any, connect: Connect) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"ok"')
        assert request.transport is not None
        request.transport.abort()
        return response

    api.respond = cut
    assert type(await _failure(await connect(api.url))) is errors.TelegramUnknown


async def test_no_answer_in_time_leaves_it_unknown(api: Any, connect: Connect) -> None:
    released = asyncio.Event()

    async def late(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    api.respond = late
    try:
        assert type(await _failure(await connect(api.url), timeout=1)) is errors.TelegramUnknown
    finally:
        released.set()


@pytest.fixture
def unused_tcp_port_of_nobody() -> Iterator[int]:
    """A port that is taken, so that nobody else listens there, and refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def unanswered_port() -> Iterator[int]:
    """A port where connecting hangs: the backlog is full and nobody accepts."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


async def test_flood_control_without_parameters(api: Any, connect: Connect) -> None:
    api.refuse(429, "Too Many Requests: retry after 7")
    assert type(await _failure(await connect(api.url))) is errors.TooManyRequests


@pytest.mark.parametrize("status", [400, 500])
async def test_a_refusal_without_words_is_still_ours(api: Any, connect: Connect, status: int) -> None:
    api.answer(status, {"ok": False})
    assert isinstance(await _failure(await connect(api.url)), ZavhozError)


async def test_an_answer_in_no_encoding_leaves_it_unknown(api: Any, connect: Connect) -> None:
    api.say(200, b"\xff\xfe\xff")
    assert type(await _failure(await connect(api.url))) is errors.TelegramUnknown


async def test_a_success_that_cannot_be_read_leaves_it_unknown(api: Any, connect: Connect) -> None:
    api.say(200, "<html>")
    assert type(await _failure(await connect(api.url))) is errors.TelegramUnknown


async def test_half_a_surrogate_pair_in_a_text_hides_nothing_else(api: Any, connect: Connect) -> None:
    api.say(200, r'{"ok": true, "result": [{"update_id": 1, "text": "a\ud800b"}, {"update_id": 2}]}')
    updates = await (await connect(api.url)).call("getUpdates")
    assert updates == [{"update_id": 1, "text": "a\ud800b"}, {"update_id": 2}]


@pytest.mark.parametrize(
    "answer", ["[" * 100_000, '{"ok": true, "result": ' + "[" * 100_000, r'{"ok": "\ud800"}', "[]"]
)
async def test_an_answer_that_breaks_readers_is_one_that_cannot_be_read(
    api: Any, connect: Connect, answer: str
) -> None:
    api.say(200, answer)
    assert type(await _failure(await connect(api.url))) is errors.TelegramUnknown


async def test_a_connection_that_hangs_is_an_outage(connect: Connect, unanswered_port: int) -> None:
    failure = await _failure(await connect(f"http://127.0.0.1:{unanswered_port}"), timeout=1)
    assert type(failure) is errors.TelegramUnavailable


async def test_a_redirect_is_not_followed(api: Any, connect: Connect) -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": str(request.url)})

    api.respond = redirect
    assert type(await _failure(await connect(api.url))) is errors.TelegramUnavailable
    assert len(api.calls) == 1, "the address holds the token: nobody may say where else to send it"


async def test_a_result_of_another_shape_leaves_it_unknown(api: Any, connect: Connect) -> None:
    api.answer(200, {"ok": True, "result": True})
    with pytest.raises(errors.TelegramUnknown):
        await (await connect(api.url)).send_message(1, Screen("hello"))


@pytest.mark.parametrize("case", ["no scheme", "redirects", "echo"])
async def test_no_error_shows_the_token(api: Any, connect: Connect, case: str) -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": str(request.url)})

    async def echo(request: web.Request) -> web.Response:
        return web.Response(status=502, text=f"<html>no way to {request.path}</html>")

    api.respond = {"redirects": redirect, "echo": echo}.get(case)
    bot = await connect(api.url.removeprefix("http://") if case == "no scheme" else api.url)
    failure = await _failure(bot)
    assert "not-a-real-secret" not in "".join(traceback.format_exception(failure))
