"""Events, outcomes and openings become deliveries, in the transaction that notes that they were seen."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.v1 import Person, View
from zavhoz_contracts.cards.v1.commands import OpenCard, SendPhotos
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.files.v1.events import AttachmentAdded, AttachmentRefused
from zavhoz_contracts.groups.v1.facts import GroupBound, GroupUnbound
from zavhoz_contracts.message import Role, Shows
from zavhoz_contracts.people.v1.commands import ErasePerson, RegisterPerson, SetLanguage
from zavhoz_contracts.people.v1.events import (
    PersonActivated,
    PersonAreasChanged,
    PersonErased,
    PersonRegistered,
    PersonRoleChanged,
)
from zavhoz_contracts.places.v1.commands import PlaceFileCommand
from zavhoz_contracts.requests.v1.events import RequestCommented, RequestEvent, RequestNoted, RequestReopened
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_contracts.settings.v1.commands import SettingsCommand
from zavhoz_messaging import inbox
from zavhoz_messaging.delivery import Delivery as Taken
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_notifier import metrics
from zavhoz_notifier.application.changing_many import CHANGING_MANY, ChangingMany
from zavhoz_notifier.application.groups import COMMANDS, Groups
from zavhoz_notifier.application.organising import ORGANISING, Organising
from zavhoz_notifier.application.outcomes import for_done, for_refused
from zavhoz_notifier.application.place_files import PlaceFiles
from zavhoz_notifier.application.preferences import Errand, Preferences
from zavhoz_notifier.application.quieting import Quieting
from zavhoz_notifier.application.reads import ReadApi, Reads
from zavhoz_notifier.application.replying import REPLYING, Replying
from zavhoz_notifier.application.showing import Showing
from zavhoz_notifier.application.staffing import MANAGING, PersonChanged, Staffing
from zavhoz_notifier.application.telling import Telling
from zavhoz_notifier.application.tree import TreePages
from zavhoz_notifier.domain.coalescing import coalesced
from zavhoz_notifier.domain.delivery import Delivery, Placement, Urgency, answer, card, menu, notice
from zavhoz_notifier.domain.groups import is_group
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


class Planner:
    """Plans what is to be said. `planned` is called after each commit of a plan, to wake the sender."""

    def __init__(
        self,
        database: Database,
        api: ReadApi,
        texts: Texts,
        time_zone: ZoneInfo,
        place_files: PlaceFiles,
        planned: Any,
    ) -> None:
        self._database = database
        self._api = api
        self._reads = Reads(api)
        self._alone = asyncio.Semaphore(_AT_ONCE)
        self._texts = texts
        self._telling = Telling(api, self._reads, texts, time_zone)
        self._preferences = Preferences(database, api, self._reads.audience, texts, time_zone)
        self._showing = Showing(api, texts)
        self._tree = TreePages(api, texts)
        self._place_files = place_files
        self._staffing = Staffing(database, api, texts, time_zone)
        organising, replying = Organising(api, texts, time_zone), Replying(api, texts)
        self._answering = {
            **dict.fromkeys(MANAGING, self._staffing.answered),
            **dict.fromkeys(ORGANISING, organising.answered),
            **dict.fromkeys(REPLYING, replying.answered),
            **dict.fromkeys(CHANGING_MANY, ChangingMany(texts).answered),
        }
        self._quieting = Quieting(time_zone)
        self._groups = Groups(api, self._reads.audience, texts)
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
        talked_of = (RequestCommented, RequestReopened, RequestNoted)
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
            return await self._telling.event(envelope.id, envelope.data, with_card)
        async with self._alone:
            data = envelope.data
            if isinstance(data, PersonChanged):
                return await self._for_changed(envelope.id, data)
            if _of_group(data):
                return await self._of_group(envelope.id, data)
            return await self._plan_alone(envelope, early)

    async def _plan_alone(self, envelope: Envelope[Any], early: bool) -> Plan:
        data = envelope.data
        match data:
            case PersonErased() | SettingsCommand() | CommandDone(command_type=SetLanguage.TYPE | ErasePerson.TYPE):
                return await self._personal(envelope.id, data, early=early)
            case AttachmentRefused():
                return await self._telling.refused_file(envelope.id, data)
            case AttachmentAdded(alone=True):
                return await self._telling.attachment(envelope.id, data)
            case PersonRegistered() if data.role is not Role.REQUESTER:  # who is one has what everybody has
                return await self._for_new_role(envelope.id, data.person_id)
            case CommandDone() | CommandRefused() if data.command_type in self._answering:
                return await self._answering[data.command_type](envelope.id, data)
            case CommandDone():
                return await self._for_done(envelope.id, data)
            case CommandRefused():
                return for_refused(envelope.id, data, self._texts.for_language(data.language))
            case OpenCard() | SendPhotos() | PlaceFileCommand():
                return await self._for_asked(envelope.id, data)
            case _:
                return ()

    async def _of_group(self, cause_id: UUID, data: GroupBound | GroupUnbound | CommandDone | CommandRefused) -> Plan:
        match data:
            case GroupBound():
                return await self._groups.bound(cause_id, data)
            case GroupUnbound():
                return await self._groups.unbound(cause_id, data)
            case CommandDone():
                return await self._groups.done(cause_id, data)
            case CommandRefused():
                return await self._groups.refused(cause_id, data)

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

    async def _for_changed(self, cause_id: UUID, changed: PersonChanged) -> Sequence[Delivery]:
        """What a manager did to somebody. A card that is to appear counts before the same one to be drawn anew."""
        said = await self._staffing.happened(cause_id, changed)
        if isinstance(changed, PersonRoleChanged | PersonActivated):
            return [*said, *await self._for_new_role(cause_id, changed.person_id)]
        if isinstance(changed, PersonAreasChanged):
            return [*said, *await self._for_start(cause_id, changed.person_id)]
        return said

    async def _for_new_role(self, cause_id: UUID, person_id: UUID) -> Sequence[Delivery]:
        """The menu of who may do more, or less, than before; a new manager gets the cards of what is not closed."""
        try:
            person = await self._api.person(str(person_id))
            managing = person.role is Role.MANAGER and person.active
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
        """Who presses /start has the menu of their role and places from then on, whatever became of it before."""
        try:
            person = await self._api.person(str(person_id))
        except (NotFound, Forbidden):
            return ()
        return () if person.role is Role.REQUESTER else [self._menu(cause_id, person)]

    def _menu(self, cause_id: UUID, person: Person) -> Delivery:
        of_everybody = person.role is Role.REQUESTER or not person.active
        commands = [] if of_everybody else menu_of(person, self._texts.for_language(person.language))
        return menu(cause_id, person.telegram_id, person.language, person.person_id, commands)

    async def _for_done(self, cause_id: UUID, done: CommandDone) -> Sequence[Delivery]:
        if done.command_type == RegisterPerson.TYPE and done.person_id is not None:
            return await self._for_start(cause_id, done.person_id)
        if done.origin.shows is Shows.PLACE:
            return await self._tree.done(cause_id, done)
        return for_done(cause_id, done, self._texts.for_language(done.language))

    async def _for_asked(self, cause_id: UUID, asked: OpenCard | SendPhotos | PlaceFileCommand) -> Sequence[Delivery]:
        if isinstance(asked, SendPhotos):
            return await self._showing.asked(cause_id, asked)
        if isinstance(asked, PlaceFileCommand):
            return await self._place_files.asked(cause_id, asked)
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


def _of_group(data: Any) -> bool:
    """Whether it is about a staff group, or was refused to somebody who pressed or wrote there."""
    if isinstance(data, CommandDone):
        return data.command_type in COMMANDS
    if isinstance(data, CommandRefused):
        return is_group(data.origin.chat_id)
    return isinstance(data, GroupBound | GroupUnbound)


def _in_contact(data: Any, plan: Plan) -> set[UUID]:
    """Whom a message shows to be there: they pressed or wrote something."""
    if isinstance(data, CommandDone | CommandRefused):
        return {data.person_id} if data.person_id else set()
    if isinstance(data, OpenCard | SendPhotos | PlaceFileCommand) and not callable(plan):
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
