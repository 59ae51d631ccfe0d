"""The texts: complete in every language, right in number, and an error where a key is wrong."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import pytest

from zavhoz_contracts.api.v1 import Step
from zavhoz_contracts.message import AttachmentKind, Priority
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_telegram import texts as module
from zavhoz_telegram.texts import MissingText, Texts, problems

ROOT = Path(__file__).resolve().parents[3]
TEXTS = Texts.load()
RU, EN = TEXTS.for_language("ru"), TEXTS.for_language("en")


def test_the_catalogs_are_in_order() -> None:
    assert problems(ROOT) == []
    assert set(TEXTS.languages) == {"ru", "en"}
    assert RU.texts.keys() == EN.texts.keys()


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("status", Status),
        ("timeline", Step),
        ("priority", Priority),
        ("priority_button", Priority),
        ("title", AttachmentKind),
        ("files", AttachmentKind),
        ("refusal", RefusalReason),
    ],
)
def test_every_value_has_its_text(prefix: str, values: type[StrEnum]) -> None:
    for t in (RU, EN):
        assert [value for value in values if not t.has(f"{prefix}.{value.value}")] == []


def test_every_action_but_the_rating_has_the_name_of_its_button() -> None:
    for t in (RU, EN):
        assert [action for action in Action if not t.has(f"action.{action.value}")] == [Action.CONFIRM, Action.JOIN]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ru", "ru"), ("ru-RU", "ru"), ("RU", "ru"), ("en-US", "en"), ("uk", "en"), ("run", "en"), (None, "en")],
)
def test_a_language_is_chosen(code: str | None, expected: str) -> None:
    assert TEXTS.for_language(code).language == expected


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, "0 вложений"), (1, "1 вложение"), (2, "2 вложения"), (4, "4 вложения"), (5, "5 вложений"),
        (11, "11 вложений"), (12, "12 вложений"), (14, "14 вложений"), (21, "21 вложение"), (22, "22 вложения"),
        (25, "25 вложений"), (101, "101 вложение"), (111, "111 вложений"), (112, "112 вложений"), (122, "122 вложения"),
    ],
)  # fmt: skip
def test_russian_numbers(n: int, expected: str) -> None:
    assert RU.plural("card.attachments", n) == expected


@pytest.mark.parametrize(("n", "expected"), [(0, "0 attachments"), (1, "1 attachment"), (2, "2 attachments")])
def test_english_numbers(n: int, expected: str) -> None:
    assert EN.plural("card.attachments", n) == expected


def test_values_are_escaped_but_not_where_there_is_no_html() -> None:
    assert EN("card.requester", name="<b>&") == "Reported by &lt;b&gt;&amp;"
    assert EN.plain("card.requester", name="<b>&") == "Reported by <b>&"
    assert EN("card.requester", name="{x}") == "Reported by {x}"


def test_a_wrong_key_is_named() -> None:
    for ask in (EN, EN.plain, RU):
        with pytest.raises(MissingText, match=r"no\.such"):
            ask("no.such")
    with pytest.raises(MissingText, match=r"status\.open"):
        EN.plural("status.open", 1)
    with pytest.raises(MissingText, match=r"card\.attachments"):
        EN("card.attachments")
    assert EN.has("status.open")
    assert not EN.has("no.such")


HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def _catalogs(folder: Path, **languages: str) -> None:
    for language, body in languages.items():
        path = folder / language / "LC_MESSAGES" / "x.po"
        path.parent.mkdir(parents=True)
        path.write_text(HEAD + body)


def _entry(key: str, *forms: str) -> str:
    if len(forms) == 1:
        return f'msgid "{key}"\nmsgstr "{forms[0]}"\n\n'
    numbered = "".join(f'msgstr[{n}] "{form}"\n' for n, form in enumerate(forms))
    return f'msgid "{key}"\nmsgid_plural "{key}"\n{numbered}\n'


@pytest.mark.parametrize(
    ("en", "ru", "problem"),
    [
        (_entry("a.b", "x"), "", "ru: 'a.b' is missing"),
        (_entry("a.b", "x"), _entry("a.b", ""), "ru: 'a.b' is empty"),
        (_entry("a.b", "{n}"), _entry("a.b", "{m}"), "ru: 'a.b' has other placeholders than in en"),
        (_entry("a.b", "x"), _entry("a.b", "x"), "'a.b' is used by nobody"),
    ],
)
def test_what_is_wrong_with_a_catalog_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, en: str, ru: str, problem: str
) -> None:
    _catalogs(tmp_path, en=en, ru=ru)
    monkeypatch.setattr(module, "LOCALES", tmp_path)
    assert problem in problems(ROOT)


def test_a_key_in_two_catalogs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _catalogs(tmp_path, en=_entry("a.b", "x"))
    (tmp_path / "en" / "LC_MESSAGES" / "y.po").write_text(HEAD + _entry("a.b", "y"))
    monkeypatch.setattr(module, "LOCALES", tmp_path)
    with pytest.raises(ValueError, match=r"'a\.b' is there twice"):
        problems(ROOT)


def test_a_use_of_no_text_is_said(tmp_path: Path) -> None:
    source = tmp_path / "services" / "x" / "src" / "x.py"
    source.parent.mkdir(parents=True)
    source.write_text('def f(t):\n    return t("card.no_such")\n')
    assert any("card.no_such" in problem for problem in problems(tmp_path))


def test_the_check_can_be_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert module.main() == 0
    monkeypatch.setattr(module, "problems", lambda _: ["something"])
    assert module.main() == 1
    assert capsys.readouterr().err == "texts: something\n"
