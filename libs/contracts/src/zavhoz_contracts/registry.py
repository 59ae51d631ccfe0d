"""Every message there is: its class, its exchange, and who consumes it.

The topology's bindings, the schemas, and the test that no message is without a consumer are all read from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from zavhoz_contracts.cards.v1.commands import OpenCard, SendPhotos
from zavhoz_contracts.categories.v1.commands import ChangeCategory
from zavhoz_contracts.categories.v1.events import CategoryChanged
from zavhoz_contracts.files.v1.events import AttachmentAdded, AttachmentRefused, AttachmentStored
from zavhoz_contracts.groups.v1.commands import BindGroup, UnbindGroup
from zavhoz_contracts.groups.v1.facts import GroupBound, GroupLeft, GroupMigrated, GroupUnbound
from zavhoz_contracts.message import Message
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.organisation.v1.events import SettingChanged
from zavhoz_contracts.people.v1.commands import ErasePerson, RegisterPerson, SetActive, SetAreas, SetLanguage, SetRole
from zavhoz_contracts.people.v1.events import (
    PersonActivated,
    PersonAreasChanged,
    PersonDeactivated,
    PersonErased,
    PersonReachability,
    PersonRegistered,
    PersonRoleChanged,
)
from zavhoz_contracts.places.v1.commands import (
    AddPlace,
    ApplyPlaces,
    ArchivePlace,
    ExportPlaces,
    RenamePlace,
    SendPlaceSheet,
)
from zavhoz_contracts.places.v1.events import PlaceChanged
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.replies.v1.events import ReplyChanged
from zavhoz_contracts.requests.v1.bulk import ChangeRequests
from zavhoz_contracts.requests.v1.commands import (
    AssignRequest,
    AttachToRequest,
    CancelRequest,
    CommentRequest,
    CompleteRequest,
    ConfirmRequest,
    CreateRequest,
    EditComment,
    EditRequest,
    HoldRequest,
    JoinRequest,
    LeaveRequest,
    MergeRequest,
    NoteRequest,
    RejectRequest,
    ReopenRequest,
    ResumeRequest,
    TakeRequest,
)
from zavhoz_contracts.requests.v1.events import (
    RequestAbsorbed,
    RequestAssigned,
    RequestBreached,
    RequestCancelled,
    RequestCommented,
    RequestCommentEdited,
    RequestCompleted,
    RequestConfirmed,
    RequestCreated,
    RequestEdited,
    RequestEscalated,
    RequestHeld,
    RequestJoined,
    RequestLeft,
    RequestMerged,
    RequestNoted,
    RequestRejected,
    RequestReopened,
    RequestRescheduled,
    RequestResumed,
    RequestTaken,
    RequestWarned,
)
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_contracts.settings.v1.commands import MuteRequest, OpenSettings, SendData, SetDigest, SetQuietHours


class Exchange(StrEnum):
    """The three exchanges; commands is direct, the others are topic exchanges, events is public."""

    COMMANDS = "zavhoz.commands"
    EVENTS = "zavhoz.events"
    PRIVATE = "zavhoz.private"


class Queue(StrEnum):
    """The work queues, named `<service>.<what it takes>`."""

    REQUESTS_COMMANDS = "requests.commands"
    REQUESTS_EVENTS = "requests.events"
    NOTIFIER_COMMANDS = "notifier.commands"
    NOTIFIER_EVENTS = "notifier.events"
    NOTIFIER_PRIVATE = "notifier.private"
    FILES_EVENTS = "files.events"


@dataclass(frozen=True, slots=True)
class Route:
    """Where messages of one class go. The routing key is the message's type.

    `public` says that other internal systems may subscribe to it: true for what is on the events exchange.
    """

    message: type[Message]
    exchange: Exchange
    consumers: tuple[Queue, ...]

    @property
    def type(self) -> str:
        return self.message.TYPE

    @property
    def public(self) -> bool:
        return self.exchange is Exchange.EVENTS


def _commands(queue: Queue, *messages: type[Message]) -> tuple[Route, ...]:
    return tuple(Route(message, Exchange.COMMANDS, (queue,)) for message in messages)


def _events(queues: tuple[Queue, ...], *messages: type[Message]) -> tuple[Route, ...]:
    return tuple(Route(message, Exchange.EVENTS, queues) for message in messages)


def _private(queue: Queue, *messages: type[Message]) -> tuple[Route, ...]:
    return tuple(Route(message, Exchange.PRIVATE, (queue,)) for message in messages)


ROUTES: Final[tuple[Route, ...]] = (
    *_commands(Queue.REQUESTS_COMMANDS, CreateRequest, TakeRequest, CompleteRequest, RejectRequest),
    *_commands(Queue.REQUESTS_COMMANDS, ConfirmRequest, ReopenRequest, CancelRequest, EditRequest),
    *_commands(Queue.REQUESTS_COMMANDS, CommentRequest, EditComment, AttachToRequest, RegisterPerson),
    *_commands(Queue.REQUESTS_COMMANDS, JoinRequest, LeaveRequest, SetLanguage, ErasePerson),
    *_commands(Queue.REQUESTS_COMMANDS, AssignRequest, HoldRequest, ResumeRequest, MergeRequest, NoteRequest),
    *_commands(Queue.REQUESTS_COMMANDS, SetRole, SetAreas, SetActive, SetSetting, ChangeCategory),
    *_commands(Queue.REQUESTS_COMMANDS, AddPlace, RenamePlace, ArchivePlace, ApplyPlaces),
    *_commands(Queue.REQUESTS_COMMANDS, ChangeRequests, ChangeReply),
    *_commands(Queue.REQUESTS_COMMANDS, BindGroup, UnbindGroup),
    *_commands(Queue.NOTIFIER_COMMANDS, OpenCard, SendPhotos),
    *_commands(Queue.NOTIFIER_COMMANDS, ExportPlaces, SendPlaceSheet),
    *_commands(Queue.NOTIFIER_COMMANDS, OpenSettings, SetQuietHours, SetDigest, MuteRequest, SendData),
    *_events((Queue.NOTIFIER_EVENTS,), RequestCreated, RequestTaken, RequestCompleted, RequestRejected),
    *_events((Queue.NOTIFIER_EVENTS,), RequestConfirmed, RequestReopened, RequestCancelled, RequestEdited),
    *_events((Queue.NOTIFIER_EVENTS,), RequestCommented, RequestCommentEdited, RequestJoined, RequestLeft),
    *_events((Queue.NOTIFIER_EVENTS,), RequestAssigned, RequestHeld, RequestResumed),
    *_events((Queue.NOTIFIER_EVENTS,), RequestMerged, RequestAbsorbed, RequestNoted),
    *_events((Queue.NOTIFIER_EVENTS,), RequestWarned, RequestBreached, RequestEscalated, RequestRescheduled),
    *_events((), SettingChanged, CategoryChanged, ReplyChanged),
    *_events((), PlaceChanged),
    *_events((Queue.NOTIFIER_EVENTS,), PersonRegistered, PersonRoleChanged, PersonAreasChanged),
    *_events((Queue.NOTIFIER_EVENTS,), PersonDeactivated, PersonActivated),
    *_events((Queue.NOTIFIER_EVENTS, Queue.FILES_EVENTS), PersonErased),
    # The notifier takes each to see the request's sequence without a gap.
    *_events((Queue.FILES_EVENTS, Queue.NOTIFIER_EVENTS), AttachmentAdded),
    *_events((Queue.REQUESTS_EVENTS,), AttachmentStored),
    *_events((Queue.REQUESTS_EVENTS, Queue.NOTIFIER_EVENTS), AttachmentRefused),
    *_private(Queue.NOTIFIER_PRIVATE, CommandDone, CommandRefused),
    *_private(Queue.REQUESTS_EVENTS, PersonReachability),
    *_private(Queue.NOTIFIER_PRIVATE, GroupBound, GroupUnbound),
    *_private(Queue.REQUESTS_EVENTS, GroupMigrated, GroupLeft),
)


@cache
def _index() -> dict[str, Route]:
    return {route.type: route for route in ROUTES}


def by_type(type: str) -> Route | None:
    """The route of a message type, or none if nobody here has heard of it."""
    return _index().get(type)


def bindings(queue: Queue) -> tuple[tuple[Exchange, str], ...]:
    """What is bound to `queue`: pairs of exchange and routing key."""
    return tuple((route.exchange, route.type) for route in ROUTES if queue in route.consumers)
