"""Canned replies, read through the API: those in a language, or the key of the sentence that says why not."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.replies import Reply
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import RepliesApi


async def read_replies(
    api: RepliesApi, actor: Actor, language: str, *, managed: bool = False
) -> tuple[Reply, ...] | str:
    """What the staff can say in a language; `managed`, for who may change it."""
    try:
        return await api.replies(f"tg:{actor.telegram_id}", language, managed=managed)
    except InvalidQuery:
        return "chat.outdated"
    except (NotFound, Forbidden) as error:  # not found: somebody being registered just now
        if error.reason == "deactivated":
            return "chat.deactivated"
        return "replies.denied" if managed else "refusal.not_allowed"
    except Outage:
        metrics.READ_API_FAILURES.labels("replies").inc()
        return "replies.away"


def reply_of(replies: Sequence[Reply], reply_id: UUID) -> Reply | None:
    """The one with this id, if it is there still."""
    return next((one for one in replies if one.reply_id == reply_id), None)
