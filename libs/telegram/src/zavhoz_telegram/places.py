"""Choosing a place: the ones used before, the tree level by level, or what typed words find."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from zavhoz_contracts.api.places import SEPARATOR, Place
from zavhoz_contracts.limits import PLACE_MAX
from zavhoz_contracts.text import length
from zavhoz_telegram.callbacks import FilterPlacePress, MovePress, PlaceAction, PlacePress
from zavhoz_telegram.drafts import DrawnDraft, draw_placing
from zavhoz_telegram.managed_callbacks import AreaPress
from zavhoz_telegram.screens import Row, Screen, escaped, fit, tail
from zavhoz_telegram.texts import Translator

_LABEL_UNITS: Final = 60
_WORDS_UNITS: Final = 40
_WITHIN: Final = " · "


@dataclass(frozen=True, slots=True)
class Choice:
    """What there is to choose from: `items` of page `page` of `pages`, found by the words `query`, or right `under` a
    place, or the roots, and then `recent` ones before them. `away`: nothing could be read just now.
    """

    items: tuple[Place, ...] = ()
    recent: tuple[Place, ...] = ()
    page: int = 1
    pages: int = 1
    total: int = 0
    under: Place | None = None
    query: str = ""
    away: bool = False


def draw_choice(draft: DrawnDraft, choice: Choice, t: Translator) -> Screen:
    """The draft with its choice of a place."""
    return draw_placing(draft, _asks(choice, t), _rows(choice, PlacePress, t, placed=bool(draft.place)), t)


def draw_moving(choice: Choice, t: Translator) -> Screen:
    """The choice of another place for a request that is filed."""
    return Screen(_asks(choice, t), _rows(choice, MovePress, t, placed=False))


def draw_area_choice(choice: Choice, t: Translator) -> Screen:
    """The choice of a part of the places that somebody is limited to: where others filed requests is beside the point,
    and words that are no place limit nobody.
    """
    choice = replace(choice, recent=())
    roots = choice.items and not choice.query and choice.under is None
    asks = "📍 " + t("people.area_asks") if roots else _asks(choice, t)
    return Screen(asks, _rows(choice, AreaPress, t, placed=False, back="people.to_areas"))


def draw_filtering(choice: Choice, t: Translator, *, placed: bool) -> Screen:
    """The choice of a place that a list is narrowed to."""
    asks = "📍 " + (escaped(tail(choice.under.path, 300), 300) if choice.under else t("queue.place_asks"))
    text = "⚠️ " + t("queue.away") if choice.away else asks
    return Screen(text, _rows(choice, FilterPlacePress, t, placed=placed, back="queue.back"))


def _rows(
    choice: Choice, kind: type[PlacePress], t: Translator, *, placed: bool, back: str = "draft.back"
) -> tuple[Row, ...]:
    """The buttons; where something is `placed` already, there is one that takes its place away."""

    def press(action: PlaceAction, value: str = "") -> str:
        return kind(action=action, value=value).pack()

    rows: list[Row] = []
    if choice.under is not None:
        code, parent = choice.under.code, choice.under.parent or ""
        here = "✓ " + t.plain("place.here", name=fit(choice.under.name, _WORDS_UNITS))
        up = "‹ " + t.plain("place.up")
        rows.append(((here, press(PlaceAction.CHOOSE, code)), (up, press(PlaceAction.OPEN, parent))))
    used = ((_from_leaf(place), place.code) for place in choice.recent)
    rows += [((f"🕘 {label}", press(PlaceAction.CHOOSE, code)),) for label, code in used]
    for place in choice.items:
        label, action = _button(place, found=bool(choice.query))
        rows.append(((label, press(action, place.code)),))
    if ways := _turns(choice):
        rows.append(tuple((label, press(PlaceAction.TURN, str(to))) for label, to in ways))
    if kind is not AreaPress and choice.query and length(choice.query) <= PLACE_MAX:
        words = t.plain("place.words", words=fit(choice.query, _WORDS_UNITS))
        rows.append((("✍️ " + words, press(PlaceAction.WORDS)),))
    last = [("‹ " + t.plain(back), press(PlaceAction.BACK))]
    if choice.query:
        last.insert(0, ("🗂 " + t.plain("place.all"), press(PlaceAction.OPEN)))
    if placed:
        last.append(("✖ " + t.plain("place.clear"), press(PlaceAction.CLEAR)))
    return (*rows, tuple(last))


def _asks(choice: Choice, t: Translator) -> str:
    if choice.away:
        return "⚠️ " + t("place.away")
    if choice.query:
        query = tail(choice.query, _LABEL_UNITS)
        if not choice.items:
            return "🔎 " + t("place.not_found", words=query)
        return f"🔎 <b>{escaped(query, _LABEL_UNITS)}</b>: {t.plural('place.found', choice.total)}"
    if choice.under is not None:
        return "📍 " + t("place.under", path=tail(choice.under.path, 300))
    return "📍 " + t("place.asks") if choice.items or choice.recent else "📍 " + t("place.none")


def _button(place: Place, *, found: bool) -> tuple[str, PlaceAction]:
    """One place: tapped, it is chosen when there is nothing in it, else opened."""
    label = _from_leaf(place) if found else fit(place.name, _LABEL_UNITS)
    if place.children:
        return f"{label} ›", PlaceAction.OPEN
    return label, PlaceAction.CHOOSE


def _from_leaf(place: Place) -> str:
    """A place by itself, with what it is in behind it: a phone shows the beginning of a long label."""
    return fit(_WITHIN.join(reversed(place.path.split(SEPARATOR))), _LABEL_UNITS)


def _turns(choice: Choice) -> list[tuple[str, int]]:
    """Where one is, between the ways back and on, each with its page; nothing for a single page."""
    if choice.pages == 1:
        return []
    at = choice.page
    ways = (("‹", at - 1), (f"{at}/{choice.pages}", at), ("›", at + 1))
    return [(label, to) for label, to in ways if 1 <= to <= choice.pages]
