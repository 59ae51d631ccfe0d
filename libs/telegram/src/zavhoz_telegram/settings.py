"""The pages of the settings, and [Mute] on a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from zavhoz_contracts.api.v1 import Card
from zavhoz_contracts.settings.v1.commands import SettingsPage
from zavhoz_telegram.callbacks import ErasePress, MutePress, OpenLine, SettingsAct, SettingsPress
from zavhoz_telegram.cards import STATUS_SIGN
from zavhoz_telegram.greeting import language_buttons
from zavhoz_telegram.screens import BUTTON_MAX, Row, Screen, fit
from zavhoz_telegram.texts import Texts, Translator

PRESETS: Final = ((22, 7), (21, 8), (23, 6))
"""Hours that many people want, from and to."""
SHOWN_MUTED: Final = 8
DIGEST_HOURS: Final = (6, 7, 8, 9, 10, 12, 15, 18)


@dataclass(frozen=True, slots=True)
class Daily:
    """At which hour a manager is told how things stand; none: never."""

    hour: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the settings show: `quiet` hours from and to, how many requests are muted, and some of those.

    `daily` is for managers alone.
    """

    person_id: UUID
    language: str
    quiet: tuple[int, int] | None
    muted: int
    requests: Sequence[Card] = ()
    daily: Daily | None = None


def draw_settings(page: SettingsPage, shown: Shown, now: datetime, texts: Texts) -> Screen:
    """One page, with the way back."""
    t = texts.for_language(shown.language)
    match page:
        case SettingsPage.MAIN:
            return _main(shown, t)
        case SettingsPage.LANGUAGE:
            return Screen(
                _headed("🌐", t("settings.language"), t("settings.language_ask")),
                (language_buttons(shown.language, texts, SettingsAct.LANGUAGE), _back(t)),
            )
        case SettingsPage.QUIET:
            return _quiet(shown, t)
        case SettingsPage.MUTED:
            return _muted(shown, t)
        case SettingsPage.DIGEST:
            return _daily(shown, t)
        case SettingsPage.ERASE:
            sure = _open(t("settings.erase_go_on"), SettingsPage.ERASE_SURE)
            return Screen(_headed("🗑", t("settings.erase"), t("privacy.what_goes")), ((sure,), _back(t)))
        case SettingsPage.ERASE_SURE:
            return _sure(shown, now, t)
        case _:
            assert_never(page)


def with_mute(screen: Screen, request_id: UUID, *, muted: bool, t: Translator) -> Screen:
    """A card with the button that mutes its request for this person, or lets it be heard again."""
    label = "🔔 " + t.plain("mute.off") if muted else "🔕 " + t.plain("mute.on")
    press = MutePress(request_id=request_id, muted=int(not muted)).pack()
    return replace(screen, rows=(*screen.rows, ((label, press),)))


def hours(quiet: tuple[int, int], t: Translator) -> str:
    """Quiet hours in words."""
    return t.plain("settings.hours", start=_hour(quiet[0]), end=_hour(quiet[1]))


def _main(shown: Shown, t: Translator) -> Screen:
    text = _headed(
        "⚙️",
        t("settings.title"),
        t("settings.language_is", language=t.plain("language.name")),
        t("settings.quiet_is", hours=hours(shown.quiet, t) if shown.quiet else t.plain("settings.quiet_never")),
        t("settings.muted_are", requests=t.plural("settings.muted_count", shown.muted)),
    )
    language = _open("🌐 " + t.plain("settings.language"), SettingsPage.LANGUAGE)
    quiet = _open("🌙 " + t.plain("settings.quiet"), SettingsPage.QUIET)
    muted = _open("🔕 " + t.plain("settings.muted"), SettingsPage.MUTED)
    data = ("📦 " + t.plain("settings.data"), SettingsPress(act=SettingsAct.DATA).pack())
    erase = _open("🗑 " + t.plain("settings.erase"), SettingsPage.ERASE)
    daily = _open("☀️ " + t.plain("settings.digest"), SettingsPage.DIGEST)
    more: tuple[Row, ...] = () if shown.daily is None else ((daily,),)
    return Screen(text, ((language, quiet), (muted, data), *more, (erase,)))


def _daily(shown: Shown, t: Translator) -> Screen:
    """The hours that many people want, and never."""
    hour = None if shown.daily is None else shown.daily.hour
    said = t.plain("settings.digest_never") if hour is None else _hour(hour)
    buttons = [
        (("● " if one == hour else "") + _hour(one), SettingsPress(act=SettingsAct.DIGEST, value=str(one)).pack())
        for one in DIGEST_HOURS
    ]
    never = ("● " if hour is None else "") + t.plain("settings.digest_never")
    text = _headed("☀️", t("settings.digest"), t("settings.digest_is", hour=said), "", t("settings.digest_explained"))
    rows = (
        tuple(buttons[:4]),
        tuple(buttons[4:]),
        ((never, SettingsPress(act=SettingsAct.DIGEST, value="off").pack()),),
    )
    return Screen(text, (*rows, _back(t)))


def _quiet(shown: Shown, t: Translator) -> Screen:
    quiet = shown.quiet
    now = hours(quiet, t) if quiet else t.plain("settings.quiet_never")
    text = _headed("🌙", t("settings.quiet"), t("settings.quiet_is", hours=now), "", t("settings.quiet_explained"))
    presets = tuple(_hours_button(("● " if one == quiet else "") + hours(one, t), one) for one in PRESETS)
    rows: list[Row] = [(one,) for one in presets]
    if quiet is not None:
        start, end = quiet
        rows += [
            _steps(t.plain("settings.quiet_from", hour=_hour(start)), (_beside(start, -1, end), end),
                   (_beside(start, 1, end), end)),
            _steps(t.plain("settings.quiet_to", hour=_hour(end)), (start, _beside(end, -1, start)),
                   (start, _beside(end, 1, start))),
        ]  # fmt: skip
        rows.append(((t.plain("settings.quiet_off"), SettingsPress(act=SettingsAct.QUIET, value="off").pack()),))
    return Screen(text, (*rows, _back(t)))


def _muted(shown: Shown, t: Translator) -> Screen:
    text = _headed(
        "🔕", t("settings.muted"), t.plural("settings.muted_count", shown.muted), t("settings.muted_explained")
    )
    lines: tuple[Row, ...] = tuple(
        (
            (
                fit(f"{STATUS_SIGN[card.status]} #{card.number} {card.title}", BUTTON_MAX),
                OpenLine(request_id=card.request_id).pack(),
            ),
        )
        for card in shown.requests
    )
    if shown.muted:
        lines = (*lines, (("🔔 " + t.plain("settings.unmute_all"), SettingsPress(act=SettingsAct.UNMUTE).pack()),))
    return Screen(text, (*lines, _back(t)))


def _sure(shown: Shown, now: datetime, t: Translator) -> Screen:
    press = ErasePress(person_id=shown.person_id, minute=int(now.timestamp()) // 60).pack()
    keep = _open(t.plain("settings.erase_not"), SettingsPage.MAIN)
    text = _headed("❗", t("settings.erase_sure"), t("privacy.for_good"))
    # The other way round than on the page before, so that two taps at one place do nothing.
    return Screen(text, ((keep,), ((t.plain("settings.erase_yes"), press),)))


def _headed(sign: str, title: str, *lines: str) -> str:
    return "\n".join((f"{sign} <b>{title}</b>", "", *lines))


def _open(label: str, page: SettingsPage) -> tuple[str, str]:
    return label, SettingsPress(act=SettingsAct.OPEN, value=page.value).pack()


def _back(t: Translator) -> Row:
    return (_open("‹ " + t.plain("settings.back"), SettingsPage.MAIN),)


def _steps(label: str, less: tuple[int, int], more: tuple[int, int]) -> Row:
    shown = (label, SettingsPress(act=SettingsAct.OPEN, value=SettingsPage.QUIET.value).pack())
    return _hours_button("−", less), shown, _hours_button("+", more)


def _hours_button(label: str, quiet: tuple[int, int]) -> tuple[str, str]:
    return label, SettingsPress(act=SettingsAct.QUIET, value=f"{quiet[0]}-{quiet[1]}").pack()


def _beside(hour: int, step: int, other: int) -> int:
    """The next hour, but never the other one: from an hour to the same would be a day or nothing."""
    moved = (hour + step) % 24
    return (moved + step) % 24 if moved == other else moved


def _hour(hour: int) -> str:
    return f"{hour:02}:00"
