"""What the documentation says is true: pages made from the code, links, commands, and names of functions."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scripts.docs import decisions
from scripts.docs.__main__ import PAGES, main, stale, write
from scripts.docs.configuration import SERVICES

from zavhoz_requests.domain.lifecycle import RULES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES_OF_PEOPLE = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "tools/sandbox/README.md"])
MAKEFILE = (ROOT / "Makefile").read_text()
each_page = pytest.mark.parametrize("page", PAGES_OF_PEOPLE, ids=lambda page: str(page.relative_to(ROOT)))


def outside_fences(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def commands(text: str) -> Iterator[list[str]]:
    """Every command of a page: the lines of its `sh` blocks, and `make ...` or `python -m ...` in the text."""
    for block in re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield words
    for inline in re.findall(r"`((?:make|python -m) [^`]+)`", outside_fences(text)):
        yield shlex.split(inline)


def problem_with(command: list[str]) -> str | None:
    """What is wrong with a command: no such target, variable or module."""
    assignments = [word for word in command if re.fullmatch(r"[A-Z][A-Z0-9_]*=.*", word)]
    words = [word for word in command if word not in assignments]
    match words:
        case ["make", *targets]:
            for target in targets:
                if not re.search(rf"^{re.escape(target)}:", MAKEFILE, flags=re.MULTILINE):
                    return f"no target {target}"
            names = {word.split("=")[0] for word in assignments}
            unread = [name for name in names if name not in readable() and f"$({name})" not in MAKEFILE]
            return f"nobody reads {unread}" if unread else None
        case ["python" | ".venv/bin/python", "-m", module, *_]:
            return None if importlib.util.find_spec(module) else f"no module {module}"
        case _:
            return None


def readable() -> set[str]:
    """Every variable that a service reads, `PYTHON` of the setup, and what the tests and stacks read."""
    fields: set[str] = {"PYTHON"}
    for service in SERVICES:
        fields |= {name.upper() for name in importlib.import_module(f"zavhoz_{service}.settings").Settings.model_fields}
    return fields


def test_a_page_that_does_not_say_what_the_code_says_is_named(tmp_path: Path, capsys: Any) -> None:
    assert stale(tmp_path) == list(PAGES)
    write(tmp_path)
    assert stale(tmp_path) == []
    page = tmp_path / "lifecycle.md"
    page.write_text(page.read_text().replace("take", "grab"))
    assert stale(tmp_path) == ["lifecycle.md"]
    assert main(["check"]) == 0, capsys.readouterr().err
    assert main(["explain"]) == 2


def test_a_stale_page_names_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.docs.__main__.FOLDER", tmp_path)
    assert main(["check"]) == 1
    assert "docs/configuration.md" in (said := capsys.readouterr().err)
    assert "make docs" in said
    assert main(["write"]) == 0
    assert main(["check"]) == 0


def test_every_variable_of_every_service_is_explained_once() -> None:
    explained = re.findall(r"^\| `([A-Z0-9_]+)` \|", (DOCS / "configuration.md").read_text(), flags=re.MULTILINE)
    assert set(explained) == readable() - {"PYTHON"}
    sections = (DOCS / "configuration.md").read_text().split("\n## ")
    assert {section.splitlines()[0] for section in sections[1:]} >= {service.capitalize() for service in SERVICES}


def test_the_file_of_examples_names_no_variable_that_nobody_reads() -> None:
    named = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    assert set(named) <= readable()


def test_every_step_of_the_lifecycle_is_drawn_and_listed() -> None:
    page = (DOCS / "lifecycle.md").read_text()
    for rule in RULES:
        assert f"| {rule.action.value} | " in page
        for source in rule.sources:
            if rule.target is not None:
                assert f"    {source.value} --> {rule.target.value}: {rule.action.value}\n" in page


def resolve(name: str) -> Any:
    """The object with this full name."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError as missing:
            if missing.name is None or not name.startswith(missing.name):
                raise
            continue
        for attribute in parts[length:]:
            found = getattr(found, attribute)
        return found
    raise ModuleNotFoundError(name)


def names(text: str) -> list[str]:
    """What a page calls by a full name of ours: `zavhoz_package.module.Class.method`."""
    return re.findall(r"`(zavhoz_\w+(?:\.\w+)+)`", text)


@each_page
def test_names_are_true(page: Path) -> None:
    for name in names(page.read_text()):
        resolve(name)


def test_the_walkthrough_names_what_it_walks_through() -> None:
    named = names((DOCS / "walkthrough.md").read_text())
    packages = {name.split(".")[0] for name in named}
    assert packages >= {f"zavhoz_{service}" for service in SERVICES} | {"zavhoz_messaging", "zavhoz_contracts"}
    assert len(set(named)) > 50


@pytest.mark.parametrize(
    "name", ["zavhoz_files.nothing", "zavhoz_nothing.at.all", "zavhoz_gateway.settings.Settings.x"]
)
def test_a_name_of_nothing_is_noticed(name: str) -> None:
    assert names(f"see `{name}`") == [name]
    with pytest.raises((AttributeError, ModuleNotFoundError)):
        resolve(name)


def test_every_page_can_be_found_from_the_index() -> None:
    index = (DOCS / "README.md").read_text()
    pages = [str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if path.parent.name != "adr"]
    assert [page for page in [*pages, "adr/README.md"] if page != "README.md" and f"]({page})" not in index] == []


def test_decisions_are_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "FOLDER", tmp_path)
    (tmp_path / "0001-first.md").write_text("# 1. First\n")
    assert decisions.page().endswith("| 1 | [First](0001-first.md) |\n")
    (tmp_path / "0001-other.md").write_text("# 1. Other\n")
    with pytest.raises(ValueError, match="twice"):
        decisions.page()
    (tmp_path / "0001-other.md").write_text("# 2. Other\n")
    with pytest.raises(ValueError, match="does not begin with"):
        decisions.page()


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", outside_fences(page.read_text()))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@each_page
def test_pictures_are_there(page: Path) -> None:
    named = re.findall(r"<(?:img|source)\b[^>]*\b(?:src|srcset)=\"([^\"]+)\"", page.read_text())
    assert [picture for picture in named if not (page.parent / picture).is_file()] == []


def test_every_picture_is_shown_somewhere_and_is_small() -> None:
    text = "".join(page.read_text() for page in PAGES_OF_PEOPLE)
    pictures = list((DOCS / "images").iterdir())
    assert pictures
    assert [picture.name for picture in pictures if f"images/{picture.name}" not in text] == []
    assert [picture.name for picture in pictures if picture.stat().st_size > 300_000] == []


@each_page
def test_files_that_are_named_are_there(page: Path) -> None:
    folders = "tests|libs|services|tools|infra|scripts|benchmarks"
    named = re.findall(rf"`((?:{folders})/[\w./-]+\.(?:py|sh|md))`", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


@each_page
def test_commands_can_be_typed(page: Path) -> None:
    wrong = {" ".join(one): problem for one in commands(page.read_text()) if (problem := problem_with(one))}
    assert wrong == {}


@pytest.mark.parametrize("name", ["README", "docs/guide-requester"])
def test_what_is_in_two_languages_says_the_same(name: str) -> None:
    """Section for section the same commands, links, rows of tables and steps, in other words."""
    shapes = []
    for language in (".md", ".ru.md"):
        text = (ROOT / f"{name}{language}").read_text()
        shapes.append(
            [
                (
                    list(commands(section)),
                    [_either(link) for link in re.findall(r"\]\(([^)]+)\)", section)],
                    re.findall(r"^\| (`[^`]+`)", section, flags=re.MULTILINE),
                    len(re.findall(r"^(?:\d+\.|-) ", section, flags=re.MULTILINE)),
                )
                for section in text.split("\n## ")
            ]
        )
    english, russian = shapes
    assert russian == english


def _either(link: str) -> str:
    """The same for a page or picture in either language."""
    return re.sub(r"(?:\.ru|-ru|-en)?(\.md|\.png)", r"\1", link)


@pytest.mark.parametrize(
    "command", ["make nonsense", "make tour COLOUR=red", "python -m zavhoz_nothing run"], ids=lambda text: text
)
def test_a_command_that_cannot_be_typed_is_noticed(command: str) -> None:
    assert [problem_with(one) for one in commands(f"```sh\n{command}  # a comment\n```\n")] != [None]
    assert [problem_with(one) for one in commands(f"Type `{command}` to see.")] != [None]
