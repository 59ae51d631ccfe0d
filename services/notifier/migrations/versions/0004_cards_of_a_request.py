"""The live cards of a request are found."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("live_cards_of_request", "live_cards", ["request_id"], unique=False)


def downgrade() -> None:
    op.drop_index("live_cards_of_request", table_name="live_cards")
