"""[Put on hold]: why, and until when; the reason waits in the question for the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.limits import HOLD_DAYS_MAX, REASON_MAX, REASON_MIN
from zavhoz_contracts.requests.v1.commands import HoldRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.answering import Wording
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat, QuestionStore, StoreUnavailable
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.screens import Screen, Screens
from zavhoz_telegram.holds import DAYS, typed_day


class Holding:
    """Asks both, and publishes the command. Days are those of the calendar in `time_zone`."""

    def __init__(
        self,
        asked: Asked,
        questions: QuestionStore,
        commands: Commands,
        wording: Wording,
        chat: Chat,
        screens: Screens,
        time_zone: ZoneInfo,
    ) -> None:
        self._asked = asked
        self._questions = questions
        self._commands = commands
        self._wording = wording
        self._chat = chat
        self._screens = screens
        self._time_zone = time_zone

    async def screen(self, pressed: Pressed, request_id: UUID, seen_version: int) -> Screen:
        """See `zavhoz_gateway.application.answering.Answers`."""
        about = request_id, seen_version, pressed.number
        return self._screens.question(Action.HOLD, *about, pressed.language, staff=pressed.staff)

    async def answer(self, said: Said, content: Content, question: Question) -> bool:
        """See `zavhoz_gateway.application.answering.Answers`: first the reason, then a day."""
        if not question.reason:
            await self._reason(said, content, question)
            return False
        if said.message_id == question.heard:
            return False  # handled again
        day = await self._day(said, content, question)
        if day is None:
            return False
        await self._commands.publish_answer(said, question, HoldRequest, reason=question.reason, until=day)
        return True

    async def _reason(self, said: Said, content: Content, question: Question) -> None:
        """Ask on, below what was typed."""
        reason = await self._wording.words(said, content, question, REASON_MIN, REASON_MAX)
        if reason is None:
            return
        screen = self._screens.until(reason, question.request_id, question.number, said.language)
        asked = replace(
            question,
            message_id=await self._chat.send(said.chat_id, screen),
            reason=reason,
            heard=said.message_id,
        )
        try:
            await self._questions.put(asked)
        except StoreUnavailable:
            await self._close(asked, "cancelled", said.language)
            await self._wording.say(said, question, "question.unavailable")
            return
        await self._close(question, "answered", said.language)

    async def _day(self, said: Said, content: Content, question: Question) -> date | None:
        """The day that was typed; none when it will not do, of which the person is told."""
        today = self._today()
        day = None if content.file is not None else typed_day(content.text, today)
        if day is None:
            await self._wording.say(said, question, "hold.no_date")
        elif day <= today:
            await self._wording.say(said, question, "refusal.hold_day_past")
        elif day > today + timedelta(days=HOLD_DAYS_MAX):
            await self._wording.say(said, question, "refusal.hold_day_too_far", limit=HOLD_DAYS_MAX)
        else:
            return day
        return None

    async def press(self, pressed: Pressed, days: int) -> None:
        """Put it on hold for so many days, 0 without a day. The outcome answers the press; the message is the card."""
        if days not in DAYS:
            await self._alert(pressed, "chat.outdated")
            return
        question = await self._asked.find(pressed, lambda it: it.message_id == pressed.message_id and bool(it.reason))
        if question is None:
            return
        command = HoldRequest(
            request_id=question.request_id,
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id),
            seen_version=question.seen_version,
            reason=question.reason,
            until=self._today() + timedelta(days=days) if days else None,
        )
        await self._commands.publish(pressed, command, subject=f"request/{question.request_id}")
        await self._asked.answered(question, question.heard)

    def _today(self) -> date:
        return datetime.now(self._time_zone).date()

    async def _close(self, question: Question, how: str, language: str) -> None:
        closed = self._screens.closed(how, Action.HOLD, question.number, language)
        await self._chat.edit(question.chat_id, question.message_id, closed)

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
