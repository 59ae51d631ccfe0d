"""People can be erased: what they typed and sent is found by who they are; a row may be without a Telegram id."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_STATUS = "status IN ('pending', 'stored', 'refused'{erased})"


def upgrade() -> None:
    op.alter_column("people", "telegram_id", nullable=True)
    op.add_column("people", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint("people_erased", "people", "telegram_id IS NOT NULL OR erased_at IS NOT NULL")
    op.add_column("attachments", sa.Column("uploader_id", sa.Uuid(), nullable=True))
    op.execute(
        """
        UPDATE attachments SET uploader_id = events.actor_id FROM events
        WHERE events.aggregate_type = 'request' AND events.type = 'zavhoz.attachment.added.v1'
          AND events.aggregate_id = attachments.request_id
          AND events.data -> 'attachment' ->> 'attachment_id' = CAST(attachments.id AS text)
        """
    )
    # The name that a file had is in `attachments`, where it can be erased; it was in the event too.
    op.execute(
        """
        UPDATE events SET data = data #- '{attachment,file_name}'
        WHERE type = 'zavhoz.attachment.added.v1' AND data -> 'attachment' ? 'file_name'
        """
    )
    op.create_foreign_key("attachments_uploader_id_fkey", "attachments", "people", ["uploader_id"], ["id"])
    op.create_index("attachments_of_uploader", "attachments", ["uploader_id", "id"], unique=False)
    op.create_index("texts_of_author", "texts", ["author_id", "id"], unique=False)
    op.drop_constraint("attachments_status", "attachments", type_="check")
    op.create_check_constraint("attachments_status", "attachments", _STATUS.format(erased=", 'erased'"))
    # What is published is not kept with the chat it was said in, nor with names.
    op.execute(
        """
        UPDATE inbox SET outcome = outcome #- '{data,origin}' #- '{data,who}'
        WHERE outcome IS NOT NULL AND outcome_published_at IS NOT NULL
        """
    )


def downgrade() -> None:
    op.execute("UPDATE attachments SET status = 'refused' WHERE status = 'erased'")
    op.drop_constraint("attachments_status", "attachments", type_="check")
    op.create_check_constraint("attachments_status", "attachments", _STATUS.format(erased=""))
    op.drop_index("texts_of_author", table_name="texts")
    op.drop_index("attachments_of_uploader", table_name="attachments")
    op.drop_constraint("attachments_uploader_id_fkey", "attachments", type_="foreignkey")
    op.drop_column("attachments", "uploader_id")
    op.drop_constraint("people_erased", "people", type_="check")
    op.drop_column("people", "erased_at")
    # Whoever is erased has no Telegram id: any that is nobody's keeps the column as it was.
    op.execute(
        """
        UPDATE people SET telegram_id = nobody.id
        FROM (SELECT id AS person, -9000000000000000000 - row_number() OVER () AS id FROM people
              WHERE telegram_id IS NULL) AS nobody
        WHERE people.id = nobody.person
        """
    )
    op.alter_column("people", "telegram_id", nullable=False)
