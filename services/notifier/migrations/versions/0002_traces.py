"""A delivery knows its trace, and when it was planned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("traceparent", sa.Text(), nullable=True))
    op.add_column(
        "deliveries",
        sa.Column("planned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    # Not at once: a default that changes from row to row would have the whole table written anew.
    op.alter_column("deliveries", "planned_at", server_default=sa.text("clock_timestamp()"))


def downgrade() -> None:
    op.drop_column("deliveries", "planned_at")
    op.drop_column("deliveries", "traceparent")
