"""The bot's own page: commands by scope and language, descriptions by language."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from zavhoz_sandbox.client import Person

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]


async def test_commands_are_kept_by_scope_and_language(call: Call, anna: Person) -> None:
    hers = {"type": "chat", "chat_id": anna.id}
    groups: list[tuple[dict[str, Any], str]] = [
        ({}, "common"),
        ({"language_code": "ru"}, "Russian"),
        ({"scope": {"type": "all_private_chats"}}, "private"),
        ({"scope": hers, "language_code": "ru"}, "hers"),
    ]
    for where, description in groups:
        commands = [{"command": "my", "description": description}]
        assert await call("setMyCommands", commands=commands, **where) == (200, True)
    for where, description in groups:
        assert await call("getMyCommands", **where) == (200, [{"command": "my", "description": description}])
    assert await call("getMyCommands", scope=hers) == (200, [])
    assert await call("deleteMyCommands", language_code="ru") == (200, True)
    assert await call("getMyCommands", language_code="ru") == (200, [])
    assert (await call("getMyCommands"))[1] != []


@pytest.mark.parametrize(("what", "name"), [("Description", "description"), ("ShortDescription", "short_description")])
async def test_a_description_falls_back_to_the_common_one(call: Call, what: str, name: str) -> None:
    assert await call(f"getMy{what}") == (200, {name: ""})
    await call(f"setMy{what}", **{name: "Repairs"})
    await call(f"setMy{what}", **{name: "Ремонт", "language_code": "ru"})
    assert await call(f"getMy{what}", language_code="ru") == (200, {name: "Ремонт"})
    assert await call(f"getMy{what}", language_code="en") == (200, {name: "Repairs"})
    await call(f"setMy{what}", language_code="ru")
    assert await call(f"getMy{what}", language_code="ru") == (200, {name: "Repairs"})


async def test_me(call: Call) -> None:
    _, me = await call("getMe")
    assert me["is_bot"] is True
    assert me["can_read_all_group_messages"] is False
