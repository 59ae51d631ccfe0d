"""Somebody's profile as managers see it, the places they are limited to, and the questions before what changes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.people import Change, PersonChange, Profile
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.limits import AREAS_MAX
from zavhoz_contracts.message import Role
from zavhoz_telegram.callbacks import FiledPress
from zavhoz_telegram.managed_callbacks import PeopleAction, PeoplePress, ProfileAction, ProfilePress
from zavhoz_telegram.moments import day, in_words
from zavhoz_telegram.people import INACTIVE, LIMITED, ROLE_SIGN, UNREACHABLE
from zavhoz_telegram.screens import BUTTON_MAX, Row, Screen, escaped, tail
from zavhoz_telegram.texts import Translator

OFF: Final = "off"
ON: Final = "on"
"""Values of a press beside the roles: deactivate, activate."""
_KEY: Final = 8
_NAME_UNITS: Final = 64
_PATH_UNITS: Final = 100
_SHORT_UNITS: Final = 40
_SHOWN: Final = 10


def area_key(code: str) -> str:
    """What a button carries for a place: beside a person, a code of 59 characters would not fit."""
    return place_id(code).hex[:_KEY]


def draw_profile(profile: Profile, now: datetime, t: Translator, time_zone: ZoneInfo) -> Screen:
    """Somebody with what a manager decides by, and what can be done about them."""
    lines = [_heading(profile, t)]
    if not profile.active:
        lines.append(f"{INACTIVE} {t('people.inactive')}")
    elif not profile.reachable:
        lines.append(f"{UNREACHABLE} {t('people.unreachable')}")
    if profile.role is not Role.REQUESTER:
        lines += ["", _areas(profile, t)]
    lines += [
        "",
        t("people.load", in_work=profile.in_work, on_hold=profile.on_hold, filed=profile.filed),
        t("people.seen", when=in_words(profile.seen_at, now, t, time_zone)),
        t("people.registered", when=day(profile.registered_at, now, t, time_zone)),
    ]
    if profile.history:
        changes = (_changed(one, now, t, time_zone) for one in profile.history)
        lines += ["", f"<b>{t('people.history')}</b>", *changes]
    return Screen("\n".join(lines), _profile_rows(profile, t))


def draw_areas(profile: Profile, t: Translator) -> Screen:
    """The parts of the places that somebody is limited to: tapped, one goes."""
    text = f"{_heading(profile, t)}\n\n{_areas(profile, t)}\n\n{t('people.areas_explained')}"
    rows: list[Row] = [
        (("✖ " + tail(area.path, BUTTON_MAX), _press(profile, ProfileAction.REMOVE, area_key(area.code))),)
        for area in profile.areas
    ]
    if len(profile.areas) < AREAS_MAX:
        rows.append((("➕ " + t.plain("people.area_add"), _press(profile, ProfileAction.ADD)),))
    if profile.areas:
        rows.append((("🌐 " + t.plain("people.everywhere"), _press(profile, ProfileAction.EVERYWHERE)),))
    return Screen(text, (*rows, _to_profile(profile.person_id, t)))


def draw_sure(profile: Profile, value: str, t: Translator) -> Screen:
    """Whether a role, or `OFF`, is meant: what it means for them, and for what they have to do.

    [Yes] is where the profile has no such button, so that two taps at one place do nothing.
    """
    lines = [f"❓ {t(f'people.sure.{value}', name=_name(profile, t))}"]
    if profile.yourself:
        lines.append(t("people.sure_yourself"))
    if value in (OFF, Role.REQUESTER.value):
        if profile.in_work:
            lines.append("⚠️ " + t.plural("people.in_work_left", profile.in_work))
        if profile.on_hold:
            lines.append("⚠️ " + t.plural("people.on_hold_left", profile.on_hold))
    no: Row = ((t.plain("people.sure_no"), _press(profile, ProfileAction.OPEN)),)
    yes: Row = ((t.plain(f"people.yes.{value}"), _press(profile, ProfileAction.SET, value)),)
    return Screen("\n\n".join(lines), (yes, no) if value == OFF else (no, yes))


def draw_choice_over(person_id: UUID, t: Translator) -> Screen:
    """What is left of a choice of a place that was given up."""
    return Screen(t("people.choice_over"), (_to_profile(person_id, t),))


def places_in_words(paths: Sequence[str], t: Translator) -> str:
    """Paths of places below each other, the first of them if they are many."""
    shown = [f"• {escaped(tail(path, _PATH_UNITS), _PATH_UNITS)}" for path in paths[:_SHOWN]]
    if more := len(paths) - len(shown):
        shown.append(t.plural("people.more_places", more))
    return "\n".join(shown)


def _heading(profile: Profile, t: Translator) -> str:
    username = f" @{escaped(profile.username, _NAME_UNITS)}" if profile.username else ""
    you = f" ({t('people.you')})" if profile.yourself else ""
    name = f"<b>{escaped(_name(profile, t), _NAME_UNITS)}</b>{username}{you}"
    return f"{ROLE_SIGN[profile.role]} {name} — {t(f'role.{profile.role.value}')}"


def _name(profile: Profile, t: Translator) -> str:
    return profile.name or t.plain("person.erased")


def _areas(profile: Profile, t: Translator) -> str:
    if not profile.areas:
        return f"🌐 {t('people.not_limited')}"
    return f"{LIMITED} {t('people.limited')}\n{places_in_words([area.path for area in profile.areas], t)}"


def _profile_rows(profile: Profile, t: Translator) -> tuple[Row, ...]:
    """Nobody deactivates themselves; places limit the staff alone."""
    roles = tuple(
        (
            f"{ROLE_SIGN[role]} {t.plain(f'people.make.{role.value}')}",
            _press(profile, ProfileAction.ASK, role.value),
        )
        for role in Role
        if role is not profile.role
    )
    rows: list[Row] = [roles]
    if profile.role is not Role.REQUESTER:
        rows.append(((f"{LIMITED} {t.plain('people.places')}", _press(profile, ProfileAction.AREAS)),))
    if not profile.active:
        rows.append((("✅ " + t.plain("people.activate"), _press(profile, ProfileAction.SET, ON)),))
    elif not profile.yourself:
        rows.append(((f"{INACTIVE} {t.plain('people.deactivate')}", _press(profile, ProfileAction.ASK, OFF)),))
    rows.append((("✍️ " + t.plain("people.filed"), FiledPress(person_id=profile.person_id).pack()),))
    rows.append((("‹ " + t.plain("people.back"), PeoplePress(action=PeopleAction.BACK).pack()),))
    return tuple(rows)


def _changed(change: PersonChange, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    when = in_words(change.at, now, t, time_zone)
    who = t.plain("people.by_list") if change.by is None else change.by.name or t.plain("person.erased")
    return f"{when} — {escaped(who, _NAME_UNITS)}: {_what(change, t)}"


def _what(change: PersonChange, t: Translator) -> str:
    match change.change:
        case Change.ROLE if change.role is not None and change.previous is not None:
            return f"{t(f'role.{change.previous.value}')} → {t(f'role.{change.role.value}')}"
        case Change.AREAS:
            return f"{_briefly(change.previous_areas, t)} → {_briefly(change.areas, t)}"
        case _:
            return t(f"people.changed.{change.change.value}")


def _briefly(paths: Sequence[str], t: Translator) -> str:
    """The only place, or how many there are."""
    if not paths:
        return t("people.anywhere")
    if len(paths) > 1:
        return t.plural("people.in_places", len(paths))
    return escaped(tail(paths[0], _SHORT_UNITS), _SHORT_UNITS)


def _press(profile: Profile, action: ProfileAction, value: str = "") -> str:
    return ProfilePress(action=action, person_id=profile.person_id, value=value).pack()


def _to_profile(person_id: UUID, t: Translator) -> Row:
    return (("‹ " + t.plain("people.profile"), ProfilePress(action=ProfileAction.OPEN, person_id=person_id).pack()),)
