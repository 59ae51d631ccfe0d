"""The settings of the organisation as managers read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from zavhoz_contracts.api.managed import ChosenSetting, ManagedOrganisation, SettingChange
from zavhoz_contracts.api.v1 import PersonBrief
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_telegram.managed_callbacks import OrganisationAction, OrganisationPress
from zavhoz_telegram.organisation import draw_asks_setting, draw_organisation, value_in_words
from zavhoz_telegram.screens import TEXT_MAX_UNITS, units
from zavhoz_telegram.texts import Texts, Translator

Visible = Callable[[str], str]
RU, EN = (Texts.load().for_language(language) for language in ("ru", "en"))
BOTH = pytest.mark.parametrize("t", [RU, EN], ids=["ru", "en"])
NOW = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
MARINA = PersonBrief(person_id=UUID(int=1), name="<Марина>")
DEFAULTS = {
    setting: {"hours": "24/7", "holidays": "", "working_days": ""}.get(setting.value, "240") for setting in Setting
}
MANY_DAYS = ", ".join(
    f"{year}-{month:02}-01..{year}-{month:02}-08" for year in range(2026, 2034) for month in range(1, 13)
)
FULL_WEEK = ", ".join(f"{day} 09:00-13:00 14:00-18:30 19:00-21:00" for day in ("mon-wed", "thu", "fri", "sat", "sun"))


def shown(history: tuple[SettingChange, ...], /, **values: str) -> ManagedOrganisation:
    settings = tuple(
        ChosenSetting(setting=setting, value=values.get(setting.value), default=DEFAULTS[setting])
        for setting in Setting
    )
    return ManagedOrganisation(settings=settings, unfinished=3, history=history)


@pytest.mark.parametrize(
    ("setting", "value", "ru", "en"),
    [
        (Setting.HOURS, "24/7", "круглосуточно", "24/7"),
        (Setting.HOURS, "mon-fri 09:00-18:00, sun 10:00-14:00", "пн-пт 09:00-18:00, вс 10:00-14:00", None),
        (Setting.HOLIDAYS, "", "нет", "none"),
        (Setting.HOLIDAYS, "2026-01-01..2026-01-08, 2026-03-08", "01.01.2026–08.01.2026, 08.03.2026",
         "2026-01-01–2026-01-08, 2026-03-08"),
        (Setting.REACTION_LOW, "240", "4 ч", "4 h"),
        (Setting.RESOLUTION_LOW, "90", "1 ч 30 мин", "1 h 30 min"),
        (Setting.RESOLUTION_HIGH, "45", "45 мин", "45 min"),
        (Setting.CONFIRMATION_DAYS, "1", "1 день", "1 day"),
        (Setting.CONFIRMATION_DAYS, "22", "22 дня", "22 days"),
        (Setting.OPEN_LIMIT, "20", "20", "20"),
    ],
)  # fmt: skip
def test_values_in_words(setting: Setting, value: str, ru: str, en: str | None) -> None:
    assert value_in_words(setting, value, RU) == ru
    assert value_in_words(setting, value, EN) == (en or value)


def test_every_line_says_whether_it_was_chosen_and_every_setting_has_a_button(visible: Visible) -> None:
    changes = (
        SettingChange(setting=Setting.HOURS, value="24/7", previous="mon 09:00-18:00", at=NOW, by=MARINA),
        SettingChange(setting=Setting.OPEN_LIMIT, value=None, previous="5", at=NOW, by=MARINA),
    )
    drawn = draw_organisation(shown(changes, hours="24/7", reaction_high="30"), RU, NOW, UTC_ZONE)
    text = visible(drawn.text)
    assert "🕘 Часы работы: круглосуточно\n" in text
    assert "🔴 Высокий: 30 мин\n🟡 Средний: 4 ч (по умолчанию)\n" in text
    assert "сегодня 11:05, <Марина>: Часы работы: пн 09:00-18:00 → круглосуточно" in text
    assert "<Марина>: Открытых заявок у одного человека: 5 → по умолчанию" in text
    presses = [OrganisationPress.unpack(data) for row in drawn.rows for _, data in row]
    assert {press.setting for press in presses} == set(Setting)
    assert {press.action for press in presses} == {OrganisationAction.ASK}


@BOTH
@pytest.mark.parametrize("setting", Setting)
def test_each_is_asked_for_with_what_holds_now_and_how_many_it_concerns(
    setting: Setting, t: Translator, visible: Visible
) -> None:
    plain = draw_asks_setting(shown(()), setting, t)
    assert len(plain.rows) == 1
    due = setting not in (Setting.CONFIRMATION_DAYS, Setting.OPEN_LIMIT)
    assert (t.plural("organisation.other_times", 3) in plain.text) is due
    value = "60" if DEFAULTS[setting] == "240" else DEFAULTS[setting]
    chosen = draw_asks_setting(shown((), **{setting.value: value}), setting, t)
    assert OrganisationPress.unpack(chosen.rows[0][0][1]) == OrganisationPress(
        action=OrganisationAction.DEFAULT, setting=setting
    )
    default = value_in_words(setting, DEFAULTS[setting], t)
    assert t.plain("organisation.default_is", value=default) in visible(chosen.text)


@BOTH
def test_the_fullest_page_fits(t: Translator, visible: Visible) -> None:
    who = PersonBrief(person_id=UUID(int=1), name="W" * 256)
    changes = tuple(
        SettingChange(setting=Setting.HOLIDAYS, value=MANY_DAYS, previous=MANY_DAYS, at=NOW, by=who) for _ in range(5)
    )
    full = shown(changes, hours=FULL_WEEK, holidays=MANY_DAYS, working_days=MANY_DAYS)
    assert units(visible(draw_organisation(full, t, NOW, UTC_ZONE).text)) <= TEXT_MAX_UNITS
    for setting in Setting:
        assert units(visible(draw_asks_setting(full, setting, t).text)) <= TEXT_MAX_UNITS
