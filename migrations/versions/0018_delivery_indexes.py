"""
Indexes of the outbox for what waits, failed or was shown; a reply is in none of those for broadcasts.

Nothing is written anew.  Ids of older rows stay as they are: they sort anywhere among the new ones.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_deliveries_broadcast_id", "deliveries")
    _partial("ix_deliveries_broadcast_id", ["broadcast_id"], "broadcast_id is not null")
    _partial("ix_deliveries_paused", ["broadcast_id"], "state = 'paused'")
    _partial("ix_deliveries_failed", ["state"], "state in ('refused', 'given_up', 'doubtful', 'unreachable')")
    _partial("ix_deliveries_pending", ["person_id"], "state in ('owed', 'claimed')")
    _partial("ix_deliveries_notices", ["person_id", "due_at"], "priority > 0")


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "deliveries", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
