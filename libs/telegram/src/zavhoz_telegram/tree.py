"""The tree of places as managers look through it and change it, level by level."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_contracts.api.places import ManagedPlace, ManagedPlaces, PlaceKind
from zavhoz_telegram.managed_callbacks import TreeAct, TreePress, TreeTurn
from zavhoz_telegram.screens import BUTTON_MAX, Row, Screen, escaped, fit, tail
from zavhoz_telegram.texts import Translator

_NONE: Final = UUID(int=0)
_PATH_UNITS: Final = 300
ADDS: Final = {
    TreeAct.ADD_SITE: PlaceKind.SITE,
    TreeAct.ADD_BUILDING: PlaceKind.BUILDING,
    TreeAct.ADD_FLOOR: PlaceKind.FLOOR,
    TreeAct.ADD_ROOM: PlaceKind.ROOM,
    TreeAct.ADD_ASSET: PlaceKind.ASSET,
}
"""What kind of place each button adds."""
_KINDS: Final = tuple(PlaceKind)


def draw_level(page: ManagedPlaces, t: Translator, said: str = "") -> Screen:
    """A place, or the whole tree, with what is right in it; above it what is `said` of it, as plain text."""
    place = page.place
    if page.shows_archived:
        text = _headed("🗄", t("tree.archived_in", path=_path(place, t)), t.plural("tree.archived_count", page.total))
    elif place is None:
        text = _headed("🗺", t("tree.title"), t("tree.nothing") if not page.total else t("tree.explained"))
    else:
        kind, inside = t(f"kind.{place.kind.value}"), t.plural("tree.inside", place.inside)
        about = f"{kind} · {t('tree.code', code=place.code)}"
        gone = (t("tree.is_archived"),) if place.archived else (inside,)
        text = _headed("🗄" if place.archived else "📍", escaped(_path(place, t), _PATH_UNITS), about, *gone)
    lines: tuple[Row, ...] = tuple(((_label(one), _press(TreeAct.OPEN, one.code)),) for one in page.items)
    head = f"{escaped(said, _PATH_UNITS)}\n\n" if said else ""
    return Screen(head + text, (*lines, *_turns(page), *_ways(page, t)))


def draw_kinds(place: ManagedPlace | None, t: Translator) -> Screen:
    """The question what kind of place is to be added: none that is wider than what it is in."""
    narrowest = 0 if place is None else _KINDS.index(place.kind)
    code = "" if place is None else place.code
    rows: tuple[Row, ...] = tuple(
        ((t.plain(f"kind.{kind.value}"), _press(act, code)),)
        for act, kind in ADDS.items()
        if _KINDS.index(kind) >= narrowest
    )
    back = ("‹ " + t.plain("tree.back"), _press(TreeAct.OPEN, code))
    return Screen("➕ " + t("tree.which_kind", path=_path(place, t)), (*rows, (back,)))


def draw_naming(kind: PlaceKind, place: ManagedPlace | None, t: Translator) -> Screen:
    """The question for the name of a new place."""
    text = t("tree.asks_name", kind=t.plain(f"kind.{kind.value}"), path=_path(place, t))
    return Screen("➕ " + text, (_cancel(t),))


def draw_renaming(place: ManagedPlace, t: Translator) -> Screen:
    """The question for another name."""
    return Screen("✏️ " + t("tree.asks_other_name", path=_path(place, t)), (_cancel(t),))


def draw_archiving(place: ManagedPlace, t: Translator) -> Screen:
    """The question whether a place is to be archived with all that is in it."""
    yes = ("🗄 " + t.plain("tree.archive_yes"), _press(TreeAct.ARCHIVE, place.code))
    no = ("‹ " + t.plain("tree.back"), _press(TreeAct.OPEN, place.code))
    text = "\n".join((t("tree.archive_sure", path=_path(place, t)), t.plural("tree.inside", place.inside)))
    return Screen("🗄 " + text, ((yes,), (no,)))


def draw_asks_table(t: Translator) -> Screen:
    """The question for a table of places."""
    return Screen("⬆️ " + t("tree.asks_table"), (_cancel(t),))


def _ways(page: ManagedPlaces, t: Translator) -> tuple[Row, ...]:
    """What can be done to what is shown, and the way up."""
    place, code = page.place, "" if page.place is None else page.place.code
    if page.shows_archived:
        return ((("‹ " + t.plain("tree.back"), _press(TreeAct.OPEN, code)),),)
    rows: list[Row] = []
    if place is None or not place.archived:
        rows += _doing(page, code, t)
    elif page.may_change:
        rows.append((("♻️ " + t.plain("tree.restore"), _press(TreeAct.RESTORE, code)),))
    if page.archived and (place is None or not place.archived):
        label = "🗄 " + t.plain("tree.archived", count=page.archived)
        rows.append(((label, _press(TreeAct.ARCHIVED, code)),))
    if place is not None:
        rows.append((("‹ " + t.plain("tree.up"), _press(TreeAct.OPEN, page.up or "")),))
    return tuple(rows)


def _doing(page: ManagedPlaces, code: str, t: Translator) -> list[Row]:
    sheet = ("🖨 " + t.plain("tree.sheet"), _press(TreeAct.SHEET, code))
    add = ("➕ " + t.plain("tree.add"), _press(TreeAct.ADD, code))
    if page.place is None:
        load = ("⬆️ " + t.plain("tree.import"), _press(TreeAct.IMPORT))
        export = ("⬇️ " + t.plain("tree.export"), _press(TreeAct.EXPORT))
        taken = [(sheet, export)] if page.items else []
        return [*([(add, load)] if page.may_change else []), *taken]
    if not page.may_change:
        return [(sheet,)]
    rename = ("✏️ " + t.plain("tree.rename"), _press(TreeAct.RENAME, code))
    archive = ("🗄 " + t.plain("tree.archive"), _press(TreeAct.ASK_ARCHIVE, code))
    return [(add, rename), (sheet, archive)]


def _turns(page: ManagedPlaces) -> tuple[Row, ...]:
    """The row that turns pages; none for a single page."""
    if page.pages == 1:
        return ()
    ways = (("‹", page.page - 1), (f"{page.page}/{page.pages}", page.page), ("›", page.page + 1))
    id, archived = _NONE if page.place is None else page.place.place_id, int(page.shows_archived)
    return (
        tuple(
            (label, TreeTurn(place_id=id, page=to, archived=archived).pack())
            for label, to in ways
            if 1 <= to <= page.pages
        ),
    )


def _label(place: ManagedPlace) -> str:
    """A place by its name, and how many are right in it."""
    many = f" · {place.children}" if place.children else ""
    return f"{fit(place.name, BUTTON_MAX - len(many) - 2)}{many} ›"


def _path(place: ManagedPlace | None, t: Translator) -> str:
    return t.plain("tree.title") if place is None else tail(place.path, _PATH_UNITS)


def _cancel(t: Translator) -> Row:
    return ((t.plain("tree.cancel"), _press(TreeAct.CANCEL)),)


def _press(act: TreeAct, code: str = "") -> str:
    return TreePress(act=act, code=code).pack()


def _headed(sign: str, title: str, *lines: str) -> str:
    return "\n".join((f"{sign} <b>{title}</b>", *lines))
