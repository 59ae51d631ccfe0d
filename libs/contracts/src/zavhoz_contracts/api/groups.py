"""Staff groups, and requests as a group sees them: without a name, a note, or anything typed after the filing."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from pydantic import RootModel

from zavhoz_contracts.api.places import Place
from zavhoz_contracts.groups.v1.commands import GroupBy
from zavhoz_contracts.message import Moment, Payload, Priority, TelegramId
from zavhoz_contracts.requests.v1.lifecycle import Action, Status

AS_GROUP: Final = "group:"


def as_group(chat_id: int) -> str:
    """How the API is told that a group reads."""
    return f"{AS_GROUP}{chat_id}"


class StaffGroup(Payload):
    """A group in which requests appear; those of the place `area`, or without one those of everywhere."""

    chat_id: TelegramId
    by: GroupBy
    area: Place | None = None
    title: str
    forum: bool
    language: str


class Keeper(Payload):
    """Somebody who may bind groups, and where they are told of it."""

    person_id: UUID
    chat_id: TelegramId
    language: str
    reachable: bool


class Keepers(RootModel[tuple[Keeper, ...]]):
    """All of them."""


class Topic(Payload):
    """Where a request belongs in a group: `key` never changes, `name` does; it is empty for what belongs nowhere."""

    key: str
    name: str = ""


class GroupCard(Payload):
    """A request as a group sees it. `version` is the aggregate's; there is no field for a person, nor for typed words.

    `allowed_actions` are what somebody of the staff could do from there; none once it is closed.
    """

    request_id: UUID
    number: int
    version: int
    status: Status
    priority: Priority
    title: str
    description: str
    place: str = ""
    category: str = ""
    created_at: Moment
    due_at: Moment | None = None
    held_until: Moment | None = None
    merged_into: int | None = None
    attachments: int = 0
    comments: int = 0
    joined: int = 0
    closed: bool = False
    topic: Topic
    allowed_actions: tuple[Action, ...] = ()
