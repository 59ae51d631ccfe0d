"""One's own settings: what the commands and outcomes about them change, and the pages that answer them.

What has to be read elsewhere is read first; what changes, and what is answered, is one transaction with the message's
inbox row. So each of them gives back work to be done there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_chassis import clock
from zavhoz_chassis.database import Database
from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.v1 import Audience, Card, Person
from zavhoz_contracts.errors import Transient
from zavhoz_contracts.message import Origin, Role, Shows
from zavhoz_contracts.people.v1.commands import ErasePerson
from zavhoz_contracts.people.v1.events import PersonErased
from zavhoz_contracts.requests.v1.outcomes import CommandDone
from zavhoz_contracts.settings.v1.commands import (
    MuteRequest,
    OpenSettings,
    SendData,
    SetDigest,
    SetQuietHours,
    SettingsCommand,
    SettingsPage,
)
from zavhoz_notifier.application.digests import USUAL_HOUR
from zavhoz_notifier.application.words import done_toast
from zavhoz_notifier.domain.audience import redrawn
from zavhoz_notifier.domain.delivery import Delivery, Placement, Urgency, answer, card, document, menu, screen
from zavhoz_notifier.domain.quiet import HOURS, QuietHours
from zavhoz_notifier.store import Connection, cards, digests, erasing, personal
from zavhoz_telegram.greeting import draw_greeting
from zavhoz_telegram.menu import menu_of
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.settings import SHOWN_MUTED, Daily, Shown, draw_settings, hours
from zavhoz_telegram.texts import Texts

Errand = Callable[[Connection], Awaitable[Sequence[Delivery]]]
"""Changes something in a transaction, and returns what is to be said."""
_REDRAWN: Final = 200
"""So many requests' cards lose a name at once; the others when they are drawn next."""
FORMS: Final = ("html", "json")


class NotKnownYet(Transient):
    """Somebody's first message and their settings were so close together that they are still being registered."""


class Reads(Protocol):
    """The read API, as far as settings need it."""

    async def person(self, as_: str) -> Person:
        """The person themselves."""
        ...

    async def card(self, request_id: UUID, as_: str) -> Card:
        """One request as this person sees it."""
        ...


class Preferences:
    """Answers what people do about their settings. Quiet hours are hours of the day in `zone`."""

    def __init__(
        self,
        database: Database,
        api: Reads,
        audience: Callable[[UUID], Awaitable[Audience]],
        texts: Texts,
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._api = api
        self._audience = audience
        self._texts = texts
        self._zone = zone

    async def about(self, cause_id: UUID, command: SettingsCommand, *, early: bool) -> Errand:
        """What a command changes and answers.

        Raises:
            NotKnownYet: nobody knows its sender, and it is `early` to say that this will stay so.
        """
        as_ = f"tg:{command.actor.telegram_id}"
        try:
            person = await self._api.person(as_)
            asked = command.request_id if isinstance(command, MuteRequest) else None
            request = await self._api.card(asked, as_) if asked else None
            wanted = isinstance(command, OpenSettings) and command.page is SettingsPage.MUTED
            listed = await self._muted(person, as_) if wanted else []
        except NotFound as error:
            if early:
                raise NotKnownYet(f"the sender of {cause_id} is not known yet") from error
            return self._refusal(cause_id, command.origin, command.origin.language, "settings.unknown")
        except Forbidden as error:
            key = "opening.deactivated" if error.reason == "deactivated" else "opening.not_allowed"
            return self._refusal(cause_id, command.origin, command.origin.language, key)
        if not person.active:
            return self._refusal(cause_id, command.origin, person.language, "opening.deactivated")

        async def errand(connection: Connection) -> Sequence[Delivery]:
            await cards.mark_reachable(connection, {person.person_id})
            return await self._do(connection, cause_id, command, person, request, listed)

        return errand

    async def done(self, cause_id: UUID, done: CommandDone) -> Errand:
        """What the outcome of a command about oneself answers."""
        if done.command_type == ErasePerson.TYPE:
            drawn = await self._without_them(cause_id, done.person_id) if done.person_id else []
            return self._farewell(cause_id, done, drawn)
        try:
            person = await self._api.person(str(done.person_id))
        except (NotFound, Forbidden):  # erased meanwhile
            return nothing
        person = person.model_copy(update={"language": done.language})

        async def errand(connection: Connection) -> Sequence[Delivery]:
            if done.origin.shows is Shows.GREETING:
                shown = draw_greeting(person.name, person.language, self._texts)
            else:
                shown = await self._page(connection, person, SettingsPage.MAIN)
            toast = done_toast(done, self._texts.for_language(done.language))
            said = self._answered(cause_id, done.origin, person, shown, toast)
            if person.role is Role.REQUESTER:
                return said
            commands = menu_of(person, self._texts.for_language(person.language))
            return [*said, menu(cause_id, person.telegram_id, person.language, person.person_id, commands)]

        return errand

    async def erased(self, cause_id: UUID, event: PersonErased) -> Errand:
        """Somebody is not to be known any more: not on the cards of others either."""
        drawn = await self._without_them(cause_id, event.person_id)

        async def errand(connection: Connection) -> Sequence[Delivery]:
            await erasing.erase(connection, event.person_id)
            return drawn

        return errand

    async def _without_them(self, cause_id: UUID, person_id: UUID) -> list[Delivery]:
        """The live cards of others, drawn anew: of requests that this person had cards of, which show their name."""
        async with self._database.transaction() as connection:
            request_ids = await cards.of_person(connection, person_id, _REDRAWN)
        drawn: list[Delivery] = []
        for request_id in request_ids:
            with contextlib.suppress(NotFound):
                drawn += redrawn(cause_id, await self._audience(request_id))
        return [one for one in drawn if one.person_id != person_id]

    async def _do(
        self,
        connection: Connection,
        cause_id: UUID,
        command: SettingsCommand,
        person: Person,
        request: Card | None,
        listed: Sequence[Card],
    ) -> Sequence[Delivery]:
        origin, t = command.origin, self._texts.for_language(person.language)
        match command:
            case OpenSettings():
                return self._answered(
                    cause_id, origin, person, await self._page(connection, person, command.page, listed)
                )
            case SetQuietHours(start=start, end=end):
                quiet = None if start is None or end is None else QuietHours.read(start, end)
                if quiet is None and (start, end) != (None, None):
                    return self._alert(cause_id, origin, person.language, "settings.quiet_nonsense", person.person_id)
                now = await clock.now(connection)
                until = quiet.until(now, self._zone) if quiet else None
                await personal.set_quiet(connection, person.person_id, quiet, until)
                said = hours((quiet.start, quiet.end), t) if quiet else t.plain("settings.quiet_never")
                page = await self._page(connection, person, SettingsPage.QUIET)
                return self._answered(cause_id, origin, person, page, t.plain("settings.quiet_set", hours=said))
            case SetDigest(hour=hour):
                return await self._set_digest(connection, cause_id, origin, person, hour)
            case MuteRequest() if request is None:
                await personal.unmute(connection, person.person_id, None)
                page = await self._page(connection, person, SettingsPage.MUTED)
                return self._answered(cause_id, origin, person, page, t.plain("settings.unmuted"))
            case MuteRequest(muted=muted) if request is not None:
                return await self._mute(connection, cause_id, origin, person, request, muted=muted)
            case SendData():
                said = t.plain("settings.data_soon")
                files = [document(cause_id, origin.chat_id, person.language, person.person_id, form) for form in FORMS]
                if origin.callback_query_id is None:
                    return files
                return [*self._toast(cause_id, origin, person, said), *files]
            case _:
                raise TypeError(f"nothing is known of {type(command).__name__}")

    async def _set_digest(
        self, connection: Connection, cause_id: UUID, origin: Origin, person: Person, hour: int | None
    ) -> Sequence[Delivery]:
        if hour is not None and not 0 <= hour < HOURS:
            return self._alert(cause_id, origin, person.language, "settings.quiet_nonsense", person.person_id)
        await digests.set_hour(connection, person.person_id, digests.NEVER if hour is None else hour)
        page = await self._page(connection, person, SettingsPage.DIGEST)
        return self._answered(cause_id, origin, person, page)

    async def _mute(
        self, connection: Connection, cause_id: UUID, origin: Origin, person: Person, request: Card, *, muted: bool
    ) -> Sequence[Delivery]:
        if muted:
            await personal.mute(connection, person.person_id, request.request_id)
        else:
            await personal.unmute(connection, person.person_id, request.request_id)
        key = "mute.done_on" if muted else "mute.done_off"
        said = self._texts.for_language(person.language).plain(key, number=request.number)
        drawn = card(
            cause_id,
            origin.chat_id,
            person.language,
            person.person_id,
            request.request_id,
            Placement.CONVERT if origin.message_id else Placement.NEW,
            message_id=origin.message_id,
            urgency=Urgency.NOW,
        )
        return [*self._toast(cause_id, origin, person, said), drawn]

    async def _page(
        self, connection: Connection, person: Person, page: SettingsPage, listed: Sequence[Card] = ()
    ) -> Screen:
        quiet = (await personal.quiet_hours(connection, [person.person_id])).get(person.person_id)
        muted = len(await personal.mutes(connection, person.person_id))
        hours_ = (quiet.start, quiet.end) if quiet else None
        told_at = (await digests.hours(connection, [person.person_id])).get(person.person_id, USUAL_HOUR)
        digest = Daily(None if told_at == digests.NEVER else told_at) if person.role is Role.MANAGER else None
        shown = Shown(person.person_id, person.language, hours_, muted, listed, digest)
        return draw_settings(page, shown, await clock.now(connection), self._texts)

    async def _muted(self, person: Person, as_: str) -> list[Card]:
        """The requests that somebody muted last, as far as they may still see them."""
        async with self._database.transaction() as connection:
            request_ids = (await personal.mutes(connection, person.person_id))[:SHOWN_MUTED]
        found: list[Card] = []
        for request_id in request_ids:
            with contextlib.suppress(NotFound, Forbidden):
                found.append(await self._api.card(request_id, as_))
        return found

    def _farewell(self, cause_id: UUID, done: CommandDone, drawn: Sequence[Delivery]) -> Errand:
        """The last that is said. It is nobody's, so that it is still said, and no chat is kept with it."""
        origin, t = done.origin, self._texts.for_language(done.language)
        goodbye = Screen(t("privacy.farewell"))

        async def errand(connection: Connection) -> Sequence[Delivery]:
            if done.person_id is not None:
                await erasing.erase(connection, done.person_id)
            planned = [
                _screen(cause_id, origin, done.language, goodbye, None),
                menu(cause_id, origin.chat_id, done.language, None, []),  # that of a role is taken away
            ]
            if origin.callback_query_id is not None:
                planned.insert(0, answer(cause_id, origin.callback_query_id, origin.chat_id, done.language))
            return [*planned, *drawn]

        return errand

    def _answered(
        self, cause_id: UUID, origin: Origin, person: Person, shown: Screen, toast: str = ""
    ) -> Sequence[Delivery]:
        page = _screen(cause_id, origin, person.language, shown, person.person_id)
        return [*self._toast(cause_id, origin, person, toast), page]

    def _toast(self, cause_id: UUID, origin: Origin, person: Person, text: str) -> Sequence[Delivery]:
        if origin.callback_query_id is None:
            return ()
        query, chat_id = origin.callback_query_id, origin.chat_id
        return [answer(cause_id, query, chat_id, person.language, text, person_id=person.person_id)]

    def _refusal(self, cause_id: UUID, origin: Origin, language: str, key: str) -> Errand:
        async def errand(_: Connection) -> Sequence[Delivery]:
            return self._alert(cause_id, origin, language, key, None)

        return errand

    def _alert(
        self, cause_id: UUID, origin: Origin, language: str, key: str, person_id: UUID | None
    ) -> Sequence[Delivery]:
        t = self._texts.for_language(language)
        if origin.callback_query_id is None:
            shown = Screen(t(key))
            return [screen_of(cause_id, origin.chat_id, language, shown, None, person_id)]
        query = origin.callback_query_id
        return [answer(cause_id, query, origin.chat_id, language, t.plain(key), alert=True, person_id=person_id)]


async def nothing(_: Connection) -> Sequence[Delivery]:
    """Change nothing, and say nothing."""
    return ()


def _screen(cause_id: UUID, origin: Origin, language: str, shown: Screen, person_id: UUID | None) -> Delivery:
    return screen_of(cause_id, origin.chat_id, language, shown, origin.message_id, person_id)


def screen_of(
    cause_id: UUID, chat_id: int, language: str, shown: Screen, message_id: int | None, person_id: UUID | None
) -> Delivery:
    """A screen as a delivery."""
    rows = [[list(button) for button in row] for row in shown.rows]
    return screen(cause_id, chat_id, language, shown.text, rows, message_id=message_id, person_id=person_id)
