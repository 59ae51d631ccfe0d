"""Choosing a category, for a draft or for a request that is filed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar
from uuid import UUID

from zavhoz_contracts.api.categories import Category
from zavhoz_telegram.callbacks import CategoryAction, CategoryPress, RecategoryPress
from zavhoz_telegram.drafts import DrawnDraft, draw_placing
from zavhoz_telegram.screens import BUTTON_MAX, PRIORITY_SIGN, Row, Screen, fit
from zavhoz_telegram.texts import Translator

T = TypeVar("T")
AT_ONCE: Final = 8


def draw_sorting(
    draft: DrawnDraft, categories: Sequence[Category] | None, chosen: UUID | None, page: int, t: Translator
) -> Screen:
    """The draft with its choice of a category; the `chosen` one is marked. None: they cannot be read."""
    rows = _rows(categories or (), chosen, page, CategoryPress, t, clears=chosen is not None)
    return draw_placing(draft, _asks(categories, t), rows, t)


def draw_resorting(categories: Sequence[Category], page: int, t: Translator) -> Screen:
    """The choice of another category for a request that is filed."""
    return Screen(_asks(categories, t), _rows(categories, None, page, RecategoryPress, t, clears=True))


def page_of(items: Sequence[T], page: int) -> tuple[Sequence[T], int, int]:
    """What is on a page, from 1, or the last one there is; its number, and how many there are."""
    pages = max(1, -(-len(items) // AT_ONCE))
    page = min(max(page, 1), pages)
    return items[(page - 1) * AT_ONCE : page * AT_ONCE], page, pages


def ways(page: int, pages: int) -> list[tuple[str, int]]:
    """Where one is, between the ways back and on, each with its page; nothing for a single page."""
    if pages == 1:
        return []
    around = (("‹", page - 1), (f"{page}/{pages}", page), ("›", page + 1))
    return [(label, to) for label, to in around if 1 <= to <= pages]


def _asks(categories: Sequence[Category] | None, t: Translator) -> str:
    if categories is None:
        return "⚠️ " + t("category.away")
    return "🏷 " + t("category.asks" if categories else "category.none")


def _rows(
    categories: Sequence[Category],
    chosen: UUID | None,
    page: int,
    kind: type[CategoryPress],
    t: Translator,
    *,
    clears: bool,
) -> tuple[Row, ...]:
    def press(action: CategoryAction, value: str = "") -> str:
        return kind(action=action, value=value).pack()

    shown, page, pages = page_of(categories, page)
    rows: list[Row] = [
        ((_label(one, t, chosen=one.category_id == chosen), press(CategoryAction.CHOOSE, one.category_id.hex)),)
        for one in shown
    ]
    if turns := ways(page, pages):
        rows.append(tuple((label, press(CategoryAction.TURN, str(to))) for label, to in turns))
    last = [("‹ " + t.plain("draft.back"), press(CategoryAction.BACK))]
    if clears:
        last.append(("✖ " + t.plain("category.clear"), press(CategoryAction.CLEAR)))
    return (*rows, tuple(last))


def _label(category: Category, t: Translator, *, chosen: bool) -> str:
    sign = f"{PRIORITY_SIGN[category.priority]} " if category.priority else ""
    return fit(("● " if chosen else "") + sign + category.name(t.language), BUTTON_MAX)
