"""How things stand, for managers: of what is inside of the parts of the places that they are limited to."""

from __future__ import annotations

from pydantic import RootModel

from zavhoz_contracts.api.v1 import AudienceMember, RequestLine
from zavhoz_contracts.message import Payload

STUCK_MOST = 10


class Digest(Payload):
    """Counts of requests: `filed` and `closed` within the last 24 hours; of those that are not closed, by state.

    `late` should have been taken or completed by now; `stuck` of them are urgent, at most `STUCK_MOST`, the longest
    late first. `unreachable` counts those of the staff whom messages do not reach.
    """

    filed: int
    closed: int
    waiting: int
    in_work: int
    on_hold: int
    late: int
    stuck: tuple[RequestLine, ...] = ()
    stuck_total: int = 0
    unreachable: int = 0


class Managers(RootModel[tuple[AudienceMember, ...]]):
    """Every active manager, and where they are written to."""
