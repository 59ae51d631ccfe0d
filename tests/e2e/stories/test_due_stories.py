"""Due times: shown on cards, told as they run out, nearest first, and how things stand in the morning."""

from __future__ import annotations

from datetime import timedelta

import pytest
from e2e_support import Running, button, file_request, number_of, of_the_staff, somebody

from zavhoz_devstack.environment import MANAGER_ID

WORDS = "Гудит щиток на лестнице, пахнет гарью"
pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system


async def later(running: Running, number: int, hours: float) -> None:
    """So many hours pass for a request, as if it had been filed so much earlier."""
    columns = ("due_at", "react_by", "alarm_at", "reaction_since", "resolution_since")
    moved = ", ".join(f"{column} = {column} - CAST($2 AS interval)" for column in columns)
    by = timedelta(hours=hours)
    await running.execute("requests", f"UPDATE requests SET {moved} WHERE number = $1", number, by)  # noqa: S608


@pytest.mark.story(
    "Due times",
    "Nobody takes a request: the technicians are warned, then the manager is told that it is late, and again; taken,"
    " the clock until it is done goes on, and whose work it is is warned",
    languages="ru, en",
)
async def test_time_runs_out(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    jack = await of_the_staff(running, "Jack", language="en")
    number = number_of(await file_request(anna, WORDS))
    card = await marina.wait_for(lambda one: one.text.startswith(f"#{number} 🆕") and bool(one.labels))
    await jack.wait_for(lambda one: one.text.startswith(f"#{number} 🆕"))

    await later(running, number, 6.5)
    warned = await jack.wait_for(f"#{number} ⏳ 🟡 {WORDS}")
    assert "Nobody has taken it yet; it is to be taken" in warned.text
    await later(running, number, 1.6)
    late = await marina.wait_for(f"#{number} ⏰ 🟡 {WORDS}")
    assert "Срок вышел: взять в работу нужно было" in late.text
    await later(running, number, 2)
    await marina.wait_for(f"#{number} 🚨 🟡 {WORDS}")
    assert not [one for one in await marina.chat() if one.text.startswith(f"#{number} ⏳")], "it is not her work"
    assert not [one for one in await anna.chat() if "⏰ 🟡" in one.text], "who filed it is not told"

    await jack.press(warned, "📋 Open the request")
    his = await jack.wait_for(lambda one: one.id == warned.id and "🔧 Take" in one.labels)
    await jack.press(his, button(his, "🔧"))
    await jack.wait_for(lambda one: one.id == his.id and f"#{number} 🔧" in one.text)
    await later(running, number, 30)
    warned = await jack.wait_for(lambda one: one.text.startswith(f"#{number} ⏳") and "at work" in one.text.lower())
    assert "It is to be done" in warned.text
    told = await running.values(
        "requests",
        "SELECT e.type || ' ' || (e.data->>'clock') FROM events AS e JOIN requests AS r ON r.id = e.aggregate_id"
        " WHERE r.number = $1 AND e.data ? 'clock' ORDER BY e.version",
        number,
    )
    assert [one.removeprefix("zavhoz.request.") for one in told] == [
        "warned.v1 reaction", "breached.v1 reaction", "escalated.v1 reaction", "warned.v1 resolution"
    ]  # fmt: skip
    assert card.id


@pytest.mark.story(
    "Due times",
    "A manager is told every day, at the hour chosen in the settings, how things stand: what waits, what is late, what"
    " is urgent and stuck",
    languages="ru",
    refusals=["the page of it for who is no manager"],
)
async def test_how_things_stand_every_day(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    await marina.text("/settings")
    page = await marina.wait_for(lambda one: "☀️ Утренняя сводка" in one.labels)
    await marina.press(page, "☀️ Утренняя сводка")
    page = await marina.wait_for(lambda one: one.id == page.id and "Раз в день" in one.text)
    await marina.press(page, "07:00")
    await marina.wait_for(lambda one: one.id == page.id and "Когда: 07:00" in one.text)
    number = number_of(await file_request(anna, WORDS))
    await running.execute("requests", "UPDATE requests SET priority = 'high' WHERE number = $1", number)
    await later(running, number, 50)
    # The buttons are for the morning; it is told at any hour.
    now = "CAST(extract(hour FROM now() AT TIME ZONE 'UTC') AS int)"
    await running.execute("notifier", f"UPDATE preferences SET digest_hour = {now} WHERE digest_hour = 7")  # noqa: S608
    told = await marina.wait_for("☀️ Как обстоят дела", timeout=60)
    assert f"#{number} 🆕 {WORDS} — срок вышел" in told.text
    await marina.press(told, f"#{number}")
    await marina.wait_for(lambda one: one.id > told.id and one.text.startswith(f"#{number} 🆕") and bool(one.labels))
    await anna.text("/settings")
    hers = await anna.wait_for("⚙️ Настройки")
    assert "☀️ Утренняя сводка" not in hers.labels
