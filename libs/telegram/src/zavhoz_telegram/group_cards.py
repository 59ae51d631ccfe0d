"""A request drawn for a staff group: what is to be done where, and how it stands; nobody's name, nobody's words."""

from __future__ import annotations

import html
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.groups import GroupCard
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_telegram.callbacks import OpenNotice, RequestPress
from zavhoz_telegram.card_buttons import SIGN
from zavhoz_telegram.cards import STATUS_SIGN
from zavhoz_telegram.moments import day, in_words, until
from zavhoz_telegram.screens import PRIORITY_SIGN, Row, Screen, escaped, fit, tail
from zavhoz_telegram.texts import Translator

_TITLE_UNITS: Final = 300
_DESCRIPTION_UNITS: Final = 1200
_PLACE_UNITS: Final = 300
_IN_A_ROW: Final = 2
TOPIC_MAX: Final = 128
"""https://core.telegram.org/bots/api#createforumtopic"""


def draw_group_card(card: GroupCard, t: Translator, time_zone: ZoneInfo, now: datetime) -> Screen:
    """The card; without buttons once the request is closed."""
    lines = [
        f"<b>#{card.number}</b> {STATUS_SIGN[card.status]} {t(f'status.{card.status.value}')}",
        f"<b>{escaped(card.title, _TITLE_UNITS)}</b>",
    ]
    if card.description and card.description != card.title:
        lines += ["", escaped(card.description, _DESCRIPTION_UNITS)]
    return Screen("\n".join([*lines, "", *_facts(card, t), *_times(card, now, t, time_zone)]), _buttons(card, t))


def _facts(card: GroupCard, t: Translator) -> list[str]:
    lines = ["📍 " + (html.escape(tail(card.place, _PLACE_UNITS), quote=False) or t("place.not_said"))]
    priority = f"{PRIORITY_SIGN[card.priority]} {t(f'priority.{card.priority.value}')}"
    lines.append(f"{priority} · {escaped(card.category, TOPIC_MAX)}" if card.category else priority)
    if card.attachments:
        lines.append("📎 " + t.plural("card.attachments", card.attachments))
    if card.comments:
        lines.append("💬 " + t.plural("card.comments", card.comments))
    if card.joined:
        lines.append("👥 " + t.plural("card.joined", card.joined))
    if card.merged_into is not None:
        lines.append("🔗 " + t("card.merged_into", number=card.merged_into))
    return lines


def _times(card: GroupCard, now: datetime, t: Translator, time_zone: ZoneInfo) -> list[str]:
    lines = ["🕓 " + t("group.filed", when=in_words(card.created_at, now, t, time_zone))]
    if card.held_until is not None:
        lines.append("⏸ " + t("group.held_until", until=day(card.held_until, now, t, time_zone)))
    if card.due_at is not None:
        late = card.due_at < now
        when = in_words(card.due_at, now, t, time_zone) if late else until(card.due_at, now, t, time_zone)
        lines.append(("⏰ " if late else "⏱ ") + t("card.late" if late else "card.due", when=when))
    return lines


def _buttons(card: GroupCard, t: Translator) -> tuple[Row, ...]:
    if card.closed:
        return ()
    buttons = [_button(action, card, t) for action in card.allowed_actions]
    buttons.append(("📋 " + t.plain("group.open"), OpenNotice(request_id=card.request_id).pack()))
    return tuple(tuple(buttons[first : first + _IN_A_ROW]) for first in range(0, len(buttons), _IN_A_ROW))


def _button(action: Action, card: GroupCard, t: Translator) -> tuple[str, str]:
    press = RequestPress(action=action, request_id=card.request_id, version=card.version)
    return f"{SIGN[action]} {t.plain(f'action.{action.value}')}", press.pack()


def draw_gone(number: int, t: Translator) -> Screen:
    """What is left of the card of a request that is in another part of the places now."""
    return Screen(f"<b>#{number}</b> {t('group.elsewhere')}")


def topic_name(name: str, t: Translator) -> str:
    """What a topic is called; one for what belongs nowhere has a name of its own."""
    return fit(" ".join(name.split()), TOPIC_MAX) or t.plain("group.other")
