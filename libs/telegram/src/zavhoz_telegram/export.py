"""Somebody's data as a page: words they can read, without scripts, all of what was typed escaped."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, assert_never
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from zavhoz_contracts.api.own import DataPart, OwnFile, OwnJoined, OwnRequest, OwnText, OwnThing
from zavhoz_telegram.settings import hours
from zavhoz_telegram.texts import Translator

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "h1,h2{line-height:1.2}article{border-top:1px solid #ddd;padding:.6em 0}small{color:#666}"
    "p{margin:.3em 0;white-space:pre-wrap;overflow-wrap:anywhere}dt{color:#666}dd{margin:0 0 .5em}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}small,dt{color:#999}article{border-color:#444}}"
)
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


class Export:
    """The parts of the page, one after another; times are in `zone`."""

    def __init__(self, t: Translator, zone: ZoneInfo) -> None:
        self._t = t
        self._zone = zone

    def head(self, about: Mapping[str, Any], now: datetime) -> str:
        """The beginning, with the profile and the settings."""
        t = self._t
        title = t("export.title")
        quiet = about["quiet_hours"]
        facts = (
            ("export.name", about["name"]),
            ("export.username", "@" + about["username"] if about["username"] else "—"),
            ("export.telegram_id", about["telegram_id"]),
            ("export.person_id", about["person_id"]),
            ("export.role", t.plain(f"role.{about['role']}")),
            ("export.language", about["language"]),
            ("export.registered", self._when(datetime.fromisoformat(about["registered_at"]))),
            ("export.reachable", t.plain("export.yes" if about["reachable"] else "export.no")),
            ("export.quiet", hours((quiet["from"], quiet["to"]), t) if quiet else t.plain("settings.quiet_never")),
            ("export.muted", len(about["muted_requests"])),
            ("export.held", about["held_notices"]),
        )
        rows = "".join(f"<dt>{t(key)}</dt><dd>{html.escape(str(value))}</dd>" for key, value in facts)
        return (
            f'<!doctype html><html lang="{t.language}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
            f"<p><small>{t('export.made', when=self._when(now))}</small></p><dl>{rows}</dl>\n"
        )

    def heading(self, part: DataPart) -> str:
        """The beginning of a part."""
        return f"<h2>{self._t(f'export.part.{part.value}')}</h2>\n"

    def nothing(self) -> str:
        """A part without anything."""
        return f"<p>{self._t('export.nothing')}</p>\n"

    def entry(self, thing: OwnThing) -> str:
        """One thing."""
        t = self._t
        match thing:
            case OwnRequest():
                words = "" if thing.description == thing.title else thing.description
                words = "\n".join(part for part in (words, f"📍 {thing.place}" if thing.place else "") if part)
                state = f"{t(f'status.{thing.status.value}')}, {t(f'priority.{thing.priority.value}')}"
                state += f", {thing.rating} ⭐" if thing.rating else ""
                return self._article(
                    f"<b>#{thing.number}</b> {html.escape(thing.title)}", words, state, thing.created_at
                )
            case OwnText():
                kind = t(f"text_kind.{thing.kind}") if t.has(f"text_kind.{thing.kind}") else html.escape(thing.kind)
                said = thing.text or t.plain("person.words_erased")
                return self._article(f"<b>#{thing.number}</b> {kind}", said, "", thing.written_at)
            case OwnFile():
                name = html.escape(thing.file_name or t.plain("export.file"))
                size = "" if thing.size is None else ", " + f"{thing.size:,} B".replace(",", "\u00a0")
                state = t(f"file_status.{thing.status.value}") + html.escape(f"; {thing.media_type or '—'}{size}")
                return self._article(f"<b>#{thing.number}</b> {name}", "", state, None)
            case OwnJoined():
                return self._article(f"<b>#{thing.number}</b> {html.escape(thing.title)}", "", "", thing.joined_at)
            case _:
                assert_never(thing)

    def end(self) -> str:
        """The end."""
        return "</body></html>\n"

    def _article(self, head: str, words: str, state: str, at: datetime | None) -> str:
        small = " · ".join(part for part in (state, self._when(at) if at else "") if part)
        said = f"<p>{html.escape(words)}</p>" if words else ""
        return f"<article><p>{head}</p>{said}<small>{small}</small></article>\n"

    def _when(self, at: datetime) -> str:
        return html.escape(
            format_datetime(at.astimezone(self._zone), "d MMMM y, HH:mm", locale=self._t.language), quote=False
        )
