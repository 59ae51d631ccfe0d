"""/help: five topics in one message, which its buttons turn over."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.limits import ATTACHMENTS_MAX, DESCRIPTION_MAX
from zavhoz_telegram.callbacks import HelpPress, HelpTopic
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.texts import Translator

_LINES: Final = ((HelpTopic.FILING, HelpTopic.PHOTOS), (HelpTopic.TIMES, HelpTopic.NOT_HELPED), (HelpTopic.CONTACTS,))


def draw_help(topic: HelpTopic | None, contacts: str, t: Translator) -> Screen:
    """One topic, or the introduction, with the buttons of all; `contacts` are the organisation's own plain words."""
    return Screen(
        _text(topic, contacts, t),
        tuple(tuple((_label(one, topic, t), HelpPress(topic=one).pack()) for one in line) for line in _LINES),
    )


def _text(topic: HelpTopic | None, contacts: str, t: Translator) -> str:
    if topic is None:
        return t("help.intro")
    if topic is HelpTopic.CONTACTS:
        text = t("help.contacts", contacts=contacts) if contacts else t("help.no_contacts")
    else:
        text = t(f"help.{topic.value}", files=ATTACHMENTS_MAX, characters=DESCRIPTION_MAX)
    return f"<b>{t(f'help_button.{topic.value}')}</b>\n\n{text}"


def _label(topic: HelpTopic, shown: HelpTopic | None, t: Translator) -> str:
    return ("● " if topic is shown else "") + t.plain(f"help_button.{topic.value}")
