"""The school's cases as the commands that the gateway would have published, in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.identity import attachment_id
from zavhoz_contracts.message import Attachment, AttachmentKind
from zavhoz_contracts.people.v1.commands import RegisterPerson
from zavhoz_contracts.requests.v1.commands import (
    Answer,
    AssignRequest,
    CancelRequest,
    CommentRequest,
    CompleteRequest,
    ConfirmRequest,
    CreateRequest,
    HoldRequest,
    MergeRequest,
    NoteRequest,
    RejectRequest,
    ReopenRequest,
    RequestCommand,
    TakeRequest,
)
from zavhoz_devstack.seeding.cases import Action, Case, Step
from zavhoz_devstack.seeding.commands import category_id, command, request_id
from zavhoz_devstack.seeding.desk import ANSWERS, category_of
from zavhoz_devstack.seeding.people import PEOPLE, Known
from zavhoz_devstack.seeding.places import place_of
from zavhoz_devstack.seeding.school import CASES
from zavhoz_devstack.seeding.setting_up import setting_up, sorting

_KINDS: Final[Mapping[Action, type[RequestCommand]]] = {
    "take": TakeRequest,
    "assign": AssignRequest,
    "complete": CompleteRequest,
    "reject": RejectRequest,
    "comment": CommentRequest,
    "note": NoteRequest,
    "confirm": ConfirmRequest,
    "reopen": ReopenRequest,
    "cancel": CancelRequest,
    "hold": HoldRequest,
    "merge": MergeRequest,
}
_KNOWN_FOR = timedelta(days=15)
_SET_UP_AFTER = timedelta(minutes=len(PEOPLE))


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is known at Telegram: what a `PhotoSize` says of it."""

    file_id: str
    file_unique_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Given:
    """What the commands name and only the running system knows: photos by name, ids of people by Telegram's."""

    now: datetime
    photos: Mapping[str, Photo]
    people: Mapping[int, UUID]


def everything(given: Given) -> list[Envelope[Any]]:
    """Every command there is, ordered by time."""
    return [*registrations(given.now), *commands(given), *sorting(given.now)]


def registrations(now: datetime) -> list[Envelope[Any]]:
    """Everybody makes themselves known; the same ids each time, as of all commands here."""
    return [
        registration(one, now - _KNOWN_FOR + timedelta(minutes=at), f"register {one.id}")
        for at, one in enumerate(PEOPLE)
    ]


def commands(given: Given) -> list[Envelope[Any]]:
    """What those who are known did until today, ordered by `time`, which is when the commands were given."""
    all_of_them = setting_up(given.now - _KNOWN_FOR + _SET_UP_AFTER, given.now, given.people)
    for number, case in enumerate(CASES, start=1):
        all_of_them += _of(case, request_id(number), given)
    return sorted(all_of_them, key=lambda one: one.time)


def registration(who: Known, at: datetime, name: str) -> Envelope[Any]:
    """Somebody makes themselves known; the same id for the same name."""
    return command(who, RegisterPerson, at, name)


def filed_at(case: Case, now: datetime) -> datetime:
    """When a case began."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=-case.days, hours=case.hour)


def _of(case: Case, id: UUID, given: Given) -> list[Envelope[Any]]:
    at = filed_at(case, given.now)
    category = category_of(case)
    asked = category.questions.get(case.who.language, ()) if category else ()
    answers = zip(asked, ANSWERS.get(case.words, ()), strict=False)
    filed: dict[str, Any] = {
        "request_id": id,
        "description": case.words,
        "priority": case.priority,
        "place_code": place_of(case),
        "category_id": category and category_id(category),
        "answers": [Answer(question=question, text=text) for question, text in answers],
        "attachments": _attachments(id, case.photos, given.photos),
    }
    life = [command(case.who, CreateRequest, at, f"{id} create", **filed)]
    for version, step in enumerate(case.then, start=1):
        at += timedelta(hours=step.hours)
        life.append(_step(step, id, version, at, given))
    return life


def _step(step: Step, id: UUID, version: int, at: datetime, given: Given) -> Envelope[Any]:
    more = _said(step, given)
    if step.action not in ("comment", "note"):
        more["seen_version"] = version
    if step.photos:
        more["attachments"] = _attachments(id, step.photos, given.photos)
    return command(step.who, _KINDS[step.action], at, f"{id} {version} {step.action}", request_id=id, **more)


def _said(step: Step, given: Given) -> dict[str, Any]:
    """What a step says beside who did what when, and about which request."""
    match step.action:
        case "assign":
            return {"assignee_id": given.people[step.to.id]}
        case "complete":
            return {"note": step.words}
        case "reject" | "reopen":
            return {"reason": step.words}
        case "confirm":
            return {"rating": step.rating}
        case "hold":
            until = (given.now + timedelta(days=step.days)).date() if step.days else None
            return {"reason": step.words, "until": until}
        case "merge":
            # Numbers are given in the order of filing, from 1.
            return {"into": [case.words for case in CASES].index(step.into) + 1}
        case "comment" | "note":
            return {"text": step.words}
        case "take" | "cancel":
            return {}


def _attachments(request_id: UUID, names: tuple[str, ...], photos: Mapping[str, Photo]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            attachment_id=attachment_id(request_id, photos[name].file_unique_id),
            kind=AttachmentKind.PHOTO,
            file_id=photos[name].file_id,
            file_unique_id=photos[name].file_unique_id,
            size=photos[name].size,
        )
        for name in names
    )
