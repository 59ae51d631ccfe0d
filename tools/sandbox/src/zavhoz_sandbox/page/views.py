"""The world as the page is told of it: JSON for what there is, and for each thing that is new (`journal`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any, Final

from zavhoz_sandbox.faults import Faults
from zavhoz_sandbox.journal import Entry
from zavhoz_sandbox.methods import table
from zavhoz_sandbox.page.samples import samples
from zavhoz_sandbox.page.ways import root_of, way_of
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.updates import Waiting
from zavhoz_sandbox.world import Group, Person, Press, World

MESSAGES_AT_FIRST: Final = 60
CALLS_AT_FIRST: Final = 200
UPDATES_AT_FIRST: Final = 200
WAYS_AT_FIRST: Final = 50
HISTORY_MAX: Final = 200


def snapshot(sandbox: Sandbox) -> dict[str, Any]:
    """Everything that a page begins with."""
    world = sandbox.world
    return {
        "kind": "snapshot",
        "run": world.journal.run,
        "seq": world.journal.seq,
        "bot": _bot(world),
        "people": [person_view(world, one) for one in world.people.values()],
        "groups": [group_view(world, one) for one in world.groups.values()],
        "chats": {
            id: {"messages": messages[-MESSAGES_AT_FIRST:], "more": len(messages) > MESSAGES_AT_FIRST}
            for id, messages in world.chats.items()
        },
        "keyboards": world.keyboards,
        "faults": faults_view(sandbox.faults),
        "calls": list(islice(sandbox.calls, max(0, len(sandbox.calls) - CALLS_AT_FIRST), None)),
        "updates": [update_view(one) for one in list(world.updates.recent)[-UPDATES_AT_FIRST:]],
        "pending": len(world.updates.waiting()),
        "ways": _ways(sandbox),
        "samples": samples(),
    }


def _ways(sandbox: Sandbox) -> list[dict[str, Any]]:
    kept = sandbox.traces
    ways = [trace for trace in kept.newest() if root_of(kept.spans(trace), trace)][-WAYS_AT_FIRST:]
    return [way for trace in ways if (way := way_of(kept.spans(trace), trace, table.NAMES))]


def entry_view(sandbox: Sandbox, entry: Entry) -> dict[str, Any] | None:
    """One entry of the journal; None when what it is about is forgotten meanwhile."""
    shown = _SHOW[entry.kind](sandbox, entry.subject)
    return None if shown is None else {"seq": entry.seq, "kind": entry.kind, **shown}


def _bot(world: World) -> dict[str, Any]:
    descriptions = {language: text for (what, language), text in world.descriptions.items() if what == "description"}
    return {**world.bot(), "description": descriptions}


def person_view(world: World, person: Person) -> dict[str, Any]:
    """A person, with what their own program shows of the bot."""
    return {**asdict(person), "is_bot": False, "commands": commands_for(world, person)}


def group_view(world: World, group: Group) -> dict[str, Any]:
    """A group."""
    topics = [asdict(topic) for topic in group.topics.values()]
    return {**asdict(group), "topics": topics, "commands": commands_for(world, group)}


def commands_for(world: World, place: Person | Group) -> list[dict[str, Any]]:
    """The menu of commands: of the narrowest scope that has one, in their language before no language.

    As https://core.telegram.org/bots/api#determining-list-of-commands says. The stand-in's groups have no
    administrators and no language.
    """
    kind, language = (
        ("all_private_chats", place.language_code or "") if isinstance(place, Person) else ("all_group_chats", "")
    )
    for scope in ({"type": "chat", "chat_id": place.id}, {"type": kind}, {"type": "default"}):
        for one in (language[:2], ""):
            if found := world.commands.get((json.dumps(scope), one)):
                return found
    return []


def faults_view(faults: Faults) -> list[dict[str, Any]]:
    """What is to go wrong, each with the id by which it can be taken away."""
    return [{"id": id, **fault.model_dump(mode="json")} for id, fault in faults.waiting().items()]


def update_view(one: Waiting) -> dict[str, Any]:
    """An update, when it was queued, and when the bot took it."""
    return {"update": one.update, "at_ms": one.at_ms, "confirmed_ms": one.confirmed_ms}


def history(messages: Sequence[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    """The newest `limit` messages before the one whose id is `before`, and whether there are more before them."""
    limit = min(int(query.get("limit", HISTORY_MAX)), HISTORY_MAX)
    before = int(query["before"])
    end = next((at for at, one in enumerate(messages) if one["message_id"] == before), 0)
    begin = max(0, end - limit)
    return {"messages": messages[begin:end], "more": begin > 0}


def _press(press: Press) -> dict[str, Any]:
    return {"press": press.id, "person": press.person_id, "chat": press.message["chat"]["id"]}


def _answered(_: Sandbox, press: Press) -> dict[str, Any]:
    answer = press.answer or {}
    return {**_press(press), "text": answer["text"], "alert": answer["show_alert"]}


def _commands(sandbox: Sandbox, _: None) -> dict[str, Any]:
    world = sandbox.world
    places: list[Person | Group] = [*world.people.values(), *world.groups.values()]
    return {"chats": {place.id: commands_for(world, place) for place in places}}


def _confirmed(sandbox: Sandbox, taken: list[Waiting]) -> dict[str, Any]:
    pending = len(sandbox.world.updates.waiting())
    return {"update_ids": [one.id for one in taken], "at_ms": taken[0].confirmed_ms, "pending": pending}


def _way(sandbox: Sandbox, trace: str) -> dict[str, Any] | None:
    way = way_of(sandbox.traces.spans(trace), trace, table.NAMES)
    return way and {"way": way}


_SHOW: Final[dict[str, Callable[[Sandbox, Any], dict[str, Any] | None]]] = {
    "message": lambda _, message: {"chat": message["chat"]["id"], "message": message},
    "deleted": lambda _, message: {"chat": message["chat"]["id"], "message_id": message["message_id"]},
    "person": lambda sandbox, person: {"person": person_view(sandbox.world, person)},
    "group": lambda sandbox, group: {"group": group_view(sandbox.world, group)},
    "pressed": lambda _, press: {**_press(press), "message_id": press.message["message_id"], "data": press.data},
    "answered": _answered,
    "typing": lambda _, given: {
        "chat": given.chat_id,
        "action": given.action,
        "thread": given.message_thread_id,
    },
    "call": lambda _, call: {"call": call},
    "update": lambda _, one: {"update": update_view(one)},
    "confirmed": _confirmed,
    "bot": lambda sandbox, _: {"bot": _bot(sandbox.world)},
    "commands": _commands,
    "keyboard": lambda sandbox, chat: {"chat": chat, "markup": sandbox.world.keyboards.get(chat)},
    "way": _way,
    "faults": lambda sandbox, _: {"faults": faults_view(sandbox.faults)},
}
"""How an entry of each kind is shown."""
