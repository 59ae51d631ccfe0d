"""A column; fails half-way when there is a table `obstacle`."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it."""
    op.add_column("things", sa.Column("name", sa.Text))
    if op.get_bind().scalar(sa.text("SELECT to_regclass('obstacle') IS NOT NULL")):
        raise RuntimeError("there is an obstacle")


def downgrade() -> None:
    """Take it away."""
    op.drop_column("things", "name")
