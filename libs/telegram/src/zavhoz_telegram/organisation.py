"""The settings of the organisation as managers see and change them, in the words of their language."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.managed import ManagedOrganisation, SettingChange
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_telegram.managed_callbacks import AgainPress, OrganisationAction, OrganisationPress
from zavhoz_telegram.moments import in_words
from zavhoz_telegram.screens import Row, Screen, escaped, fit
from zavhoz_telegram.texts import Translator

_SIGN: Final = {
    Setting.HOURS: "🕘",
    Setting.HOLIDAYS: "🎉",
    Setting.WORKING_DAYS: "💼",
    Setting.REACTION_HIGH: "🔴",
    Setting.REACTION_MEDIUM: "🟡",
    Setting.REACTION_LOW: "🟢",
    Setting.RESOLUTION_HIGH: "🔴",
    Setting.RESOLUTION_MEDIUM: "🟡",
    Setting.RESOLUTION_LOW: "🟢",
    Setting.CONFIRMATION_DAYS: "✅",
    Setting.OPEN_LIMIT: "📋",
}
_CALENDAR: Final = (Setting.HOURS, Setting.HOLIDAYS, Setting.WORKING_DAYS)
_REACTIONS: Final = (Setting.REACTION_HIGH, Setting.REACTION_MEDIUM, Setting.REACTION_LOW)
_RESOLUTIONS: Final = (Setting.RESOLUTION_HIGH, Setting.RESOLUTION_MEDIUM, Setting.RESOLUTION_LOW)
_REST: Final = (Setting.CONFIRMATION_DAYS, Setting.OPEN_LIMIT)
_TIMES: Final = (*_REACTIONS, *_RESOLUTIONS)
_DUE: Final = (*_CALENDAR, *_TIMES)
"""What the due times of requests come of."""
_DAY: Final = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)\b")
_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_VALUE_UNITS: Final = 200
_WHOLE_UNITS: Final = 2500
_SHORT_UNITS: Final = 60
_NAME_UNITS: Final = 64


def draw_organisation(shown: ManagedOrganisation, t: Translator, now: datetime, time_zone: ZoneInfo) -> Screen:
    """Every setting with what holds now, and what was changed last."""
    lines = [f"🏢 <b>{t('organisation.title')}</b>", ""]
    lines += [_line(shown, setting, t) for setting in _CALENDAR]
    for heading, settings in (("reactions", _REACTIONS), ("resolutions", _RESOLUTIONS)):
        lines += ["", f"<b>{t(f'organisation.{heading}')}</b>", *(_line(shown, setting, t) for setting in settings)]
    lines += ["", *(_line(shown, setting, t) for setting in _REST)]
    if shown.history:
        lines += ["", f"<b>{t('organisation.history')}</b>"]
        lines += [_changed(one, t, in_words(one.at, now, t, time_zone)) for one in shown.history]
    lines += ["", t("organisation.explained")]
    rows: list[Row] = [tuple(_button(one, t) for one in settings) for settings in ((Setting.HOURS,), _CALENDAR[1:])]
    rows += [tuple(_button(one, t) for one in pair) for pair in zip(_REACTIONS, _RESOLUTIONS, strict=True)]
    rows += [(_button(one, t),) for one in _REST]
    return Screen("\n".join(lines), tuple(rows))


def draw_asks_setting(shown: ManagedOrganisation, setting: Setting, t: Translator) -> Screen:
    """The question for another value, with examples; [Default] where something was chosen."""
    chosen = shown.of(setting)
    lines = [
        f"{_SIGN[setting]} <b>{_name(setting, t)}</b>",
        "",
        t("organisation.now", value=value_in_words(setting, chosen.holds, t, _WHOLE_UNITS)),
    ]
    if chosen.value is not None:
        default = value_in_words(setting, chosen.default, t)
        lines.append(t("organisation.default_is", value=default))
    lines += ["", t(f"organisation.asks.{_kind(setting)}")]
    if setting in _DUE and shown.unfinished:
        lines += ["", "⏱ " + t.plural("organisation.other_times", shown.unfinished)]
    rows: list[Row] = []
    if chosen.value is not None:
        press = OrganisationPress(action=OrganisationAction.DEFAULT, setting=setting)
        rows.append((("↺ " + t.plain("organisation.default"), press.pack()),))
    return Screen("\n".join(lines), (*rows, back_to_organisation(t)))


def back_to_organisation(t: Translator) -> Row:
    """The way back to the settings."""
    return (("‹ " + t.plain("organisation.back"), OrganisationPress(action=OrganisationAction.OPEN).pack()),)


def again(t: Translator) -> Row:
    """[Type it again], for who typed what could not be read."""
    return (("✏️ " + t.plain("organisation.again"), AgainPress().pack()),)


def value_in_words(setting: Setting, value: str, t: Translator, limit: int = _VALUE_UNITS) -> str:
    """A value as people say it, in the form that can be typed again; not escaped."""
    if setting in _TIMES:
        hours, minutes = divmod(int(value), 60)
        words = [t.plain("organisation.hours", n=hours)] if hours or not minutes else []
        words += [t.plain("organisation.minutes", n=minutes)] if minutes else []
        return " ".join(words)
    if setting in _CALENDAR[1:]:
        if not value:
            return t.plain("organisation.no_days")
        dates = _DATE.sub(lambda found: _date(found, t), value).replace("..", "–")
        return fit(dates, limit)
    if setting is Setting.HOURS:
        if value == "24/7":
            return t.plain("organisation.any_time")
        return fit(_DAY.sub(lambda found: t.plain(f"organisation.day.{found[1]}"), value), limit)
    if setting is Setting.CONFIRMATION_DAYS:
        return t.plural("organisation.days", int(value))
    return value


def _line(shown: ManagedOrganisation, setting: Setting, t: Translator) -> str:
    chosen = shown.of(setting)
    value = f"<b>{escaped(value_in_words(setting, chosen.holds, t), _VALUE_UNITS)}</b>"
    default = "" if chosen.value is not None else f" ({t('organisation.by_default')})"
    name = t(f"priority_button.{setting.value.rpartition('_')[2]}") if setting in _TIMES else _name(setting, t)
    return f"{_SIGN[setting]} {name}: {value}{default}"


def _changed(change: SettingChange, t: Translator, when: str) -> str:
    was, now = (
        t("organisation.by_default")
        if value is None
        else escaped(value_in_words(change.setting, value, t, _SHORT_UNITS), _SHORT_UNITS)
        for value in (change.previous, change.value)
    )
    who = fit(change.by.name, _NAME_UNITS) or t.plain("person.erased")
    return f"{t('organisation.changed', when=when, who=who)} {_name(change.setting, t)}: {was} → {now}"


def _button(setting: Setting, t: Translator) -> tuple[str, str]:
    press = OrganisationPress(action=OrganisationAction.ASK, setting=setting)
    return f"{_SIGN[setting]} {t.plain(f'organisation.button.{setting.value}')}", press.pack()


def _name(setting: Setting, t: Translator) -> str:
    return t(f"organisation.setting.{setting.value}")


def _kind(setting: Setting) -> str:
    if setting in _TIMES:
        return "time"
    return "days_off" if setting is Setting.HOLIDAYS else setting.value


def _date(found: re.Match[str], t: Translator) -> str:
    return t.plain("organisation.date", year=found[1], month=found[2], day=found[3])
