"""aiogram imported lean reads what aiogram imported as usual reads, and an aiogram made otherwise does no harm.

The lean import is for fresh processes; in this one aiogram is imported as usual.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from aiogram.types import Update
from pydantic import BaseModel

from zavhoz_gateway.lean_aiogram import import_aiogram

ANNA: dict[str, Any] = {"id": 7, "is_bot": False, "first_name": "Anna", "language_code": "ru"}
CHAT: dict[str, Any] = {"id": 7, "type": "private", "first_name": "Anna"}
GROUP: dict[str, Any] = {"id": -100, "type": "supergroup", "title": "House", "is_forum": True}
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 90, "height": 60, "file_size": 9}]
BUTTON = {"inline_keyboard": [[{"text": "Take", "callback_data": "r:take"}]]}


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1_700_000_000, "chat": CHAT, "from": ANNA} | content


UPDATES: list[dict[str, Any]] = [
    {"update_id": 1, "message": message(text="hello", entities=[{"type": "bold", "offset": 0, "length": 5}])},
    {"update_id": 2, "message": message(photo=PHOTO, caption="tap", media_group_id="1")},
    {"update_id": 3, "message": message(text="yes", reply_to_message=message(photo=PHOTO, reply_markup=BUTTON))},
    {"update_id": 4, "message": message(forward_origin={"type": "user", "date": 1, "sender_user": ANNA}, text="x")},
    {"update_id": 5, "message": message(document={"file_id": "d", "file_unique_id": "v", "file_name": "a.pdf"})},
    {"update_id": 6, "message": message(poll={"nothing": "right"})},
    {"update_id": 7, "edited_message": message(text="later", edit_date=1_700_000_100)},
    {"update_id": 8, "callback_query": {"id": "1", "from": ANNA, "chat_instance": "1", "message": message(text="x")}},
    {
        "update_id": 9,
        "callback_query": {"id": "1", "from": ANNA, "message": {"chat": CHAT, "message_id": 1, "date": 0}},
    },
    {"update_id": 10, "message": message(chat=GROUP, forum_topic_created={"name": "Lifts", "icon_color": 1})},
    {"update_id": 11, "a_kind_of_tomorrow": {"x": 1}},
]
_READ = """
import json, sys
from zavhoz_gateway import lean_aiogram
{sabotage}
lean_aiogram.import_aiogram()
import aiogram
from aiogram import types
built = [name for name in types.__all__ if getattr(getattr(types, name), "__pydantic_complete__", False)]
def read(raw):
    try:
        return types.Update.model_validate(raw).model_dump_json()
    except ValueError:
        return "refused"
read_all = [read(raw) for raw in json.load(sys.stdin)]
shortcut = types.Message.model_validate({message!r}).answer("hello")
print(json.dumps({{"built": built, "read": read_all, "shortcut": repr(shortcut)}}))
"""


async def read_lean(sabotage: str = "") -> dict[str, Any]:
    """What a fresh process with the lean import reads."""
    code = _READ.format(sabotage=sabotage, message=message(text="hi"))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=pipe, stdout=pipe)
    output, _ = await process.communicate(json.dumps(UPDATES).encode())
    assert process.returncode == 0
    *log, told = output.decode().splitlines()
    return {"log": "\n".join(log)} | json.loads(told)


def read_as_usual(raw: dict[str, Any]) -> str:
    try:
        return Update.model_validate(raw).model_dump_json()
    except ValueError:
        return "refused"


async def test_one_type_is_built_and_reads_the_same() -> None:
    lean = await read_lean()
    assert lean["read"] == [read_as_usual(raw) for raw in UPDATES]
    assert [raw["update_id"] for raw, one in zip(UPDATES, lean["read"], strict=True) if one == "refused"] == [6, 9]
    assert lean["built"] == ["Update"]
    assert lean["shortcut"].startswith("SendMessage(chat_id=7, text='hello'"), (
        "other types are built when they are used"
    )
    assert lean["log"] == ""


async def test_an_aiogram_made_otherwise_is_imported_as_usual() -> None:
    no_names = "lean_aiogram._bases = lambda: ()"
    usual = await read_lean(no_names)
    assert usual["read"] == [read_as_usual(raw) for raw in UPDATES]
    assert len(usual["built"]) > 200
    assert "aiogram's types are built all at once" in usual["log"]


def test_an_aiogram_that_is_there_already_is_left_alone() -> None:
    before = BaseModel.model_rebuild, Update.model_rebuild
    import_aiogram()
    assert (BaseModel.model_rebuild, Update.model_rebuild) == before
