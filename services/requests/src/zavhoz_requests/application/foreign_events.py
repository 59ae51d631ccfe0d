"""What other services say: what became of attachments and groups, and who can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from zavhoz_contracts.envelope import Envelope, UnknownMessage
from zavhoz_contracts.files.v1.events import AttachmentRefused, AttachmentStored
from zavhoz_contracts.groups.v1.facts import GroupLeft, GroupMigrated
from zavhoz_contracts.people.v1.events import PersonReachability
from zavhoz_messaging import inbox
from zavhoz_requests.application import groups
from zavhoz_requests.store import Connection, people, requests

_HEARD: Final = AttachmentStored | AttachmentRefused | PersonReachability | GroupMigrated | GroupLeft


async def note(connection: Connection, messages: Sequence[Envelope[Any]]) -> None:
    """Write down a group of them in the transaction of `connection`; what was noted before is not noted again.

    Raises:
        UnknownMessage: one of them is nothing this service listens to.
    """
    for message in messages:
        if not isinstance(message.data, _HEARD):
            raise UnknownMessage(f"{message.type} is nothing the requests service listens to")
    claimed = await inbox.claim(connection, [(message.id, message.type) for message in messages])
    new = [message for message in {one.id: one for one in messages}.values() if message.id in claimed]
    await groups.note(connection, [one for one in new if isinstance(one.data, GroupMigrated | GroupLeft)])
    fresh = [message.data for message in new]
    await requests.settle_attachments(
        connection, [data for data in fresh if isinstance(data, AttachmentStored | AttachmentRefused)]
    )
    await people.set_reachable(
        connection,
        [(data.person_id, data.reachable, data.occurred_at) for data in fresh if isinstance(data, PersonReachability)],
    )
