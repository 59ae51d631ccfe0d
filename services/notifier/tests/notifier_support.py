"""What the tests of the notifier share: a requests service that only answers, and the notifier against a stand-in.

Run as a script it is the notifier as a process of its own, with short leases, to be killed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

from aiohttp import ClientSession, web
from pydantic import BaseModel, SecretStr
from sqlalchemy import text
from tree_desk import TreeDesk

from zavhoz_chassis.database import Database
from zavhoz_chassis.health import Health
from zavhoz_chassis.process import Process, running
from zavhoz_chassis.process import main as run
from zavhoz_contracts.api import v1
from zavhoz_contracts.api.groups import AS_GROUP, GroupCard, Keeper, Keepers, StaffGroup, Topic
from zavhoz_contracts.api.managed import ManagedCategory, ManagedOrganisation
from zavhoz_contracts.api.own import PAGE, DataPage, DataPart, OwnText
from zavhoz_contracts.api.people import Profile
from zavhoz_contracts.api.places import Place
from zavhoz_contracts.api.replies import Replies, Reply
from zavhoz_contracts.cards.v1.commands import OpenCard
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.files.v1.events import AddedFile, AttachmentAdded, AttachmentRefusalReason, AttachmentRefused
from zavhoz_contracts.groups.v1.commands import BindGroup, GroupBy
from zavhoz_contracts.groups.v1.facts import GroupBound, GroupUnbound, UnboundReason
from zavhoz_contracts.message import Actor, AttachmentKind, Origin, Priority, Role
from zavhoz_contracts.people.v1.commands import RegisterPerson
from zavhoz_contracts.people.v1.events import PersonRegistered, PersonRoleChanged
from zavhoz_contracts.requests.v1 import events
from zavhoz_contracts.requests.v1.commands import TakeRequest
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.testing import wait_until
from zavhoz_notifier.bootstrap import bootstrap
from zavhoz_notifier.settings import ROLES, Settings
from zavhoz_sandbox.client import Person, SandboxClient, SeenMessage

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
TOKEN = "a-token-of-the-notifier"
REQUESTS = "/zavhoz/requests"


class TestSettings(Settings):
    """Settings with a database of the test's own."""

    __test__ = False
    test_database: SecretStr

    def database_url(self, service: str) -> str:  # noqa: ARG002
        return self.test_database.get_secret_value()


@dataclass
class Request:
    """One request as the fake requests service knows it."""

    number: int
    requester: v1.Person
    title: str
    id: UUID = field(default_factory=uuid4)
    version: int = 0
    status: Status = Status.OPEN
    assignee: v1.Person | None = None
    rejection: str | None = None
    reopening: str | None = None
    history: list[Envelope[Any]] = field(default_factory=list)
    timeline: list[v1.TimelineEntry] = field(default_factory=list)
    attachments: list[v1.CardAttachment] = field(default_factory=list)
    comments: list[v1.Comment] = field(default_factory=list)
    notes: list[v1.Comment] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    """Further fields of its card."""


class Desk:
    """A requests service that decides nothing: what the test says has happened, has happened.

    `away` answers 503 to everything; `shown` overrides the card of a request, to be older than it is.
    """

    def __init__(self) -> None:
        self.people: dict[UUID, v1.Person] = {}
        self.requests: dict[UUID, Request] = {}
        self.shown: dict[UUID, v1.Card] = {}
        self.asked: list[str] = []
        self.categories: dict[UUID, ManagedCategory] = {}
        self.organisation = ManagedOrganisation(settings=())
        self.away = False
        self.replies: list[Reply] = []
        self.own: list[OwnText] = []
        self.tree = TreeDesk()
        self.hidden: set[tuple[UUID, UUID]] = set()
        """Pairs of a request and one of the staff who may not see it: they are limited to other places."""
        self.places: dict[str, Place] = {}
        self.groups: dict[int, StaffGroup] = {}
        self.topics: dict[UUID, Topic] = {}
        """Where requests belong in groups; at first in that of the school."""
        self.outside: set[tuple[UUID, int]] = set()
        """Requests that do not appear in a group."""

    def bind(self, chat_id: int, *, language: str = "ru", forum: bool = True) -> Envelope[Any]:
        """Requests appear in a group."""
        self.groups[chat_id] = StaffGroup(
            chat_id=chat_id, by=GroupBy.SITE, title="Хозчасть", forum=forum, language=language
        )
        return self._bound(chat_id)

    def move(self, old: int, new: int) -> Envelope[Any]:
        """The group has another id."""
        self.groups[new] = self.groups.pop(old).model_copy(update={"chat_id": new})
        return self._bound(new, old)

    def _bound(self, chat_id: int, former: int | None = None) -> Envelope[Any]:
        group = self.groups[chat_id]
        data = GroupBound(
            group_id=uuid4(),
            chat_id=chat_id,
            former_chat_id=former,
            by=group.by,
            language=group.language,
            occurred_at=datetime.now(UTC),
        )
        return wrap(data, source=REQUESTS, subject=f"group/{data.group_id}", version=1)

    def unbind(self, chat_id: int, reason: UnboundReason, by: v1.Person | None = None) -> Envelope[Any]:
        """Requests appear there no more."""
        group = self.groups.pop(chat_id)
        data = GroupUnbound(
            group_id=uuid4(),
            chat_id=chat_id,
            title=group.title,
            language=group.language,
            reason=reason,
            actor_id=by.person_id if by else None,
            occurred_at=datetime.now(UTC),
        )
        return wrap(data, source=REQUESTS, subject=f"group/{data.group_id}", version=2)

    def moved(self, request_id: UUID, by: v1.Person, place: str) -> Envelope[Any]:
        """A request is in another place."""
        request = self.requests[request_id]
        data = {"title": request.title, "priority": Priority.MEDIUM, "former_title": request.title}
        data |= {"former_priority": Priority.MEDIUM, "place": place}
        return self._happened(request, by, events.RequestEdited, request.status, 0, data)

    def person(self, telegram_id: int, name: str, role: Role = Role.REQUESTER, language: str = "ru") -> v1.Person:
        """Somebody the service knows."""
        person = v1.Person(
            person_id=uuid4(),
            telegram_id=telegram_id,
            name=name,
            role=role,
            language=language,
            active=True,
            reachable=True,
            registered_at=datetime.now(UTC),
        )
        self.people[person.person_id] = person
        return person

    def change(self, person: v1.Person, **fields: Any) -> v1.Person:
        """Know them anew."""
        changed = person.model_copy(update=fields)
        self.people[person.person_id] = changed
        return changed

    def created(self, requester: v1.Person, title: str = "Течёт кран в 214", *, ago: float = 0) -> Envelope[Any]:
        """Somebody filed a request."""
        request = Request(len(self.requests) + 1, requester, title)
        self.requests[request.id] = request
        data = {"title": title, "priority": Priority.MEDIUM, "requester_id": requester.person_id}
        return self._happened(request, requester, events.RequestCreated, Status.OPEN, ago, data)

    def taken(self, request_id: UUID, by: v1.Person, *, ago: float = 0) -> Envelope[Any]:
        """Somebody took it."""
        request = self.requests[request_id]
        request.assignee = by
        data = {"assignee_id": by.person_id}
        return self._happened(request, by, events.RequestTaken, Status.IN_PROGRESS, ago, data)

    def completed(self, request_id: UUID, by: v1.Person, *, ago: float = 0) -> Envelope[Any]:
        """The work is done."""
        return self._happened(self.requests[request_id], by, events.RequestCompleted, Status.COMPLETED, ago, {})

    def rejected(self, request_id: UUID, by: v1.Person, reason: str) -> Envelope[Any]:
        """A manager said no."""
        request = self.requests[request_id]
        request.rejection = reason
        return self._happened(request, by, events.RequestRejected, Status.REJECTED, 0, {"text_id": uuid4()})

    def reopened(self, request_id: UUID, by: v1.Person, reason: str) -> Envelope[Any]:
        """It is not fixed."""
        request = self.requests[request_id]
        former, request.assignee, request.reopening = request.assignee, None, reason
        data = {"text_id": uuid4(), "assignee_id": former.person_id if former else None}
        return self._happened(request, by, events.RequestReopened, Status.OPEN, 0, data)

    def confirmed(self, request_id: UUID, by: v1.Person, rating: int) -> Envelope[Any]:
        """The requester says that it is fixed."""
        request = self.requests[request_id]
        return self._happened(request, by, events.RequestConfirmed, Status.COMPLETED, 0, {"rating": rating})

    def worked(
        self,
        request_id: UUID,
        by: v1.Person | None,
        event: type[events.RequestEvent],
        status: Status,
        *,
        ago: float = 0,
        **data: Any,
    ) -> Envelope[Any]:
        """Something of the work happened; by nobody: its time has come."""
        request = self.requests[request_id]
        if event is events.RequestAssigned:
            request.assignee = self.people[data["assignee_id"]]
        return self._happened(request, by, event, status, ago, data)

    def written_down(self, request_id: UUID, by: v1.Person, words: str) -> Envelope[Any]:
        """The staff has a note more."""
        request, text_id = self.requests[request_id], uuid4()
        request.notes.append(v1.Comment(text_id=text_id, author=_brief(by), at=datetime.now(UTC), text=words))
        return self._happened(request, by, events.RequestNoted, request.status, 0, {"text_id": text_id})

    def attached(self, request_id: UUID, file_name: str | None = None) -> v1.CardAttachment:
        """The request has a file, of which the files service has not said anything yet."""
        attachment = v1.CardAttachment(
            attachment_id=uuid4(),
            kind=AttachmentKind.DOCUMENT if file_name else AttachmentKind.PHOTO,
            file_name=file_name,
            status=v1.AttachmentStatus.PENDING,
        )
        self.requests[request_id].attachments.append(attachment)
        return attachment

    def noted(self, request_id: UUID, attachment_id: UUID, reason: AttachmentRefusalReason) -> None:
        """What the files service said of a file has arrived."""
        request = self.requests[request_id]
        changed = {"status": v1.AttachmentStatus.REFUSED, "reason": reason.value}
        request.attachments = [
            one.model_copy(update=changed) if one.attachment_id == attachment_id else one for one in request.attachments
        ]

    def commented(
        self, request_id: UUID, by: v1.Person, words: str, *, attachments: int = 0, ago: float = 0
    ) -> Envelope[Any]:
        """Somebody said something about it."""
        request, text_id = self.requests[request_id], uuid4()
        said = v1.Comment(text_id=text_id, author=_brief(by), at=datetime.now(UTC), text=words, attachments=attachments)
        request.comments.append(said)
        data = {"text_id": text_id, "attachments": attachments}
        return self._happened(request, by, events.RequestCommented, request.status, ago, data)

    def added(self, request_id: UUID, by: v1.Person, *, alone: bool = True) -> Envelope[Any]:
        """The request has a further file."""
        request = self.requests[request_id]
        request.version += 1
        shown = self.attached(request_id)
        file = AddedFile(attachment_id=shown.attachment_id, kind=shown.kind, file_id="f", file_unique_id="u")
        data = AttachmentAdded(
            request_id=request_id,
            attachment=file,
            uploader_id=by.person_id,
            alone=alone,
            occurred_at=datetime.now(UTC),
        )
        happened = wrap(data, source=REQUESTS, subject=f"request/{request_id}", version=request.version)
        request.history.append(happened)
        return happened

    def _happened(
        self, request: Request, by: v1.Person | None, event: Any, status: Status, ago: float, data: dict[str, Any]
    ) -> Envelope[Any]:
        at = datetime.now(UTC) - timedelta(seconds=ago)
        request.version += 1
        request.status = status
        if event not in (events.RequestCommented, events.RequestNoted, events.RequestEdited):
            step, assignee = v1.Step(event.TYPE.split(".")[-2]), request.assignee
            whom = _brief(assignee) if event is events.RequestAssigned and assignee else None
            request.timeline.append(v1.TimelineEntry(step=step, at=at, by=_brief(by) if by else None, assignee=whom))
        actor_id = by.person_id if by else None
        payload = event(request_id=request.id, number=request.number, actor_id=actor_id, occurred_at=at, **data)
        happened = wrap(payload, source=REQUESTS, subject=f"request/{request.id}", version=request.version, time=at)
        request.history.append(happened)
        return happened

    def card(self, request: Request, viewer: v1.Person) -> v1.Card:
        """The request as somebody sees it."""
        staff = viewer.role is not Role.REQUESTER
        actions: tuple[Action, ...] = ()
        if staff and request.status is Status.OPEN:
            actions = (Action.TAKE, Action.REJECT)
        elif staff and request.status is Status.IN_PROGRESS:
            actions = (Action.COMPLETE, Action.REJECT)
        elif request.status is Status.COMPLETED and viewer.person_id == request.requester.person_id:
            actions = (Action.CONFIRM, Action.REOPEN)
        return v1.Card(
            request_id=request.id,
            number=request.number,
            version=request.version,
            status=request.status,
            priority=Priority.MEDIUM,
            title=request.title,
            description="",
            requester=_brief(request.requester),
            assignee=_brief(request.assignee) if request.assignee else None,
            rejection=request.rejection,
            reopening=request.reopening,
            timeline=tuple(request.timeline),
            attachments=tuple(request.attachments),
            comments=tuple(request.comments[-5:]),
            comments_total=len(request.comments),
            notes=tuple(request.notes[-1:]) if staff else (),
            notes_total=len(request.notes) if staff else 0,
            allowed_actions=(*actions, Action.NOTE) if staff and request.notes else actions,
            **request.more,
        )

    def audience(self, request: Request) -> v1.Audience:
        """Who may hear of it."""

        def relation(person: v1.Person) -> v1.Relation:
            if person.person_id == request.requester.person_id:
                return v1.Relation.REQUESTER
            if request.assignee is not None and person.person_id == request.assignee.person_id:
                return v1.Relation.ASSIGNEE
            return v1.Relation.MANAGER if person.role is Role.MANAGER else v1.Relation.TECHNICIAN

        members = tuple(
            v1.AudienceMember(
                person_id=person.person_id,
                relation=relation(person),
                role=person.role,
                chat_id=person.telegram_id,
                language=person.language,
                reachable=person.reachable,
                reads_notes=person.role is not Role.REQUESTER,
            )
            for person in self.people.values()
            if person.active and self._may_see(request, person)
        )
        return v1.Audience(
            request_id=request.id,
            number=request.number,
            version=request.version,
            status=request.status,
            assignee_id=request.assignee.person_id if request.assignee else None,
            members=members,
            groups=tuple(
                v1.AudienceGroup(
                    chat_id=group.chat_id,
                    language=group.language,
                    inside=(request.id, group.chat_id) not in self.outside,
                )
                for group in self.groups.values()
            ),
        )

    def _may_see(self, request: Request, person: v1.Person) -> bool:
        if (request.id, person.person_id) in self.hidden:
            return False
        return person.role is not Role.REQUESTER or person.person_id == request.requester.person_id

    def app(self) -> web.Application:
        """The read API."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/v1/people/{as}", self._get_person)
        app.router.add_get("/v1/people/{as}/data/{part}", self._get_own)
        app.router.add_get("/v1/profiles/{id}", self._get_profile)
        app.router.add_get("/v1/places/by-code/{code}", self._get_place)
        app.router.add_get("/v1/replies", self._get_replies)
        app.router.add_get("/v1/requests", self._get_queue)
        app.router.add_get("/v1/managers", self._get_managers)
        app.router.add_get("/v1/cards", self._get_cards)
        app.router.add_get("/v1/audiences", self._get_audiences)
        app.router.add_get("/v1/requests/{id}/card", self._get_card)
        app.router.add_get("/v1/requests/{id}/comments/{text_id}", self._get_comment)
        app.router.add_get("/v1/requests/{id}/notes/{text_id}", self._get_note)
        app.router.add_get("/v1/requests/{id}/events", self._get_events)
        self.tree.add_to(app)
        app.router.add_get("/v1/categories/{id}", self._get_category)
        app.router.add_get("/v1/settings", self._get_settings)
        app.router.add_get("/v1/groups/{chat}", self._get_group)
        app.router.add_get("/v1/group-keepers", self._get_keepers)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.away:
            return web.json_response({"status": 503, "code": "unavailable"}, status=503)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"status": 401, "code": "unauthorized"}, status=401)
        try:
            response: web.StreamResponse = await handler(request)
        except KeyError:
            return web.json_response({"status": 404, "code": "not_found"}, status=404)
        except PermissionError as error:
            return web.json_response({"status": 403, "code": str(error)}, status=403)
        return response

    async def _get_category(self, request: web.Request) -> web.Response:
        self._managing(request)
        return _json(self.categories[UUID(request.match_info["id"])])

    async def _get_settings(self, request: web.Request) -> web.Response:
        self._managing(request)
        return _json(self.organisation)

    def _managing(self, request: web.Request) -> None:
        if self._active(request.query["as"]).role is not Role.MANAGER:
            raise PermissionError("forbidden")

    def _viewer(self, as_: str) -> v1.Person:
        if as_.startswith("tg:"):
            found = next((one for one in self.people.values() if one.telegram_id == int(as_[3:])), None)
            if found is None:
                raise KeyError(as_)
            return found
        return self.people[UUID(as_)]

    def _active(self, as_: str) -> v1.Person:
        viewer = self._viewer(as_)
        if not viewer.active:
            raise PermissionError("deactivated")
        return viewer

    async def _get_person(self, request: web.Request) -> web.Response:
        return _json(self._viewer(request.match_info["as"]))

    async def _get_profile(self, request: web.Request) -> web.Response:
        """Of anybody, to every active manager."""
        viewer = self._active(request.query["as"])
        if viewer.role is not Role.MANAGER:
            raise PermissionError("forbidden")
        about = self.people[UUID(request.match_info["id"])]
        shown = Profile(
            person_id=about.person_id,
            name=about.name,
            role=about.role,
            active=about.active,
            reachable=about.reachable,
            areas=tuple(self.places.values()) if about.role is Role.TECHNICIAN else (),
            seen_at=about.registered_at,
            registered_at=about.registered_at,
            yourself=about.person_id == viewer.person_id,
        )
        return _json(shown)

    async def _get_replies(self, request: web.Request) -> web.Response:
        """To the staff; `managed`, to managers."""
        role, managed = self._active(request.query["as"]).role, request.query["managed"] == "1"
        if role is Role.REQUESTER or (managed and role is not Role.MANAGER):
            raise PermissionError("forbidden")
        return _json(Replies(tuple(one for one in self.replies if one.language == request.query["language"])))

    async def _get_place(self, request: web.Request) -> web.Response:
        return _json(self.places[request.match_info["code"]])

    async def _get_own(self, request: web.Request) -> web.Response:
        """`own` texts, a page after another, of whoever asks."""
        self._active(request.match_info["as"])
        first = int(request.query["after"] or "0")
        texts = self.own[first : first + PAGE] if request.match_info["part"] == DataPart.TEXTS else []
        following = str(first + PAGE) if texts and first + PAGE < len(self.own) else None
        return _json(DataPage(texts=tuple(texts), next=following))

    async def _get_card(self, request: web.Request) -> web.Response:
        viewer, asked = self._active(request.query["as"]), self.requests[UUID(request.match_info["id"])]
        return _json(self._shown_to(viewer, asked))

    def _shown_to(self, viewer: v1.Person, asked: Request) -> v1.Card:
        if not self._may_see(asked, viewer):
            raise PermissionError("forbidden")
        return self.shown.get(asked.id) or self.card(asked, viewer)

    async def _get_comment(self, request: web.Request) -> web.Response:
        viewer, asked = self._active(request.query["as"]), self.requests[UUID(request.match_info["id"])]
        if not self._may_see(asked, viewer):
            raise PermissionError("forbidden")
        found = {str(comment.text_id): comment for comment in asked.comments}
        return _json(found[request.match_info["text_id"]])

    async def _get_note(self, request: web.Request) -> web.Response:
        viewer, asked = self._active(request.query["as"]), self.requests[UUID(request.match_info["id"])]
        if viewer.role is Role.REQUESTER:
            raise PermissionError("forbidden")
        return _json({str(one.text_id): one for one in asked.notes}[request.match_info["text_id"]])

    async def _get_cards(self, request: web.Request) -> web.Response:
        answers = []
        for request_id, _, person_id in (one.partition(":") for one in request.query.getall("of")):
            try:
                if person_id.startswith(AS_GROUP):
                    answers.append(v1.CardAnswer(group=self._group_card(UUID(request_id), person_id)))
                    continue
                card = self._shown_to(self._active(person_id), self.requests[UUID(request_id)])
                answers.append(v1.CardAnswer(card=card))
            except KeyError:
                answers.append(v1.CardAnswer(denied="not_found"))
            except PermissionError as error:
                answers.append(v1.CardAnswer(denied=str(error)))
        return _json(v1.CardAnswers(tuple(answers)))

    def _group_card(self, request_id: UUID, as_: str) -> GroupCard:
        request, chat_id = self.requests[request_id], int(as_.removeprefix(AS_GROUP))
        if chat_id not in self.groups:
            raise KeyError(chat_id)
        if (request_id, chat_id) in self.outside:
            raise PermissionError("forbidden")
        closed = request.status in (Status.COMPLETED, Status.REJECTED)
        actions = {Status.OPEN: (Action.TAKE, Action.REJECT), Status.IN_PROGRESS: (Action.COMPLETE, Action.REJECT)}
        return GroupCard(
            request_id=request.id,
            number=request.number,
            version=request.version,
            status=request.status,
            priority=Priority.MEDIUM,
            title=request.title,
            description="",
            created_at=request.timeline[0].at,
            comments=len(request.comments),
            closed=closed,
            topic=self.topics.get(request_id, Topic(key="site:school", name="Школа")),
            allowed_actions=actions.get(request.status, ()),
        )

    async def _get_group(self, request: web.Request) -> web.Response:
        return _json(self.groups[int(request.match_info["chat"])])

    async def _get_keepers(self, _: web.Request) -> web.Response:
        return _json(
            Keepers(
                tuple(
                    Keeper(
                        person_id=one.person_id,
                        chat_id=one.telegram_id,
                        language=one.language,
                        reachable=one.reachable,
                    )
                    for one in self.people.values()
                    if one.role is Role.MANAGER
                )
            )
        )

    async def _get_audiences(self, request: web.Request) -> web.Response:
        asked = [self.requests[id] for id in map(UUID, request.query.getall("id")) if id in self.requests]
        return _json(v1.Audiences(tuple(self.audience(one) for one in asked)))

    async def _get_events(self, request: web.Request) -> web.Response:
        history = self.requests[UUID(request.match_info["id"])].history
        after = int(request.query["after"])
        return web.json_response(
            [e.model_dump(mode="json", exclude_none=True) for e in history if (e.version or 0) > after]
        )

    async def _get_managers(self, _: web.Request) -> web.Response:
        return web.json_response([])  # nobody is told how things stand, unless a test does it

    async def _get_queue(self, request: web.Request) -> web.Response:
        self._active(request.query["as"])
        assert request.query["view"] == "queue"
        closed = (Status.COMPLETED, Status.REJECTED)
        open_ = [one for one in self.requests.values() if one.status not in closed]
        size = int(request.query["size"])
        lines = tuple(
            v1.RequestLine(
                request_id=one.id,
                number=one.number,
                title=one.title,
                status=one.status,
                priority=Priority.MEDIUM,
                created_at=one.timeline[0].at,
            )
            for one in open_[:size]
        )
        return _json(v1.RequestPage(items=lines, page=1, pages=1, total=len(open_)))


def _brief(person: v1.Person) -> v1.PersonBrief:
    return v1.PersonBrief(person_id=person.person_id, name=person.name)


def _json(model: BaseModel) -> web.Response:
    return web.Response(text=model.model_dump_json(), content_type="application/json")


def registered(person: v1.Person) -> Envelope[Any]:
    """Somebody became known."""
    data = PersonRegistered(person_id=person.person_id, role=person.role, occurred_at=datetime.now(UTC))
    return wrap(data, source=REQUESTS, subject=f"person/{person.person_id}", version=1)


def role_changed(person: v1.Person, previous: Role) -> Envelope[Any]:
    """Somebody may do more, or less, than before."""
    data = PersonRoleChanged(
        person_id=person.person_id, role=person.role, previous=previous, occurred_at=datetime.now(UTC)
    )
    return wrap(data, source=REQUESTS, subject=f"person/{person.person_id}", version=2)


def started(person: v1.Person) -> Envelope[Any]:
    """The outcome of somebody's /start."""
    data = CommandDone(
        command_id=uuid4(),
        command_type=RegisterPerson.TYPE,
        person_id=person.person_id,
        origin=Origin(chat_id=person.telegram_id),
        language=person.language,
        changed=False,
    )
    return wrap(data, source=REQUESTS, subject=f"person/{person.person_id}")


def done(
    by: v1.Person,
    request: Request,
    *,
    command: str = TakeRequest.TYPE,
    message_id: int | None = None,
    query: str | None = None,
) -> Envelope[Any]:
    """The outcome of a command that had its effect."""
    origin = Origin(chat_id=by.telegram_id, message_id=message_id, callback_query_id=query)
    data = CommandDone(
        command_id=uuid4(),
        command_type=command,
        person_id=by.person_id,
        origin=origin,
        language=by.language,
        request_id=request.id,
        number=request.number,
        version=request.version,
    )
    return wrap(data, source=REQUESTS, subject=f"request/{request.id}")


def refused(
    by: v1.Person,
    reason: RefusalReason,
    request: Request | None = None,
    *,
    command: str = TakeRequest.TYPE,
    message_id: int | None = None,
    query: str | None = None,
    **values: Any,
) -> Envelope[Any]:
    """The outcome of a command that changed nothing."""
    about = {} if request is None else {"request_id": request.id, "number": request.number, "version": request.version}
    data = CommandRefused(
        command_id=uuid4(),
        command_type=command,
        person_id=by.person_id,
        origin=Origin(chat_id=by.telegram_id, message_id=message_id, callback_query_id=query),
        language=by.language,
        reason=reason,
        **about,
        **values,
    )
    return wrap(data, source=REQUESTS, subject="person")


def bound(
    by: v1.Person, chat_id: int, *, query: str | None = None, message_id: int | None = None, thread: int | None = None
) -> Envelope[Any]:
    """The outcome of /desk, or of a button under it."""
    origin = Origin(chat_id=chat_id, message_id=message_id, callback_query_id=query, thread_id=thread)
    data = CommandDone(
        command_id=uuid4(),
        command_type=BindGroup.TYPE,
        person_id=by.person_id,
        origin=origin,
        language=by.language,
    )
    return wrap(data, source=REQUESTS, subject="person")


def in_group(outcome: Envelope[Any], chat_id: int) -> Envelope[Any]:
    """The same outcome, of a press in a group."""
    origin = outcome.data.origin.model_copy(update={"chat_id": chat_id})
    return outcome.model_copy(update={"data": outcome.data.model_copy(update={"origin": origin})})


def file_refused(
    request_id: UUID, attachment_id: UUID, uploader: v1.Person, reason: AttachmentRefusalReason
) -> Envelope[Any]:
    """The files service does not keep a file."""
    data = AttachmentRefused(
        attachment_id=attachment_id,
        request_id=request_id,
        uploader_id=uploader.person_id,
        reason=reason,
        occurred_at=datetime.now(UTC),
    )
    return wrap(data, source="/zavhoz/files", subject=f"attachment/{attachment_id}", version=1)


def opening(
    by: v1.Person, request_id: UUID, *, query: str | None = None, message_id: int | None = None
) -> Envelope[Any]:
    """Somebody wants to see a card."""
    actor = Actor(telegram_id=by.telegram_id, name=by.name, seen_at=datetime.now(UTC))
    origin = Origin(chat_id=by.telegram_id, message_id=message_id, callback_query_id=query, language=by.language)
    data = OpenCard(request_id=request_id, actor=actor, origin=origin)
    return wrap(data, source="/zavhoz/gateway", subject=f"request/{request_id}")


@dataclass(frozen=True)
class Town:
    """The notifier with everything around it: people at Telegram, the desk, the broker, and its database."""

    desk: Desk
    sandbox: SandboxClient
    publisher: Publisher
    database: Database
    settings: TestSettings
    amqp_url: str
    health: Health = field(default_factory=Health)

    async def someone(self, telegram_id: int, name: str, role: Role = Role.REQUESTER, language: str = "ru") -> Someone:
        """A person who has written to the bot once."""
        at_telegram = await self.sandbox.person(telegram_id, name, language_code=language)
        await at_telegram.text("/start")
        return Someone(self, at_telegram, self.desk.person(telegram_id, name, role, language))

    async def publish(self, *messages: Envelope[Any]) -> None:
        """Say these to the notifier, in this order."""
        for message in messages:
            await self.publisher.publish(message)

    async def rows(self, sql: str, **given: Any) -> Sequence[Any]:
        """What the notifier's database answers."""
        async with self.database.transaction() as connection:
            return (await connection.execute(text(sql), given)).all()

    async def idle(self, *messages: Envelope[Any], timeout: float = 20.0) -> None:
        """Wait until these messages are taken and everything planned has ended."""
        ids = [message.id for message in messages]

        async def all_ended() -> bool:
            taken = await self.rows("SELECT count(*) FROM inbox WHERE message_id = ANY(:ids)", ids=ids)
            left = await self.rows("SELECT count(*) FROM deliveries WHERE finished_at IS NULL")
            return bool(taken[0][0] == len(ids) and left[0][0] == 0)

        await wait_until(all_ended, "every delivery has ended", timeout=timeout)

    async def taken(self, *messages: Envelope[Any], timeout: float = 20.0) -> None:
        """Wait until it is planned what these messages cause."""
        ids = [message.id for message in messages]

        async def all_taken() -> bool:
            taken = await self.rows("SELECT count(*) FROM inbox WHERE message_id = ANY(:ids)", ids=ids)
            return bool(taken[0][0] == len(ids))

        await wait_until(all_taken, "every message is taken", timeout=timeout)

    async def settle(self, *messages: Envelope[Any], timeout: float = 20.0) -> None:
        """Say these, and wait until everything they cause has ended."""
        await self.publish(*messages)
        await self.idle(*messages, timeout=timeout)

    async def states(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        return dict(await self.rows("SELECT state, count(*) FROM deliveries GROUP BY state"))

    async def writes(self, method: str | None = None, *, chat: int | None = None) -> list[dict[str, Any]]:
        """The calls that changed a chat, in order."""
        calls = await self.sandbox.calls(method)
        return [call for call in calls if call["method"] != "getMe" and chat in (None, call["chat"])]

    @contextlib.asynccontextmanager
    async def notifier(self, *roles: str, **changed: Any) -> AsyncIterator[Process]:
        """The notifier, running in this process as it does in its own."""
        settings = self.settings.model_copy(update=changed)
        health = Health()
        async with (
            bootstrap(settings, roles=frozenset(roles or ROLES), health=health) as process,
            running(process),
        ):
            yield process


@dataclass(frozen=True)
class Someone:
    """One person on both sides: at Telegram, and as the requests service knows them."""

    town: Town
    at_telegram: Person
    known: v1.Person

    @property
    def chat_id(self) -> int:
        """Their private chat."""
        return self.known.telegram_id

    def changed(self, **fields: Any) -> Self:
        """Known anew."""
        return replace(self, known=self.town.desk.change(self.known, **fields))

    async def chat(self) -> list[SeenMessage]:
        """What the bot has said in their chat."""
        return [message for message in await self.at_telegram.chat() if not message.mine]

    async def press(self, message: SeenMessage | int, *, label: str | None = None, data: str = "x") -> str:
        """Press a button, without waiting; returns the id of the press."""
        message_id = message if isinstance(message, int) else message.id
        given = {"message_id": message_id, "label": label, "data": None if label else data, "chat": None}
        pressed = await self.town.sandbox.post(f"people/{self.chat_id}/press", given)
        return str(pressed["callback_query_id"])

    async def draft(self, words: str = "Черновик") -> SeenMessage:
        """A message of the bot's with a button, as the gateway draws one."""
        keyboard = '{"inline_keyboard": [[{"text": "Отправить", "callback_data": "d:send"}]]}'
        base = self.town.settings.telegram_api_url.get_secret_value()
        token = self.town.settings.bot_token.get_secret_value()
        async with ClientSession() as session:
            given = {"chat_id": self.chat_id, "text": words, "reply_markup": keyboard}
            async with session.post(f"{base}/bot{token}/sendMessage", data=given) as response:
                message_id = (await response.json())["result"]["message_id"]
        return next(one for one in await self.chat() if one.id == message_id)


def command(
    kind: Any, someone: Someone, *, query: str | None = None, message: int | None = None, **given: Any
) -> Envelope[Any]:
    """A command about one's own settings, by a press or by a message."""
    actor = Actor(telegram_id=someone.chat_id, name=someone.known.name, seen_at=datetime.now(UTC))
    origin = Origin(chat_id=someone.chat_id, callback_query_id=query, message_id=message, language="ru")
    return wrap(kind(actor=actor, origin=origin, **given), source="/zavhoz/gateway", subject="person")


async def delete(town: Town, chat_id: int, message_id: int) -> None:
    """A message of the bot's is not there any more."""
    base, token = town.settings.telegram_api_url.get_secret_value(), town.settings.bot_token.get_secret_value()
    async with ClientSession() as session:
        given = {"chat_id": chat_id, "message_id": message_id}
        async with session.post(f"{base}/bot{token}/deleteMessage", data=given) as response:
            assert response.status == 200


def main() -> int:
    """The notifier as a process of its own."""
    return run("notifier", TestSettings, bootstrap, roles=ROLES, arguments=["run"])


if __name__ == "__main__":
    sys.exit(main())
