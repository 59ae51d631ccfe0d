"""Staff groups: the chats at Telegram in which requests appear."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "staff_groups",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("chat_id", sa.BigInteger(), nullable=False, unique=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("area", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("forum", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("bound_by", sa.Uuid(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("by IN ('site', 'category')", name="staff_groups_by"),
    )


def downgrade() -> None:
    op.drop_table("staff_groups")
