"""Cards that wait to be drawn are found by chat and request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index(
        "deliveries_cards_to_draw",
        "deliveries",
        ["chat_id", "request_id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending' AND kind = 'card'"),
    )


def downgrade() -> None:
    op.drop_index(
        "deliveries_cards_to_draw",
        table_name="deliveries",
        postgresql_where=sa.text("state = 'pending' AND kind = 'card'"),
    )
