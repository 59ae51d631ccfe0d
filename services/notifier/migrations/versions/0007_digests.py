"""How things stand, told to managers every day at their hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("preferences", sa.Column("digest_hour", sa.SmallInteger()))
    op.create_table(
        "digests",
        sa.Column("person_id", sa.Uuid(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
    )


def downgrade() -> None:
    op.drop_table("digests")
    op.drop_column("preferences", "digest_hour")
