"""Draws a sheet of QR codes as a PDF: `python -m zavhoz_notifier.qr.draw`, a process of its own.

Eight labels of 105 × 74 mm (A7) fill an A4 page to its edges, so that a page needs four straight cuts, and sheets of
labels in that size fit too. Nothing is within 5 mm of an edge, where printers do not print.

The same labels make the same bytes.
"""

from __future__ import annotations

import contextlib
import errno
import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import segno
from fpdf import FPDF, ViewerPreferences
from fpdf.fonts import TTFFont

from zavhoz_notifier.qr.exit_statuses import DISK_FULL
from zavhoz_notifier.qr.fitting import Fitted, drawable, fit
from zavhoz_notifier.qr.label import Label, link

_MEMORY_BYTES: Final = 1 << 29
_CPU_SECONDS: Final = 120
_FONTS: Final = Path(__file__).parent / "fonts"
_PLAIN, _BOLD = "plain", "bold"

# Millimetres, but for the sizes of letters, which are points.
_COLUMNS, _ROWS = 2, 4
_PAGE_WIDTH, _PAGE_HEIGHT = 210.0, 297.0
_WIDTH, _HEIGHT = _PAGE_WIDTH / _COLUMNS, _PAGE_HEIGHT / _ROWS
_MARGIN: Final = 8.0
_CODE_SIDE: Final = 38.0
_QUIET: Final = 6.0
"""Between the code and what is beside it: four modules, of at most 1.4 mm, are to be white (ISO/IEC 18004)."""
_COLUMN: Final = _WIDTH - 2 * _MARGIN - _CODE_SIDE - _QUIET
_SEAM: Final = 0.02
"""Modules overlap by so much, or screens show hairlines between them."""
_POINT: Final = 25.4 / 72
_LEADING: Final = 1.18
_ASCENT: Final = 0.76
"""The height of capitals, with what is above some of them, as a part of the size."""
_NAME_SIZES: Final = ((26.0, 1), (20.0, 2), (16.0, 2), (12.5, 3))
_INVITATION_SIZES: Final = ((12.0, 3), (10.0, 4))
_WITHIN_SIZE: Final = 9.5
_CODE_SIZE: Final = 7.5
_BLACK, _GREY, _PALE = 0, 90, 170


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all labels of a sheet have in common; `bot` is its username, without @."""

    bot: str
    title: str
    invitation: str
    language: str
    made_at: datetime


def draw_sheet(labels: Iterable[Label], sheet: Sheet, target: IO[bytes]) -> int:
    """Write a PDF with all labels in their order, from left to right and down; returns how many there are."""
    count = 0
    with contextlib.closing(_Pen(sheet)) as pen:
        for label in labels:
            row, column = divmod(count % (_COLUMNS * _ROWS), _COLUMNS)
            if not row and not column:
                pen.turn_page()
            pen.label(label, column * _WIDTH, row * _HEIGHT)
            count += 1
        target.write(pen.pdf.output())
        target.flush()
    return count


class _Pen:
    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.pdf = pdf = FPDF(format="A4")
        pdf.set_auto_page_break(False)
        pdf.set_title(sheet.title)
        pdf.set_lang(sheet.language)
        pdf.set_creation_date(sheet.made_at)
        # A printer that shrinks the page would move the cuts.
        pdf.viewer_preferences = ViewerPreferences(print_scaling="None", display_doc_title=True)
        pdf.add_font(_PLAIN, fname=_FONTS / "DejaVuSansCondensed.ttf")
        pdf.add_font(_BOLD, fname=_FONTS / "DejaVuSansCondensed-Bold.ttf")
        self._fonts = {name: font for name, font in pdf.fonts.items() if isinstance(font, TTFFont)}
        self._widths: dict[str, dict[str, float]] = {name: {} for name in self._fonts}
        self._invitation = self._fit(sheet.invitation, _BOLD, _COLUMN, _INVITATION_SIZES)

    def close(self) -> None:
        """Close the files of the fonts, which the library leaves open."""
        for font in self._fonts.values():
            font.ttfont.close()

    def turn_page(self) -> None:
        pdf = self.pdf
        pdf.add_page()
        pdf.set_line_width(0.15)
        pdf.set_draw_color(_PALE)
        pdf.set_dash_pattern(dash=2, gap=2)
        for column in range(1, _COLUMNS):
            pdf.line(column * _WIDTH, 0, column * _WIDTH, _PAGE_HEIGHT)
        for row in range(1, _ROWS):
            pdf.line(0, row * _HEIGHT, _PAGE_WIDTH, row * _HEIGHT)

    def label(self, label: Label, left: float, top: float) -> None:
        """The name over the whole width; under it the code, and beside that what it is in and what it is for."""
        left, top, bottom = left + _MARGIN, top + _MARGIN, top + _HEIGHT - _MARGIN
        name = drawable(label.name, self._fonts[_BOLD].cmap) or label.code
        fitted = self._fit(name, _BOLD, _WIDTH - 2 * _MARGIN, _NAME_SIZES)
        room = bottom - _CODE_SIDE - _QUIET - top
        self._write(fitted, _BOLD, _BLACK, left, top + (room - _height(fitted)) / 2)
        self._code(link(self._sheet.bot, label.code), left, bottom - _CODE_SIDE)
        self._beside(label, left + _CODE_SIDE + _QUIET, bottom - _CODE_SIDE, bottom)

    def _beside(self, label: Label, left: float, top: float, bottom: float) -> None:
        """From the bottom up: the code in letters, the invitation; at the top what the place is in, as room is left."""
        code = self._fit(label.code, _PLAIN, _COLUMN, ((_CODE_SIZE, sys.maxsize),))
        bottom -= _height(code)
        self._write(code, _PLAIN, _GREY, left, bottom)
        bottom -= _height(self._invitation) + 2.5
        self._write(self._invitation, _BOLD, _BLACK, left, bottom)
        room = int((bottom - 2 - top) / (_WITHIN_SIZE * _LEADING * _POINT))
        if label.within and room > 0:
            self._write(self._within(label.within, room), _PLAIN, _GREY, left, top)

    def _within(self, names: tuple[str, ...], room: int) -> Fitted:
        """Of a long path the nearest names say most: those from the root are left out first."""
        for first in range(len(names)):
            path = "\xa0› ".join(["…", *names[first:]] if first else names)
            fitted = self._fit(path, _PLAIN, _COLUMN, ((_WITHIN_SIZE, room),))
            if not fitted.cut:
                break
        return fitted

    def _fit(self, text: str, font: str, width: float, sizes: tuple[tuple[float, int], ...]) -> Fitted:
        return fit(
            drawable(text, self._fonts[font].cmap), width, lambda part, size: self._measure(part, font, size), sizes
        )

    def _measure(self, text: str, font: str, size: float) -> float:
        """Letters stand beside each other as they are, so that a text is as wide as all of them."""
        widths = self._widths[font]
        for char in set(text) - widths.keys():
            self.pdf.set_font(font, size=1)
            widths[char] = self.pdf.get_string_width(char)
        return size * sum(widths[char] for char in text)

    def _write(self, fitted: Fitted, font: str, grey: int, left: float, top: float) -> None:
        self.pdf.set_font(font, size=fitted.size)
        self.pdf.set_text_color(grey)
        for number, line in enumerate(fitted.lines):
            self.pdf.text(left, top + fitted.size * _POINT * (_ASCENT + number * _LEADING), line)

    def _code(self, address: str, left: float, top: float) -> None:
        """The modules of one row that touch are one rectangle."""
        matrix = segno.make_qr(address, error="m").matrix
        side = _CODE_SIDE / len(matrix)
        self.pdf.set_fill_color(_BLACK)
        for row, modules in enumerate(matrix):
            start = modules.find(1)
            while start >= 0:
                end = modules.find(0, start)
                end = len(modules) if end < 0 else end
                self.pdf.rect(
                    left + start * side, top + row * side, (end - start) * side + _SEAM, side + _SEAM, style="F"
                )
                start = modules.find(1, end)


def _height(fitted: Fitted) -> float:
    """From the top of the first line to the base of the last."""
    return fitted.size * _POINT * (_ASCENT + (len(fitted.lines) - 1) * _LEADING)


def main(arguments: list[str]) -> int:
    """Draw the labels that are on standard input, a line of JSON each, to standard output; returns the exit status.

    The arguments are the fields of a `Sheet`.
    """
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    bot, title, invitation, language, made_at = arguments
    sheet = Sheet(bot, title, invitation, language, datetime.fromisoformat(made_at))
    try:
        draw_sheet(map(Label.read, sys.stdin.buffer), sheet, sys.stdout.buffer)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return DISK_FULL
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
