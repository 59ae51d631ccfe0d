"""Comments: texts in the order they were written, and attachments that come later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("texts", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("texts", sa.Column("attachments", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index("texts_of_request", "texts", ["request_id", "kind", "version"])
    op.drop_index("ix_texts_request_id", table_name="texts")
    # A position was the place in the group that was committed; from now on it is the request's version.
    op.execute(
        """
        UPDATE attachments SET position = events.version FROM events
        WHERE events.aggregate_type = 'request' AND events.type = 'zavhoz.attachment.added.v1'
          AND events.aggregate_id = attachments.request_id
          AND events.data -> 'attachment' ->> 'attachment_id' = CAST(attachments.id AS text)
        """
    )


def downgrade() -> None:
    op.create_index("ix_texts_request_id", "texts", ["request_id"])
    op.drop_index("texts_of_request", table_name="texts")
    op.drop_column("texts", "attachments")
    op.drop_column("texts", "version")
