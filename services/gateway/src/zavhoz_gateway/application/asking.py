"""Buttons that ask before they act, [Reject], [Not fixed], [Done] and others; the next message is the answer."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import structlog

from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.commands import EditRequest, RejectRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.answering import Answers
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.commenting import Commenting
from zavhoz_gateway.application.directory import Directory
from zavhoz_gateway.application.finding import Finding
from zavhoz_gateway.application.limiting import Limiting
from zavhoz_gateway.application.many_words import ManyWords
from zavhoz_gateway.application.moving import Moving
from zavhoz_gateway.application.ports import Chat, QuestionStore, StoreUnavailable
from zavhoz_gateway.application.reply_texts import ReplyTexts
from zavhoz_gateway.application.wanting import Wanting
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Content, Pressed, Replied, Said
from zavhoz_gateway.screens import Screens

_NONE: Final = UUID(int=0)
_NAME_CLOSED: Final = {"answered": "people.answered", "cancelled": "people.cancelled"}
_log = structlog.get_logger("zavhoz.gateway")


class Asking:
    """The conversation between the press and the command; of questions about `work` by those who know them."""

    def __init__(
        self,
        asked: Asked,
        questions: QuestionStore,
        commands: Commands,
        commenting: Commenting,
        finding: Finding,
        finding_everywhere: Finding,
        directory: Directory,
        moving: Moving,
        work: Mapping[Action, Answers],
        limiting: Limiting,
        wanting: Wanting,
        replies: ReplyTexts,
        many: ManyWords,
        chat: Chat,
        screens: Screens,
    ) -> None:
        self._asked = asked
        self._questions = questions
        self._commands = commands
        self._commenting = commenting
        self._finding = finding
        self._finding_everywhere = finding_everywhere
        self._moving = moving
        self._work = work
        self._directory = directory
        self._limiting = limiting
        self._wanting = wanting
        self._replies = replies
        self._many = many
        self._chat = chat
        self._screens = screens

    async def ask(self, pressed: Pressed, action: Action, request_id: UUID, seen_version: int) -> None:
        """Ask what the action needs. Whether this person may do it is decided when the command comes."""
        try:
            former = await self._questions.get(pressed.chat_id)
        except StoreUnavailable:
            if action is Action.COMPLETE:  # that can be done without words, for which no memory is needed
                await self.make_sure(pressed, action, request_id, seen_version)
                return
            await self._alert(pressed, "question.unavailable")
            return
        if former is not None and former.answered_by is None:
            await self._close(former, "cancelled", pressed.language)
        if (work := self._work.get(action)) is not None:
            screen = await work.screen(pressed, request_id, seen_version)
        else:
            about = request_id, seen_version, pressed.number
            screen = self._screens.question(action, *about, pressed.language, staff=pressed.staff)
        question = Question(
            request_id,
            seen_version,
            pressed.chat_id,
            await self._chat.send(pressed.chat_id, screen),
            card_message_id=pressed.message_id,
            action=action,
            number=pressed.number,
        )
        try:
            await self._questions.put(question)
        except StoreUnavailable:
            await self._close(question, "cancelled", pressed.language)
            await self._alert(pressed, "question.unavailable")
            return
        await self._chat.answer(pressed.query_id)

    async def make_sure(self, pressed: Pressed, action: Action, request_id: UUID, seen_version: int) -> None:
        """Ask whether it is meant; the answer is a press, so nothing is remembered."""
        sure = self._screens.sure(action, request_id, seen_version, pressed.number, pressed.language)
        await self._chat.send(pressed.chat_id, sure)
        await self._chat.answer(pressed.query_id)

    async def outdated(self, pressed: Pressed) -> None:
        """Answer a button that nobody of us drew so."""
        await self._alert(pressed, "chat.outdated")

    async def prioritise(self, pressed: Pressed, priority: Priority, request_id: UUID, seen_version: int) -> None:
        """Change how urgent a request is: the other answer to [Change]. The question becomes the card."""
        command = EditRequest(
            request_id=request_id,
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id),
            seen_version=seen_version,
            priority=priority,
        )
        await self._commands.publish(pressed, command, subject=f"request/{request_id}")
        await self.pressed_instead(pressed)

    async def pressed_instead(self, pressed: Pressed) -> None:
        """A press has answered the question in its message: what is typed next is something else."""
        try:
            question = await self._questions.get(pressed.chat_id)
            if question is not None and question.message_id == pressed.message_id:
                await self._questions.remove(pressed.chat_id)
        except StoreUnavailable:
            _log.warning("an answered question could not be closed", chat_id=pressed.chat_id)

    async def answer(self, said: Said, content: Content, replied: Replied | None) -> bool:
        """Take a message for the answer, if one is waited for; False when none is.

        A reply to another message about a request is none, nor is a file where only words will do.
        """
        question = await self._asked.waiting(said, replied)
        if question is None or question.place is not None:
            return False
        if await self._commenting.further(said, content):
            return True
        if question.wants is not None:
            return await self._wanting.answer(said, content, question)
        if question.reply is not None:
            await self._replies.answer(said, content, question, question.reply)
            return True
        if question.many is not None:
            await self._many.answer(said, content, question, question.many)
            return True
        if question.searches:
            return await self._search_for(said, content, question)
        taken = await self._act(said, content, question)
        if taken:  # else it waits on: what was typed can be sent again
            await self._answered(said, question)
        return taken is not None

    async def answer_by_press(self, pressed: Pressed, question: Question, words: str) -> None:
        """Answer a question that waits for words, as if the presser had typed them; the outcome answers the press."""
        said = pressed.as_said()
        if await self._act(said, Content(words), question):
            await self._answered(said, question)
        else:  # no command was published: there will be no outcome
            await self._chat.answer(pressed.query_id)

    def _finding_for(self, question: Question) -> Finding | Directory:
        """Who knows where to look."""
        if question.people:
            return self._directory
        return self._finding_everywhere if question.everywhere else self._finding

    async def _search_for(self, said: Said, content: Content, question: Question) -> bool:
        words = content.text or content.place
        if content.file is not None or not words:
            return False
        await self._finding_for(question).find(said, words)
        await self._answered(said, question)
        return True

    async def _act(self, said: Said, content: Content, question: Question) -> bool | None:
        """Whether it is answered now, or waits on, of which the person knows the reason; none: this is no answer."""
        match question.action:
            case Action.COMMENT:
                about, card = (question.request_id, question.number), question.card_message_id
                return await self._commenting.say(said, content, *about, card)
            case Action.REOPEN:
                await self._commenting.reopen(said, content, question)
                return True
            case action if (work := self._work.get(action)) is not None:
                return await work.answer(said, content, question)
            case _ if content.file is not None:
                return None
            case _ if question.limits is not None:
                await self._limiting.search(said, content.text or content.place, question)
                return False
            case Action.EDIT:
                return await self._edit(said, content, question)
            case _:
                words = content.text or content.place
                await self._commands.publish_answer(said, question, RejectRequest, reason=words)
                return True

    async def _edit(self, said: Said, content: Content, question: Question) -> bool:
        """Take other words, or another place; False when the question waits on, for a press."""
        words = content.text or content.place
        if content.place:
            await self._commands.publish_answer(said, question, EditRequest, place=words)
        elif question.looking is not None:
            await self._moving.search(said, words, question)
            return False
        elif said.message_id == question.heard:
            return False  # it was looked for already
        else:
            await self._commands.publish_answer(said, question, EditRequest, description=words)
        return True

    async def _answered(self, said: Said, question: Question) -> None:
        await self._asked.answered(question, said.message_id)
        await self._close(question, "answered", said.language)

    async def search(self, pressed: Pressed, *, people: bool = False, everywhere: bool = False) -> None:
        """Ask for words to look for: in one's own requests, `everywhere` in queue and archive, or among `people`."""
        await self.withdraw(pressed)
        if people:
            screen = self._screens.asks_name(pressed.language)
        else:
            screen = self._screens.asks_words(pressed.language, everywhere=everywhere)
        question = Question(
            _NONE,
            0,
            pressed.chat_id,
            await self._chat.send(pressed.chat_id, screen),
            pressed.message_id,
            searches=True,
            people=people,
            everywhere=everywhere,
        )
        try:
            await self._questions.put(question)
        except StoreUnavailable:
            await self._close(question, "cancelled", pressed.language)
            await self._alert(pressed, "question.unavailable")
            return
        await self._chat.answer(pressed.query_id)

    async def stop_searching(self, pressed: Pressed, *, people: bool = False) -> None:
        """[Cancel] under the question for words, or for a name."""
        if not await self._dropped(pressed):
            return
        closed = self._screens.line("people.cancelled" if people else "mine.cancelled", pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, closed)
        await self._chat.answer(pressed.query_id)

    async def _dropped(self, pressed: Pressed) -> bool:
        """Forget the question in the message pressed, if it waits; False when the press was answered with an alert."""
        try:
            question = await self._questions.get(pressed.chat_id)
            if question is not None and question.waits_in(pressed.message_id):
                await self._questions.remove(pressed.chat_id)
        except StoreUnavailable:
            await self._alert(pressed, "question.unavailable")
            return False
        return True

    async def cancel(self, pressed: Pressed, action: Action) -> None:
        """Give up the question under whose message [Cancel] was pressed."""
        if not await self._dropped(pressed):
            return
        closed = self._screens.closed("cancelled", action, pressed.number, pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, closed)
        await self._chat.answer(pressed.query_id)

    async def withdraw(self, pressed: Pressed) -> None:
        """Give up the question that waits in this chat, for something else is asked now; without a memory none does."""
        with contextlib.suppress(StoreUnavailable):
            question = await self._questions.get(pressed.chat_id)
            if question is not None and question.answered_by is None:
                if question.message_id != pressed.message_id:  # that shows something else right away
                    await self._close(question, "cancelled", pressed.language)
                await self._questions.remove(pressed.chat_id)

    async def give_up(self, said: Said) -> bool:
        """Give up the question that waits in this chat, and say so; False when none does.

        Raises:
            StoreUnavailable: the memory is away.
        """
        question = await self._questions.get(said.chat_id)
        if question is None or question.answered_by is not None:
            return False
        # Said first: after a crash in between it is still there to be given up again.
        await self._close(question, "cancelled", said.language)
        await self._chat.send(said.chat_id, self._screens.line("cancel.question", said.language))
        await self._questions.remove(said.chat_id)
        return True

    async def _close(self, question: Question, how: str, language: str) -> None:
        if question.wants is not None:
            closed = self._wanting.closed(question.wants, language)
        elif question.reply is not None:
            closed = self._replies.closed(question.reply, language)
        elif question.many is not None:
            closed = self._many.closed(language)
        elif question.limits is not None:
            closed = self._screens.choice_over(question.limits, language)
        elif question.place is not None:
            closed = self._screens.line("tree.question_closed", language)
        elif question.searches:
            words = f"queue.{how}" if question.everywhere else f"mine.{how}"
            closed = self._screens.line(_NAME_CLOSED[how] if question.people else words, language)
        else:
            closed = self._screens.closed(how, question.action, question.number, language)
        await self._chat.edit(question.chat_id, question.message_id, closed)

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
