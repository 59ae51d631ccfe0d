"""Staff groups: what is answered there, and what becomes of what is kept of them."""

from __future__ import annotations

import contextlib
import html
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol
from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.groups import Keeper, StaffGroup
from zavhoz_contracts.api.v1 import Audience, Person
from zavhoz_contracts.groups.v1.commands import BindGroup, UnbindGroup
from zavhoz_contracts.groups.v1.facts import GroupBound, GroupUnbound, UnboundReason
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, Outcome, RefusalReason
from zavhoz_notifier.application.outcomes import for_refused
from zavhoz_notifier.application.preferences import Errand
from zavhoz_notifier.application.topics import told_keepers
from zavhoz_notifier.application.words import refusal
from zavhoz_notifier.domain.delivery import Delivery, Placement, answer, screen
from zavhoz_notifier.domain.groups import WithoutTopics, group_card, redrawn
from zavhoz_notifier.store import Connection, groups
from zavhoz_telegram.desk import Missing, draw_desk
from zavhoz_telegram.screens import Screen, fit
from zavhoz_telegram.texts import Texts

COMMANDS: Final = frozenset({BindGroup.TYPE, UnbindGroup.TYPE})
_SENT_AGAIN: Final = 100
"""So many cards follow a group to its new chat at once; the others when something happens to their request."""
_NAME_UNITS: Final = 64
_NO_TOPIC: Final = ""


class Reads(Protocol):
    """The read API, as far as groups need it."""

    async def person(self, as_: str) -> Person:
        """The person themselves."""
        ...

    async def group(self, chat_id: int) -> StaffGroup:
        """How requests appear in a group."""
        ...

    async def group_keepers(self) -> Sequence[Keeper]:
        """Who may bind groups."""
        ...


class Groups:
    """Plans what is said in groups beside cards, and to those who bind them."""

    def __init__(self, api: Reads, audience: Callable[[UUID], Awaitable[Audience]], texts: Texts) -> None:
        self._api = api
        self._audience = audience
        self._texts = texts

    async def done(self, cause_id: UUID, done: CommandDone) -> Errand:
        """/desk, or a button under it: how requests appear in the group now."""
        origin = done.origin
        try:
            group = await self._api.group(origin.chat_id)
        except NotFound:
            group = None

        async def errand(connection: Connection) -> Sequence[Delivery]:
            if group is None:
                shown = Screen(self._texts.for_language(done.language)("group.unbound"))
                return self._shown(cause_id, done, shown, done.language)
            if origin.callback_query_id is None:  # /desk, which is written when something was put right
                await groups.try_again(connection, origin.chat_id)
            without = (await groups.known(connection, origin.chat_id, _NO_TOPIC)).without
            missing = Missing.RIGHT if without is WithoutTopics.RIGHT else None
            shown = draw_desk(
                group, missing if group.forum else Missing.FORUM, self._texts.for_language(group.language)
            )
            return self._shown(cause_id, done, shown, group.language)

        return errand

    async def refused(self, cause_id: UUID, refused: CommandRefused) -> Sequence[Delivery]:
        """Why something was not done: to whoever pressed alone, or where /desk was written."""
        t, origin = self._texts.for_language(refused.language), refused.origin
        if origin.callback_query_id is None:
            return self._shown(cause_id, refused, Screen(html.escape(self._why(refused))), refused.language)
        if refused.command_type in COMMANDS:
            query, who = origin.callback_query_id, refused.person_id
            said = self._why(refused)
            return [answer(cause_id, query, origin.chat_id, refused.language, said, alert=True, person_id=who)]
        planned = list(for_refused(cause_id, refused, t))
        if refused.request_id is not None:
            # The button was drawn for an older version; a request that never was has no card.
            with contextlib.suppress(NotFound):
                planned += redrawn(cause_id, await self._audience(refused.request_id), origin.chat_id)
        return planned

    def _why(self, refused: CommandRefused) -> str:
        t = self._texts.for_language(refused.language)
        not_allowed = refused.reason is RefusalReason.NOT_ALLOWED and refused.command_type in COMMANDS
        return t.plain("group.not_allowed") if not_allowed else refusal(refused, t)

    async def bound(self, cause_id: UUID, bound: GroupBound) -> Errand:
        """A group was set up; if its chat has another id now, what is kept of it follows, and its cards are sent."""

        async def errand(connection: Connection) -> Sequence[Delivery]:
            await groups.back(connection, bound.chat_id)
            if bound.former_chat_id is None:
                return ()
            await groups.move(connection, bound.former_chat_id, bound.chat_id)
            return [
                group_card(cause_id, bound.chat_id, bound.language, request_id, 0, Placement.LIVE)
                for request_id in await groups.to_send_again(connection, bound.chat_id, _SENT_AGAIN)
            ]

        return errand

    async def unbound(self, cause_id: UUID, unbound: GroupUnbound) -> Errand:
        """Requests appear there no more; if the bot was removed, those who bind groups are told."""
        told: list[Delivery] = []
        if unbound.reason is UnboundReason.REMOVED:
            name = await self._name(unbound.actor_id)
            key = "group.removed_by" if name else "group.removed"
            keepers = await self._api.group_keepers()
            told = told_keepers(cause_id, keepers, self._texts, key, title=unbound.title or "?", name=name)

        async def errand(connection: Connection) -> Sequence[Delivery]:
            await groups.drop(connection, unbound.chat_id)
            return told

        return errand

    async def _name(self, person_id: UUID | None) -> str:
        try:
            return fit((await self._api.person(str(person_id))).name, _NAME_UNITS) if person_id else ""
        except (NotFound, Forbidden):
            return ""

    @staticmethod
    def _shown(cause_id: UUID, outcome: Outcome, shown: Screen, language: str) -> Sequence[Delivery]:
        """In the group: nobody's, so that nobody counts as unreachable when the group is."""
        origin, rows = outcome.origin, [[list(button) for button in row] for row in shown.rows]
        page = screen(
            cause_id, origin.chat_id, language, shown.text, rows, message_id=origin.message_id, person_id=None
        )
        page.content["thread"] = origin.thread_id
        if origin.callback_query_id is None:
            return [page]
        query, who = origin.callback_query_id, outcome.person_id
        return [answer(cause_id, query, origin.chat_id, outcome.language, person_id=who), page]
