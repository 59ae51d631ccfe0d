"""Dead letters as text for a terminal and as JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from zavhoz_messaging.dead_letter import DeadLetter, age

_CUT: Final = 4_000
"""So many characters of a body are shown; as JSON all of them."""


def shown(letter: DeadLetter, now: datetime) -> Iterator[str]:
    """The lines that show one letter whole."""
    yield f"{letter.type or '(no message of ours)'}  {letter.key}"
    yield f"    reason    {letter.reason}"
    if letter.error:
        yield f"    error     {printable(letter.error)}"
    yield f"    queue     {printable(letter.queue)}"
    yield f"    died      {when(letter.died_at, now)}"
    yield f"    written   {when(letter.written_at, now)}"
    yield f"    attempts  {letter.attempts}"
    for name, value in letter.headers.items():
        yield f"    {printable(name)}: {printable(json.dumps(value, default=str, ensure_ascii=False))}"
    lines = _body(letter).splitlines() or ["(empty)"]
    yield from (f"    {line}" for line in lines)


def as_json(letter: DeadLetter) -> dict[str, Any]:
    """One letter for a program; a body that is not JSON is text with its bytes escaped."""
    return {
        "id": letter.key,
        "type": letter.type,
        "reason": letter.reason,
        "error": letter.error,
        "queue": letter.queue,
        "died_at": letter.died_at.isoformat() if letter.died_at else None,
        "written_at": letter.written_at.isoformat() if letter.written_at else None,
        "attempts": letter.attempts,
        "headers": _plain(letter.headers),
        "body": letter.body.decode(errors="backslashreplace") if letter.content is None else letter.content,
    }


def when(moment: datetime | None, now: datetime) -> str:
    """A moment, and how long ago that is."""
    return "unknown" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC, {ago(age(moment, now))}"


def ago(past: timedelta) -> str:
    """How long ago, in the largest unit that there are two of: `90 s ago`, `3 days ago`."""
    seconds = int(past.total_seconds())
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def printable(text: str) -> str:
    """Text without anything that a terminal would obey: a letter may hold what a stranger has typed."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _body(letter: DeadLetter) -> str:
    if letter.content is None:
        text = letter.body[: _CUT + 1].decode(errors="backslashreplace")
    else:
        text = json.dumps(letter.content, indent=2, ensure_ascii=False)
    cut = text if len(text) <= _CUT else f"{text[:_CUT]}\n… cut: {len(letter.body)} bytes in all; --json shows them"
    return "\n".join(printable(line) for line in cut.split("\n"))


def _plain(headers: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(dict(headers), default=str))
