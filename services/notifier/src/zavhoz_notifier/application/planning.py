"""Events, outcomes and openings become deliveries, in the transaction that notes that they were seen."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.v1 import (
    Album,
    AttachmentStatus,
    AudienceMember,
    Card,
    Comment,
    Person,
    Relation,
    RequestPage,
    View,
)
from zavhoz_contracts.cards.v1.commands import OpenCard, SendPhotos
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.errors import Transient
from zavhoz_contracts.files.v1.events import AttachmentAdded, AttachmentRefused
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.people.v1.commands import ErasePerson, RegisterPerson, SetLanguage
from zavhoz_contracts.people.v1.events import PersonErased, PersonRegistered, PersonRoleChanged
from zavhoz_contracts.requests.v1.commands import CommentRequest, JoinRequest
from zavhoz_contracts.requests.v1.events import RequestCommented, RequestEvent, RequestReopened
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_contracts.settings.v1.commands import SettingsCommand
from zavhoz_messaging import inbox
from zavhoz_messaging.delivery import Delivery as Taken
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_notifier import metrics
from zavhoz_notifier.application.preferences import Errand, Preferences
from zavhoz_notifier.application.quieting import Quieting
from zavhoz_notifier.application.reads import ManyReads, Reads
from zavhoz_notifier.application.showing import Showing
from zavhoz_notifier.application.words import attachment_refused, done_toast, notice_text, refusal
from zavhoz_notifier.domain.audience import Notice, deliveries_of, redrawn, told_of
from zavhoz_notifier.domain.coalescing import coalesced
from zavhoz_notifier.domain.delivery import Delivery, Placement, Told, Urgency, answer, card, menu, notice
from zavhoz_notifier.store import Connection, cards, deliveries
from zavhoz_telegram.menu import menu_of
from zavhoz_telegram.texts import Texts

_log = structlog.get_logger("zavhoz.notifier")
_REQUESTS = "/zavhoz/requests"
Plan = Sequence[Delivery] | Errand
_OPEN_CARDS = 10
_EARLY = 2
"""In so many attempts, a second apart at least, somebody may still be on their way to be known."""
_AT_ONCE = 8
"""So many plans ask the read API by themselves at the same time."""


class ReadApi(ManyReads, Protocol):
    """The read API of the requests service (`zavhoz_contracts.api.client`)."""

    async def person(self, as_: str) -> Person:
        """The person themselves."""
        ...

    async def card(self, request_id: UUID, as_: str) -> Card:
        """One request as this person sees it."""
        ...

    async def comment(self, request_id: UUID, text_id: UUID, as_: str) -> Comment:
        """One comment, as this person may read it."""
        ...

    async def requests(self, as_: str, view: View, page: int = 1, size: int = 8) -> RequestPage:
        """One page of a list."""
        ...

    async def album(self, request_id: UUID, as_: str) -> Album:
        """The files of a request."""
        ...

    async def request_events(self, request_id: UUID, after: int = 0) -> tuple[Envelope[Any], ...]:
        """A request's events above a version."""
        ...


class NotYetNoted(Transient):
    """What the files service said has not reached the requests service yet."""


class Planner:
    """Plans what is to be said. `planned` is called after each commit of a plan, to wake the sender."""

    def __init__(self, database: Database, api: ReadApi, texts: Texts, time_zone: ZoneInfo, planned: Any) -> None:
        self._database = database
        self._api = api
        self._reads = Reads(api)
        self._alone = asyncio.Semaphore(_AT_ONCE)
        self._texts = texts
        self._time_zone = time_zone
        self._preferences = Preferences(database, api, self._reads.audience, texts, time_zone)
        self._showing = Showing(api, texts)
        self._quieting = Quieting(time_zone)
        self._planned = planned

    async def handle(self, taken: Sequence[Taken]) -> None:
        """Plan for a group of messages of any kind; what was planned before has no effect again."""
        envelopes = await self._with_gaps_filled([one.envelope for one in taken])
        early = {one.envelope.id for one in taken if one.attempt < _EARLY}
        plans = list(zip(envelopes, await self._plans(envelopes, early), strict=True))
        contacts = {person_id for envelope, plan in plans for person_id in _in_contact(envelope.data, plan)}

        async def write(connection: Connection) -> int:
            claimed = await inbox.claim(connection, [(envelope.id, envelope.type) for envelope in envelopes])
            fresh = [
                replace(one, traceparent=envelope.traceparent)
                for envelope, plan in plans
                if envelope.id in claimed
                for one in (await plan(connection) if callable(plan) else plan)
            ]
            wanted = await self._quieting.said_now(connection, list({one.id: one for one in fresh}.values()))
            written = await deliveries.plan(connection, coalesced(wanted))
            metrics.COALESCED.inc(len(wanted) - written)
            await cards.see(connection, _sequences(envelopes))
            await cards.mark_reachable(connection, contacts)
            await reached(Point.PLANNED)
            return written

        written = await self._database.run(write)
        await reached(Point.PLAN_KEPT)
        if written:
            self._planned()

    async def _with_gaps_filled(self, envelopes: Sequence[Envelope[Any]]) -> list[Envelope[Any]]:
        """The messages, and before each event of a request those of the same request that never came."""
        complete: dict[UUID, Envelope[Any]] = {}
        subjects = {envelope.subject for envelope in envelopes if _request_in_sequence(envelope)}
        async with self._database.statements() as connection:
            seen = await cards.seen(connection, _REQUESTS, subjects)
        for envelope in envelopes:
            request_id = _request_in_sequence(envelope)
            if request_id is not None and envelope.version is not None:
                last = seen.get(envelope.subject, 0)
                if envelope.version > last + 1:
                    missed = await self._api.request_events(request_id, after=last)
                    older = [event for event in missed if event.version and event.version < envelope.version]
                    if older:
                        _log.info("fetched events that did not come", subject=envelope.subject, events=len(older))
                    complete.update({event.id: event for event in older if event.id not in complete})
                seen[envelope.subject] = max(last, envelope.version)
            complete.setdefault(envelope.id, envelope)
        return list(complete.values())

    async def _plans(self, envelopes: Sequence[Envelope[Any]], early: AbstractSet[UUID]) -> list[Plan]:
        """The plan for each, made side by side, so that what several need to know is asked for together."""
        talked_of = (RequestCommented, RequestReopened)
        commented = {one.data.request_id for one in envelopes if isinstance(one.data, talked_of)}
        async with self._database.statements() as connection:
            shown = await cards.chats_with_card(connection, commented)
        planning = (self._plan(one, shown, one.id in early) for one in envelopes)
        plans = await asyncio.gather(*planning, return_exceptions=True)
        for plan in plans:
            if isinstance(plan, BaseException):
                raise plan
        return [plan for plan in plans if not isinstance(plan, BaseException)]

    async def _plan(self, envelope: Envelope[Any], shown: Mapping[UUID, AbstractSet[int]], early: bool) -> Plan:
        if isinstance(envelope.data, RequestEvent):
            with_card = shown.get(envelope.data.request_id, frozenset())
            return await self._for_event(envelope.id, envelope.data, with_card)
        async with self._alone:
            return await self._plan_alone(envelope, early)

    async def _plan_alone(self, envelope: Envelope[Any], early: bool) -> Plan:
        data = envelope.data
        match data:
            case PersonErased() | SettingsCommand() | CommandDone(command_type=SetLanguage.TYPE | ErasePerson.TYPE):
                return await self._personal(envelope.id, data, early=early)
            case AttachmentRefused():
                return await self._for_refused_file(envelope.id, data)
            case AttachmentAdded(alone=True):
                return await self._for_attachment(envelope.id, data)
            case PersonRegistered(role=Role.REQUESTER):
                return ()  # they have what everybody has
            case PersonRegistered() | PersonRoleChanged():
                return await self._for_new_role(envelope.id, data.person_id)
            case CommandDone(command_type=RegisterPerson.TYPE, person_id=UUID() as person_id):
                return await self._for_start(envelope.id, person_id)
            case CommandDone():
                return self._for_done(envelope.id, data)
            case CommandRefused():
                return self._for_refused(envelope.id, data)
            case OpenCard() | SendPhotos():
                return await self._for_asked(envelope.id, data)
            case _:
                return ()

    async def _personal(
        self, cause_id: UUID, data: PersonErased | SettingsCommand | CommandDone, *, early: bool
    ) -> Errand:
        match data:
            case PersonErased():
                return await self._preferences.erased(cause_id, data)
            case CommandDone():
                return await self._preferences.done(cause_id, data)
            case _:
                return await self._preferences.about(cause_id, data, early=early)

    async def _for_event(self, cause_id: UUID, event: RequestEvent, with_card: AbstractSet[int]) -> Sequence[Delivery]:
        try:
            audience = await self._reads.audience(event.request_id)
        except NotFound:
            return ()
        now = datetime.now(UTC)
        notices, high = await self._notices(event, told_of(event, audience, now, with_card))
        return deliveries_of(cause_id, event, audience, now, notices, high=high)

    async def _notices(self, event: RequestEvent, members: Sequence[AudienceMember]) -> tuple[dict[UUID, Notice], bool]:
        """What each of them is told, and whether it is about a request of high priority.

        What one sees of a request, and may do, depends on one's role and relation to it: each is asked for once.
        """
        seen: dict[tuple[Role, Relation], tuple[Card, Comment | None]] = {}
        notices: dict[UUID, Notice] = {}
        for member in members:
            try:
                if (member.role, member.relation) not in seen:
                    seen[member.role, member.relation] = await self._seen(event, member.person_id)
            except (NotFound, Forbidden):
                continue  # no longer one of the audience
            shown, comment = seen[member.role, member.relation]
            t = self._texts.for_language(member.language)
            notices[member.person_id] = notice_text(event, shown, t, self._time_zone, comment)
        return notices, any(shown.priority is Priority.HIGH for shown, _ in seen.values())

    async def _seen(self, event: RequestEvent, person_id: UUID) -> tuple[Card, Comment | None]:
        shown = await self._reads.card(event.request_id, person_id)
        if not isinstance(event, RequestCommented):
            return shown, None
        on_card = next((comment for comment in shown.comments if comment.text_id == event.text_id), None)
        return shown, on_card or await self._api.comment(event.request_id, event.text_id, str(person_id))

    async def _for_attachment(self, cause_id: UUID, added: AttachmentAdded) -> Sequence[Delivery]:
        try:
            return redrawn(cause_id, await self._reads.audience(added.request_id))
        except NotFound:
            return ()

    async def _for_refused_file(self, cause_id: UUID, file: AttachmentRefused) -> Sequence[Delivery]:
        """The uploader is told what is wrong and what to do; whoever has the card sees that a file is missing.

        Raises:
            NotYetNoted: the requests service has not heard of it yet, so cards drawn now would not show it.
        """
        try:
            uploader = await self._api.person(str(file.uploader_id))
            shown = await self._reads.card(file.request_id, file.uploader_id)
            audience = await self._reads.audience(file.request_id)
        except (NotFound, Forbidden):
            return ()
        attachment = next((one for one in shown.attachments if one.attachment_id == file.attachment_id), None)
        if attachment is not None and attachment.status is AttachmentStatus.PENDING:
            raise NotYetNoted(f"attachment {file.attachment_id} is still pending")
        planned = list(redrawn(cause_id, audience))
        if uploader.reachable:
            name = attachment.file_name if attachment is not None else None
            text, rows = attachment_refused(file.reason, shown, name, self._texts.for_language(uploader.language))
            planned.append(
                notice(
                    cause_id,
                    uploader.telegram_id,
                    uploader.language,
                    text,
                    person_id=uploader.person_id,
                    request_id=file.request_id,
                    rows=rows,
                    told=Told("attachment_refused", high=shown.priority is Priority.HIGH),
                )
            )
        return planned

    async def _for_new_role(self, cause_id: UUID, person_id: UUID) -> Sequence[Delivery]:
        """The menu of who may do more, or less, than before; a new manager gets the cards of what is not closed."""
        try:
            person = await self._api.person(str(person_id))
            managing = person.role is Role.MANAGER
            page = await self._api.requests(str(person_id), View.QUEUE, size=_OPEN_CARDS) if managing else None
        except (NotFound, Forbidden):
            return ()
        return [
            self._menu(cause_id, person),
            *(
                card(cause_id, person.telegram_id, person.language, person_id, line.request_id, Placement.APPEAR)
                for line in (page.items if page else ())
            ),
        ]

    async def _for_start(self, cause_id: UUID, person_id: UUID) -> Sequence[Delivery]:
        """Who presses /start has the menu of their role from then on, whatever became of it before."""
        try:
            person = await self._api.person(str(person_id))
        except (NotFound, Forbidden):
            return ()
        return () if person.role is Role.REQUESTER else [self._menu(cause_id, person)]

    def _menu(self, cause_id: UUID, person: Person) -> Delivery:
        commands = (
            [] if person.role is Role.REQUESTER else menu_of(person.role, self._texts.for_language(person.language))
        )
        return menu(cause_id, person.telegram_id, person.language, person.person_id, commands)

    def _for_done(self, cause_id: UUID, done: CommandDone) -> Sequence[Delivery]:
        origin, t = done.origin, self._texts.for_language(done.language)
        planned: list[Delivery] = []
        if origin.callback_query_id:
            toast = done_toast(done, t)
            query = origin.callback_query_id
            planned.append(answer(cause_id, query, origin.chat_id, done.language, toast, person_id=done.person_id))
        if origin.message_id and done.person_id and done.request_id:
            planned.append(
                card(
                    cause_id,
                    origin.chat_id,
                    done.language,
                    done.person_id,
                    done.request_id,
                    Placement.CONVERT,
                    message_id=origin.message_id,
                    urgency=Urgency.NOW,
                )
            )
        # What was typed is answered by a message: the answer to a question, and a comment by a reply, too.
        if not origin.callback_query_id and (planned or done.command_type == CommentRequest.TYPE):
            said = html.escape(done_toast(done, t))
            planned.append(notice(cause_id, origin.chat_id, done.language, said, person_id=done.person_id))
        return planned

    def _for_refused(self, cause_id: UUID, refused: CommandRefused) -> Sequence[Delivery]:
        origin = refused.origin
        sentence = refusal(refused, self._texts.for_language(refused.language))
        if not origin.callback_query_id:
            said = html.escape(sentence)
            return [notice(cause_id, origin.chat_id, refused.language, said, person_id=refused.person_id)]
        query, who = origin.callback_query_id, refused.person_id
        planned = [answer(cause_id, query, origin.chat_id, refused.language, sentence, alert=True, person_id=who)]
        # A draft that could not be joined to a request stays a draft.
        on_card = refused.command_type != JoinRequest.TYPE
        if on_card and origin.message_id and refused.person_id and refused.request_id and refused.version:
            # The button was drawn for an older version: whoever pressed it sees how the request stands now.
            planned.append(
                card(
                    cause_id,
                    origin.chat_id,
                    refused.language,
                    refused.person_id,
                    refused.request_id,
                    Placement.CONVERT,
                    message_id=origin.message_id,
                )
            )
        return planned

    async def _for_asked(self, cause_id: UUID, asked: OpenCard | SendPhotos) -> Sequence[Delivery]:
        if isinstance(asked, SendPhotos):
            return await self._showing.asked(cause_id, asked)
        return await self._for_opening(cause_id, asked)

    async def _for_opening(self, cause_id: UUID, opening: OpenCard) -> Sequence[Delivery]:
        origin = opening.origin
        as_ = f"tg:{opening.actor.telegram_id}"
        try:
            person = await self._api.person(as_)
            await self._api.card(opening.request_id, as_)
        except (NotFound, Forbidden) as error:
            key = "opening.deactivated" if error.reason == "deactivated" else "opening.not_allowed"
            sentence = self._texts.for_language(origin.language).plain(key)
            if origin.callback_query_id is None:
                return [notice(cause_id, origin.chat_id, origin.language, html.escape(sentence))]
            return [answer(cause_id, origin.callback_query_id, origin.chat_id, origin.language, sentence, alert=True)]
        planned = [
            card(
                cause_id,
                origin.chat_id,
                person.language,
                person.person_id,
                opening.request_id,
                Placement.CONVERT if origin.message_id else Placement.NEW,
                message_id=origin.message_id,
                urgency=Urgency.NOW,
            )
        ]
        if origin.callback_query_id is not None:
            query, who = origin.callback_query_id, person.person_id
            planned.append(answer(cause_id, query, origin.chat_id, person.language, person_id=who))
        return planned


def _in_contact(data: Any, plan: Plan) -> set[UUID]:
    """Whom a message shows to be there: they pressed or wrote something."""
    if isinstance(data, CommandDone | CommandRefused):
        return {data.person_id} if data.person_id else set()
    if isinstance(data, OpenCard | SendPhotos) and not callable(plan):
        return {delivery.person_id for delivery in plan if delivery.person_id}
    return set()


def _request_in_sequence(envelope: Envelope[Any]) -> UUID | None:
    if envelope.source == _REQUESTS and envelope.subject.startswith("request/") and envelope.sequence:
        return UUID(envelope.subject.removeprefix("request/"))
    return None


def _sequences(envelopes: Sequence[Envelope[Any]]) -> dict[tuple[str, str], int]:
    highest: dict[tuple[str, str], int] = {}
    for envelope in envelopes:
        if envelope.version is not None:
            key = (envelope.source, envelope.subject)
            highest[key] = max(highest.get(key, 0), envelope.version)
    return highest
