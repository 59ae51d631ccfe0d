"""The registry: every message is routed, handled once, and described by a committed schema."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from zavhoz_contracts import schemas
from zavhoz_contracts.envelope import parse
from zavhoz_contracts.message import Message
from zavhoz_contracts.registry import ROUTES, Exchange, Queue, Route, bindings, by_type

EVERY = [pytest.param(route, id=route.type) for route in ROUTES]


def all_messages(base: type[Message] = Message) -> set[type[Message]]:
    found = {base} if base.TYPE else set()
    return found.union(*(all_messages(child) for child in base.__subclasses__()))


def test_every_message_is_routed_exactly_once() -> None:
    ours = {message for message in all_messages() if message.__module__.startswith("zavhoz_contracts")}
    generic = {message for message in ours if "[" in message.__name__}
    assert {route.message for route in ROUTES} == ours - generic
    assert len({route.type for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("route", EVERY)
def test_types_say_what_they_are(route: Route) -> None:
    assert re.fullmatch(r"zavhoz\.[a-z_]+\.[a-z_]+\.v[0-9]+", route.type)
    assert f".{route.type.rsplit('.', 1)[1]}." in route.message.__module__
    assert by_type(route.type) is route


@pytest.mark.parametrize("route", EVERY)
def test_commands_have_one_handler_and_events_a_consumer_or_the_public(route: Route) -> None:
    if route.exchange is Exchange.COMMANDS:
        assert len(route.consumers) == 1
        assert route.consumers[0].value.endswith(".commands")
    else:
        assert route.consumers or route.public


def test_every_queue_has_something_to_do() -> None:
    for queue in Queue:
        assert bindings(queue), queue
    assert (Exchange.COMMANDS, "zavhoz.request.create.v1") in bindings(Queue.REQUESTS_COMMANDS)
    assert (Exchange.EVENTS, "zavhoz.attachment.added.v1") in bindings(Queue.FILES_EVENTS)
    assert (Exchange.PRIVATE, "zavhoz.person.reachability.v1") in bindings(Queue.REQUESTS_EVENTS)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.public])
def test_public_events_hold_nothing_of_a_person_but_a_random_id(route: Route) -> None:
    text = json.dumps(schemas.schema(route))
    for word in ("chat_id", "telegram_id", "username", "first_name", 'description": {', "callback_query_id"):
        assert word not in text.replace('"description": "', ""), word


def test_the_committed_schemas_are_those_of_the_models() -> None:
    assert schemas.differences() == [], "run `python -m zavhoz_contracts.schemas write` and commit the result"


SAMPLES = sorted((schemas.FOLDER / "samples").glob("*.json"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_committed_sample_is_read_with_the_models_of_today_and_loses_nothing(path: Path) -> None:
    sample = parse(path.read_bytes())
    assert sample.type == path.stem
    assert json.loads(sample.to_json()) == json.loads(path.read_bytes())


def test_there_are_samples() -> None:
    assert {path.stem for path in SAMPLES} >= {
        "zavhoz.request.attach.v1",
        "zavhoz.request.comment.v1",
        "zavhoz.request.commented.v1",
    }


def test_a_stale_missing_or_left_over_schema_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schemas.write(tmp_path)
    assert schemas.differences(tmp_path) == []
    (tmp_path / "zavhoz.request.taken.v1.json").write_text("{}")
    (tmp_path / "zavhoz.request.create.v1.json").unlink()
    (tmp_path / "zavhoz.request.forgotten.v1.json").write_text("{}")
    assert schemas.differences(tmp_path) == [
        "zavhoz.request.create.v1.json is missing",
        "zavhoz.request.forgotten.v1.json is of no message",
        "zavhoz.request.taken.v1.json is stale",
    ]
    monkeypatch.setattr(schemas, "differences", lambda: ["x is stale"])
    assert schemas.main(["check"]) == 1
    assert schemas.main(["guess"]) == 2
    schemas.write(tmp_path)
    assert not (tmp_path / "zavhoz.request.forgotten.v1.json").exists()
