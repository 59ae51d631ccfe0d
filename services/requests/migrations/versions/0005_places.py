"""Places: a tree that is searched by words, and the place of a request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("path_key", sa.Text(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('site', 'building', 'floor', 'room', 'asset')", name="places_kind"),
        sa.CheckConstraint("code ~ '^[A-Za-z0-9_-]{1,59}$'", name="places_code"),
        sa.ForeignKeyConstraint(["parent_id"], ["places.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_places_parent_id", "places", ["parent_id"])
    op.create_index(
        "places_search", "places", ["search"], postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}
    )
    op.add_column("requests", sa.Column("place_id", sa.Uuid(), sa.ForeignKey("places.id"), nullable=True))
    op.add_column("requests", sa.Column("place", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_index(
        "requests_own_places",
        "requests",
        ["requester_id", "place_id", "number"],
        postgresql_where=sa.text("place_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("requests_own_places", table_name="requests")
    op.drop_column("requests", "place")
    op.drop_column("requests", "place_id")
    op.drop_table("places")
    # The extension stays: others may use it, and it does no harm.
