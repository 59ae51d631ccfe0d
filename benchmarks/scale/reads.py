"""What people read at that size, through the API over HTTP: the 95th percentile of each kind of question."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from aiohttp import ClientSession

from benchmarks.scale.fill import DATABASE
from benchmarks.servers import API_TOKEN, Servers

ASKED = 60
"""As often each kind is asked, in turn for each of its questions."""
_FREE, _LIMITED, _TWO_SITES, _REQUESTER = (f"tg:{1_000_000_000 + n}" for n in (150, 5, 204, 777))
_MANAGER = "tg:1000000200"
_STAFF = (_MANAGER, _FREE, _LIMITED, _TWO_SITES)
Question = tuple[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Questions of one kind, asked in turn."""

    name: str
    questions: Sequence[Question]


async def measure(servers: Servers) -> dict[str, tuple[float, float]]:
    """By kind: the 95th percentile and the median, in milliseconds. Nobody else uses the machine meanwhile."""
    kinds = await _kinds(servers)
    service = servers.requests("amqp://unused", "api")
    service.start()
    try:
        await service.wait_ready()
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        async with ClientSession(f"{service.url}/v1/", headers=headers) as session:
            return {kind.name: await _asked(session, kind.questions) for kind in kinds}
    finally:
        service.kill()


def table(found: dict[str, tuple[float, float]]) -> str:
    """A Markdown table of it, the slowest first."""
    lines = ["| read at 1,000,000 requests | p95, ms | median, ms |", "| --- | --- | --- |"]
    rows = sorted(found.items(), key=lambda one: -one[1][0])
    return "\n".join([*lines, *(f"| {name} | {p95:.1f} | {median:.1f} |" for name, (p95, median) in rows)])


async def _asked(session: ClientSession, questions: Sequence[Question]) -> tuple[float, float]:
    took = []
    for path, query in [*questions, *islice(cycle(questions), ASKED)]:
        began = time.perf_counter()
        async with session.get(path, params=query) as answer:
            body = await answer.read()
            took.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"{path} {query}: {answer.status} {body[:200]!r}")
    measured = took[len(questions) :]  # each once before it counts: a plan, a page from the disk
    return statistics.quantiles(measured, n=20)[18], statistics.median(measured)


async def _kinds(servers: Servers) -> list[Kind]:
    """All kinds; ids are those that the database has."""
    some = "SELECT id, number FROM requests WHERE number % 99991 = 7 AND place_id IS NOT NULL"
    filed = [(str(id), str(number)) for id, number in await servers.fetch(DATABASE, some)]
    people = dict(await servers.fetch(DATABASE, "SELECT telegram_id - 1000000000, id FROM people"))
    worker, requester = str(people[33]), str(people[777])
    ranked = "SELECT id FROM categories ORDER BY position"
    categories = [str(id) for (id,) in await servers.fetch(DATABASE, ranked)]
    narrowed = _filters(worker, requester, common=categories[0], rare=categories[-1])
    lists = [
        *(Kind(f"{view}, {name}", _of(view, page=page)) for view in ("queue", "archive") for name, page in _PAGES),
        *(Kind(f"{view}, {name}", _of(view, **filters)) for view in ("queue", "archive")
          for name, filters in narrowed.items()),
    ]  # fmt: skip
    sought = {**_SEARCHES, "a common word, a rare category": ("кран", {"category": categories[-1]})}
    searches = [Kind(f"search, {name}", [("requests/search", {"as": as_, "q": q, **more}) for as_ in _STAFF])
                for name, (q, more) in sought.items()]  # fmt: skip
    open_one = "SELECT id FROM requests WHERE status = 'open' AND place_id IS NOT NULL LIMIT 5"
    others = [
        Kind("card", [(f"requests/{id}/card", {"as": _MANAGER}) for id, _ in filed]),
        Kind("audience", [(f"requests/{id}/audience", {}) for id, _ in filed]),
        Kind("by number", [(f"requests/by-number/{number}", {"as": _MANAGER}) for _, number in filed]),
        Kind("own list", [("requests", {"as": _REQUESTER, "view": view}) for view in ("open", "closed", "joined")]),
        Kind("own search", [("requests/mine", {"as": _REQUESTER, "q": q}) for q in ("кран", "прожетор", "#5")]),
        Kind("similar, in a room", _similar(place="s7b2r14")),
        Kind("similar, no place", _similar()),
        Kind("people", [("people", {"as": _MANAGER, "q": q}) for q in ("", "анна", "7")]),
        Kind("assignees", [("requests/assignees", {"as": as_}) for as_ in _STAFF]),
        Kind("whom to give it to", [(f"requests/{row[0]}/staff", {"as": _MANAGER})
                                    for row in await servers.fetch(DATABASE, open_one)]),
        Kind("recent places", [("places/recent", {"as": _REQUESTER})]),
    ]  # fmt: skip
    return [*lists, *searches, *others]


def _of(view: str, **more: str) -> list[Question]:
    return [("requests", {"as": as_, "view": view, "size": "10", **more}) for as_ in _STAFF]


def _similar(**more: str) -> list[Question]:
    query = {"as": _REQUESTER, "text": "течет кран, вода на полу", **more}
    return [("requests/similar", query)]


_PAGES = (("first page", "1"), ("page 50", "50"), ("last page", "100"))


def _filters(worker: str, requester: str, *, common: str, rare: str) -> dict[str, dict[str, str]]:
    """Every filter alone, and awkward ones together: where one of them is rare among what the other leaves."""
    return {
        "on hold": {"status": "on_hold"},
        "completed": {"status": "completed"},
        "merged": {"status": "merged"},
        "high": {"priority": "high"},
        "a site": {"place": "s7"},
        "a room": {"place": "s7b2r14"},
        "assigned": {"assignee": worker},
        "assigned to nobody": {"assignee": "nobody"},
        "filed by one": {"requester": requester},
        "a common category": {"category": common},
        "a rare category": {"category": rare},
        "today": {"since": "today"},
        "7 days": {"since": "7d"},
        "overdue": {"overdue": "true"},
        "a site, on hold, high": {"place": "s7", "status": "on_hold", "priority": "high"},
        "a site, merged": {"place": "s7", "status": "merged"},
        "a site, a rare category": {"place": "s7", "category": rare},
        "one's, a rare category": {"assignee": worker, "category": rare},
        "a room, low, 7 days": {"place": "s7b2r14", "priority": "low", "since": "7d"},
        "one's, merged": {"assignee": worker, "status": "merged"},
        "one's, overdue, at a site": {"assignee": worker, "overdue": "true", "place": "s7"},
        "by one, rejected, high": {"requester": requester, "status": "rejected", "priority": "high"},
        "nobody's, completed": {"assignee": "nobody", "status": "completed"},
    }


_SEARCHES: dict[str, tuple[str, dict[str, str]]] = {
    "the most common word": ("кран", {}),
    "another form": ("кранами", {}),
    "a common word": ("мигает", {}),
    "English": ("radiator", {}),
    "a rare word": ("вытяжка", {}),
    "two words": ("кран свет", {}),
    "four words": ("кран свет окно дверь", {}),
    "a typo": ("прожетор", {}),
    "two typos": ("прожетор мигеат", {}),
    "a beginning": ("прожек", {}),
    "a short beginning": ("пот", {}),
    "a room": ("кабинет 214", {}),
    "#number": ("#777777", {}),
    "a number": ("777777", {}),
    "nothing": ("абракадабра", {}),
    "a common word, at a site": ("кран", {"place": "s7"}),
    "a common word, merged": ("кран", {"status": "merged"}),
    "a common word, on hold, high": ("кран", {"status": "on_hold", "priority": "high"}),
    "a common word, today": ("кран", {"since": "today"}),
    "a rare word, open": ("вытяжка", {"status": "open"}),
}
