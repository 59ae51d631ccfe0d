"""What questions to the read API have in common: on whose behalf they are asked, which page, what it is narrowed to."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Path, Query

from zavhoz_contracts.api.filters import ASSIGNEE_PATTERN, Filters, Since
from zavhoz_contracts.api.places import CODE_PATTERN
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status

ID: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_AS: Final = f"^(tg:-?[0-9]{{1,19}}|{ID})$"
_WHO: Final = "person id, or tg:<Telegram id>"
GROUP: Final = "group:-[0-9]{1,18}"
_OR_GROUP: Final = f"^(tg:-?[0-9]{{1,19}}|{ID}|{GROUP})$"
As = Annotated[str, Query(alias="as", pattern=_AS, description=_WHO)]
AsOrGroup = Annotated[str, Query(alias="as", pattern=_OR_GROUP, description=f"{_WHO}, or group:<chat id>")]
AsInPath = Annotated[str, Path(alias="as", pattern=_AS, description=_WHO)]
Page = Annotated[int, Query(ge=1, le=1_000_000)]
Size = Annotated[int, Query(ge=1, le=50)]
_Statuses = Annotated[tuple[Status, ...], Query(alias="status", max_length=len(Status))]
_Priorities = Annotated[tuple[Priority, ...], Query(alias="priority", max_length=len(Priority))]
_Place = Annotated[str | None, Query(pattern=CODE_PATTERN, description="the code of a place, with all inside")]
_Assignee = Annotated[str | None, Query(pattern=ASSIGNEE_PATTERN, description="person id, me, or nobody")]
_Since = Annotated[Since | None, Query(description="filed today, or in the last 7 days")]


def _filters(
    status: _Statuses = (),
    priority: _Priorities = (),
    place: _Place = None,
    assignee: _Assignee = None,
    requester: UUID | None = None,
    category: UUID | None = None,
    since: _Since = None,
    overdue: bool = False,
) -> Filters:
    return Filters(
        statuses=status,
        priorities=priority,
        place=place,
        assignee=assignee,
        requester=requester,
        category=category,
        since=since,
        overdue=overdue,
    )


Narrowing = Annotated[Filters, Depends(_filters)]
