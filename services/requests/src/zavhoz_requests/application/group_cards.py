"""Requests as staff groups see them: many at a time, without a name, a note, or what was typed after the filing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from zavhoz_contracts.api import v1
from zavhoz_contracts.api.categories import in_language
from zavhoz_contracts.api.groups import GroupCard, Topic
from zavhoz_contracts.groups.v1.commands import GroupBy
from zavhoz_requests.application.reading import Denied
from zavhoz_requests.domain.groups import StaffGroup
from zavhoz_requests.domain.lifecycle import UNFINISHED, group_actions
from zavhoz_requests.domain.state import Category, Request
from zavhoz_requests.store import Connection, categories, groups, places, requests, texts

_ELSEWHERE: Final = Topic(key="other")
_THERE: Final = (v1.AttachmentStatus.PENDING, v1.AttachmentStatus.STORED)


@dataclass(frozen=True, slots=True)
class _Material:
    """What the cards are made of beside the requests: by request, by place, by category, by request."""

    attachments: Mapping[UUID, Sequence[Any]]
    comments: Mapping[UUID, tuple[Sequence[Any], int]]
    sites: Mapping[UUID, Any]
    categories: Mapping[UUID, Category]
    others: Mapping[UUID, int]


async def card(connection: Connection, request_id: UUID, chat_id: int) -> GroupCard:
    """A request as one group sees it.

    Raises:
        Denied: `not_found`, so too when the chat is not bound; `forbidden`, when the request does not appear there.
    """
    (answer,) = await cards(connection, [(request_id, chat_id)])
    if answer.group is None:
        raise Denied(answer.denied or "not_found")
    return answer.group


async def cards(connection: Connection, asked: Sequence[tuple[UUID, int]]) -> list[v1.CardAnswer]:
    """For each pair of a request and a chat, in the same order: the request as the group sees it, or why not."""
    known = await groups.every(connection)
    found = await requests.many(connection, {request_id for request_id, _ in asked})
    seen = [_seen(found.get(request_id), known.get(chat_id)) for request_id, chat_id in asked]
    shown = {one[0].id: one[0] for one in seen if not isinstance(one, str)}
    of = await _material(connection, shown)
    return [v1.CardAnswer(denied=one) if isinstance(one, str) else v1.CardAnswer(group=_card(*one, of)) for one in seen]


def _seen(request: Request | None, group: StaffGroup | None) -> tuple[Request, StaffGroup] | str:
    """Both, or why the group does not see it."""
    if request is None or group is None:
        return "not_found"
    return (request, group) if group.shows(request) else "forbidden"


async def _material(connection: Connection, requested: Mapping[UUID, Request]) -> _Material:
    ids, shown = list(requested), requested.values()
    placed = {request.place_id for request in shown if request.place_id}
    filed = {request.category_id for request in shown if request.category_id}
    merged = {request.merged_into for request in shown if request.merged_into}
    return _Material(
        await requests.attachments_of(connection, ids),
        await texts.last(connection, ids, texts.COMMENT, 1),
        await places.roots_of(connection, placed) if placed else {},
        await categories.many(connection, filed) if filed else {},
        await requests.numbers_of(connection, merged) if merged else {},
    )


def _card(request: Request, group: StaffGroup, of: _Material) -> GroupCard:
    category = of.categories.get(request.category_id) if request.category_id else None
    files = of.attachments.get(request.id, ())
    return GroupCard(
        request_id=request.id,
        number=request.number,
        version=request.version,
        status=request.status,
        priority=request.priority,
        title=request.title,
        description=request.description,
        place=request.place,
        category=_name(category, group),
        created_at=request.created_at,
        due_at=request.due_at,
        held_until=request.held_until,
        merged_into=of.others.get(request.merged_into) if request.merged_into else None,
        attachments=sum(row.status in _THERE for row in files),
        comments=of.comments.get(request.id, ((), 0))[1],
        joined=len(request.watchers),
        closed=request.status not in UNFINISHED,
        topic=_topic(request, group, category, of),
        allowed_actions=group_actions(request, datetime.now(UTC)),
    )


def _name(category: Category | None, group: StaffGroup) -> str:
    return "" if category is None else in_language(dict(category.names), group.language)


def _topic(request: Request, group: StaffGroup, category: Category | None, of: _Material) -> Topic:
    if group.by is GroupBy.CATEGORY:
        return _ELSEWHERE if category is None else Topic(key=f"category:{category.id}", name=_name(category, group))
    site = of.sites.get(request.place_id) if request.place_id else None
    return _ELSEWHERE if site is None else Topic(key=f"site:{site.code}", name=site.name)
