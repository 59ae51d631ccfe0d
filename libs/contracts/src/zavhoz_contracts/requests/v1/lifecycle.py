"""The states of a request and what can be done to it: the words that messages, the API and the buttons share."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a request is in its life."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    MERGED = "merged"


class Action(StrEnum):
    """What a person does to an existing request."""

    TAKE = "take"
    ASSIGN = "assign"
    HOLD = "hold"
    RESUME = "resume"
    COMPLETE = "complete"
    REJECT = "reject"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    EDIT = "edit"
    CANCEL = "cancel"
    MERGE = "merge"
    COMMENT = "comment"
    NOTE = "note"
    JOIN = "join"
    LEAVE = "leave"


class Clock(StrEnum):
    """What is waited for: that somebody takes it, and that it is completed."""

    REACTION = "reaction"
    RESOLUTION = "resolution"
