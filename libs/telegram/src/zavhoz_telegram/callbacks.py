"""What buttons carry: an opaque id and the version they were drawn for, at most 64 bytes.

https://core.telegram.org/bots/api#inlinekeyboardbutton
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from aiogram.filters.callback_data import CallbackData

from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.requests.v1.lifecycle import Action


class RequestPress(CallbackData, prefix="r"):
    """A button under a card."""

    action: Action
    request_id: UUID
    version: int


class OpenLine(CallbackData, prefix="o"):
    """A line of a list: the card comes as a new message."""

    request_id: UUID


class OpenNotice(CallbackData, prefix="n"):
    """The button under a notice: the notice becomes the card."""

    request_id: UUID


class DraftAction(StrEnum):
    """What can be done to a draft."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    SEND = "send"
    DISCARD = "discard"


class DraftPress(CallbackData, prefix="d"):
    """A button under a draft; the draft is that of the message pressed."""

    action: DraftAction


class ListPress(CallbackData, prefix="l"):
    """A list: page `page`, from 1; 0 shows the first as a new message."""

    view: View
    page: int


class QuestionPress(CallbackData, prefix="q"):
    """[Cancel] under a question."""

    request_id: UUID


class HelpTopic(StrEnum):
    """What /help speaks of."""

    FILING = "filing"
    PHOTOS = "photos"
    TIMES = "times"
    NOT_HELPED = "not_helped"
    CONTACTS = "contacts"


class HelpPress(CallbackData, prefix="h"):
    """A topic of /help: shown in the message pressed."""

    topic: HelpTopic
