"""What is being written into the store, names of files, and finding a row by its object's key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("attachment_id"),
    )
    op.create_index("ix_uploads_key", "uploads", ["key"])
    op.add_column("attachments", sa.Column("file_name", sa.Text(), nullable=True))
    op.create_index("ix_attachments_key", "attachments", ["key"])


def downgrade() -> None:
    op.drop_index("ix_attachments_key", table_name="attachments")
    op.drop_column("attachments", "file_name")
    op.drop_table("uploads")
