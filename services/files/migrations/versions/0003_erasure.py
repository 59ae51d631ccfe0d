"""Whose files they are, and who was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "erased",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.add_column("attachments", sa.Column("uploader_id", sa.Uuid(), nullable=True))
    op.create_index("ix_attachments_uploader_id", "attachments", ["uploader_id"], unique=False)
    op.drop_constraint("attachments_state", "attachments", type_="check")
    op.create_check_constraint("attachments_state", "attachments", "state IN ('stored', 'refused', 'erased')")


def downgrade() -> None:
    op.execute("DELETE FROM attachments WHERE state = 'erased'")
    op.drop_constraint("attachments_state", "attachments", type_="check")
    op.create_check_constraint("attachments_state", "attachments", "state IN ('stored', 'refused')")
    op.drop_index("ix_attachments_uploader_id", table_name="attachments")
    op.drop_column("attachments", "uploader_id")
    op.drop_table("erased")
