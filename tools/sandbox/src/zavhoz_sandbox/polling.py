"""getUpdates: offsets, long polls, and one poller at a time (https://core.telegram.org/bots/api#getupdates)."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import Field

from zavhoz_sandbox.answers import conflict
from zavhoz_sandbox.arguments import Arguments, KindsArgument, checked
from zavhoz_sandbox.world import World

LONGEST_POLL_SECONDS = 50


class GetUpdates(Arguments):
    """The arguments of getUpdates."""

    offset: int | None = None
    limit: int = Field(default=100, ge=1, le=100)
    timeout: int = Field(default=0, ge=0)
    allowed_updates: KindsArgument = None


class Poller:
    """Answers one poll at a time; a second ends the first with 409, and so does a webhook."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._turn = 0

    async def get_updates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        """Updates from `offset` on; those before it are confirmed and forgotten.

        Raises:
            ApiError: 409, there is a webhook, or another poll began meanwhile.
        """
        arguments = checked(GetUpdates, given)
        world = self._world
        if world.webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        world.updates.allow(arguments.allowed_updates)
        if arguments.offset is not None:
            world.updates.confirm_before(arguments.offset)
        self._turn += 1
        turn = self._turn

        def over() -> bool:
            return turn != self._turn or world.webhook is not None

        async with world.changed:
            world.changed.notify_all()  # whoever polls already sees that their turn is over
            try:
                async with asyncio.timeout(min(arguments.timeout, LONGEST_POLL_SECONDS)):
                    await world.changed.wait_for(lambda: over() or bool(world.updates.waiting()))
            except TimeoutError:
                return []
        if world.webhook is not None:
            raise conflict("terminated by setWebhook request")
        if over():
            raise conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        return [one.update for one in world.updates.waiting()[: arguments.limit]]
