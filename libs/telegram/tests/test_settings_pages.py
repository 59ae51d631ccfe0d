"""The pages of the settings, the summary after quiet hours, and somebody's data as a page: in every language."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.api.own import DataPart, OwnFile, OwnRequest, OwnText, OwnThing
from zavhoz_contracts.api.v1 import AttachmentStatus, Card, PersonBrief
from zavhoz_contracts.message import AttachmentKind, Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_contracts.settings.v1.commands import SettingsPage
from zavhoz_telegram.callbacks import ErasePress, MutePress, SettingsAct, SettingsPress
from zavhoz_telegram.cards import draw_card
from zavhoz_telegram.export import Export
from zavhoz_telegram.greeting import draw_greeting
from zavhoz_telegram.screens import TEXT_MAX_UNITS, Screen, units
from zavhoz_telegram.settings import Shown, draw_settings, with_mute
from zavhoz_telegram.summary import draw_summary
from zavhoz_telegram.texts import Texts

NOW = datetime(2026, 11, 24, 21, 30, 59, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
ANNA = PersonBrief(person_id=UUID(int=1), name="Анна")
TEXTS = Texts.load()
LANGUAGES = TEXTS.languages


def card(number: int = 7, title: str = "Течёт <кран>", **fields: object) -> Card:
    shown = Card(
        request_id=UUID(int=number),
        number=number,
        version=1,
        status=Status.OPEN,
        priority=Priority.MEDIUM,
        title=title,
        description="",
        requester=ANNA,
        timeline=(),
    )
    return shown.model_copy(update=fields)


def shown(language: str, quiet: tuple[int, int] | None = (22, 7)) -> Shown:
    return Shown(ANNA.person_id, language, quiet, 3, [card(), card(8, "x" * 300)])


def buttons(screen: Screen) -> dict[str, str]:
    return {data: label for row in screen.rows for label, data in row}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", list(SettingsPage))
@pytest.mark.parametrize("quiet", [None, (22, 7)])
def test_every_page_can_be_shown(page: SettingsPage, language: str, quiet: tuple[int, int] | None) -> None:
    screen = draw_settings(page, shown(language, quiet), NOW, TEXTS)
    assert units(screen.text) <= TEXT_MAX_UNITS
    assert "{" not in screen.text
    assert all(len(data.encode()) <= 64 for data in buttons(screen))
    back = SettingsPress(act=SettingsAct.OPEN, value="main").pack()
    assert (back in buttons(screen)) is (page is not SettingsPage.MAIN)
    assert re.sub(r"</?b>", "", screen.text) == html.escape(
        html.unescape(re.sub(r"</?b>", "", screen.text)), quote=False
    )


def test_only_the_second_question_can_erase() -> None:
    first = draw_settings(SettingsPage.ERASE, shown("ru"), NOW, TEXTS)
    assert not [data for data in buttons(first) if data.startswith("x:")]
    second = draw_settings(SettingsPage.ERASE_SURE, shown("ru"), NOW, TEXTS)
    (data,) = [data for data in buttons(second) if data.startswith("x:")]
    press = ErasePress.unpack(data)
    assert press.person_id == ANNA.person_id
    assert 0 <= NOW.timestamp() - press.minute * 60 < 60
    # Two taps at one place do nothing: where "go on" was, "no" is.
    assert first.rows[0][0][1] == SettingsPress(act=SettingsAct.OPEN, value="sure").pack()
    assert second.rows[0][0][1] == SettingsPress(act=SettingsAct.OPEN, value="main").pack()


@given(st.integers(0, 23), st.integers(1, 23))
def test_hours_are_changed_one_by_one_and_never_to_nothing(start: int, length: int) -> None:
    end = (start + length) % 24
    screen = draw_settings(SettingsPage.QUIET, shown("en", (start, end)), NOW, TEXTS)
    offered = [SettingsPress.unpack(data) for data in buttons(screen)]
    hours = {one.value for one in offered if one.act is SettingsAct.QUIET and one.value != "off"}
    assert all(first != second for first, second in (one.split("-") for one in hours))
    assert len(hours) >= 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_greeting_marks_the_language_it_is_in(language: str) -> None:
    labels = list(buttons(draw_greeting("Анна <b>", language, TEXTS)).values())
    (marked,) = [label for label in labels if label.startswith("● ")]
    assert marked == "● " + TEXTS.for_language(language).plain("language.name")
    assert len(labels) == 2 + len(LANGUAGES)


def test_a_card_can_be_muted_and_unmuted() -> None:
    t = TEXTS.for_language("ru")
    screen = draw_card(card(), t, MOSCOW, NOW)
    for muted in (False, True):
        drawn = with_mute(screen, UUID(int=7), muted=muted, t=t)
        (label, data) = drawn.rows[-1][0]
        assert MutePress.unpack(data).muted == int(not muted)
        assert label == ("🔔 Уведомлять" if muted else "🔕 Не уведомлять")


def test_a_summary_is_cut_between_lines_and_opens_eight() -> None:
    lines = [(card(number, "о" * 300), ["taken", "commented", "commented"]) for number in range(1, 101)]
    screen = draw_summary(lines, TEXTS.for_language("ru"))
    assert units(html.unescape(screen.text)) <= TEXT_MAX_UNITS
    assert len(buttons(screen)) == 8
    listed = [line for line in screen.text.split("\n") if line.startswith("<b>#")]
    assert f"ещё {100 - len(listed)}" in screen.text
    assert listed[0].endswith("взята в работу, 2 комментария")


def test_what_nobody_has_words_for_is_a_change() -> None:
    screen = draw_summary([(card(), ["teleported", "teleported"])], TEXTS.for_language("en"))
    assert screen.text.endswith("— 2 changes")


def test_who_was_erased_is_named_in_words() -> None:
    nobody = PersonBrief(person_id=UUID(int=9), name="")
    gone = card(requester=nobody, assignee=nobody, rejection="")
    text = draw_card(gone, TEXTS.for_language("ru"), MOSCOW, NOW).text
    assert "Заявитель: удалённый профиль" in text
    assert "Исполнитель: удалённый профиль" in text
    assert "слова удалены" in text


class Tags(HTMLParser):
    """Which elements a page has, and whether each is ended."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


ELEMENTS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "h1",
    "h2",
    "p",
    "small",
    "b",
    "dl",
    "dt",
    "dd",
    "article",
}
EVIL = "</p><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"
THINGS: tuple[OwnThing, ...] = (
    OwnRequest(
        number=1,
        title=EVIL,
        description=EVIL + "!",
        priority=Priority.HIGH,
        status=Status.COMPLETED,
        place=EVIL,
        rating=5,
        created_at=NOW,
        updated_at=NOW,
    ),
    OwnText(number=1, kind=EVIL, text=EVIL, written_at=NOW),
    OwnText(number=1, kind="comment", text="", written_at=NOW),
    OwnFile(
        attachment_id=UUID(int=3),
        number=1,
        kind=AttachmentKind.PHOTO,
        file_name=EVIL,
        status=AttachmentStatus.STORED,
        media_type=EVIL,
        size=1_234_567,
    ),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ones_data_is_a_page_without_scripts(language: str) -> None:
    export = Export(TEXTS.for_language(language), MOSCOW)
    about = {
        "name": EVIL, "username": EVIL, "telegram_id": 2**51, "person_id": "p", "role": "manager", "language": "ru",
        "registered_at": NOW.isoformat(), "reachable": True, "quiet_hours": {"from": 22, "to": 7},
        "muted_requests": [1, 2], "held_notices": 3,
    }  # fmt: skip
    page = "".join(
        (export.head(about, NOW), *(export.heading(part) + export.nothing() for part in DataPart),
         *map(export.entry, THINGS), export.end())
    )  # fmt: skip
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.seen <= ELEMENTS
    assert EVIL in tags.words
    assert "25 ноября 2026, 00:30" in tags.words or language != "ru"
    assert "1\u00a0234\u00a0567 B" in tags.words
