"""What managers see of the categories and the settings, and of what was changed about them."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, OLEG, Desk, Sender, Served, tg

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.managed import HISTORY_MOST
from zavhoz_contracts.categories.v1.commands import CategoryField, ChangeCategory
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Priority
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_contracts.requests.v1.outcomes import CommandRefused
from zavhoz_requests.domain.misread import Misreading
from zavhoz_requests.domain.organisation import defaults, read
from zavhoz_requests.domain.terms import Terms

WATER = UUID(int=1)
LOCALES = Path(__file__).parents[3] / "libs/telegram/src/zavhoz_telegram/locales"


def change(
    by: Sender, field: CategoryField, value: str | None, *, id: UUID = WATER, language: str | None = None
) -> Envelope[ChangeCategory]:
    data = ChangeCategory(actor=by.actor, origin=by.origin, category_id=id, field=field, value=value, language=language)
    return wrap(data, source="/zavhoz/gateway", subject="category")


def name(by: Sender, value: str, *, id: UUID = WATER) -> Envelope[ChangeCategory]:
    return change(by, CategoryField.NAME, value, id=id, language="ru")


async def test_a_category_with_whom_it_goes_to_and_its_last_changes(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    boris = str(await desk.person_id(BORIS))
    outcomes = await desk.handle(
        name(MARINA, "Вода"),
        name(MARINA, "Свет", id=UUID(int=2)),
        change(MARINA, CategoryField.ASSIGNEE, boris),
        change(MARINA, CategoryField.PRIORITY, "high"),
        change(OLEG, CategoryField.QUESTIONS, "Какой кран?", language="ru"),
        change(MARINA, CategoryField.ASSIGNEE, None),
        change(MARINA, CategoryField.ARCHIVED, "yes"),
    )
    assert [one.about_id for one in outcomes] == [WATER, UUID(int=2), WATER, WATER, WATER, WATER, WATER]
    page = await served.api.category(tg(MARINA), WATER)
    assert (page.category.archived, page.category.priority, page.assignee) == (True, Priority.HIGH, None)
    told = [(one.field, one.language, one.previous, one.value) for one in page.history]
    assert told == [
        (CategoryField.ARCHIVED, None, None, "yes"),
        (CategoryField.ASSIGNEE, None, "Boris", None),
        (CategoryField.QUESTIONS, "ru", None, "Какой кран?"),
        (CategoryField.PRIORITY, None, None, "high"),
        (CategoryField.ASSIGNEE, None, None, "Boris"),
    ], "the newest first, and no more than five"
    assert [one.by.name for one in page.history] == ["Marina", "Marina", "Oleg", "Marina", "Marina"]


async def test_settings_with_their_defaults_who_chose_them_and_how_many_requests_depend_on_them(
    desk: Desk, served: Served
) -> None:
    await desk.handle(ANNA.create(), ANNA.create(), MARINA.register())
    before = await served.api.organisation(tg(MARINA))
    assert [one.setting for one in before.settings] == list(Setting)
    assert {one.setting: one.holds for one in before.settings} == defaults(Terms())
    assert (before.unfinished, before.history) == (2, ())
    await desk.handle(
        desk.set(MARINA, Setting.HOURS, "Пн-Пт 9-18"),
        desk.set(MARINA, Setting.REACTION_HIGH, "90 мин"),
        desk.set(MARINA, Setting.REACTION_HIGH, None),
        *(desk.set(MARINA, Setting.OPEN_LIMIT, str(n)) for n in range(1, HISTORY_MOST)),
    )
    after = await served.api.organisation(tg(MARINA))
    hours = after.of(Setting.HOURS)
    assert (hours.value, hours.default, hours.changed_by and hours.changed_by.name) == (
        "mon-fri 09:00-18:00", "24/7", "Marina"
    )  # fmt: skip
    assert hours.changed_at is not None
    assert after.of(Setting.REACTION_HIGH).value is None
    assert [(one.setting, one.previous, one.value) for one in after.history] == [
        *((Setting.OPEN_LIMIT, str(n - 1) if n > 1 else None, str(n)) for n in range(HISTORY_MOST - 1, 0, -1)),
        (Setting.REACTION_HIGH, "90", None),
    ]
    assert after.history[0].by.name == "Marina"


@pytest.mark.parametrize("who", [ANNA, BORIS, OLEG])
async def test_nobody_else_sees_either(desk: Desk, served: Served, who: Sender) -> None:
    await desk.technician(BORIS)
    await desk.handle(name(MARINA, "Вода"), who.register())
    if who is OLEG:
        await desk.change("UPDATE people SET areas = '{s1}' WHERE telegram_id = :id", id=who.telegram_id)
    for reading in (served.api.category(tg(who), WATER), served.api.organisation(tg(who))):
        with pytest.raises(Forbidden):
            await reading
    with pytest.raises(NotFound):
        await served.api.category(tg(MARINA), uuid4())


async def test_what_cannot_be_read_says_what_is_wrong_and_how_much_may_be(desk: Desk) -> None:
    outcomes = await desk.handle(
        desk.set(MARINA, Setting.OPEN_LIMIT, "many"), desk.set(MARINA, Setting.HOURS, "пнч 9-18")
    )
    told = [(one.problem, one.piece, one.limit) for one in outcomes if isinstance(one, CommandRefused)]
    assert told == [(Misreading.NUMBER, "many", 10_000), (Misreading.UNKNOWN, "пнч", None)]


def test_every_default_reads_back_as_itself() -> None:
    for setting, value in defaults(Terms()).items():
        assert read(setting, f"{value} min" if setting in _TIMES else value) == value


_TIMES = {one for one in Setting if one.value.startswith(("reaction", "resolution"))}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_reason_why_something_cannot_be_read_has_a_sentence(language: str) -> None:
    texts = (LOCALES / language / "LC_MESSAGES" / "organisation.po").read_text()
    assert [one for one in Misreading if f'msgid "refusal.setting_unreadable.{one.value}"' not in texts] == []
