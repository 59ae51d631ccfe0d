"""/desk in a staff group: how requests appear there, and the buttons that change it."""

from __future__ import annotations

import html
from enum import StrEnum
from typing import Final

from zavhoz_contracts.api.groups import StaffGroup
from zavhoz_contracts.groups.v1.commands import GroupBy
from zavhoz_telegram.callbacks import DeskAction, DeskPress
from zavhoz_telegram.screens import Row, Screen, tail
from zavhoz_telegram.texts import Translator

_PLACE_UNITS: Final = 300
_CHOICES: Final = ((GroupBy.SITE, DeskAction.SITE), (GroupBy.CATEGORY, DeskAction.CATEGORY))


class Missing(StrEnum):
    """Why there are no topics."""

    FORUM = "forum"  # the group has none
    RIGHT = "right"  # the bot may not make any


def draw_desk(group: StaffGroup, missing: Missing | None, t: Translator) -> Screen:
    """How requests appear in a group."""
    area = (
        t("group.everywhere") if group.area is None else html.escape(tail(group.area.path, _PLACE_UNITS), quote=False)
    )
    lines = [f"📌 <b>{t('group.title')}</b>", "", t(f"group.by.{group.by.value}"), "📍 " + area]
    if missing is not None:
        lines += ["", "⚠️ " + t(f"group.missing.{missing.value}")]
    lines += ["", t("group.hint")]
    choices: Row = tuple(
        (("● " if group.by is by else "") + t.plain(f"group.button.{by.value}"), DeskPress(action=action).pack())
        for by, action in _CHOICES
    )
    rows: list[Row] = [choices]
    if group.area is not None:
        rows.append((("📍 " + t.plain("group.button.everywhere"), DeskPress(action=DeskAction.EVERYWHERE).pack()),))
    rows.append((("✖️ " + t.plain("group.button.unbind"), DeskPress(action=DeskAction.UNBIND).pack()),))
    return Screen("\n".join(lines), tuple(rows))
