"""Requests on hold and merged; parts of the places that the staff is limited to; the queue by when it is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0009"
down_revision = "0008"

_URGENCY = "(CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END)"
_BEFORE = "status IN ('open', 'in_progress')"
_NOW = "status IN ('open', 'in_progress', 'on_hold')"
_STATUSES = "status IN ('open', 'in_progress', 'completed', 'rejected', 'cancelled'{more})"
_LINEAGE = """
    WITH RECURSIVE line (id, code, above) AS (
        SELECT id, code, parent_id FROM places
        UNION ALL SELECT line.id, places.code, places.parent_id FROM line JOIN places ON places.id = line.above
    )
    UPDATE places SET lineage = found.codes
    FROM (SELECT id, array_agg(code ORDER BY code) AS codes FROM line GROUP BY id) AS found WHERE places.id = found.id
"""


def upgrade() -> None:
    op.add_column("people", sa.Column("areas", ARRAY(sa.Text()), nullable=False, server_default=text("'{}'")))
    op.add_column("places", sa.Column("lineage", ARRAY(sa.Text()), nullable=False, server_default=text("'{}'")))
    op.execute(_LINEAGE)
    op.create_index("places_lineage", "places", ["lineage"], postgresql_using="gin")
    op.add_column("requests", sa.Column("hold_text_id", sa.Uuid()))
    op.add_column("requests", sa.Column("held_until", sa.DateTime(timezone=True)))
    op.add_column("requests", sa.Column("completion_text_id", sa.Uuid()))
    op.add_column("requests", sa.Column("merged_into", sa.Uuid()))
    op.create_foreign_key("requests_merged_into", "requests", "requests", ["merged_into"], ["id"])
    _statuses(", 'on_hold', 'merged'")
    _indexes(_NOW, due=True)
    op.create_index("requests_held", "requests", ["held_until"], postgresql_where=text("status = 'on_hold'"))
    assigned = text(f"{_NOW} AND assignee_id IS NOT NULL")
    op.create_index("requests_assigned", "requests", ["assignee_id"], postgresql_where=assigned)


def downgrade() -> None:
    # What did not exist before is what comes closest: work that goes on, and what will not be done.
    op.execute("UPDATE requests SET status = 'in_progress' WHERE status = 'on_hold'")
    op.execute("UPDATE requests SET status = 'cancelled' WHERE status = 'merged'")
    op.drop_index("requests_assigned", table_name="requests")
    op.drop_index("requests_held", table_name="requests")
    _indexes(_BEFORE, due=False)
    _statuses("")
    op.drop_constraint("requests_merged_into", "requests")
    for column in ("merged_into", "completion_text_id", "held_until", "hold_text_id"):
        op.drop_column("requests", column)
    op.drop_index("places_lineage", table_name="places")
    op.drop_column("places", "lineage")
    op.drop_column("people", "areas")


def _statuses(more: str) -> None:
    op.drop_constraint("requests_status", "requests")
    op.create_check_constraint("requests_status", "requests", _STATUSES.format(more=more))


def _indexes(now: str, *, due: bool) -> None:
    """The indexes of what is not closed, which is more now, or less."""
    for name in ("requests_own_open", "requests_own_closed", "requests_queue", "requests_similar_words"):
        op.drop_index(name, table_name="requests")
    op.drop_index("requests_similar_place", table_name="requests")
    newest = ["requester_id", literal_column("number DESC")]
    op.create_index("requests_own_open", "requests", newest, postgresql_where=text(now))
    op.create_index("requests_own_closed", "requests", newest, postgresql_where=text(f"NOT ({now})"))
    order = [literal_column(_URGENCY), *(["due_at"] if due else []), "number"]
    op.create_index("requests_queue", "requests", order, postgresql_where=text(now))
    op.create_index(
        "requests_similar_words",
        "requests",
        ["search"],
        postgresql_using="gin",
        postgresql_where=text(f"{now} AND place_id IS NULL AND place = ''"),
    )
    op.create_index(
        "requests_similar_place",
        "requests",
        ["place_id", "number"],
        postgresql_where=text(f"{now} AND place_id IS NOT NULL"),
    )
