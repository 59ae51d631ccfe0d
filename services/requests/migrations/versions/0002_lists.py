"""Each list has an index in its own order: own requests that are open, own that are closed, the queue."""

from __future__ import annotations

from alembic import op
from sqlalchemy import literal_column, text

revision = "0002"
down_revision = "0001"

_UNFINISHED = "status IN ('open', 'in_progress')"
_URGENCY = "(CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END)"


def upgrade() -> None:
    newest_first = ["requester_id", literal_column("number DESC")]
    op.create_index("requests_own_open", "requests", newest_first, postgresql_where=text(_UNFINISHED))
    op.create_index("requests_own_closed", "requests", newest_first, postgresql_where=text(f"NOT ({_UNFINISHED})"))
    op.drop_index("requests_of_requester", table_name="requests")
    op.drop_index("requests_queue", table_name="requests")
    op.create_index(
        "requests_queue", "requests", [literal_column(_URGENCY), "number"], postgresql_where=text(_UNFINISHED)
    )


def downgrade() -> None:
    op.drop_index("requests_queue", table_name="requests")
    op.create_index(
        "requests_queue", "requests", [literal_column(_URGENCY), "created_at"], postgresql_where=text(_UNFINISHED)
    )
    op.create_index("requests_of_requester", "requests", ["requester_id", literal_column("created_at DESC")])
    op.drop_index("requests_own_closed", table_name="requests")
    op.drop_index("requests_own_open", table_name="requests")
