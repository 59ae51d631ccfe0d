"""Comments are found again by the command that said them, and can be edited; files can be sent on by Telegram's ids."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("texts", sa.Column("command_id", sa.Uuid(), nullable=True))
    op.add_column("texts", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint("texts_command_id_key", "texts", ["command_id"])
    # Comments of before are older than the time in which one can be edited: they stay without a command.
    op.add_column("attachments", sa.Column("file_id", sa.Text(), nullable=True))
    op.execute(
        """
        UPDATE attachments SET file_id = events.data -> 'attachment' ->> 'file_id' FROM events
        WHERE events.aggregate_type = 'request' AND events.type = 'zavhoz.attachment.added.v1'
          AND events.aggregate_id = attachments.request_id AND attachments.status <> 'erased'
          AND events.data -> 'attachment' ->> 'attachment_id' = CAST(attachments.id AS text)
        """
    )


def downgrade() -> None:
    op.drop_column("attachments", "file_id")
    op.drop_constraint("texts_command_id_key", "texts", type_="unique")
    op.drop_column("texts", "edited_at")
    op.drop_column("texts", "command_id")
