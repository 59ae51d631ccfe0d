"""Many requests at once: chosen by the queue's filters, confirmed, done as one, and told what was refused and why."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from e2e_support import Running, become, button, load_places, of_the_staff, refused, somebody
from queue_support import filed, id_of, numbers, shown, tap
from redis.asyncio import Redis

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.evidence import settled
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Answer, Person, SeenMessage
from zavhoz_telegram.callbacks import RequestPress, SurePress
from zavhoz_telegram.managed_callbacks import ManyAct, ManyPress

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system
SITES = ("Восток", "Запад", "Юг", "Север")
_PLACES = "code;parent;kind;name\n" + "".join(f"m{n};;site;Корпус {name}\n" for n, name in enumerate(SITES))


async def all_at(person: Person, site: int, *, english: bool = False) -> SeenMessage:
    """The choice of what is done to all that the queue has at a site."""
    filters, reset, place, here, show = (
        ("⚙️ Filters", "Reset", "📍 Place", "✓ Here", "‹ Show") if english else
        ("⚙️ Фильтры", "Сбросить", "📍 Место", "✓ Здесь", "‹ Показать")
    )  # fmt: skip
    queue = await tap(person, await shown(person), filters, reset, place, f"Корпус {SITES[site]}")
    if "✓" in "".join(queue.labels):
        queue = await tap(person, queue, here)
    return await tap(person, queue, show, "☑️")


async def confirmed(person: Person, sure: SeenMessage, says: str) -> SeenMessage:
    """Press [Yes, do it]; the report, in the same message."""
    answer = await person.press(sure, button(sure, "☑️"))
    assert answer is not None
    assert not answer.alert, answer
    report = await person.wait_for(lambda one: one.id == sure.id and says in one.text)
    assert button(report, "🛠")
    return report


async def takes(running: Running, person: Person, *requests: int) -> None:
    """Somebody of the staff takes these."""
    for number in requests:
        card = await told(person, number, buttons=True)
        press = RequestPress(action="take", request_id=await id_of(running, number), version=1)
        answer = await person.press(card, data=press.pack())
        assert answer is not None
        assert not answer.alert, answer


async def told(person: Person, number: int, *words: str, buttons: bool = False) -> SeenMessage:
    """A message about a request that has these words."""

    def it(one: SeenMessage) -> bool:
        about = one.text.startswith(f"#{number} ") and all(part in one.text for part in words)
        return about and (bool(one.labels) or not buttons)

    return await person.wait_for(it)


async def statuses(running: Running, *requests: int) -> list[str]:
    """What became of these, in their order."""
    query = "SELECT status FROM requests WHERE number = ANY($1) ORDER BY array_position($1, number)"
    return [str(one) for one in await running.values("requests", query, list(requests))]


@pytest.mark.story(
    "Many at once",
    "A manager makes all that the filters select urgent, another one gives all of it to a technician: with a count, a"
    " confirmation and a report; each requester and assignee is told of each",
    languages="ru, en",
)
async def test_all_are_made_urgent_and_given_to_one(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    marina = await running.person(MANAGER_ID, "Марина")
    anna, pyotr = await somebody(running), await of_the_staff(running, "Пётр")
    mary = await of_the_staff(running, "Mary", "manager", language="en")
    jack = await of_the_staff(running, "Jack", language="en")
    ours = [await filed(anna, f"Не работает лампа {n}", at="m0", priority="🟢") for n in range(1, 4)]
    elsewhere = await filed(anna, "Не работает звонок", priority="🟢")
    await takes(running, pyotr, ours[0])

    choice = await all_at(marina, 0)
    assert choice.text.startswith("☑️ 3 заявки сразу\n⚙️ 📍 Корпус Восток\n")
    sure = await tap(marina, choice, "🔴")
    assert sure.text.startswith("⚡ Изменить приоритет 3 заявок?\n🔴 Высокий приоритет\n⚙️ 📍 Корпус Восток\n")
    report = await confirmed(marina, sure, "Приоритет изменён у 3 заявок")
    assert "⚠️" not in report.text
    listed = await tap(marina, report, "🛠")
    assert "🔴 Высокий приоритет\n" in listed.text
    assert sorted(numbers(listed)) == ours

    choice = await all_at(mary, 0, english=True)
    assert choice.text.startswith("☑️ 3 requests at once\n⚙️ 📍 Корпус Восток\n")
    staff = await tap(mary, choice, "👷")
    assert "Пётр · 🔧1 · " in button(staff, "Пётр")
    while not any("Jack" in label for label in staff.labels):
        staff = await tap(mary, staff, "›")
    sure = await tap(mary, staff, "Jack")
    assert sure.text.startswith("👷 Assign 3 requests?\n👤 Jack\n")
    report = await confirmed(mary, sure, "3 requests assigned\n👤 Jack")
    assert report.labels == ("🛠 Queue",)
    for number, n in zip(ours, range(1, 4), strict=True):
        await jack.wait_for(f"#{number} 👷 Given to you: Не работает лампа {n}")
        await anna.wait_for(f"#{number} 🔧 В работе: Не работает лампа {n}\nИсполнитель: Jack")
        await told(anna, number, "🔧", "Mary поручает: Jack")
    await pyotr.wait_for(f"#{ours[0]} 👷 Больше не ваша")
    assert await statuses(running, *ours, elsewhere) == ["in_progress"] * 3 + ["open"]

    again = await tap(marina, await all_at(marina, 0), "🔴")
    report = await confirmed(marina, again, "Приоритет изменён у 0 заявок")
    assert "У 3 заявок так уже и было." in report.text


@pytest.mark.story(
    "Many at once",
    "A manager closes all that the filters select, in words that every requester reads; what others have closed or"
    " withdrawn between the choice and the confirmation stays as it is, and the report says who did what",
    languages="ru",
    refusals=["words too short", "completed by somebody else meanwhile", "withdrawn meanwhile", "not taken yet"],
)
async def test_closed_beside_single_actions(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    marina = await running.person(MANAGER_ID, "Марина")
    anna, pyotr = await somebody(running), await of_the_staff(running, "Пётр")
    ours = [await filed(anna, f"Протекает батарея {n}", at="m1") for n in range(1, 6)]
    await takes(running, pyotr, *ours[:3])
    question = await tap(marina, await all_at(marina, 1), "✅")
    typed = await marina.text("ок")
    await marina.wait_for("Слишком коротко", after=typed.id)
    typed = await marina.text("Заменили <все> краны")
    sure = await marina.wait_for(lambda one: one.id > typed.id and "Отметить выполненными" in one.text)
    assert "💬 Заменили <все> краны\n" in sure.text
    await marina.wait_for(lambda one: one.id == question.id and one.text == "Слова получены.")

    # Meanwhile one is completed by who works on it, and one is withdrawn.
    done = SurePress(action="complete", request_id=await id_of(running, ours[0]), version=2)
    withdrawn = SurePress(action="cancel", request_id=await id_of(running, ours[3]), version=1)
    for person, press in ((pyotr, done), (anna, withdrawn)):
        answer = await person.press((await person.chat())[-1], data=press.pack())
        assert answer is not None
        assert not answer.alert, answer
    report = await confirmed(marina, sure, "✅ Выполнены 2 заявки\n")
    assert f"• Эту заявку уже выполнил(а) Пётр: #{ours[0]}" in report.text
    assert f"• Эту заявку отозвал(а) Анна: #{ours[3]}" in report.text
    assert f"• Сначала заявку нужно взять в работу: #{ours[4]}" in report.text
    assert "⚠️ Не изменились 3 заявки:" in report.text
    assert numbers_at(report) == [ours[0], ours[3], ours[4]]
    expected = ["completed", "completed", "completed", "cancelled", "open"]
    assert await statuses(running, *ours) == expected
    for number in ours[1:3]:
        await told(anna, number, "✅", "Заменили <все> краны", "справ", buttons=True)


def numbers_at(report: SeenMessage) -> list[int]:
    """Those that a report names, in the order of their numbers."""
    return sorted(int(number) for number in re.findall(r"#(\d+)", report.text))


@pytest.mark.story(
    "Many at once",
    "A bulk action beside single ones at the same moment: each request has one fate, and the report counts right",
    languages="ru",
    refusals=["those that were faster, each with who it was"],
)
async def test_at_the_same_moment_each_has_one_fate(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    pyotr = await of_the_staff(running, "Пётр")
    ours = [await filed(anna, f"Скрипит дверь {n}", at="m2") for n in range(1, 7)]
    await takes(running, pyotr, *ours[4:])
    await tap(marina, await all_at(marina, 2), "🚫")
    typed = await marina.text("Двери меняет подрядчик")
    sure = await marina.wait_for(lambda one: one.id > typed.id and "Отклонить 6 заявок?" in one.text)
    hers, his = (await anna.chat())[-1], (await pyotr.chat())[-1]
    ids = [await id_of(running, number) for number in ours]
    answers: list[Answer | None] = await asyncio.gather(
        marina.press(sure, button(sure, "☑️")),
        *(anna.press(hers, data=SurePress(action="cancel", request_id=id, version=1).pack()) for id in ids[:4]),
        *(pyotr.press(his, data=SurePress(action="complete", request_id=id, version=2).pack()) for id in ids[4:]),
    )
    assert all(answers)
    report = await marina.wait_for(lambda one: one.id == sure.id and one.text.startswith("🚫 Отклонен"))
    await settled(running.stack)
    ended = await statuses(running, *ours)
    assert set(ended) <= {"rejected", "cancelled", "completed"}
    refusals = [number for number, status in zip(ours, ended, strict=True) if status != "rejected"]
    assert numbers_at(report) == refusals
    assert f" {ended.count('rejected')} заяв" in report.text.partition("\n")[0]
    lost = sum(answer is not None and answer.alert for answer in answers[1:])
    assert lost == ended.count("rejected"), "who was too late was told so"


@pytest.mark.story(
    "Many at once",
    "Only managers change many: who has lost the role between the confirmation and the press changes nothing",
    languages="ru, en",
    refusals=[
        "a technician's forged buttons",
        "the role that was lost meanwhile",
        "a press repeated",
        "after 15 minutes",
    ],
)
async def test_refused_to_whom_it_is_not_for_and_when_its_time_is_over(running: Running, tmp_path: Path) -> None:
    load_places(running, tmp_path / "places.csv", _PLACES)
    anna, pyotr = await somebody(running), await of_the_staff(running, "Пётр")
    mary = await of_the_staff(running, "Mary", "manager", language="en")
    ours = [await filed(anna, f"Сломан замок {n}", at="m3") for n in range(1, 4)]
    queue = await shown(pyotr)
    assert not [label for label in queue.labels if "☑️" in label]
    for act, says in (
        (ManyAct.CHOOSE, "недоступно"),
        (ManyAct.DO, "уже не действует"),
        (ManyAct.STAFF, "не действует"),
    ):
        assert says in await refused(pyotr, queue, ManyPress(act=act, value="1").pack())

    sure = await tap(mary, await all_at(mary, 3, english=True), "🔴")
    await become(running, mary, "technician")
    assert await refused(mary, sure, sure.data("☑️ Yes, do it")) == "You may not do that."
    left = await mary.wait_for(lambda one: one.id == sure.id and one.text == "You may not do that.")
    assert left.labels == ("🛠 Queue",)
    assert "on its way already" in await refused(mary, left, sure.data("☑️ Yes, do it"))

    await become(running, mary, "manager")
    sure = await tap(mary, await all_at(mary, 3, english=True), "🔴")
    async with Redis.from_url(running.stack.addresses.redis_url) as redis:
        await redis.delete(*[key async for key in redis.scan_iter(f"*{mary.id}*:selection")])
    assert "there are 15 minutes for it" in await refused(mary, sure, sure.data("☑️ Yes, do it"))
    query = "SELECT DISTINCT priority FROM requests WHERE number = ANY($1)"
    assert await running.values("requests", query, ours) == ["medium"]

    # Pressed twice it is done once.
    sure = await tap(mary, await all_at(mary, 3, english=True), "🟢")
    await confirmed(mary, sure, "Priority changed for 3 requests")
    assert "on its way already" in await refused(mary, sure, sure.data("☑️ Yes, do it"))
    events = (
        "SELECT count(*) FROM events JOIN requests ON requests.id = aggregate_id WHERE number = ANY($1) AND type = $2"
    )

    async def once() -> bool:
        return await running.values("requests", events, ours, "zavhoz.request.edited.v1") == [3]

    await wait_until(once, "each of them changed once")
