"""The school's cases as the commands that the gateway would have published, in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.identity import attachment_id
from zavhoz_contracts.message import Actor, Attachment, AttachmentKind, Message, Origin
from zavhoz_contracts.people.v1.commands import RegisterPerson
from zavhoz_contracts.requests.v1.commands import (
    CancelRequest,
    CommentRequest,
    CompleteRequest,
    ConfirmRequest,
    CreateRequest,
    HoldRequest,
    MergeRequest,
    RejectRequest,
    ReopenRequest,
    TakeRequest,
)
from zavhoz_devstack.seeding.people import PEOPLE, Known
from zavhoz_devstack.seeding.places import place_of
from zavhoz_devstack.seeding.school import CASES, Case, Step

SOURCE: Final = "/zavhoz/gateway"
_NAMESPACE: Final = UUID("b3b3a6f0-52a4-5c5e-8d0e-9f1f5b6c7a01")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is known at Telegram: what a `PhotoSize` says of it."""

    file_id: str
    file_unique_id: str
    size: int


def commands(now: datetime, photos: Mapping[str, Photo]) -> list[Envelope[Any]]:
    """All of them, ordered by `time`, which is when they were given; the same ids each time. `photos` are by name."""
    known_since = now - timedelta(days=15)
    all_of_them = [
        registration(one, known_since + timedelta(minutes=at), f"register {one.id}") for at, one in enumerate(PEOPLE)
    ]
    for number, case in enumerate(CASES, start=1):
        all_of_them += _of(case, uuid5(_NAMESPACE, f"request {number}"), now, photos)
    return sorted(all_of_them, key=lambda command: command.time)


def registration(who: Known, at: datetime, name: str) -> Envelope[Any]:
    """Somebody makes themselves known; the same id for the same name."""
    return _command(who, RegisterPerson, at, name)


def filed_at(case: Case, now: datetime) -> datetime:
    """When a case began."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=-case.days, hours=case.hour)


def _of(case: Case, request_id: UUID, now: datetime, photos: Mapping[str, Photo]) -> list[Envelope[Any]]:
    at = filed_at(case, now)
    given = {
        "request_id": request_id,
        "description": case.words,
        "priority": case.priority,
        "place_code": place_of(case),
        "attachments": _attachments(request_id, case.photos, photos),
    }
    life = [_command(case.who, CreateRequest, at, f"{request_id} create", **given)]
    for version, step in enumerate(case.then, start=1):
        at += timedelta(hours=step.hours)
        life.append(_step(step, request_id, version, at, photos))
    return life


def _step(step: Step, id: UUID, version: int, at: datetime, photos: Mapping[str, Photo]) -> Envelope[Any]:
    name = f"{id} {version} {step.action}"
    match step.action:
        case "take":
            return _command(step.who, TakeRequest, at, name, request_id=id, seen_version=version)
        case "complete":
            return _command(step.who, CompleteRequest, at, name, request_id=id, seen_version=version)
        case "reject":
            return _command(step.who, RejectRequest, at, name, request_id=id, seen_version=version, reason=step.words)
        case "confirm":
            return _command(step.who, ConfirmRequest, at, name, request_id=id, seen_version=version, rating=step.rating)
        case "reopen":
            files = _attachments(id, step.photos, photos)
            wrong = {"reason": step.words, "attachments": files}
            return _command(step.who, ReopenRequest, at, name, request_id=id, seen_version=version, **wrong)
        case "cancel":
            return _command(step.who, CancelRequest, at, name, request_id=id, seen_version=version)
        case "hold":
            return _command(step.who, HoldRequest, at, name, request_id=id, seen_version=version, reason=step.words)
        case "merge":
            # Numbers are given in the order of filing, from 1.
            into = [case.words for case in CASES].index(step.into) + 1
            return _command(step.who, MergeRequest, at, name, request_id=id, seen_version=version, into=into)
        case "comment":
            files = _attachments(id, step.photos, photos)
            return _command(step.who, CommentRequest, at, name, request_id=id, text=step.words, attachments=files)


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


def _command(who: Known, kind: type[Message], at: datetime, name: str, **given: Any) -> Envelope[Any]:
    actor = Actor(telegram_id=who.id, name=who.name, language=who.language, seen_at=at)
    data = kind.model_validate({"actor": actor, "origin": Origin(chat_id=who.id, language=who.language), **given})
    subject = f"request/{given['request_id']}" if "request_id" in given else f"person/{who.id}"
    return wrap(data, source=SOURCE, subject=subject, id=uuid5(_NAMESPACE, name), time=at)
