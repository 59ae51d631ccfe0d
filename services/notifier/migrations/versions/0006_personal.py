"""Quiet hours, mutes, what is held meanwhile; and whose live cards are, so that they can be erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "preferences",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("quiet_start", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_end", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("(quiet_start IS NULL) = (quiet_end IS NULL)", name="preferences_quiet"),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "mutes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("muted_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "request_id"),
    )
    op.create_table(
        "held",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.create_index("held_of_person", "held", ["person_id", "position"], unique=False)
    op.create_index("held_due", "held", ["due_at"], unique=False)
    op.create_table(
        "erased",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.add_column("live_cards", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.execute(
        """
        UPDATE live_cards SET person_id = deliveries.person_id FROM deliveries
        WHERE live_cards.chat_id > 0 AND deliveries.chat_id = live_cards.chat_id
          AND deliveries.request_id = live_cards.request_id AND deliveries.kind = 'card'
        """
    )
    op.create_index("live_cards_of_person", "live_cards", ["person_id"], unique=False)
    op.create_index("deliveries_of_person", "deliveries", ["person_id"], unique=False)
    # What is over and nobody's is not kept with a chat, from now on.
    op.execute(
        """
        UPDATE deliveries SET chat_id = 0, lane = 'over'
        WHERE person_id IS NULL AND chat_id > 0 AND finished_at IS NOT NULL
        """
    )


def downgrade() -> None:
    op.drop_index("deliveries_of_person", table_name="deliveries")
    op.drop_index("live_cards_of_person", table_name="live_cards")
    op.drop_column("live_cards", "person_id")
    for table in ("erased", "held", "mutes", "preferences"):
        op.drop_table(table)
