"""What people do: write, send files and albums, press, edit, block the bot; and what becomes of groups.

Each act does what Telegram's own programs let a person do, and tells the bot what the bot would be told.
"""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any, Final

from zavhoz_sandbox.stored import KINDS, facts_of
from zavhoz_sandbox.world import LARGEST_ID, Group, Person, Topic, World, in_topic

ABOUT_MAX: Final = 70
ALBUM_MIN: Final = 2
ALBUM_MAX: Final = 10
_COMMAND_MAX: Final = 32
ACTS: Final = frozenset(
    {"start", "text", "location", "album", "other", "edit", "press", "block", "unblock", "deactivate"}
)
"""What a person can do, by the names of the methods of `Acts`, beside sending files."""
_TOGETHER: Final = ({"photo", "video"}, {"document"}, {"audio"})


SOMEBODY: Final = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
"""Who does what nobody in particular does."""
ICON_COLOR: Final = 7322096


class Impossible(Exception):
    """Nobody could do that in Telegram."""


class Acts:
    """Acts upon a world; whoever calls says `notify` afterwards."""

    def __init__(self, world: World) -> None:
        self._world = world

    def know(self, person: Person) -> None:
        """Make a person known, or describe them anew; what was between them and the bot stays."""
        if not 0 < person.id <= LARGEST_ID:
            raise Impossible(f"ids of people are from 1 to {LARGEST_ID}")
        if len(person.about or "") > ABOUT_MAX:
            raise Impossible(f"what people say of themselves has at most {ABOUT_MAX} characters")
        before = self._world.people.get(person.id)
        if before is not None:
            person.started, person.blocked, person.deactivated = before.started, before.blocked, before.deactivated
        self._world.people[person.id] = person
        self._world.journal.add("person", person)

    def found(self, group: Group) -> None:
        """Found a group with the bot in it, or describe one anew; what became of it stays."""
        if not -LARGEST_ID <= group.id < 0:
            raise Impossible(f"ids of groups are from -{LARGEST_ID} to -1")
        if group.type not in ("group", "supergroup"):
            raise Impossible(f"there is no {group.type!r}")
        before = self._world.groups.get(group.id)
        if before is not None:
            group.kicked, group.migrated_to, group.topics = before.kicked, before.migrated_to, before.topics
            group.manages_topics = before.manages_topics
        self._world.groups[group.id] = group
        self._world.journal.add("group", group)

    def text(self, person: Person, given: dict[str, Any]) -> dict[str, Any]:
        """Write."""
        return self._say(person, _text(given["text"]), given)

    def file(self, person: Person, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        """Send a photo, video, round video, voice note, audio or document."""
        return self._say(person, self._file(kind, given), given)

    def keep(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        """Have a file at Telegram without sending it to anybody; returns the fields that a message with it has."""
        if kind not in KINDS:
            raise Impossible(f"there are no files of kind {kind!r}")
        return self._file(kind, given)

    def start(self, person: Person, given: dict[str, Any]) -> dict[str, Any]:
        """Press START, or follow a link to the bot with a `payload` (https://core.telegram.org/bots/features#deep-linking)."""
        payload = given.get("payload", "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", payload):
            raise Impossible("a payload has up to 64 letters, digits, _ and -")
        return self._say(person, _text(f"/start {payload}".strip()), {})

    def location(self, person: Person, given: dict[str, Any]) -> dict[str, Any]:
        """Send a place."""
        latitude, longitude = float(given["latitude"]), float(given["longitude"])
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise Impossible("latitudes go to 90 degrees, longitudes to 180")
        return self._say(person, {"location": {"latitude": latitude, "longitude": longitude}}, given)

    def begin_topic(self, group: Group, name: str) -> dict[str, Any]:
        """Somebody begins a topic in a forum: the bot is told."""
        if not group.is_forum:
            raise Impossible("only forums have topics")
        message = self._world.begin_topic(group, SOMEBODY, name, ICON_COLOR)
        self._world.updates.add("message", message)
        return message

    def other(self, person: Person, given: dict[str, Any]) -> dict[str, Any]:
        """Send anything else, as the fields of a `Message`."""
        return self._say(person, given["content"], given)

    def album(self, person: Person, given: dict[str, Any]) -> list[dict[str, Any]]:
        """Send several files at once: the bot gets a message for each, with one `media_group_id` among them."""
        parts = given["parts"]
        kinds = {part["kind"] for part in parts}
        if not ALBUM_MIN <= len(parts) <= ALBUM_MAX:
            raise Impossible(f"an album has {ALBUM_MIN} to {ALBUM_MAX} parts")
        if not any(kinds <= together for together in _TOGETHER):
            raise Impossible(f"{sorted(kinds)} do not go into one album")
        group = str(secrets.randbits(62))
        contents = [self._file(part["kind"], part) for part in parts]
        return [self._say(person, content, {**given, "media_group_id": group}) for content in contents]

    def edit(self, person: Person, given: dict[str, Any]) -> dict[str, Any]:
        """Change one's own text or caption."""
        place = self._place(person, given)
        message = self._world.find(place.id, given["message_id"])
        if message is None or message["from"]["id"] != person.id:
            raise Impossible(f"{given['message_id']} is no message of theirs")
        message["text" if "text" in message else "caption"] = given["text"]
        self._world.edited(message)
        self._tell(place, "edited_message", message)
        return message

    def press(self, person: Person, given: dict[str, Any]) -> dict[str, Any]:
        """Press a button by its label; or forge a press of `data`, even on a message of another chat."""
        message = self._world.find(given.get("chat") or person.id, given["message_id"])
        if message is None:
            raise Impossible(f"there is no message {given['message_id']} in this chat")
        data = given.get("data")
        if data is None:
            rows = message.get("reply_markup", {}).get("inline_keyboard", [])
            labels = {button["text"]: button.get("callback_data") for row in rows for button in row}
            data = labels.get(given["label"])
            if data is None:
                raise Impossible(
                    f"no button {given['label']!r} under message {message['message_id']}, only {list(labels)}"
                )
        return {"callback_query_id": self._world.press(person, message, data).id}

    def block(self, person: Person, _: dict[str, Any]) -> None:
        """Block the bot."""
        self._block(person, blocked=True)

    def unblock(self, person: Person, _: dict[str, Any]) -> None:
        """Let the bot write again."""
        self._block(person, blocked=False)

    def _block(self, person: Person, *, blocked: bool) -> None:
        if person.blocked != blocked:
            person.blocked = blocked
            self._world.journal.add("person", person)
            self._membership(person, person.user(), gone=blocked, away="kicked")

    def deactivate(self, person: Person, _: dict[str, Any]) -> None:
        """Delete the account."""
        person.deactivated = True
        self._world.journal.add("person", person)

    def close_topic(self, group: Group, thread: int) -> None:
        """Somebody closes a topic: the bot is told."""
        self._topic(group, thread).closed = True
        self._world.journal.add("group", group)
        message = self._world.message(group, SOMEBODY, {**in_topic(thread), "forum_topic_closed": {}})
        self._world.updates.add("message", message)

    def delete_topic(self, group: Group, thread: int) -> None:
        """Somebody deletes a topic with all its messages: the bot is told nothing."""
        self._topic(group, thread)
        self._world.delete_topic(group, thread)

    @staticmethod
    def _topic(group: Group, thread: int) -> Topic:
        if thread not in group.topics:
            raise Impossible(f"there is no topic {thread} in this chat")
        return group.topics[thread]

    def kick(self, group: Group, by: Person | None = None) -> None:
        """Throw the bot out of a group."""
        group.kicked = True
        self._world.journal.add("group", group)
        self._membership(group, by.user() if by else SOMEBODY, gone=True, away="kicked")

    def add(self, group: Group, by: Person | None = None) -> None:
        """Take the bot into a group again."""
        group.kicked = False
        self._world.journal.add("group", group)
        self._membership(group, by.user() if by else SOMEBODY, gone=False, away="kicked")

    def allow(self, group: Group, *, manages_topics: bool) -> None:
        """Make the bot an administrator who may manage topics, or no more."""
        group.manages_topics = manages_topics
        self._world.journal.add("group", group)

    def migrate(self, group: Group, new_id: int) -> Group:
        """A group becomes a supergroup: it has another id from now on, and both chats say so."""
        if group.type != "group" or new_id == group.id:
            raise Impossible("a group becomes a supergroup of another id, once")
        new = Group(new_id, group.title)
        self.found(new)
        group.migrated_to = new_id
        self._world.journal.add("group", group)
        for place, content in ((group, {"migrate_to_chat_id": new_id}), (new, {"migrate_from_chat_id": group.id})):
            self._world.updates.add("message", self._world.message(place, self._world.bot(), content))
        return new

    def _place(self, person: Person, given: dict[str, Any]) -> Person | Group:
        place = self._world.place(given.get("chat") or person.id)
        if place is None or (isinstance(place, Person) and place is not person):
            raise Impossible(f"{person.first_name} cannot write to chat {given['chat']}")
        return place

    def _say(self, person: Person, content: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        place = self._place(person, given)
        reply_to = given.get("reply_to")
        if reply_to is not None:
            target = self._world.find(place.id, reply_to)
            if target is None:
                raise Impossible(f"there is no message {reply_to} in this chat")
            # A reply shows the message, but not what that one replied to.
            shown = {key: value for key, value in target.items() if key != "reply_to_message"}
            content = {**content, "reply_to_message": shown}
        thread = given.get("message_thread_id")
        if thread is not None:
            if not isinstance(place, Group) or thread not in place.topics:
                raise Impossible(f"there is no topic {thread} in this chat")
            if place.topics[thread].closed:
                raise Impossible(f"the topic {place.topics[thread].name!r} is closed")
            content = {**content, **in_topic(thread)}
        if given.get("media_group_id"):
            content = {**content, "media_group_id": given["media_group_id"]}
        if place is person and not person.started:
            person.started = True
            self._world.journal.add("person", person)
        message = self._world.message(place, person.user(), content)
        self._tell(place, "message", message)
        return message

    def _tell(self, place: Person | Group, kind: str, message: dict[str, Any]) -> None:
        """In a group a bot with privacy mode hears commands and replies to itself, and nothing else."""
        reply = message.get("reply_to_message")
        to_bot = reply is not None and reply["from"]["id"] == self._world.bot_id
        if isinstance(place, Person) or to_bot or message.get("text", "").startswith("/"):
            self._world.updates.add(kind, message)

    def _membership(self, place: Person | Group, by: dict[str, Any], *, gone: bool, away: str) -> None:
        here, there = {"status": "member"}, {"status": away, "until_date": 0}
        old, new = (here, there) if gone else (there, here)
        bot = self._world.bot()
        self._world.updates.add(
            "my_chat_member",
            {
                "chat": place.chat(),
                "from": by,
                "date": self._world.clock.date(),
                "old_chat_member": {**old, "user": bot},
                "new_chat_member": {**new, "user": bot},
            },
        )

    def _file(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        content = base64.b64decode(given["content"])
        facts = facts_of(kind, content, given)
        caption = {"caption": given["caption"]} if given.get("caption") and kind != "video_note" else {}
        if kind == "photo":
            small = {side: max(1, pixels // 4) for side, pixels in facts.items()}
            return {kind: [self._world.store(kind, content, one).shown() for one in (small, facts)], **caption}
        return {kind: self._world.store(kind, content, facts).shown(), **caption}


def _text(text: str) -> dict[str, Any]:
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    if word.startswith("/") and 1 < len(word) <= _COMMAND_MAX:
        return {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": len(word)}]}
    return {"text": text}
