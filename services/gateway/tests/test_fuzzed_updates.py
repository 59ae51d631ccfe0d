"""Whatever Telegram, or somebody who took its place, sends as an update: it is read, or known to be unreadable."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from aiogram import Bot
from aiogram.types import CallbackQuery, Message
from awkward import FILE_NAMES, GROUP_IDS, PERSON_IDS, WORDS
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from zavhoz_contracts.envelope import parse, wrap
from zavhoz_contracts.identity import attachment_id, request_id_of_draft
from zavhoz_contracts.requests.v1.commands import CommentRequest
from zavhoz_gateway.domain.draft import Draft, attachment
from zavhoz_gateway.entrypoints import reading
from zavhoz_gateway.entrypoints.replies import replied_to

BOT: Final = Bot("123456:not-a-real-secret")
BOT_ID: Final = 123456
USER: Final = {
    "id": 7, "is_bot": False, "first_name": "Anna", "last_name": "K.", "username": "anna", "language_code": "ru",
}  # fmt: skip
CHAT: Final = {"id": 7, "type": "private", "first_name": "Anna"}
CARD: Final = {
    "message_id": 8, "date": 1764000000, "chat": CHAT, "from": {"id": BOT_ID, "is_bot": True, "first_name": "bot"},
    "text": "#12 card", "reply_markup": {"inline_keyboard": [[{"text": "Take", "callback_data": "r:take:0:1"}]]},
}  # fmt: skip
MESSAGE: Final = {
    "message_id": 9, "date": 1764000000, "chat": CHAT, "from": USER, "text": "The tap drips", "caption": "it does",
    "media_group_id": "1", "reply_to_message": CARD, "entities": [{"type": "bold", "offset": 0, "length": 3}],
    "photo": [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9, "file_size": 9}],
    "document": {"file_id": "f", "file_unique_id": "u", "file_name": "a.pdf", "mime_type": "x/y", "file_size": 9},
}  # fmt: skip
PRESS: Final = {"id": "77", "from": USER, "chat_instance": "1", "data": "r:take:0:1", "message": CARD}
UPDATES: Final = ({"update_id": 5, "message": MESSAGE}, {"update_id": 5, "callback_query": PRESS})
NESTED: Final = json.loads('{"a":[' * 300 + "]}" * 300)
ANY_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
    | st.sampled_from([*PERSON_IDS, *GROUP_IDS, 2**63, -(2**70), 10**400, *(one.typed for one in WORDS), "\ud800"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*MESSAGE, *PRESS, *USER]) | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
) | st.just(NESTED)  # fmt: skip


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in an update but the update itself and its id."""
    if path and path != ("update_id",):
        yield path
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield from places(value, (*path, key))


def strings(node: Any) -> list[str]:
    """Every text in a command."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, tuple) else ()
    return [node] if isinstance(node, str) else [text for one in inner for text in strings(one)]


def with_(update: Any, path: tuple[Any, ...], value: object) -> dict[str, Any]:
    """An update with something else in one place."""
    copy: dict[str, Any] = json.loads(json.dumps(update))
    target = functools.reduce(lambda inner, key: inner[key], path[:-1], copy)
    target[path[-1]] = value
    return copy


def commanded(message: Message) -> CommentRequest | None:
    """The command that a message would become, after a way through the broker; none where nobody sent it."""
    actor = reading.actor_of_message(message)
    if actor is None:
        return None
    content, said = reading.content_of(message), reading.said(message, actor, "ru")
    replied_to(message, BOT_ID)
    Draft(said.chat_id, 0).add(content, said.message_id)
    request_id = request_id_of_draft(BOT_ID, said.chat_id, said.message_id)
    files = () if content.file is None else (attachment(request_id, content.file),)
    data = CommentRequest(
        request_id=request_id, actor=actor, origin=said.origin(), text=content.text[:1000], attachments=files
    )
    command = wrap(data, source="/zavhoz/gateway", subject=f"request/{request_id}")
    assert parse(command.to_json()) == command
    return data


def check(raw: dict[str, Any]) -> reading.Fetched:
    """Read an update: it keeps its id, has somebody's turn, and its event can be looked at."""
    fetched = reading.read_update(BOT, raw)
    assert fetched.update_id == raw["update_id"]
    assert fetched.person == f"update:{fetched.update_id}" or fetched.person.startswith("person:")
    if fetched.update is not None:
        assert reading.kind_of(fetched.update) in {"message", "callback_query", "other"}
    return fetched


@given(ANY_JSON)
def test_any_json_is_an_update_or_said_to_be_none(raw: object) -> None:
    try:
        update = reading.numbered(raw)
    except ValueError:
        return
    check(update)


@pytest.mark.parametrize("id", [None, "5", 5.0, True, [5], float("nan")])
def test_an_update_has_a_whole_number_for_its_id(id: object) -> None:
    for raw in ({"update_id": id}, {}, [id], id):
        with pytest.raises(ValueError, match="no update"):
            reading.numbered(raw)


@given(update=st.sampled_from(UPDATES), data=st.data())
def test_an_update_with_anything_in_any_place_is_read_or_unreadable(update: Any, data: st.DataObject) -> None:
    check(with_(update, data.draw(st.sampled_from(list(places(update)))), data.draw(ANY_JSON)))


@pytest.mark.parametrize("update", UPDATES, ids=["message", "press"])
def test_every_place_of_an_update_takes_half_a_surrogate_pair_and_a_nul(update: Any) -> None:
    for path in places(update):
        odd_values: list[object] = ["\ud800", "a\x00b", NESTED, 10**400, float("nan"), None, [], {}]
        for odd in odd_values:
            check(with_(update, path, odd))


TEXTS_OF_PEOPLE: Final = (
    ("message", "text"), ("message", "caption"), ("message", "from", "first_name"), ("message", "from", "last_name"),
    ("message", "from", "username"), ("message", "from", "language_code"), ("message", "document", "file_name"),
    ("message", "document", "mime_type"),
)  # fmt: skip


@pytest.mark.parametrize("path", TEXTS_OF_PEOPLE, ids=lambda path: path[-1])
def test_whatever_people_type_anywhere_becomes_a_command_that_can_be_carried_and_stored(path: tuple[str, ...]) -> None:
    documented = {key: value for key, value in MESSAGE.items() if key != "photo"}
    for typed in [*(one.typed for one in WORDS), *(sent for _, sent, _ in FILE_NAMES), "\x00", "\ud800", " ", ""]:
        update = check(with_({"update_id": 5, "message": documented}, path, typed)).update
        assert update is not None
        assert update.message is not None
        command = commanded(update.message)
        assert command is not None
        assert not any("\x00" in text for text in strings(command.model_dump())), "PostgreSQL keeps no NUL"


@pytest.mark.parametrize("words", WORDS, ids=[one.name for one in WORDS])
def test_what_is_kept_of_what_was_typed(words: Any) -> None:
    update = check(with_(UPDATES[0], ("message", "text"), words.typed)).update
    assert update is not None
    assert update.message is not None
    text = reading.content_of(update.message).text
    assert text == (words.typed if words.kept is None else words.kept)


@pytest.mark.parametrize("id", PERSON_IDS)
def test_ids_of_people_up_to_64_bits_are_kept(id: int) -> None:
    raw = with_(with_(UPDATES[0], ("message", "from", "id"), id), ("message", "chat", "id"), id)
    fetched = check(raw)
    assert fetched.person == f"person:{id}"
    assert fetched.update is not None
    assert fetched.update.message is not None
    command = commanded(fetched.update.message)
    assert command is not None
    assert (command.actor.telegram_id, command.origin.chat_id) == (id, id)


def test_nobody_has_an_id_of_more_than_64_bits() -> None:
    update = check(with_(UPDATES[1], ("callback_query", "from", "id"), 2**63)).update
    assert update is not None
    assert isinstance(update.callback_query, CallbackQuery)
    with pytest.raises(ValidationError, match="less than"):
        reading.actor_of_press(update.callback_query)


def test_attachments_of_any_name_have_the_same_id() -> None:
    request_id = request_id_of_draft(BOT_ID, 7, 9)
    ids = set()
    for _, sent, kept in FILE_NAMES:
        document = {"file_id": "f", "file_unique_id": "u", "file_name": sent}
        update = check({"update_id": 5, "message": {**MESSAGE, "photo": None, "document": document}}).update
        assert update is not None
        assert update.message is not None
        file = reading.content_of(update.message).file
        assert file is not None
        assert file.file_name == kept
        ids.add(attachment(request_id, file).attachment_id)
    assert ids == {attachment_id(request_id, "u")}
