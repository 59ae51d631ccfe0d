"""What people and services may read: everything cut to what the person asking may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import from_json
from structlog.contextvars import bind_contextvars

from zavhoz_contracts.api import v1
from zavhoz_contracts.message import Role
from zavhoz_messaging.outbox import body_of
from zavhoz_requests.application.messages import SOURCE
from zavhoz_requests.domain.groups import StaffGroup
from zavhoz_requests.domain.permissions import may_read_notes, may_see
from zavhoz_requests.domain.state import Person, Request
from zavhoz_requests.store import Connection, groups, people, requests, texts

_NOBODY = "?"


class Denied(Exception):
    """The answer is no; `code` says why: `not_found`, `forbidden`, `deactivated` or `too_large`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def viewer(connection: Connection, as_: str) -> Person:
    """The person that `as` names: a person id, or `tg:<Telegram id>`.

    Raises:
        Denied: `not_found`.
        ValueError: `as` is neither.
    """
    prefix, _, telegram_id = as_.rpartition(":")
    if prefix == "tg":
        person = await people.by_telegram_id(connection, int(telegram_id))
    else:
        person = await people.by_id(connection, UUID(as_))
    if person is None or person.erased:
        raise Denied("not_found")
    bind_contextvars(person_id=str(person.id))
    return person


async def active_viewer(connection: Connection, as_: str) -> Person:
    """As `viewer`, and `deactivated` is denied too."""
    return active(await viewer(connection, as_))


def active(person: Person | None) -> Person:
    """Someone who is known and not deactivated.

    Raises:
        Denied: `not_found`, or `deactivated`.
    """
    if person is None or person.erased:
        raise Denied("not_found")
    if not person.active:
        raise Denied("deactivated")
    return person


def person_view(person: Person) -> v1.Person:
    """A person as the API shows them to our own services."""
    return v1.Person(
        person_id=person.id,
        telegram_id=person.telegram_id,
        name=person.name,
        username=person.username,
        role=person.role,
        language=person.language,
        active=person.active,
        reachable=person.reachable,
        registered_at=person.registered_at,
        limited=bool(person.areas),
    )


def brief(person_id: UUID, known: Mapping[UUID, Person]) -> v1.PersonBrief:
    """Someone as others see them; the name of someone erased is empty."""
    return v1.PersonBrief(person_id=person_id, name=known[person_id].name if person_id in known else _NOBODY)


def visible(request: Request | None, person: Person) -> Request:
    """The request, if there is one and this person may see it.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    if request is None:
        raise Denied("not_found")
    if not may_see(request, person):
        raise Denied("forbidden")
    return request


def comment_view(row: Any, known: Mapping[UUID, Person]) -> v1.Comment:
    return v1.Comment(
        text_id=row.id,
        author=brief(row.author_id, known),
        at=row.written_at,
        text=row.body,
        attachments=row.attachments,
        edited=row.edited_at is not None,
    )


async def comment(connection: Connection, request_id: UUID, text_id: UUID, person: Person) -> v1.Comment:
    """One comment; whoever may see the request may read it.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    visible(await requests.by_id(connection, request_id), person)
    return await _said(connection, request_id, text_id, texts.COMMENT)


async def note(connection: Connection, request_id: UUID, text_id: UUID, person: Person) -> v1.Comment:
    """One note, for who may read what the staff writes down.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    if not may_read_notes(visible(await requests.by_id(connection, request_id), person), person):
        raise Denied("forbidden")
    return await _said(connection, request_id, text_id, texts.NOTE)


async def _said(connection: Connection, request_id: UUID, text_id: UUID, kind: str) -> v1.Comment:
    row = await texts.one(connection, request_id, text_id, kind)
    if row is None:
        raise Denied("not_found")
    return comment_view(row, await people.many(connection, {row.author_id}))


async def own_comment(connection: Connection, command_id: UUID, person: Person) -> v1.OwnComment:
    """The comment said by a command, for its author, while they may see the request.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    comment = (await texts.by_commands(connection, [command_id])).get(command_id)
    if comment is None:
        raise Denied("not_found")
    if comment.author_id != person.id:
        raise Denied("forbidden")
    request = visible(await requests.by_id(connection, comment.request_id), person)
    return v1.OwnComment(request_id=request.id, number=request.number, text_id=comment.text_id, text=comment.words)


async def album(connection: Connection, request_id: UUID, person: Person) -> v1.Album:
    """The files of a request as Telegram has them, for who may see it.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    request = visible(await requests.by_id(connection, request_id), person)
    rows = (await requests.attachments_of(connection, [request_id])).get(request_id, [])
    return v1.Album(
        request_id=request.id,
        number=request.number,
        files=tuple(
            v1.AlbumFile(attachment_id=row.id, kind=row.kind, file_id=row.file_id)
            for row in rows
            if row.status == v1.AttachmentStatus.STORED and row.file_id
        ),
        pending=sum(row.status == v1.AttachmentStatus.PENDING for row in rows),
    )


def attachment_view(row: Any) -> v1.CardAttachment:
    return v1.CardAttachment(
        attachment_id=row.id, kind=row.kind, file_name=row.file_name, status=row.status, reason=row.reason
    )


async def attachment(
    connection: Connection, request_id: UUID, attachment_id: UUID, person: Person
) -> v1.CardAttachment:
    """One attachment, of the request itself or of a comment, for who may see the request.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    visible(await requests.by_id(connection, request_id), person)
    rows = await requests.attachments_of(connection, [request_id])
    found = next((row for row in rows.get(request_id, ()) if row.id == attachment_id), None)
    if found is None:
        raise Denied("not_found")
    return attachment_view(found)


async def audience(connection: Connection, request_id: UUID) -> v1.Audience:
    """Everyone active who may hear of a request: each once, by the closest relation.

    Raises:
        Denied: `not_found`.
    """
    found = await audiences(connection, [request_id])
    if not found:
        raise Denied("not_found")
    return found[0]


async def audiences(connection: Connection, ids: Collection[UUID]) -> list[v1.Audience]:
    """The audiences of those of these requests that exist."""
    found = (await requests.many(connection, ids)).values()
    concerned = {person for request in found for person in _concerned(request)}
    known = await people.many(connection, concerned)
    staff = {person.id: person for person in await people.staff(connection)}
    bound = list((await groups.every(connection)).values()) if found else []
    return [_audience(request, known, staff, bound) for request in found]


def _audience(
    request: Request, known: Mapping[UUID, Person], staff: Mapping[UUID, Person], bound: Sequence[StaffGroup]
) -> v1.Audience:
    concerned = {id: known[id] for id in _concerned(request) if id in known}
    members = [
        v1.AudienceMember(
            person_id=person.id,
            relation=_relation(person, request),
            role=person.role,
            limited=bool(person.areas),
            chat_id=person.telegram_id,
            language=person.language,
            reachable=person.reachable,
            reads_notes=may_read_notes(request, person),
        )
        for person in {**concerned, **staff}.values()
        if may_see(request, person)
    ]
    return v1.Audience(
        request_id=request.id,
        number=request.number,
        version=request.version,
        status=request.status,
        assignee_id=request.assignee_id,
        members=tuple(members),
        groups=tuple(
            v1.AudienceGroup(chat_id=group.chat_id, language=group.language, inside=group.shows(request))
            for group in bound
        ),
    )


def _concerned(request: Request) -> list[UUID]:
    """Who may hear of it for what they are to it, whatever their role."""
    return [id for id in (request.requester_id, request.assignee_id, *sorted(request.watchers)) if id]


def _relation(person: Person, request: Request) -> v1.Relation:
    if person.id == request.requester_id:
        return v1.Relation.REQUESTER
    if person.id == request.assignee_id:
        return v1.Relation.ASSIGNEE
    if person.id in request.watchers:
        return v1.Relation.WATCHER
    return v1.Relation.MANAGER if person.role is Role.MANAGER else v1.Relation.TECHNICIAN


async def events(connection: Connection, request_id: UUID, after: int) -> list[dict[str, Any]]:
    """A request's events above a version, as CloudEvents; empty when there are none."""
    rows = await requests.events_of(connection, request_id, after)
    return [from_json(body_of(row, SOURCE)) for row in rows]
