"""Structured logs on standard output: one line a record, with the ids that tie a chain of messages together."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from typing import Any, Final
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

# Not bounded by \b: in the Bot API's addresses the token follows the word "bot".
_BOT_TOKEN: Final = re.compile(r"(?<!\d)(\d{3,20}):[A-Za-z0-9_-]{10,}")
_PASSWORD: Final = re.compile(r"(\w+://[^/\s:@\"']*):[^/\s\"']+@")
_SECRET_NAME: Final = re.compile(r"password|passwd|secret|authorization|(^|_)token$|api_key", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOISY: Final = ("aiormq", "aio_pika", "aiogram", "asyncio", "sqlalchemy", "uvicorn", "alembic")


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


def configure_logs(
    service: str, *, level: str = "INFO", format: str = "console", secrets: Collection[str] = ()
) -> None:
    """Send structlog's and the standard library's records through one formatter to standard output.

    `format` is `console` (for people, coloured on a terminal) or `json` (one object a line). Bot tokens, passwords in
    addresses and values with telling names are masked, and `secrets` wherever they turn up.
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
        _hide_named,
    ]
    if format == "json":
        rendering: list[structlog.typing.Processor] = [
            # Without local variables: they hold tokens and people's texts.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            _masked(structlog.processors.JSONRenderer(), secrets),
        ]
    else:
        rendering = [
            _plain,
            structlog.processors.format_exc_info,
            _masked(
                structlog.dev.ConsoleRenderer(
                    colors=sys.stdout.isatty(), pad_event_to=32, exception_formatter=structlog.dev.plain_traceback
                ),
                secrets,
            ),
        ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY:
        # Their failures reach us as exceptions, which are logged once where they are handled.
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # A reconnecting client logs each attempt; readiness and our own line say it once.
    for name in ("aio_pika.robust_connection", "aiormq.connection", "aio_pika.connection"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextlib.contextmanager
def message_context(message_id: UUID, correlation_id: UUID, causation_id: UUID | None = None) -> Iterator[None]:
    """Tie every line logged inside to the message being handled."""
    ids = {"message_id": str(message_id), "correlation_id": str(correlation_id)}
    if causation_id is not None:
        ids["causation_id"] = str(causation_id)
    with bound_contextvars(**ids):
        yield
