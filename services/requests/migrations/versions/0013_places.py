"""Places that managers change: each with a version, and tables of them that wait for a yes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("places", sa.Column("version", sa.Integer(), nullable=False, server_default=text("0")))
    op.create_table(
        "place_imports",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.Uuid(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_place_imports_at", "place_imports", ["at"])


def downgrade() -> None:
    op.drop_table("place_imports")
    op.drop_column("places", "version")
