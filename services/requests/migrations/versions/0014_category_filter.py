"""Lists are narrowed to a category as they are to the rest: in an index alone."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op
from sqlalchemy import literal_column, text

revision = "0014"
down_revision = "0013"

_URGENCY = "(CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END)"
_UNFINISHED = "status IN ('open', 'in_progress', 'on_hold')"
_NARROWED = ("status", "priority", "requester_id", "created_at")
_NEWEST = literal_column("number DESC")
_QUEUE = [literal_column(_URGENCY), literal_column("(status = 'on_hold')"), "due_at", "number"]


def upgrade() -> None:
    _anew("category_id")
    condition = "category_id IS NOT NULL"
    _index("category", ["category_id", _NEWEST], condition, ["place_id", "assignee_id"])


def downgrade() -> None:
    op.drop_index("requests_category", table_name="requests")
    _anew()


def _anew(*more: str) -> None:
    """The indexes that lists are read from, with `more` to narrow them by."""
    for name in ("queue", "place", "archive_assignee"):
        op.drop_index(f"requests_{name}", table_name="requests")
    _index("queue", _QUEUE, _UNFINISHED, ["place_id", *more, "assignee_id"])
    _index("place", ["place_id", _NEWEST], "place_id IS NOT NULL", [*more, "assignee_id"])
    _index("archive_assignee", ["assignee_id", _NEWEST], f"NOT ({_UNFINISHED})", ["place_id", *more])


def _index(name: str, columns: Sequence[object], where: str, more: Sequence[str]) -> None:
    included = ["id", *more, *_NARROWED]
    op.create_index(f"requests_{name}", "requests", columns, postgresql_where=text(where), postgresql_include=included)
