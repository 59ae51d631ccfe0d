"""What the gateway shows, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.people import AssigneePage, PeopleView, PersonPage, Profile, StaffMember
from zavhoz_contracts.api.places import SEPARATOR
from zavhoz_contracts.api.v1 import Card, RequestLine, RequestPage, SimilarRequest, View
from zavhoz_contracts.limits import TITLE_MAX
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.text import shorten
from zavhoz_gateway.domain.draft import Asks, Draft, TooMuch
from zavhoz_gateway.spoken import Spoken
from zavhoz_telegram.callbacks import (
    CategoryAction,
    HelpTopic,
    MineAction,
    MinePress,
    MovePress,
    PlaceAction,
    QuestionPress,
    RecategoryPress,
    SurePress,
)
from zavhoz_telegram.card_buttons import priority_row
from zavhoz_telegram.categories import draw_resorting, draw_sorting
from zavhoz_telegram.drafts import DrawnDraft, DrawnFile, draw_draft, draw_files, draw_question, draw_rewording
from zavhoz_telegram.greeting import draw_greeting
from zavhoz_telegram.help import draw_help
from zavhoz_telegram.holds import draw_until
from zavhoz_telegram.lists import draw_found, draw_list
from zavhoz_telegram.merging import draw_merge_sure, draw_merging
from zavhoz_telegram.people import draw_asks_name, draw_found_people, draw_people
from zavhoz_telegram.places import Choice, draw_area_choice, draw_choice, draw_filtering, draw_moving
from zavhoz_telegram.profiles import draw_areas, draw_choice_over, draw_profile, draw_sure
from zavhoz_telegram.queue import (
    Chosen,
    draw_asks_words,
    draw_assignees,
    draw_filters,
    draw_found_anywhere,
    draw_queue,
    draw_queue_categories,
)
from zavhoz_telegram.replies import canned_button
from zavhoz_telegram.screens import Row, Screen, tail
from zavhoz_telegram.similar import with_similar
from zavhoz_telegram.staff import draw_staff
from zavhoz_telegram.texts import Texts, Translator

__all__ = ["CANNED", "Screen", "Screens"]
CANNED: Final = frozenset({Action.COMMENT, Action.REJECT, Action.HOLD, Action.COMPLETE, Action.NOTE})
"""The questions that a canned reply may answer."""
_UTC: Final = ZoneInfo("UTC")


class Screens(Spoken):
    """Draws; knows nothing of chats."""

    def __init__(self, texts: Texts, contacts: str = "", time_zone: ZoneInfo = _UTC) -> None:
        super().__init__(texts)
        self._contacts = contacts
        self._time_zone = time_zone

    def count(self, key: str, language: str, n: int) -> str:
        """A text about a number, in the form that goes with it, for where there is no markup."""
        return self._texts.for_language(language).plural(key, n)

    def translator(self, language: str) -> Translator:
        """The texts of a language, for what is drawn elsewhere."""
        return self._texts.for_language(language)

    def help(self, topic: HelpTopic | None, language: str) -> Screen:
        """What /help shows."""
        return draw_help(topic, self._contacts, self._texts.for_language(language))

    def greeting(self, name: str, language: str) -> Screen:
        """What /start shows: how this works, and the menu."""
        return draw_greeting(name, language, self._texts)

    def draft(
        self, draft: Draft, language: str, similar: Sequence[SimilarRequest] = (), *, categorised: bool = False
    ) -> Screen:
        """The card of a draft that asks for no place or category, and what others filed already that looks like it.

        `categorised`: there are categories to choose from.
        """
        t, drawn = self._texts.for_language(language), _drawn(draft, categorised=categorised)
        if draft.asks is Asks.QUESTION:
            return draw_question(drawn, draft.asked, t)
        draw = _DRAWN.get(draft.asks, draw_draft)
        return with_similar(draw(drawn, t), similar, t, self._time_zone, datetime.now(UTC))

    def sorting(self, draft: Draft, categories: Sequence[Category] | None, language: str) -> Screen:
        """The card of a draft whose category is being chosen; without `categories`, they cannot be read."""
        chosen = None if draft.sort is None else draft.sort.category_id
        return draw_sorting(_drawn(draft), categories, chosen, draft.looking.page, self._texts.for_language(language))

    def resorting(self, number: int | None, categories: Sequence[Category], page: int, language: str) -> Screen:
        """The question what is to be changed, while another category is chosen in it."""
        screen = draw_resorting(categories, page, self._texts.for_language(language))
        return replace(screen, text=_about(number, screen.text))

    def placing(self, draft: Draft, choice: Choice, language: str) -> Screen:
        """The card of a draft whose place is being chosen."""
        return draw_choice(_drawn(draft), choice, self._texts.for_language(language))

    def gave_up(self, draft: Draft, language: str) -> Screen:
        """Which draft was given up, by its first words, or what else is in it."""
        if draft.text:
            title = shorten(" ".join(draft.text.split()), TITLE_MAX)
        else:
            title = self.title_of(draft, language) if draft.files else tail(draft.place, TITLE_MAX)
        return self.line("cancel.draft", language, title=title or self.words("draft.title", language))

    def title_of(self, draft: Draft, language: str) -> str:
        """The title of a request without words: its category, or else what was sent, and where."""
        what = draft.sort.name if draft.sort else self.words(f"title.{draft.files[0].kind.value}", language)
        if not draft.place:
            return what
        # Of a path the last name: the whole of it is on the card.
        place = draft.place if draft.place_code is None else draft.place.rpartition(SEPARATOR)[2]
        return shorten(self.words("title.with_place", language, what=what, place=place), TITLE_MAX)

    def too_much(self, problem: TooMuch, language: str) -> Screen:
        """Why something was not added to a draft."""
        return self.line(f"draft.{problem.obstacle.value}", language, limit=problem.limit, length=problem.length)

    def too_many_comments(self, number: int | None, seconds: int, language: str) -> Screen:
        """When one may comment again; what was typed can be sent again as a reply to this."""
        return Screen(_about(number, self._texts.for_language(language).plural("talking.too_often", seconds)))

    def not_revised(self, number: int | None, language: str) -> Screen:
        """The change of a message was not taken over, for no comment was made of it."""
        return Screen(_about(number, self._texts.for_language(language)("talking.not_revised")))

    def question(
        self,
        action: Action,
        request_id: UUID,
        seen_version: int,
        number: int | None,
        language: str,
        *,
        staff: bool = False,
    ) -> Screen:
        """What an action needs to know, with a way out, and, for the `staff`, to words that are ready."""
        t = self._texts.for_language(language)
        cancel = (t.plain("question.cancel"), QuestionPress(action=action, request_id=request_id).pack())
        match action:
            case Action.EDIT:
                rows: tuple[Row, ...] = (*_changes(request_id, seen_version, t), (cancel,))
            case Action.COMPLETE:
                rows = ((_without_words(request_id, seen_version, t), cancel),)
            case _:
                rows = ((cancel,),)
        if staff and action in CANNED:
            rows = ((canned_button(t),), *rows)
        return Screen(_about(number, t(f"question.{action.value}")), rows)

    def about(self, number: int | None, key: str, language: str, **values: object) -> Screen:
        """A text about a request as a message without buttons."""
        return Screen(_about(number, self._texts.for_language(language)(key, **values)))

    def until(self, reason: str, request_id: UUID, number: int | None, language: str) -> Screen:
        """The question until when work stops for this reason."""
        screen = draw_until(reason, request_id, self._texts.for_language(language))
        return replace(screen, text=_about(number, screen.text))

    def staff(self, card: Card, staff: Sequence[StaffMember], seen_version: int, page: int, language: str) -> Screen:
        """The question who is to do it."""
        t, now = self._texts.for_language(language), datetime.now(UTC)
        assignee_id = None if card.assignee is None else card.assignee.person_id
        screen = draw_staff(staff, page, card.request_id, seen_version, assignee_id, t, self._time_zone, now)
        return replace(screen, text=_about(card.number, screen.text))

    def merging(
        self,
        likely: Sequence[SimilarRequest],
        request_id: UUID,
        seen_version: int,
        number: int | None,
        language: str,
    ) -> Screen:
        """The question what a request is the same as."""
        t, now = self._texts.for_language(language), datetime.now(UTC)
        screen = draw_merging(likely, request_id, seen_version, t, self._time_zone, now)
        return replace(screen, text=_about(number, screen.text))

    def merge_sure(self, card: Card, into: RequestLine, seen_version: int, language: str) -> Screen:
        """The question whether a merge is meant."""
        screen = draw_merge_sure(card, into, seen_version, self._texts.for_language(language))
        return replace(screen, text=_about(card.number, screen.text))

    def moving(self, number: int | None, choice: Choice, language: str) -> Screen:
        """The question what is to be changed, while another place is chosen in it."""
        screen = draw_moving(choice, self._texts.for_language(language))
        return replace(screen, text=_about(number, screen.text))

    def sure(self, action: Action, request_id: UUID, seen_version: int, number: int | None, language: str) -> Screen:
        """Whether an action that cannot be undone is meant."""
        t = self._texts.for_language(language)
        no = QuestionPress(action=action, request_id=request_id).pack()
        if action is Action.COMPLETE:
            done = _without_words(request_id, seen_version, t)
            return Screen(_about(number, t("question.complete_only")), ((done, (t.plain("question.cancel"), no)),))
        yes = SurePress(action=action, request_id=request_id, version=seen_version).pack()
        rows = (((t.plain("question.cancel_sure"), yes),), ((t.plain("question.cancel_not"), no),))
        return Screen(_about(number, t("question.cancel_request")), rows)

    def closed(self, how: str, action: Action, number: int | None, language: str) -> Screen:
        """What is left of a question that was `answered` or `cancelled`."""
        return Screen(_about(number, self._texts.for_language(language)(f"question.{how}.{action.value}")))

    def asks_words(self, language: str, *, everywhere: bool = False) -> Screen:
        """The question for what to look for in one's own requests, or everywhere in the queue and the archive."""
        t = self._texts.for_language(language)
        if everywhere:
            return draw_asks_words(t)
        cancel = (t.plain("mine.cancel"), MinePress(action=MineAction.CANCEL).pack())
        return Screen("🔎 " + t("mine.asks"), ((cancel,),))

    def found(self, query: str, page: RequestPage, language: str) -> Screen:
        """One page of what was found among one's own requests."""
        return draw_found(query, page, self._texts.for_language(language))

    def requests(self, view: View, page: RequestPage, language: str) -> Screen:
        """One page of one's own requests."""
        return draw_list(view, page, self._texts.for_language(language))

    def people(self, view: PeopleView, page: PersonPage, language: str) -> Screen:
        """One page of a list of people."""
        return draw_people(view, page, self._texts.for_language(language))

    def found_people(self, query: str, page: PersonPage, language: str) -> Screen:
        """One page of the people whose names were looked for."""
        return draw_found_people(query, page, self._texts.for_language(language))

    def asks_name(self, language: str) -> Screen:
        """The question for a name to look for."""
        return draw_asks_name(self._texts.for_language(language))

    def profile(self, profile: Profile, language: str) -> Screen:
        """Somebody as managers see them."""
        return draw_profile(profile, datetime.now(UTC), self._texts.for_language(language), self._time_zone)

    def sure_about(self, profile: Profile, value: str, language: str) -> Screen:
        """Whether somebody is to have a role, or no access any more."""
        return draw_sure(profile, value, self._texts.for_language(language))

    def areas(self, profile: Profile, language: str) -> Screen:
        """The parts of the places that somebody is limited to."""
        return draw_areas(profile, self._texts.for_language(language))

    def choosing_area(self, choice: Choice, language: str) -> Screen:
        """The choice of another one."""
        return draw_area_choice(choice, self._texts.for_language(language))

    def choice_over(self, person_id: UUID, language: str) -> Screen:
        """What is left of that choice when it was given up."""
        return draw_choice_over(person_id, self._texts.for_language(language))

    def queue(self, view: View, page: RequestPage, chosen: Chosen, language: str) -> Screen:
        """One page of the queue or the archive."""
        return draw_queue(view, page, chosen, self._texts.for_language(language))

    def found_anywhere(self, query: str, page: RequestPage, chosen: Chosen, language: str) -> Screen:
        """One page of what was found in the queue and the archive."""
        return draw_found_anywhere(query, page, chosen, self._texts.for_language(language))

    def filters(self, view: View, chosen: Chosen, language: str) -> Screen:
        """The choice of filters."""
        return draw_filters(view, chosen, self._texts.for_language(language))

    def queue_people(self, view: View, page: AssigneePage, language: str) -> Screen:
        """The choice of somebody whose requests are shown."""
        return draw_assignees(view, page, self._texts.for_language(language))

    def queue_categories(self, view: View, categories: Sequence[Category], page: int, language: str) -> Screen:
        """The choice of a category whose requests are shown."""
        return draw_queue_categories(view, categories, page, self._texts.for_language(language))

    def filtering(self, choice: Choice, language: str, *, placed: bool) -> Screen:
        """The choice of a place whose requests are shown."""
        return draw_filtering(choice, self._texts.for_language(language), placed=placed)


_DRAWN = {Asks.TEXT: draw_rewording, Asks.FILES: draw_files}


def _changes(request_id: UUID, seen_version: int, t: Translator) -> tuple[Row, Row]:
    """What is changed about a request by a press, and not by words."""
    place = ("📍 " + t.plain("draft.place"), MovePress(action=PlaceAction.PICK).pack())
    category = ("🏷 " + t.plain("draft.category"), RecategoryPress(action=CategoryAction.PICK).pack())
    return priority_row(request_id, seen_version, t), (place, category)


def _without_words(request_id: UUID, seen_version: int, t: Translator) -> tuple[str, str]:
    press = SurePress(action=Action.COMPLETE, request_id=request_id, version=seen_version)
    return "✅ " + t.plain("question.without_words"), press.pack()


def _drawn(draft: Draft, *, categorised: bool = False) -> DrawnDraft:
    files = tuple(DrawnFile(file.key, file.kind, file.file_name) for file in draft.files)
    sort = draft.sort
    answers = () if sort is None else tuple(zip(sort.questions, sort.answers, strict=True))
    name = "" if sort is None else sort.name
    return DrawnDraft(draft.text, draft.urgency, draft.place, files, name, answers, categorised)


def _about(number: int | None, text: str) -> str:
    """Every message about a request begins with its number, by which a reply to it is known as well."""
    return text if number is None else f"<b>#{number}</b> {text}"
