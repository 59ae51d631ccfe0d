"""The two clocks of a request, its category, canned replies, and what the organisation chooses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

_UNFINISHED = "status IN ('open', 'in_progress', 'on_hold')"
_COLUMNS = {
    "runs": sa.Column("runs", sa.SmallInteger(), nullable=False, server_default=text("0")),
    "terms": sa.Column("terms", sa.Integer(), nullable=False, server_default=text("0")),
    "react_by": sa.Column("react_by", sa.DateTime(timezone=True)),
    "alarm_at": sa.Column("alarm_at", sa.DateTime(timezone=True)),
    "reaction_since": sa.Column("reaction_since", sa.DateTime(timezone=True)),
    "reaction_allowed": sa.Column("reaction_allowed", sa.Interval()),
    "reaction_raised": sa.Column("reaction_raised", sa.SmallInteger(), nullable=False, server_default=text("0")),
    "resolution_since": sa.Column("resolution_since", sa.DateTime(timezone=True)),
    "resolution_allowed": sa.Column("resolution_allowed", sa.Interval()),
    "resolution_spent": sa.Column("resolution_spent", sa.Interval()),
    "resolution_raised": sa.Column("resolution_raised", sa.SmallInteger(), nullable=False, server_default=text("0")),
}
# Those that are waited for get clocks that began when they were filed. Their terms are none that there are, so that
# the clock of the service computes when they are over.
_BEGIN = f"""
    UPDATE requests SET runs = 1, terms = -1,
        reaction_since = CASE status WHEN 'open' THEN created_at END,
        reaction_allowed = CASE status WHEN 'open' THEN interval '8 hours' END,
        resolution_since = created_at, resolution_allowed = interval '48 hours', resolution_spent = interval '0'
    WHERE {_UNFINISHED}
"""  # noqa: S608

_CLOSED = f"UPDATE requests SET closed_at = updated_at WHERE NOT ({_UNFINISHED})"  # noqa: S608


def upgrade() -> None:
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), sa.ForeignKey("people.id")),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("position", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("names", JSONB(), nullable=False),
        sa.Column("questions", JSONB(), nullable=False),
        sa.Column("priority", sa.Text()),
        sa.Column("assignee_id", sa.Uuid(), sa.ForeignKey("people.id")),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("priority IN ('high', 'medium', 'low')", name="categories_priority"),
    )
    op.create_table(
        "replies",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("position", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("replies_of_language", "replies", ["language", "position"])
    op.add_column("requests", sa.Column("category_id", sa.Uuid(), sa.ForeignKey("categories.id")))
    op.add_column("requests", sa.Column("answers", JSONB(), nullable=False, server_default=text("'[]'")))
    for column in _COLUMNS.values():
        op.add_column("requests", column)
    op.add_column("requests", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.execute(_BEGIN)
    op.execute(_CLOSED)
    op.create_index("requests_closed", "requests", ["closed_at"], postgresql_where=text("closed_at IS NOT NULL"))
    op.create_index("requests_alarms", "requests", ["alarm_at"], postgresql_where=text("alarm_at IS NOT NULL"))
    op.create_index("requests_terms", "requests", ["terms"], postgresql_where=text(_UNFINISHED))


def downgrade() -> None:
    op.drop_index("requests_terms", table_name="requests")
    op.drop_index("requests_alarms", table_name="requests")
    for name in _COLUMNS:
        op.drop_column("requests", name)
    op.drop_index("requests_closed", table_name="requests")
    op.drop_column("requests", "closed_at")
    op.drop_column("requests", "answers")
    op.drop_column("requests", "category_id")
    op.drop_table("replies")
    op.drop_table("categories")
    op.drop_table("settings")
