"""How things stand, told to managers every day at their hour: once, and only to who wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from notifier_support import Someone, Town, command
from sqlalchemy import text

from zavhoz_contracts.api.client import ApiUnavailable, Forbidden
from zavhoz_contracts.api.digest import Digest
from zavhoz_contracts.api.v1 import AudienceMember, Relation, RequestLine
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_contracts.settings.v1.commands import OpenSettings, SetDigest, SetQuietHours, SettingsPage
from zavhoz_notifier.application import digests as digesting
from zavhoz_notifier.application.digests import Digests
from zavhoz_notifier.store import digests
from zavhoz_telegram.digest import draw_digest
from zavhoz_telegram.texts import Texts

UTC_ZONE = ZoneInfo("UTC")
TEXTS = Texts.load()
BUSY = Digest(filed=3, closed=2, waiting=5, in_work=4, on_hold=1, late=2)
QUIET = Digest(filed=0, closed=0, waiting=0, in_work=0, on_hold=0, late=0)


@dataclass
class Reads:
    """The read API: managers, and how things stand for each."""

    managing: list[AudienceMember] = field(default_factory=list)
    standing: dict[UUID, Digest] = field(default_factory=dict)
    away: bool = False

    def manager(self, someone: Someone, digest: Digest | None = BUSY, *, reachable: bool = True) -> None:
        id = someone.known.person_id
        self.managing.append(
            AudienceMember(
                person_id=id, relation=Relation.MANAGER, role=Role.MANAGER, chat_id=someone.chat_id,
                language=someone.known.language, reachable=reachable,
            )
        )  # fmt: skip
        if digest is not None:
            self.standing[id] = digest

    async def managers(self) -> tuple[AudienceMember, ...]:
        if self.away:
            raise ApiUnavailable("it is away")
        return tuple(self.managing)

    async def digest(self, as_: str) -> Digest:
        if UUID(as_) not in self.standing:
            raise Forbidden("a manager no more")
        return self.standing[UUID(as_)]


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> int:
    """The usual hour is that of now."""
    now = datetime.now(UTC).hour
    monkeypatch.setattr(digesting, "USUAL_HOUR", now)
    return now


def component(town: Town, reads: Reads, zone: ZoneInfo = UTC_ZONE) -> Digests:
    return Digests(town.database, reads, TEXTS, zone, lambda: None)


async def told(town: Town) -> Sequence[int]:
    return [row.chat_id for row in await town.rows("SELECT chat_id FROM deliveries ORDER BY chat_id")]


async def test_who_wants_it_is_told_once_a_day_whoever_looks(town: Town, hour: int) -> None:
    reads = Reads()
    people = [await town.someone(11 + n, f"Manager {n}", Role.MANAGER) for n in range(5)]
    usual, never, later, away, gone = people
    for someone in people[:3]:
        reads.manager(someone)
    reads.manager(away, reachable=False)
    reads.manager(gone, None)
    async with town.database.transaction() as connection:
        await digests.set_hour(connection, never.known.person_id, digests.NEVER)
        await digests.set_hour(connection, later.known.person_id, (hour + 4) % 24)
    replicas = [component(town, reads) for _ in range(3)]
    assert sum(await asyncio.gather(*(one.tell() for one in replicas))) == 1
    assert await told(town) == [usual.chat_id]
    assert await replicas[0].tell() == 0
    async with town.database.transaction() as connection:  # the next day
        await connection.execute(text("UPDATE digests SET day = day - 8"))
    assert await replicas[0].tell() == 0, "what is planned already is not planned again by the same day's name"
    rows = await town.rows("SELECT day FROM digests")
    assert {row.day for row in rows} == {datetime.now(UTC).date()}, "what is long ago is forgotten"


async def test_each_day_of_the_organisation_has_its_own(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hour begins before midnight in UTC, and ends after it."""
    kamchatka = ZoneInfo("Asia/Kamchatka")
    monkeypatch.setattr(digesting, "USUAL_HOUR", 11)
    reads, anna = Reads(), await town.someone(11, "Анна", Role.MANAGER)
    reads.manager(anna)

    async def at(day: int, hour: int) -> int:
        moment = datetime(2026, 11, day, hour, 30, tzinfo=kamchatka).astimezone(UTC)

        async def now(_: object) -> datetime:
            return moment

        monkeypatch.setattr(digesting, "clock", SimpleNamespace(now=now))
        return await component(town, reads, kamchatka).tell()

    assert [await at(day, hour) for day in (26, 27, 28) for hour in (10, 11, 12, 13)] == [0, 1, 0, 0] * 3
    assert await told(town) == [anna.chat_id] * 3


async def test_what_cannot_be_read_is_told_later_and_nothing_is_told_of_nothing(town: Town, hour: int) -> None:  # noqa: ARG001
    reads, anna = Reads(away=True), await town.someone(11, "Анна", Role.MANAGER)
    idle = await town.someone(12, "Олег", Role.MANAGER)
    reads.manager(anna)
    reads.manager(idle, QUIET)
    with pytest.raises(ApiUnavailable):
        await component(town, reads).tell()
    assert await town.rows("SELECT * FROM digests") == []
    reads.away = False
    assert await component(town, reads).tell() == 1
    assert await told(town) == [anna.chat_id]


@pytest.mark.parametrize(("ahead", "planned"), [(-1, 1), (-2, 1), (-3, 0), (1, 0)])
async def test_after_an_absence_it_is_told_as_long_as_it_is_news(
    town: Town, monkeypatch: pytest.MonkeyPatch, ahead: int, planned: int
) -> None:
    now = datetime.now(UTC).hour
    if not 0 <= now + ahead <= 23:
        now = 12  # over midnight it is another day: the zone below is chosen so that it is noon
    shift = now - datetime.now(UTC).hour
    zone = ZoneInfo(f"Etc/GMT{-shift:+d}") if shift else UTC_ZONE
    monkeypatch.setattr(digesting, "USUAL_HOUR", now + ahead)
    reads, anna = Reads(), await town.someone(11, "Анна", Role.MANAGER)
    reads.manager(anna)
    assert await component(town, reads, zone).tell() == planned


async def test_not_in_somebodys_quiet_hours(town: Town, hour: int) -> None:
    reads, anna = Reads(), await town.someone(11, "Анна", Role.MANAGER)
    reads.manager(anna)
    async with town.notifier("consumer", "sender"):
        await town.settle(command(SetQuietHours, anna, start=(hour - 1) % 24, end=(hour + 2) % 24))
        assert await component(town, reads).tell() == 0
        await town.settle(command(SetQuietHours, anna))
    assert await component(town, reads).tell() == 1


async def test_it_arrives_with_what_is_stuck_and_the_hour_is_chosen_in_the_settings(town: Town, hour: int) -> None:
    anna = await town.someone(11, "Анна", Role.MANAGER)
    boris = await town.someone(12, "Борис", Role.TECHNICIAN)
    reads = Reads()
    line = RequestLine(
        request_id=uuid4(), number=7, title="<Лифт>", status=Status.OPEN, priority=Priority.HIGH,
        created_at=datetime.now(UTC), react_by=datetime.now(UTC) - timedelta(hours=2),
    )  # fmt: skip
    reads.manager(anna, BUSY.model_copy(update={"stuck": (line,), "stuck_total": 12, "unreachable": 2}))
    async with town.notifier():
        assert await component(town, reads).tell() == 1
        await anna.at_telegram.wait_for("☀️ Как обстоят дела")
        (shown,) = [one for one in await anna.chat() if one.text.startswith("☀️ Как")]
        assert "Ждут: 5" in shown.text
        assert "#7 🆕 <Лифт> — срок вышел" in shown.text
        assert "Застряли 12 срочных" in shown.text
        assert shown.labels == ("#7", "📋 Очередь")
        await town.settle(command(OpenSettings, anna, page=SettingsPage.MAIN))
        assert "☀️ Утренняя сводка" in (await anna.chat())[-1].labels
        await town.settle(command(SetDigest, anna, hour=(hour + 1) % 24))
        assert f"Когда: {(hour + 1) % 24:02}:00" in (await anna.chat())[-1].text
        await town.settle(command(SetDigest, anna, hour=24))
        await town.settle(command(SetDigest, anna))
        assert "Когда: никогда" in (await anna.chat())[-1].text
        (row,) = await town.rows("SELECT digest_hour FROM preferences")
        assert row.digest_hour == digests.NEVER
        await town.settle(command(OpenSettings, boris, page=SettingsPage.MAIN))
        assert "☀️ Утренняя сводка" not in (await boris.chat())[-1].labels


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_longest_digest_fits(language: str) -> None:
    line = RequestLine(
        request_id=uuid4(), number=1_000_000, title="&" * 100, status=Status.ON_HOLD, priority=Priority.HIGH,
        created_at=datetime.now(UTC), due_at=datetime.now(UTC),
    )  # fmt: skip
    digest = Digest(
        filed=10**6, closed=10**6, waiting=10**6, in_work=10**6, on_hold=10**6, late=10**6, stuck=(line,) * 10,
        stuck_total=10**6, unreachable=10**6,
    )  # fmt: skip
    screen = draw_digest(digest, TEXTS.for_language(language), UTC_ZONE, datetime.now(UTC))
    assert len(screen.text) < 4096 * 2
    assert [len(row) for row in screen.rows] == [5, 5, 1]
