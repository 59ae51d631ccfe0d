"""After the work: confirmed or not, opened again, withdrawn; and when it is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_STATUSES = "status IN ('open', 'in_progress', 'completed', 'rejected'{more})"


def upgrade() -> None:
    for name in ("due_at", "confirms_at", "confirmed_at"):
        op.add_column("requests", sa.Column(name, sa.DateTime(timezone=True)))
    op.add_column("requests", sa.Column("reopening_text_id", sa.Uuid()))
    op.add_column("requests", sa.Column("rating", sa.Integer()))
    op.create_check_constraint("requests_rating", "requests", "rating BETWEEN 1 AND 5")
    op.drop_constraint("requests_status", "requests")
    op.create_check_constraint("requests_status", "requests", _STATUSES.format(more=", 'cancelled'"))
    # What was filed and completed before has a week from now, or from then, as if it had always been so.
    op.execute(
        """
        UPDATE requests SET
            due_at = created_at + CASE priority
                WHEN 'high' THEN interval '24 hours' WHEN 'medium' THEN interval '48 hours' ELSE interval '7 days' END,
            confirms_at = CASE WHEN status = 'completed' THEN updated_at + interval '7 days' END
        """
    )
    op.create_index(
        "requests_unconfirmed",
        "requests",
        ["confirms_at"],
        postgresql_where=sa.text("status = 'completed' AND confirmed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("requests_unconfirmed", table_name="requests")
    op.execute("UPDATE requests SET status = 'rejected' WHERE status = 'cancelled'")
    op.drop_constraint("requests_status", "requests")
    op.create_check_constraint("requests_status", "requests", _STATUSES.format(more=""))
    op.drop_constraint("requests_rating", "requests")
    for name in ("rating", "reopening_text_id", "confirmed_at", "confirms_at", "due_at"):
        op.drop_column("requests", name)
