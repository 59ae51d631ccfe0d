"""getUpdates: offsets, long polls, and one poller at a time (https://core.telegram.org/bots/api#getupdates)."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import Field

from zavhoz_sandbox.arguments import Arguments, ListArgument, checked
from zavhoz_sandbox.errors import ApiError
from zavhoz_sandbox.world import World

LONGEST_POLL_SECONDS = 50


class GetUpdates(Arguments):
    """The arguments of getUpdates."""

    offset: int | None = None
    limit: int = Field(default=100, ge=1, le=100)
    timeout: int = Field(default=0, ge=0)
    allowed_updates: ListArgument = None


class Poller:
    """Answers one poll at a time; a second ends the first with 409."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._turn = 0

    async def get_updates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        """Updates from `offset` on; those before it are confirmed and forgotten.

        Raises:
            ApiError: 409, another poll began meanwhile.
        """
        arguments = checked(GetUpdates, given)
        world = self._world
        if arguments.allowed_updates is not None:
            world.allowed_updates = arguments.allowed_updates or None
        if arguments.offset is not None and arguments.offset >= 0:
            world.updates[:] = [update for update in world.updates if update["update_id"] >= arguments.offset]
        elif arguments.offset is not None:
            world.updates[:] = world.updates[arguments.offset :]
        self._turn += 1
        turn = self._turn
        async with world.changed:
            world.changed.notify_all()  # whoever polls already sees that their turn is over
            try:
                async with asyncio.timeout(min(arguments.timeout, LONGEST_POLL_SECONDS)):
                    await world.changed.wait_for(lambda: bool(world.updates) or turn != self._turn)
            except TimeoutError:
                return []
        if turn != self._turn:
            raise ApiError(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        return world.updates[: arguments.limit]
