"""The bot, against a Bot API server of one's choice, with errors by what may be done about them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import IO, Any, Final, TypeVar
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData
from pydantic import BaseModel, ValidationError

from zavhoz_contracts.errors import ZavhozError
from zavhoz_telegram import refusals
from zavhoz_telegram.answers import Answer, File, SentMessage
from zavhoz_telegram.calls import measured
from zavhoz_telegram.screens import Screen

TIMEOUT_SECONDS: Final = 10.0
UPLOAD_SECONDS: Final = 120.0
_CONNECT_SECONDS: Final = 5.0
_NO_PREVIEW: Final = {"is_disabled": True}
ModelT = TypeVar("ModelT", bound=BaseModel)


class Bot:
    """A bot; `id` is its own Telegram id. Every method raises the errors of `errors`, and nothing that shows the token.

    A call takes at most `TIMEOUT_SECONDS` unless it says otherwise, and is never repeated by itself.
    """

    def __init__(self, session: ClientSession, token: str, api_url: str) -> None:
        self._session = session
        server = api_url.rstrip("/")
        self._server = urlsplit(api_url).hostname or ""
        self._methods = f"{server}/bot{token}/"
        self._files = f"{server}/file/bot{token}/"
        self.id = int(token.split(":", 1)[0])

    async def send_message(self, chat_id: int, screen: Screen, thread_id: int | None = None) -> int:
        """Send a new message without link previews, in a topic if one is named; returns its id."""
        said = await self.call("sendMessage", {"chat_id": chat_id, "message_thread_id": thread_id} | _shown(screen))
        return read(SentMessage, said).message_id

    async def edit_message_text(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Draw a message anew; one that shows this already raises `NotModified`."""
        await self.call("editMessageText", {"chat_id": chat_id, "message_id": message_id} | _shown(screen))

    async def edit_message_reply_markup(self, chat_id: int, message_id: int) -> None:
        """Take a message's buttons away; one that has none raises `NotModified`."""
        await self.call("editMessageReplyMarkup", {"chat_id": chat_id, "message_id": message_id})

    async def answer_callback_query(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a press, with at most 200 characters; one that comes too late raises `QueryTooOld`."""
        answer = {"callback_query_id": query_id, "text": text or None, "show_alert": alert}
        await self.call("answerCallbackQuery", answer)

    async def send_document(self, chat_id: int, name: str, file: IO[bytes], caption: str) -> int:
        """Send a file of at most 50 MB, called `name`, with a caption as HTML; returns the message's id. Closes it.

        https://core.telegram.org/bots/api#senddocument
        """
        form = FormData(quote_fields=False)  # Telegram takes a name as it is
        for field, value in (("chat_id", str(chat_id)), ("caption", caption), ("parse_mode", "HTML")):
            form.add_field(field, value)
        form.add_field("document", file, filename=name, content_type="application/octet-stream")
        with measured("sendDocument", self._server):
            sent = await self._post("sendDocument", UPLOAD_SECONDS, data=form)
        return read(SentMessage, sent).message_id

    async def get_file(self, file_id: str) -> File:
        """Prepare a file for fetching; one over 20 MB raises `FileTooBig`."""
        return read(File, await self.call("getFile", {"file_id": file_id}))

    def file_url(self, path: str) -> str:
        """Where the file is fetched whose `file_path` this is. A secret: it holds the token."""
        return self._files + path

    async def call(
        self, method: str, parameters: Mapping[str, object] | None = None, *, timeout: float = TIMEOUT_SECONDS
    ) -> Any:
        """Call any method; what is None among the `parameters` is left out. Returns the result, as JSON reads.

        https://core.telegram.org/bots/api#available-methods
        """
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        with measured(method, self._server):
            return await self._call(method, given, timeout)

    async def _call(self, method: str, given: Mapping[str, object], timeout: float) -> Any:
        return await self._post(method, timeout, json=given)

    async def _post(self, method: str, timeout: float, **body: Any) -> Any:
        failure: ZavhozError
        try:
            # A limit of its own for connecting tells "never sent" from "not answered".
            limits = ClientTimeout(total=timeout, connect=min(_CONNECT_SECONDS, timeout / 2))
            async with self._session.post(
                self._methods + method, timeout=limits, allow_redirects=False, **body
            ) as response:
                content = await response.read()
        except (ClientError, OSError) as error:
            failure = refusals.of_failure(error)
        else:
            return _result(response.status, content)
        raise failure  # not from within: the cause may quote the address, and the address the token


def read(kind: type[ModelT], result: object) -> ModelT:
    """The result of a call, checked."""
    with contextlib.suppress(ValidationError):
        return kind.model_validate(result)
    raise refusals.of_unreadable()


@contextlib.asynccontextmanager
async def open_bot(token: str, api_url: str) -> AsyncIterator[Bot]:
    """A bot with connections of its own, closed afterwards."""
    async with ClientSession() as session:
        yield Bot(session, token, api_url)


def _shown(screen: Screen) -> dict[str, object]:
    return {
        "text": screen.text,
        "parse_mode": "HTML",
        "link_preview_options": _NO_PREVIEW,
        "reply_markup": screen.keyboard,
    }


def _result(status: int, content: bytes) -> Any:
    if not 200 <= status < 300:
        raise refusals.of_answer(status, content)
    with contextlib.suppress(ValueError, RecursionError):
        answer = _answer(content)
        if answer.ok:
            return answer.result
    raise refusals.of_unreadable()


def _answer(content: bytes) -> Answer:
    """The answer; it may hold half of a surrogate pair, which pydantic takes for no JSON, and its readers clean.

    One such text in one update would else hide all updates for as long as it is given again.
    """
    try:
        return Answer.model_validate_json(content)
    except ValidationError:
        return Answer.model_validate(json.loads(content))
