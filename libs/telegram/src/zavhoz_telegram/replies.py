"""Canned replies: chosen as the answer to a question, and managed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.replies import Reply
from zavhoz_contracts.limits import COMMENT_MAX, REASON_MIN, REPLIES_MAX
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_telegram.callbacks import CannedAction, CannedPress, QuestionPress
from zavhoz_telegram.managed_callbacks import ReplyAction, ReplyPress
from zavhoz_telegram.screens import BUTTON_MAX, Row, Screen, escaped, fit
from zavhoz_telegram.texts import Texts, Translator

AT_ONCE: Final = 8
LAST_PAGE: Final = REPLIES_MAX
"""A page behind all there are: the last one is shown."""
_LINE_UNITS: Final = 300


@dataclass(frozen=True, slots=True)
class Shelf:
    """The replies there are in a language, and which page of them is wanted: from 1, or the last one there is."""

    replies: Sequence[Reply]
    language: str
    page: int = 1

    @property
    def pages(self) -> int:
        """How many there are, one at least."""
        return max(1, -(-len(self.replies) // AT_ONCE))

    @property
    def at(self) -> int:
        """The page that is shown."""
        return min(max(self.page, 1), self.pages)

    @property
    def shown(self) -> Sequence[tuple[int, Reply]]:
        """What is on it, numbered from 1 through all pages."""
        first = (self.at - 1) * AT_ONCE
        return list(enumerate(self.replies, 1))[first : first + AT_ONCE]


def canned_button(t: Translator) -> tuple[str, str]:
    """The way from a question to the replies in the language of who is asked."""
    return "💬 " + t.plain("canned.button"), CannedPress(
        action=CannedAction.SHOW, language=t.language, value="1"
    ).pack()


def draw_canned(asks: str, action: Action, request_id: UUID, shelf: Shelf, texts: Texts, t: Translator) -> Screen:
    """The question `asks` (HTML) with the replies that can answer it; those too long for their button are quoted."""

    def show(language: str, page: int) -> str:
        return CannedPress(action=CannedAction.SHOW, language=language, value=str(page)).pack()

    def say(reply: Reply) -> str:
        return CannedPress(action=CannedAction.SAY, language=shelf.language, value=reply.reply_id.hex).pack()

    lines = [asks, "", f"💬 <b>{t('canned.button')}</b> · {_language(shelf.language, texts)}"]
    lines += _quoted(shelf) if shelf.replies else [t("canned.none")]
    others = tuple(
        (f"🌐 {_language(code, texts)}", show(code, 1)) for code in texts.languages if code != shelf.language
    )
    # [Cancel] says which question it is, also to a reply to this message.
    cancel = t.plain("question.cancel"), QuestionPress(action=action, request_id=request_id).pack()
    back = "‹ " + t.plain("replies.back"), CannedPress(action=CannedAction.BACK).pack()
    turns = _turns(shelf, lambda page: show(shelf.language, page))
    return Screen("\n".join(lines), (*_buttons(shelf, say), *turns, others, (back, cancel)))


def draw_replies(shelf: Shelf, texts: Texts, t: Translator) -> Screen:
    """The replies in a language, for who may change them, and the ways to the other languages and to another reply."""

    def press(action: ReplyAction, *, language: str = shelf.language, page: int = shelf.at) -> str:
        return ReplyPress(action=action, language=language, page=page).pack()

    def open_(reply: Reply) -> str:
        return _press(ReplyAction.OPEN, reply, shelf)

    lines = [_title(shelf.language, texts, t), ""]
    if shelf.replies:
        lines += [t.plural("replies.total", len(shelf.replies)), *_quoted(shelf)]
    else:
        lines.append(t("replies.empty"))
    languages = tuple(
        (
            ("● " if code == shelf.language else "") + _language(code, texts),
            press(ReplyAction.LIST, language=code, page=1),
        )
        for code in texts.languages
    )
    turns = _turns(shelf, lambda page: press(ReplyAction.LIST, page=page))
    if len(shelf.replies) < REPLIES_MAX:
        add: tuple[Row, ...] = ((("➕ " + t.plain("replies.add"), press(ReplyAction.ADD)),),)
    else:
        add, lines = (), [*lines, t("replies.full", limit=REPLIES_MAX)]
    return Screen("\n".join(lines), (languages, *_buttons(shelf, open_), *turns, *add))


def draw_reply(reply: Reply, shelf: Shelf, texts: Texts, t: Translator) -> Screen:
    """One reply, and what can be done about it."""
    change = "✏️ " + t.plain("replies.change"), _press(ReplyAction.CHANGE, reply, shelf)
    remove = "🗑 " + t.plain("replies.remove"), _press(ReplyAction.ASK, reply, shelf)
    return Screen(_about(reply, texts, t), ((change, remove), back_to_replies(shelf.language, shelf.at, t)))


def draw_remove_sure(reply: Reply, shelf: Shelf, texts: Texts, t: Translator) -> Screen:
    """Whether it is meant; the other way round than on the page before, so that two taps at one place do nothing."""
    text = f"{_about(reply, texts, t)}\n\n{t('replies.sure')}"
    keep = t.plain("replies.keep"), _press(ReplyAction.OPEN, reply, shelf)
    return Screen(text, ((keep,), ((t.plain("replies.yes"), _press(ReplyAction.REMOVE, reply, shelf)),)))


def draw_asks_reply(reply: Reply | None, shelf: Shelf, texts: Texts, t: Translator) -> Screen:
    """The question for the text of another reply, or for another text of this one."""
    limits = {"least": REASON_MIN, "most": COMMENT_MAX}
    if reply is None:
        text = f"{_title(shelf.language, texts, t)}\n\n✏️ {t('replies.asks_new', **limits)}"
    else:
        text = f"{_about(reply, texts, t)}\n\n✏️ {t('replies.asks', **limits)}"
    return Screen(text, (back_to_replies(shelf.language, shelf.at, t),))


def draw_reply_over(language: str, page: int, t: Translator) -> Screen:
    """What is left of such a question when it was given up."""
    return Screen(t("replies.over"), (back_to_replies(language, page, t),))


def back_to_replies(language: str, page: int, t: Translator) -> Row:
    """The way back to a page of the list."""
    press = ReplyPress(action=ReplyAction.LIST, language=language, page=page)
    return (("‹ " + t.plain("replies.back"), press.pack()),)


def _buttons(shelf: Shelf, press: Callable[[Reply], str]) -> tuple[Row, ...]:
    return tuple(((_label(number, reply), press(reply)),) for number, reply in shelf.shown)


def _label(number: int, reply: Reply) -> str:
    return fit(_numbered(number, reply), BUTTON_MAX)


def _numbered(number: int, reply: Reply) -> str:
    return f"{number}. {' '.join(reply.text.split())}"


def _quoted(shelf: Shelf) -> list[str]:
    """What a button cannot show whole."""
    long = [_numbered(*one) for one in shelf.shown if _label(*one) != _numbered(*one)]
    return ["", *(escaped(line, _LINE_UNITS) for line in long)] if long else []


def _turns(shelf: Shelf, press: Callable[[int], str]) -> tuple[Row, ...]:
    at, pages = shelf.at, shelf.pages
    ways = (("‹", at - 1), (f"{at}/{pages}", at), ("›", at + 1))
    return (tuple((label, press(to)) for label, to in ways if 1 <= to <= pages),) if pages > 1 else ()


def _press(action: ReplyAction, reply: Reply, shelf: Shelf) -> str:
    return ReplyPress(action=action, language=shelf.language, page=shelf.at, reply_id=reply.reply_id).pack()


def _title(language: str, texts: Texts, t: Translator) -> str:
    return f"💬 <b>{t('replies.title')}</b> · {_language(language, texts)}"


def _about(reply: Reply, texts: Texts, t: Translator) -> str:
    return f"{_title(reply.language, texts, t)}\n\n{escaped(reply.text, 2 * COMMENT_MAX)}"


def _language(code: str, texts: Texts) -> str:
    return texts.for_language(code).plain("language.name")
