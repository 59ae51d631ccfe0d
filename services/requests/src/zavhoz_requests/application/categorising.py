"""Categories as people choose them and managers look at them, and canned replies as the staff does."""

from __future__ import annotations

from zavhoz_contracts.api import categories as v1
from zavhoz_contracts.api.replies import Replies, Reply
from zavhoz_requests.application.reading import Denied
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.state import Category, Person
from zavhoz_requests.store import Connection, categories
from zavhoz_requests.store import replies as replies_store


async def every(connection: Connection, person: Person, *, archived: bool) -> v1.Categories:
    """Those that a request may have; `archived` ones too, for who may change them.

    Raises:
        Denied: `forbidden`.
    """
    if archived and not has(person, Right.MANAGE_CATEGORIES):
        raise Denied("forbidden")
    found = (await categories.every(connection)).values()
    return v1.Categories(tuple(category_view(one) for one in found if archived or not one.archived))


def category_view(category: Category) -> v1.Category:
    """A category as the API shows it."""
    return v1.Category(
        category_id=category.id,
        names=dict(category.names),
        questions=dict(category.questions),
        priority=category.priority,
        assignee_id=category.assignee_id,
        archived=category.archived,
    )


async def replies(connection: Connection, person: Person, language: str, *, managed: bool) -> Replies:
    """What the staff can say by a press, in a language; `managed`, for who may change it.

    Raises:
        Denied: `forbidden`.
    """
    if not has(person, Right.MANAGE_REPLIES if managed else Right.USE_REPLIES):
        raise Denied("forbidden")
    rows = await replies_store.of_language(connection, language)
    return Replies(tuple(Reply(reply_id=row.id, language=row.language, text=row.body) for row in rows))
