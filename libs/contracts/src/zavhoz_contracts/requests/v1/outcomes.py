"""How a command ended: exactly one outcome each, on the private exchange, for the notifier to answer with."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.message import Message, Origin, Payload, Priority
from zavhoz_contracts.requests.v1.bulk import BulkAction


class RefusalReason(StrEnum):
    """Why a command was refused; the notifier has a sentence for each in every language."""

    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    DEACTIVATED = "deactivated"
    ALREADY_TAKEN = "already_taken"
    ALREADY_COMPLETED = "already_completed"
    ALREADY_REJECTED = "already_rejected"
    ALREADY_CANCELLED = "already_cancelled"
    ALREADY_CONFIRMED = "already_confirmed"
    ALREADY_MERGED = "already_merged"
    ON_HOLD = "on_hold"
    NOT_ON_HOLD = "not_on_hold"
    NOT_TAKEN = "not_taken"
    NOT_COMPLETED = "not_completed"
    REOPENED_TOO_LATE = "reopened_too_late"
    TOO_MANY_OPEN = "too_many_open"
    EMPTY = "empty"
    TITLE_TOO_SHORT = "title_too_short"
    TITLE_TOO_LONG = "title_too_long"
    DESCRIPTION_TOO_SHORT = "description_too_short"
    DESCRIPTION_TOO_LONG = "description_too_long"
    REASON_TOO_SHORT = "reason_too_short"
    REASON_TOO_LONG = "reason_too_long"
    TOO_MANY_ATTACHMENTS = "too_many_attachments"
    COMMENT_EMPTY = "comment_empty"
    COMMENT_TOO_LONG = "comment_too_long"
    COMMENT_EDITED_TOO_LATE = "comment_edited_too_late"
    PLACE_NOT_FOUND = "place_not_found"
    PLACE_TOO_SHORT = "place_too_short"
    PLACE_TOO_LONG = "place_too_long"
    OWN_REQUEST = "own_request"
    NOTE_EMPTY = "note_empty"
    NOTE_TOO_LONG = "note_too_long"
    HOLD_DAY_PAST = "hold_day_past"
    HOLD_DAY_TOO_FAR = "hold_day_too_far"
    ASSIGNEE_NOT_STAFF = "assignee_not_staff"
    ASSIGNEE_ELSEWHERE = "assignee_elsewhere"
    MERGE_NOT_FOUND = "merge_not_found"
    MERGE_ITSELF = "merge_itself"
    MERGE_CLOSED = "merge_closed"
    PERSON_NOT_FOUND = "person_not_found"
    NOT_YOURSELF = "not_yourself"
    LAST_UNLIMITED_MANAGER = "last_unlimited_manager"
    CATEGORY_NOT_FOUND = "category_not_found"
    CATEGORY_NAME_WRONG = "category_name_wrong"
    CATEGORY_EXISTS = "category_exists"
    TOO_MANY_CATEGORIES = "too_many_categories"
    QUESTIONS_WRONG = "questions_wrong"
    ANSWER_TOO_LONG = "answer_too_long"
    REPLY_LENGTH = "reply_length"
    TOO_MANY_REPLIES = "too_many_replies"
    SETTING_UNREADABLE = "setting_unreadable"
    LISTED_MANAGER = "listed_manager"
    NOT_STAFF = "not_staff"
    TOO_MANY_AREAS = "too_many_areas"
    LAST_MANAGER = "last_manager"
    NOT_CONFIRMED = "not_confirmed"
    PLACE_GONE = "place_gone"
    PLACE_NAME_EMPTY = "place_name_empty"
    PLACE_NAME_TOO_LONG = "place_name_too_long"
    PLACE_CODE_WRONG = "place_code_wrong"
    PLACE_CODE_TAKEN = "place_code_taken"
    PLACE_KIND_WRONG = "place_kind_wrong"
    PLACE_PATH_TOO_LONG = "place_path_too_long"
    PLACE_PARENT_ARCHIVED = "place_parent_archived"
    PLACES_CHANGED = "places_changed"
    IMPORT_GONE = "import_gone"
    GROUP_UNBOUND = "group_unbound"
    GROUP_AREA_NOT_FOUND = "group_area_not_found"


class Outcome(Message):
    """What both ends share. `language` is the person's own, or the origin's when the person is not known.

    `about_id` is the person, or the category, that a command of a manager was about, `place_code` the place.
    """

    command_id: UUID
    command_type: str
    person_id: UUID | None = None
    about_id: UUID | None = None
    place_code: str | None = None
    origin: Origin
    language: str
    request_id: UUID | None = None
    number: int | None = None
    version: int | None = None


REFUSALS_TOLD: Final = 30
"""So many refusals of many are told one by one; the rest is counted."""


class BulkRefusal(Payload):
    """One that was not changed, and why; `who` was first."""

    number: int
    reason: RefusalReason
    who: str | None = Field(default=None, max_length=256)


class BulkReport(Payload):
    """How many were changed, how many were so already, how many refused; some of these one by one.

    `action` is what was done: `assignee` is the name of whom they were given to, `priority` how urgent they are.
    """

    action: BulkAction
    assignee: str | None = Field(default=None, max_length=256)
    priority: Priority | None = None
    changed: int
    unchanged: int
    refused: int
    refusals: tuple[BulkRefusal, ...] = Field(default=(), max_length=REFUSALS_TOLD)


class CommandDone(Outcome):
    """The command had its effect (`changed`), or nothing was left to do; `report` is of one about many requests."""

    TYPE: ClassVar[str] = "zavhoz.command.done.v1"

    changed: bool = True
    report: BulkReport | None = None


class CommandRefused(Outcome):
    """Nothing changed. `who` names the person who was first, for the `already_…` reasons; `limit` and `length`

    count user-perceived characters (or attachments) for the reasons about size. `problem` says what is wrong with the
    `piece` of what was typed for a setting.
    """

    TYPE: ClassVar[str] = "zavhoz.command.refused.v1"

    reason: RefusalReason
    who: str | None = Field(default=None, max_length=256)
    limit: int | None = None
    length: int | None = None
    problem: str | None = None
    piece: str | None = Field(default=None, max_length=256)
