"""The categories as managers see them: the list, a page for each, and the choices and questions of that page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.managed import CategoryChange, ManagedCategory
from zavhoz_contracts.api.people import PersonPage
from zavhoz_contracts.categories.v1.commands import CategoryField
from zavhoz_contracts.limits import CATEGORY_MAX, CATEGORY_MIN, QUESTION_MAX, QUESTION_MIN, QUESTIONS_MAX
from zavhoz_contracts.message import Priority
from zavhoz_telegram.categories import page_of, ways
from zavhoz_telegram.managed_callbacks import ShelfAction, ShelfPress
from zavhoz_telegram.moments import in_words
from zavhoz_telegram.screens import BUTTON_MAX, PRIORITY_SIGN, Row, Screen, escaped, fit
from zavhoz_telegram.texts import Texts, Translator

_NAME_UNITS: Final = 64
_SHORT_UNITS: Final = 60
_QUESTION_UNITS: Final = 120
ARCHIVED: Final = "🗄"
_NONE: Final = "—"


def draw_shelf(categories: Sequence[Category], page: int, t: Translator) -> Screen:
    """The list: those that can be chosen first, then those that are archived."""
    ordered = sorted(categories, key=lambda one: one.archived)
    shown, page, pages = page_of(ordered, page)
    rows: list[Row] = [((fit(_line(one, t), BUTTON_MAX), _press(ShelfAction.OPEN, one.category_id)),) for one in shown]
    if turns := ways(page, pages):
        rows.append(tuple((label, ShelfPress(action=ShelfAction.LIST, value=str(to)).pack()) for label, to in turns))
    rows.append((("➕ " + t.plain("shelf.new"), ShelfPress(action=ShelfAction.NEW).pack()),))
    lines = [f"🏷 <b>{t('shelf.title')}</b>"]
    if ordered:
        lines.append(t.plural("shelf.total", sum(not one.archived for one in ordered)))
        archived = sum(one.archived for one in ordered)
        lines += [f"{ARCHIVED} {t.plural('shelf.archived', archived)}"] if archived else []
    else:
        lines += ["", t("shelf.empty")]
    return Screen("\n".join(lines), tuple(rows))


def draw_category(shown: ManagedCategory, texts: Texts, language: str, now: datetime, time_zone: ZoneInfo) -> Screen:
    """One category: what there is of it, what can be changed, and what was changed last."""
    t, category = texts.for_language(language), shown.category
    lines = [f"🏷 <b>{escaped(category.name(t.language), _NAME_UNITS)}</b>"]
    lines += [f"{ARCHIVED} {t('shelf.is_archived')}"] if category.archived else []
    lines.append("")
    lines += [t("shelf.name_is", language=_language(texts, code), name=name) for code, name in category.names.items()]
    lines.append(_priority_line(category.priority, t))
    assignee = _NONE if shown.assignee is None else fit(shown.assignee.name, _NAME_UNITS) or t.plain("person.erased")
    lines.append("👷 " + t("shelf.assignee_is", name=assignee))
    for code, questions in category.questions.items():
        lines += ["", "❓ " + t("shelf.questions_are", language=_language(texts, code))]
        lines += [f"• {escaped(one, _QUESTION_UNITS)}" for one in questions.splitlines()]
    if shown.history:
        lines += ["", f"<b>{t('shelf.history')}</b>"]
        lines += [_changed(one, texts, t, in_words(one.at, now, t, time_zone)) for one in shown.history]
    return Screen("\n".join(lines), _page_rows(category, texts, t))


def draw_priorities(category: Category, t: Translator) -> Screen:
    """The choice of how urgent its requests are unless somebody says otherwise."""
    rows: list[Row] = [
        (
            (
                ("● " if one is category.priority else "")
                + f"{PRIORITY_SIGN[one]} {t.plain(f'priority_button.{one.value}')}",
                _press(ShelfAction.PRIORITISE, category.category_id, one.value),
            ),
        )
        for one in Priority
    ]
    none = ("● " if category.priority is None else "") + t.plain("shelf.no_priority")
    rows.append(((none, _press(ShelfAction.PRIORITISE, category.category_id)),))
    text = _about(category, t("shelf.asks_priority"), t)
    return Screen(text, (*rows, to_category(category.category_id, t)))


def draw_staff_choice(category: Category, page: PersonPage, t: Translator) -> Screen:
    """The choice of whom its requests are given to as they are filed."""
    rows: list[Row] = []
    for one in page.items:
        label = ("● " if one.person_id == category.assignee_id else "") + (one.name or t.plain("person.erased"))
        give = ShelfPress(action=ShelfAction.GIVE, category_id=category.category_id, person_id=one.person_id)
        rows.append(((fit(f"{label} · {t.plain(f'role.{one.role.value}')}", BUTTON_MAX), give.pack()),))
    if turns := ways(page.page, page.pages):
        turn = [(label, _press(ShelfAction.STAFF, category.category_id, str(to))) for label, to in turns]
        rows.append(tuple(turn))
    none = ("● " if category.assignee_id is None else "") + t.plain("shelf.nobody")
    rows.append(((none, _press(ShelfAction.GIVE, category.category_id)),))
    return Screen(_about(category, t("shelf.asks_assignee"), t), (*rows, to_category(category.category_id, t)))


def draw_asks_new(t: Translator) -> Screen:
    """The question for the name of another category."""
    return Screen("✏️ " + t("shelf.asks_new", least=CATEGORY_MIN, most=CATEGORY_MAX), (to_shelf(t),))


def draw_asks_words(category: Category, field: CategoryField, language: str, texts: Texts, t: Translator) -> Screen:
    """The question for its name, or its questions, in `language`, with what there is."""
    named, rows = _language(texts, language), []
    if field is CategoryField.NAME:
        text = t("shelf.asks_name", language=named, least=CATEGORY_MIN, most=CATEGORY_MAX)
        now = category.names.get(language, "")
    else:
        limits = {"count": QUESTIONS_MAX, "least": QUESTION_MIN, "most": QUESTION_MAX}
        text, now = t("shelf.asks_questions", language=named, **limits), category.questions.get(language, "")
        if now:
            take = _press(ShelfAction.NO_QUESTIONS, category.category_id, language)
            rows.append((("✖ " + t.plain("shelf.no_questions"), take),))
    if now:
        text += f"\n\n{t('shelf.now')}\n{escaped(now, QUESTIONS_MAX * _QUESTION_UNITS)}"
    return Screen(_about(category, text, t), (*rows, to_category(category.category_id, t)))


def _page_rows(category: Category, texts: Texts, t: Translator) -> tuple[Row, ...]:
    id = category.category_id

    def in_each(sign: str, key: str, action: ShelfAction) -> Row:
        label = f"{sign} {t.plain(key)}"
        return tuple((f"{label}: {_language(texts, code)}", _press(action, id, code)) for code in texts.languages)

    archive = (
        ("♻️ " + t.plain("shelf.restore"), _press(ShelfAction.RESTORE, id))
        if category.archived
        else (f"{ARCHIVED} {t.plain('shelf.archive')}", _press(ShelfAction.ARCHIVE, id))
    )
    return (
        in_each("✏️", "shelf.name", ShelfAction.NAME),
        (
            ("🚦 " + t.plain("shelf.priority"), _press(ShelfAction.PRIORITIES, id)),
            ("👷 " + t.plain("shelf.assignee"), _press(ShelfAction.STAFF, id)),
        ),
        in_each("❓", "shelf.questions", ShelfAction.QUESTIONS),
        (archive,),
        to_shelf(t),
    )


def _changed(change: CategoryChange, texts: Texts, t: Translator, when: str) -> str:
    who = fit(change.by.name, _NAME_UNITS) or t.plain("person.erased")
    if change.field is CategoryField.ARCHIVED:
        what = t("shelf.was_archived" if change.value else "shelf.was_restored")
        return t("shelf.changed", when=when, who=who) + " " + what
    field = t(f"shelf.field.{change.field.value}")
    if change.language is not None:
        field += f" ({_language(texts, change.language)})"
    was, now = (_value(change.field, value, t) for value in (change.previous, change.value))
    return f"{t('shelf.changed', when=when, who=who)} {field}: {was} → {now}"


def _value(field: CategoryField, value: str | None, t: Translator) -> str:
    if value is None:
        return _NONE
    if field is CategoryField.PRIORITY and value in set(Priority):
        return t(f"priority_button.{value}")
    if field is CategoryField.ASSIGNEE and not value:
        return t("person.erased")
    if field is CategoryField.QUESTIONS:
        return t.plural("shelf.questions_count", len(value.splitlines()))
    return escaped(value, _SHORT_UNITS)


def _priority_line(priority: Priority | None, t: Translator) -> str:
    if priority is None:
        return "🚦 " + t("shelf.priority_is", priority=t.plain("shelf.no_priority"))
    return f"{PRIORITY_SIGN[priority]} " + t("shelf.priority_is", priority=t.plain(f"priority_button.{priority.value}"))


def _line(category: Category, t: Translator) -> str:
    sign = ARCHIVED if category.archived else PRIORITY_SIGN[category.priority] if category.priority else "🏷"
    return f"{sign} {category.name(t.language)}"


def _about(category: Category, text: str, t: Translator) -> str:
    return f"🏷 <b>{escaped(category.name(t.language), _NAME_UNITS)}</b>\n\n{text}"


def _language(texts: Texts, code: str) -> str:
    """A language by its own name; the code of one that there are no texts in."""
    return texts.for_language(code).plain("language.name") if code in texts.languages else code


def _press(action: ShelfAction, category_id: UUID, value: str = "") -> str:
    return ShelfPress(action=action, category_id=category_id, value=value).pack()


def to_category(category_id: UUID, t: Translator) -> Row:
    """The way back to the page of a category."""
    return (("‹ " + t.plain("shelf.back"), _press(ShelfAction.OPEN, category_id)),)


def to_shelf(t: Translator) -> Row:
    """The way back to the list."""
    return (("‹ " + t.plain("shelf.title"), ShelfPress(action=ShelfAction.LIST).pack()),)
