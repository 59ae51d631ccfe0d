"""What the gateway shows of canned replies, in the person's language."""

from __future__ import annotations

from zavhoz_contracts.api.replies import Reply
from zavhoz_gateway.domain.question import Question, WantedReply
from zavhoz_gateway.screens import Screen, Screens
from zavhoz_gateway.spoken import Spoken
from zavhoz_telegram.replies import (
    Shelf,
    draw_asks_reply,
    draw_canned,
    draw_remove_sure,
    draw_replies,
    draw_reply,
    draw_reply_over,
)
from zavhoz_telegram.texts import Texts


class ReplyScreens(Spoken):
    """Draws; knows nothing of chats. Questions are asked in the words of `screens`."""

    def __init__(self, texts: Texts, screens: Screens) -> None:
        super().__init__(texts)
        self._screens = screens

    def question(self, question: Question, language: str) -> Screen:
        """The question of one of the staff, as it was asked."""
        about = question.request_id, question.seen_version, question.number
        return self._screens.question(question.action, *about, language, staff=True)

    def canned(self, question: Question, shelf: Shelf, language: str) -> Screen:
        """The question with the replies that can answer it."""
        asks, t = self.question(question, language).text, self._texts.for_language(language)
        return draw_canned(asks, question.action, question.request_id, shelf, self._texts, t)

    def replies(self, shelf: Shelf, language: str) -> Screen:
        """A page of the replies in a language, for who may change them."""
        return draw_replies(shelf, self._texts, self._texts.for_language(language))

    def reply(self, reply: Reply, shelf: Shelf, language: str) -> Screen:
        """One reply."""
        return draw_reply(reply, shelf, self._texts, self._texts.for_language(language))

    def sure(self, reply: Reply, shelf: Shelf, language: str) -> Screen:
        """Whether it is to be removed."""
        return draw_remove_sure(reply, shelf, self._texts, self._texts.for_language(language))

    def asks(self, reply: Reply | None, shelf: Shelf, language: str) -> Screen:
        """The question for its text, or for that of another one."""
        return draw_asks_reply(reply, shelf, self._texts, self._texts.for_language(language))

    def over(self, wanted: WantedReply, language: str) -> Screen:
        """What is left of that question when it was given up."""
        return draw_reply_over(wanted.language, wanted.page, self._texts.for_language(language))
