"""What the notifier would know if it had heard of everything, and told nobody.

It asks for events that it has missed, and tells of those that are fresh; time that has run out is, whenever that was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from zavhoz_chassis.database import Database
from zavhoz_devstack.seeding.desk import DIGEST_HOURS
from zavhoz_notifier.store import Connection, cards, digests
from zavhoz_requests.application.messages import SOURCE


async def note_as_heard(
    database: Database, versions: Mapping[UUID, int], managers: Mapping[int, UUID], today: date
) -> None:
    """Note that every request was heard of up to its version, and that the managers were told today how things stand.

    `managers` are ids by Telegram's; who wants to hear that at another hour than usual has it noted as well.
    """
    seen = {(SOURCE, f"request/{id}"): version for id, version in versions.items()}

    async def note(connection: Connection) -> Sequence[UUID]:
        await cards.see(connection, seen)
        for who, hour in DIGEST_HOURS.items():
            await digests.set_hour(connection, managers[who.id], hour)
        return list(await digests.claim(connection, list(managers.values()), today))

    await database.run(note)
