"""Quiet hours: when it is quiet, what is held, and the one message when they end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notifier_support import Someone, Town, command, done
from sqlalchemy import text

from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.settings.v1.commands import MuteRequest, SetQuietHours
from zavhoz_messaging.testing import wait_until
from zavhoz_notifier.domain.quiet import QuietHours

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
HOUR = st.integers(0, 23)
ZONES = st.sampled_from([BERLIN, MOSCOW, ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York"), ZoneInfo("UTC")])


def at(*parts: int, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ((22, 7), at(2026, 11, 24, 21, 59), None),
        ((22, 7), at(2026, 11, 24, 22), at(2026, 11, 25, 7)),
        ((22, 7), at(2026, 11, 25, 6, 59), at(2026, 11, 25, 7)),
        ((22, 7), at(2026, 11, 25, 7), None),
        ((1, 5), at(2026, 11, 25, 0, 59), None),
        ((1, 5), at(2026, 11, 25, 4, 59), at(2026, 11, 25, 5)),
        # The night in which the clocks are put forward has an hour less, the one in which they are put back one more.
        ((22, 7), at(2026, 3, 28, 22), at(2026, 3, 28, 22) + timedelta(hours=8)),
        ((22, 7), at(2026, 10, 24, 22), at(2026, 10, 24, 22) + timedelta(hours=10)),
        # An end in the hour that is left out comes when that hour would have; one that comes twice, the first time.
        ((22, 2), at(2026, 3, 29, 1, 30), at(2026, 3, 29, 3)),
        ((22, 3), at(2026, 10, 25, 2, 30, fold=1), at(2026, 10, 25, 3)),
        ((22, 2), at(2026, 10, 25, 1, 30), at(2026, 10, 25, 2)),
    ],
)
def test_when_it_is_quiet(hours: tuple[int, int], now: datetime, until: datetime | None) -> None:
    assert QuietHours(*hours).until(now, BERLIN) == until


@given(HOUR, HOUR, st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)), ZONES)  # noqa: DTZ001
def test_it_ends_within_a_day_and_is_over_then(start: int, end: int, now: datetime, zone: ZoneInfo) -> None:
    hours = QuietHours.read(start, end)
    if hours is None:
        assert start == end
        return
    until = hours.until(now, zone)
    if until is None:
        return
    assert timedelta(0) < until - now <= timedelta(hours=25)
    local = until.astimezone(zone)
    assert (local.minute, local.second) == (0, 0) or zone.key == "Asia/Kolkata"
    assert hours.until(until, zone) in (None, until + timedelta(hours=1)), "but where the clocks were put back"


@pytest.mark.parametrize(("start", "end"), [(24, 7), (-1, 7), (7, 24), (7, 7), (22, 100)])
def test_what_are_no_hours(start: int, end: int) -> None:
    assert QuietHours.read(start, end) is None


async def quiet(town: Town, someone: Someone, hours: tuple[int, int] | None = None, *, off: bool = False) -> None:
    """Quiet hours that are now, others, or none."""
    now = datetime.now(UTC).hour
    start, end = hours or ((now - 1) % 24, (now + 2) % 24)
    given = {} if off else {"start": start, "end": end}
    await town.settle(command(SetQuietHours, someone, **given))


async def heard(someone: Someone, *, since: int = 0) -> Sequence[str]:
    return [message.text for message in await someone.chat() if message.id > since]


async def last(someone: Someone) -> int:
    return (await someone.at_telegram.chat())[-1].id


async def test_what_is_held_survives_a_restart_and_ends_in_one_message(town: Town) -> None:
    anna, marina = await town.someone(11, "Анна"), await town.someone(12, "Марина", Role.MANAGER)
    first, second = (town.desk.created(anna.known, title) for title in ("Течёт <кран>", "Мигает лампа"))
    async with town.notifier():
        await quiet(town, anna)
        await quiet(town, marina)
        since = await last(anna), await last(marina)
        await town.settle(first, second)
        await town.settle(
            town.desk.taken(first.data.request_id, marina.known),
            town.desk.commented(first.data.request_id, marina.known, "Секретные слова"),
            town.desk.commented(second.data.request_id, marina.known, "Ещё слова"),
            town.desk.completed(first.data.request_id, marina.known),
        )
        assert await heard(anna, since=since[0]) == []
        assert await heard(marina, since=since[1]) == [], "not even the cards of what is new"
        assert "слова" not in str(await town.rows("SELECT CAST(held AS text) FROM held"))
    async with town.database.transaction() as connection:  # the night is over, and nobody was there
        await connection.execute(text("UPDATE held SET due_at = clock_timestamp()"))
    async with town.notifier():
        await anna.at_telegram.wait_for("🌙", after=since[0])
        await marina.at_telegram.wait_for("🌙", after=since[1])
        await town.idle()
        (summary,) = await heard(anna, since=since[0])
        assert summary.split("\n") == [
            "🌙 Пока было тихо: 2 заявки",
            "",
            "#1 ✅ Выполнена: Течёт <кран> — взята в работу, 1 комментарий, выполнена",
            "#2 🆕 Открыта: Мигает лампа — 1 комментарий",
        ]
        (summary,) = await heard(marina, since=since[1])
        assert summary.endswith("#2 🆕 Открыта: Мигает лампа — новая\n#1 ✅ Выполнена: Течёт <кран> — новая")
        assert [message.labels for message in await anna.chat()][-1] == ("#1", "#2")
        assert await town.rows("SELECT * FROM held") == []


async def test_what_is_urgent_asked_for_or_pressed_is_said_at_once(town: Town) -> None:
    anna, marina = await town.someone(11, "Анна"), await town.someone(12, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        await quiet(town, anna)
        since = await last(anna)
        await town.settle(created, done(anna.known, request, command="zavhoz.request.comment.v1"))
        assert await heard(anna, since=since) == ["#1: комментарий добавлен"]
        urgent = town.desk.card(request, anna.known).model_copy(update={"priority": Priority.HIGH})
        town.desk.shown[request.id] = urgent
        await town.settle(town.desk.commented(request.id, marina.known, "Уже бегу"))
        assert [one for one in await heard(anna, since=since) if "Уже бегу" in one]
        assert await town.rows("SELECT * FROM held") == []


async def test_of_what_is_new_only_what_is_urgent_is_shown_at_night(town: Town) -> None:
    anna, marina = await town.someone(11, "Анна"), await town.someone(12, "Марина", Role.MANAGER)
    async with town.notifier():
        await quiet(town, marina)
        since = await last(marina)
        plain, urgent = town.desk.created(anna.known, "Мигает лампа"), town.desk.created(anna.known, "Прорвало трубу")
        high = urgent.data.model_copy(update={"priority": Priority.HIGH})
        await town.settle(plain, urgent.model_copy(update={"data": high}))
        (shown,) = await heard(marina, since=since)
        assert "Прорвало трубу" in shown
        (held,) = await town.rows("SELECT request_id FROM held")
        assert held.request_id == plain.data.request_id


async def test_other_hours_let_go_or_hold_longer(town: Town) -> None:
    anna, marina = await town.someone(11, "Анна"), await town.someone(12, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    async with town.notifier():
        await quiet(town, anna)
        await town.settle(created, town.desk.taken(created.data.request_id, marina.known))
        (before,) = await town.rows("SELECT due_at FROM held")
        now = datetime.now(UTC).hour
        await quiet(town, anna, ((now - 1) % 24, (now + 3) % 24))
        (after,) = await town.rows("SELECT due_at FROM held")
        assert after.due_at - before.due_at == timedelta(hours=1)
        since = await last(anna)
        await quiet(town, anna, ((now + 2) % 24, (now + 3) % 24))  # not now
        await anna.at_telegram.wait_for("🌙 Пока было тихо", after=since)
        await quiet(town, anna, off=True)
        assert await town.rows("SELECT * FROM preferences WHERE quiet_start IS NOT NULL") == []


async def test_who_cannot_see_it_any_more_is_not_told_in_the_morning(town: Town) -> None:
    anna, marina = await town.someone(11, "Анна"), await town.someone(12, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    async with town.notifier():
        await quiet(town, anna)
        await town.settle(created, town.desk.taken(created.data.request_id, marina.known))
        del town.desk.requests[created.data.request_id]
        await quiet(town, anna, off=True)
        since = await last(anna)

        async def let_go() -> bool:
            return bool(await town.rows("SELECT 1 FROM deliveries WHERE kind = 'summary' AND state = 'sent'"))

        await wait_until(let_go, "there is nothing to tell")
        assert await heard(anna, since=since) == []


async def test_muted_says_only_that_it_is_done(town: Town) -> None:
    anna, marina = await town.someone(11, "Анна"), await town.someone(12, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    id = created.data.request_id
    async with town.notifier():
        await town.settle(created)
        draft = await anna.draft()
        query = await anna.press(draft, data="u:x")
        mute = command(MuteRequest, anna, query=query, message=draft.id, request_id=id, muted=True)
        await town.settle(mute)
        card = next(one for one in await anna.chat() if one.id == draft.id)
        assert "🔔 Уведомлять" in card.labels
        assert (await town.sandbox.answer(query, 5)).text == "#1: уведомлений больше не будет"
        await town.settle(town.desk.taken(id, marina.known), town.desk.commented(id, marina.known, "Смотрю"))
        assert await heard(anna, since=draft.id) == []
        assert "В работе" in next(one for one in await anna.chat() if one.id == draft.id).text
        await town.settle(town.desk.completed(id, marina.known))
        (told,) = await heard(anna, since=draft.id)
        assert told.startswith("#1 ✅ Выполнено")
