"""What a table of places would change, or what is wrong with it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_contracts.api.places import PlaceImport, PlaceStep, PlaceStepLine, WrongRow
from zavhoz_telegram.managed_callbacks import ImportAct, ImportPress, TreeAct, TreePress
from zavhoz_telegram.screens import Row, Screen, escaped, fit, tail, units
from zavhoz_telegram.texts import Translator

_SIGN: Final = {
    PlaceStep.ADDED: "➕",
    PlaceStep.RENAMED: "✏️",
    PlaceStep.MOVED: "↪️",
    PlaceStep.CHANGED: "🔀",
    PlaceStep.RESTORED: "♻️",
    PlaceStep.ARCHIVED: "🗄",
    PlaceStep.UNCHANGED: "▫️",
}
_UNITS: Final = 70
_TEXT_UNITS: Final = 3500
"""So much of a message for the lines: some room is left for the headings."""


def draw_import(preview: PlaceImport, t: Translator) -> Screen:
    """What a table would change, with a yes and a no; or all that is wrong with it, as far as there is room."""
    if preview.wrong_total or preview.import_id is None:
        return _wrong(preview, t)
    counts = [
        f"{_SIGN[step]} {t(f'tree.counted.{step.value}', n=preview.counts[step])}"
        for step in PlaceStep
        if step in preview.counts
    ]
    head = [f"<b>{t('tree.would_change')}</b>" if preview.lines_total else t("tree.would_not_change"), *counts]
    lines = _fitting([_step(line, t) for line in preview.lines], preview.lines_total, t)
    return Screen("\n".join(("⬆️ " + head[0], *head[1:], *lines)), _buttons(preview, preview.import_id, t))


def _wrong(preview: PlaceImport, t: Translator) -> Screen:
    lines = _fitting([_fault(one, t) for one in preview.wrong], preview.wrong_total, t)
    text = "\n".join((f"❗ <b>{t.plural('tree.wrong_rows', preview.wrong_total)}</b>", *lines, "", t("tree.put_right")))
    return Screen(text, (((t.plain("tree.cancel"), TreePress(act=TreeAct.CANCEL).pack()),),))


def _buttons(preview: PlaceImport, id: UUID, t: Translator) -> tuple[Row, ...]:
    missing = int(preview.archive_missing)

    def press(act: ImportAct, missing: int) -> str:
        digest = preview.digest if act is ImportAct.APPLY else ""
        return ImportPress(act=act, import_id=id, missing=missing, digest=digest).pack()

    option = ("☑️ " if missing else "⬜ ") + t.plain("tree.archive_missing")
    again = ("🔄 " + t.plain("tree.look_again"), press(ImportAct.LOOK, missing))
    cancel = (t.plain("tree.cancel"), press(ImportAct.CANCEL, missing))
    apply: tuple[Row, ...] = ((("✅ " + t.plain("tree.apply"), press(ImportAct.APPLY, missing)),),)
    return (*(apply if preview.lines_total else ()), ((option, press(ImportAct.LOOK, 1 - missing)),), (again, cancel))


def _step(line: PlaceStepLine, t: Translator) -> str:
    before, after = line.before, line.after
    if line.step is PlaceStep.CHANGED:
        before, after = t.plain(f"kind.{before}"), t.plain(f"kind.{after}")
    shown = f"{tail(before, _UNITS)} → {tail(after, _UNITS)}" if before else tail(after, 2 * _UNITS)
    return f"{_SIGN[line.step]} {escaped(shown, 4 * _UNITS)}"


def _fault(wrong: WrongRow, t: Translator) -> str:
    values = {name: fit(value, _UNITS) for name, value in wrong.values.items()}
    return t("tree.row", line=wrong.line, what=t.plain(f"tree.fault.{wrong.fault.value}", **values))


def _fitting(lines: list[str], total: int, t: Translator) -> list[str]:
    """The lines that there is room for, and how many more there are."""
    shown: list[str] = []
    for line in lines:
        if units("\n".join((*shown, line))) > _TEXT_UNITS:
            break
        shown.append(line)
    more = [t("tree.more", n=total - len(shown))] if total > len(shown) else []
    return ["", *shown, *more] if shown else more
