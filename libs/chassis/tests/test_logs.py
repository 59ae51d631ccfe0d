"""Logs: one line a record, tied to the message being handled, without secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog

from zavhoz_chassis import logs
from zavhoz_chassis.logs import configure_logs, mask, message_context
from zavhoz_contracts import tracing

TOKEN = "123456:AAE-hunter2_hunter2_hunter2"
PASSWORD = "hunter2"
MESSAGE, CORRELATION, CAUSE = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _records(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"token {TOKEN}.", "token 123456:***."),
        (f"https://api.telegram.org/bot{TOKEN}/getMe", "https://api.telegram.org/bot123456:***/getMe"),
        (f"https://api.telegram.org/file/bot{TOKEN}/a.jpg", "https://api.telegram.org/file/bot123456:***/a.jpg"),
        ("amqp://zavhoz:hunter2@broker:5672/", "amqp://zavhoz:***@broker:5672/"),
        ("postgresql+asyncpg://zavhoz:hunter@2@db/x", "postgresql+asyncpg://zavhoz:***@db/x"),
        ("redis://:hunter2@redis:6379/0", "redis://:***@redis:6379/0"),
        ("http://localhost:8080/livez at 12:30:45", "http://localhost:8080/livez at 12:30:45"),
        ("2026-11-24T14:17:26.123456+00:00", "2026-11-24T14:17:26.123456+00:00"),
        ("write to anna@example.org", "write to anna@example.org"),
    ],
)
def test_tokens_and_passwords_are_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_json_is_one_object_a_line_tied_to_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("requests", format="json")
    log = structlog.get_logger("zavhoz.test")
    with message_context(MESSAGE, CORRELATION, CAUSE):
        log.info("handled\nin two lines", count=2)
        logging.getLogger("elsewhere").warning("from %s", "the standard library")
    log.info("afterwards")
    handled, foreign, after = _records(capsys)
    ids = {"message_id": str(MESSAGE), "correlation_id": str(CORRELATION), "causation_id": str(CAUSE)}
    assert handled.items() >= {"event": "handled\nin two lines", "count": 2, "level": "info", **ids}.items()
    assert handled.items() >= {"service": "requests", "logger": "zavhoz.test"}.items()
    assert handled["timestamp"].endswith("Z")
    assert foreign.items() >= {"event": "from the standard library", "level": "warning", **ids}.items()
    assert not after.keys() & ids.keys()


def test_the_first_of_a_chain_has_no_cause(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("requests", format="json")
    with message_context(MESSAGE, CORRELATION):
        structlog.get_logger("zavhoz.test").info("first")
    assert "causation_id" not in _records(capsys)[0]


def _fail(secret: str) -> None:
    """Fails with a secret in a local variable, as they are where things go wrong."""
    raise ValueError(f"cannot reach https://api.telegram.org/bot{TOKEN}/getMe with {len(secret)} letters")


@pytest.mark.parametrize("format", ["console", "json"])
def test_no_secret_gets_into_a_line(capsys: pytest.CaptureFixture[str], format: str) -> None:
    configure_logs("gateway", format=format)
    log = structlog.get_logger("zavhoz.test")
    event = f"bot {TOKEN}"
    log.info(event, address=f"amqp://zavhoz:{PASSWORD}@broker/", nested={"url": [f"https://x/bot{TOKEN}/y"]})
    logging.getLogger("elsewhere").error("cannot connect to %s", f"amqp://zavhoz:{PASSWORD}@broker/")
    try:
        _fail(PASSWORD)
    except ValueError:
        log.exception("failed")
        logging.getLogger("elsewhere").exception("failed there")
    told = capsys.readouterr().out
    assert "hunter2" not in told
    assert told.count("cannot reach https://api.telegram.org/bot123456:***/getMe") >= 2


def test_an_exception_is_in_the_record_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway", format="json")
    try:
        int("x")
    except ValueError:
        structlog.get_logger("zavhoz.test").exception("failed")
    (record,) = _records(capsys)
    (error,) = record["exception"]
    assert error["exc_type"] == "ValueError"
    assert error["frames"][0]["filename"] == __file__


def test_the_level_holds_for_both_kinds_and_noisy_libraries_are_quieter(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway", level="WARNING", format="json")
    structlog.get_logger("zavhoz.test").info("not this")
    logging.getLogger("elsewhere").info("nor this")
    configure_logs("gateway", level="DEBUG", format="json")
    logging.getLogger("sqlalchemy.engine").info("nor that")
    logging.getLogger("aiormq.connection").error("nor each attempt")
    structlog.get_logger("zavhoz.test").debug("this")
    assert [record["event"] for record in _records(capsys)] == ["this"]


def test_console_lines_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway")
    structlog.get_logger("zavhoz.test").info("начат", chat="двор")
    (line,) = capsys.readouterr().out.splitlines()
    assert "начат" in line
    assert "chat=двор" in line
    assert "\x1b" not in line, "no colours where there is no terminal"


def test_a_file_has_the_same_lines_and_begins_anew_before_it_is_too_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (logs.FILE_BYTES, logs.FILES_KEPT) == (10 * 1024 * 1024, 5)
    monkeypatch.setattr(logs, "FILE_BYTES", 2000)
    configure_logs("gateway", format="json", file=str(tmp_path / "deep" / "{service}.log"))
    log = structlog.get_logger("zavhoz.test")
    for number in range(100):
        log.info("a line", number=number, url=f"https://x/bot{TOKEN}/y")
    files = sorted((tmp_path / "deep").iterdir())
    assert [file.name for file in files] == ["gateway.log", *(f"gateway.log.{n}" for n in range(1, 6))]
    assert all(file.stat().st_size <= 2000 for file in files)
    kept = [json.loads(line)["number"] for file in [files[0], *files[1:]] for line in file.read_text().splitlines()]
    assert max(kept) == 99
    assert sorted(kept) == list(range(min(kept), 100))
    assert not any("hunter2" in file.read_text() for file in files)
    assert len(_records(capsys)) == 100
    configure_logs("gateway")  # lets go of the file


def test_a_line_is_tied_to_its_span(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway", format="json")
    log = structlog.get_logger("zavhoz.test")
    with tracing.begun("handle message"):
        log.info("inside")
        context = tracing.current() or ""
    log.info("outside")
    inside, outside = _records(capsys)
    assert context == f"00-{inside['trace_id']}-{inside['span_id']}-00"
    assert "trace_id" not in outside
