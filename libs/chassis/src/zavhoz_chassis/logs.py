"""Structured logs on standard output: one line a record, with the ids that tie a chain of messages together."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from opentelemetry.trace import format_span_id, format_trace_id, get_current_span
from structlog.contextvars import bound_contextvars

FILE_BYTES: Final = 10 * 1024 * 1024
FILES_KEPT: Final = 5
# Not bounded by \b: in the Bot API's addresses the token follows the word "bot".
_BOT_TOKEN: Final = re.compile(r"(?<!\d)(\d{3,20}):[A-Za-z0-9_-]{10,}")
_PASSWORD: Final = re.compile(r"(\w+://[^/\s:@\"']*):[^/\s\"']+@")
_SECRET_NAME: Final = re.compile(r"password|passwd|secret|authorization|(^|_)token$|api_key", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOISY: Final = (
    "aiormq",
    "aio_pika",
    "aiogram",
    "asyncio",
    "sqlalchemy",
    "uvicorn",
    "alembic",
    "opentelemetry",
    "sentry_sdk",
    "urllib3",
)


def mask(text: str) -> str:
    """Replace bot tokens and passwords in addresses."""
    return _PASSWORD.sub(r"\1:***@", _BOT_TOKEN.sub(r"\1:***", text))


def _masked(render: structlog.typing.Processor, secrets: Collection[str]) -> structlog.typing.Processor:
    """Mask the finished line, so that nothing nested (an exception, a mapping) gets past it."""

    def line(logger: Any, method: str, record: MutableMapping[str, Any]) -> str:
        told = mask(str(render(logger, method, record)))
        for secret in secrets:
            told = told.replace(secret, "***")
        return told

    return line


def _hide_named(_: Any, __: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """What is called a password is one, whatever it looks like."""
    for key in record:
        if _SECRET_NAME.search(key):
            record[key] = "***"
    return record


def _plain(_: Any, __: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Nothing that somebody typed may begin a line of its own or steer a terminal; a traceback may have its lines."""
    for key, value in record.items():
        if isinstance(value, str) and key not in ("exception", "stack"):
            record[key] = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), value)
    return record


def _add_trace(_: Any, __: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Tie the line to the span that it was logged in."""
    context = get_current_span().get_span_context()
    if context.is_valid:
        record["trace_id"] = format_trace_id(context.trace_id)
        record["span_id"] = format_span_id(context.span_id)
    return record


def _drop_unknown(_: Any, __: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Who it is about is said where it is known."""
    if record.get("person_id", "") is None:
        del record["person_id"]
    return record


class CannotLog(OSError):
    """The file for the log cannot be written."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(f"cannot write the log (LOG_FILE) to {path}: {error.strerror or error}")


def configure_logs(
    service: str,
    *,
    level: str = "INFO",
    format: str = "console",
    file: str | None = None,
    secrets: Collection[str] = (),
) -> None:
    """Send structlog's and the standard library's records through one formatter to standard output, and to a file.

    `format` is `console` (for people, coloured on a terminal) or `json` (one object a line). `file` is one process's
    own: after 10 MiB it becomes `file.1` and so on, of which 5 are kept; `{service}` in its name is replaced. Bot
    tokens, passwords in addresses and values with telling names are masked, and `secrets` wherever they turn up.

    Raises:
        CannotLog: the file cannot be written.
    """

    def add_service(_: Any, __: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
        record["service"] = service
        return record

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        add_service,
        _add_trace,
        _drop_unknown,
        _hide_named,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stdout)]
    if file is not None:
        handlers.append(_rotating(file.replace("{service}", service)))
    for handler in handlers:
        coloured = isinstance(handler, logging.StreamHandler) and handler.stream.isatty()
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=shared,
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_rendering(format, coloured, secrets),
                ],
            )
        )
    root = logging.getLogger()
    for former in root.handlers:
        if isinstance(former, RotatingFileHandler):
            former.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in _NOISY:
        # Their failures reach us as exceptions, which are logged once where they are handled.
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # A reconnecting client logs each attempt; readiness and our own line say it once.
    # So do the senders of traces and errors: what they lose is counted, and logged once by ourselves.
    for name in (
        "aio_pika.robust_connection",
        "aiormq.connection",
        "aio_pika.connection",
        "opentelemetry",
        "sentry_sdk",
    ):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _rendering(format: str, coloured: bool, secrets: Collection[str]) -> list[structlog.typing.Processor]:
    if format == "json":
        return [
            # Without local variables: they hold tokens and people's texts.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            _masked(structlog.processors.JSONRenderer(), secrets),
        ]
    return [
        _plain,
        structlog.processors.format_exc_info,
        _masked(
            structlog.dev.ConsoleRenderer(
                colors=coloured, pad_event_to=32, exception_formatter=structlog.dev.plain_traceback
            ),
            secrets,
        ),
    ]


def _rotating(path: str) -> logging.Handler:
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    except OSError as error:
        raise CannotLog(path, error) from error


@contextlib.contextmanager
def message_context(message_id: UUID, correlation_id: UUID, causation_id: UUID | None = None) -> Iterator[None]:
    """Tie every line logged inside to the message being handled."""
    ids: dict[str, str | None] = {
        "message_id": str(message_id),
        "correlation_id": str(correlation_id),
        "person_id": None,
    }
    if causation_id is not None:
        ids["causation_id"] = str(causation_id)
    with bound_contextvars(**ids):
        yield
