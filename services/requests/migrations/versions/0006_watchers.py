"""Who has the same trouble: watchers. What requests say can be searched by words in Russian and English."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_UNFINISHED = "status IN ('open', 'in_progress')"
_SEARCH = "to_tsvector('russian', translate(lower(title || ' ' || description), 'ё', 'е'))"


def upgrade() -> None:
    op.create_table(
        "watchers",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("request_id", "person_id"),
    )
    op.create_index("watchers_of_person", "watchers", ["person_id"])
    op.execute(f"ALTER TABLE requests ADD search tsvector GENERATED ALWAYS AS ({_SEARCH}) STORED")
    op.create_index(
        "requests_similar_words",
        "requests",
        ["search"],
        postgresql_using="gin",
        postgresql_where=sa.text(f"{_UNFINISHED} AND place_id IS NULL AND place = ''"),
    )
    op.create_index(
        "requests_similar_place",
        "requests",
        ["place_id", "number"],
        postgresql_where=sa.text(f"{_UNFINISHED} AND place_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("requests_similar_place", table_name="requests")
    op.drop_index("requests_similar_words", table_name="requests")
    op.drop_column("requests", "search")
    op.drop_table("watchers")
