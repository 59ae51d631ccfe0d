"""What must not get into a log: secrets by name and by value, and lines that somebody typed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from zavhoz_chassis.logs import configure_logs


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fail(why: str) -> None:
    raise RuntimeError(why)


@pytest.mark.parametrize("format", ["console", "json"])
def test_known_secrets_and_telling_names(capsys: pytest.CaptureFixture[str], format: str) -> None:
    configure_logs("files", format=format, secrets=["opaque-api-token"])
    log = structlog.get_logger("zavhoz.test")
    log.info("it was opaque-api-token", nested={"deep": ["opaque-api-token"]}, kept="tokens: 3")
    log.info("named", password="letmein", Authorization="Bearer abc", api_token="xyz-xyz")
    logging.getLogger("elsewhere").warning("with %s", "opaque-api-token")
    try:
        fail("said opaque-api-token")
    except RuntimeError:
        log.exception("failed")
    told = capsys.readouterr().out
    for secret in ("opaque-api-token", "letmein", "Bearer abc", "xyz-xyz"):
        assert secret not in told
    assert "tokens: 3" in told
    if format == "json":
        for line in told.splitlines():
            json.loads(line)


@pytest.mark.parametrize("format", ["console", "json"])
def test_what_somebody_typed_makes_no_line_of_its_own(capsys: pytest.CaptureFixture[str], format: str) -> None:
    configure_logs("files", format=format)
    structlog.get_logger("zavhoz.test").info("one\nforged", typed="two\u2028\rforged", terminal="\x1b[2Jgone")
    logging.getLogger("library").warning("three\nforged")
    told = capsys.readouterr().out
    assert len(told.splitlines()) == 2
    assert "\x1b[2J" not in told


def test_a_traceback_keeps_its_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("files")
    try:
        fail("why")
    except RuntimeError:
        structlog.get_logger("zavhoz.test").exception("failed")
    told = capsys.readouterr().out.splitlines()
    assert len(told) >= 4
    assert told[-1] == "RuntimeError: why"
