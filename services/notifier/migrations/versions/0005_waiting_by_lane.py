"""What waits is found lane by lane, however much there is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INDEXES = {
    "deliveries_waiting": (["lane", "urgency", "position"], "state = 'pending' AND kind <> 'answer'"),
    "deliveries_answers": (["position"], "state = 'pending' AND kind = 'answer'"),
    "deliveries_under_way": (["lane"], "state = 'attempting'"),
}
_FORMER = (["lane", "urgency", "position"], "state IN ('pending', 'attempting')")


def upgrade() -> None:
    for name, (columns, where) in _INDEXES.items():
        op.create_index(name, "deliveries", columns, unique=False, postgresql_where=sa.text(where))
    op.drop_index("deliveries_unfinished", table_name="deliveries", postgresql_where=sa.text(_FORMER[1]))


def downgrade() -> None:
    columns, where = _FORMER
    op.create_index("deliveries_unfinished", "deliveries", columns, unique=False, postgresql_where=sa.text(where))
    for name, (_, condition) in _INDEXES.items():
        op.drop_index(name, table_name="deliveries", postgresql_where=sa.text(condition))
