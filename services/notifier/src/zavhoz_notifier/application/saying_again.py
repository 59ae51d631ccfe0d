"""What may have to be said again, in the same words: Telegram has no idempotency key."""

from __future__ import annotations

import hashlib
from typing import Any

from zavhoz_notifier.application.recording import Recorder
from zavhoz_notifier.domain.delivery import Delivery, Placement
from zavhoz_telegram.screens import Screen


def screen_of(content: dict[str, Any]) -> Screen:
    """A screen that was written down."""
    return Screen(content["text"], tuple(tuple((label, data) for label, data in row) for row in content["rows"]))


def digest(screen: Screen) -> str:
    """The same for the same screen, and for no other."""
    return hashlib.sha256(repr((screen.text, screen.rows)).encode()).hexdigest()


async def as_said_before(recorder: Recorder, delivery: Delivery, screen: Screen) -> Screen:
    """What is tried a second time says the same as the first, which may be there.

    A card whose message is gone is from now on to be a new message: it must not be repeated as an edit may.
    """
    if "rendered" in delivery.content:
        return screen_of(delivery.content["rendered"])
    rendered = {"text": screen.text, "rows": [[list(button) for button in row] for row in screen.rows]}
    content = {**delivery.content, "rendered": rendered}
    if not delivery.makes_a_message:
        content["placement"] = Placement.NEW.value
    await recorder.keep(delivery.id, content)
    delivery.content.update(content)
    return screen
