"""A table, made slowly enough that a second migration comes meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Not `IF NOT EXISTS`: a migration that runs twice fails."""
    op.execute("SELECT pg_sleep(0.3)")
    op.create_table("things", sa.Column("id", sa.BigInteger, primary_key=True))


def downgrade() -> None:
    """Back to nothing."""
    op.drop_table("things")
