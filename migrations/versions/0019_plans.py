"""
The deadlines that reminders were planned for, by application and draft, and indexes of what is due or was told.

Older rows have no mark: each is looked at once more, and reminders that have a row stay as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("applications", "drafts"):
        op.add_column(table, sa.Column("planned_for", sa.Text(), nullable=True))
    op.create_index("ix_applications_planned_for", "applications", ["planned_for"])
    op.create_index("ix_drafts_planned_for", "drafts", ["form", "state", "planned_for"])
    _skipped("ix_notices_skipped", "notices", "closed_at")
    _skipped("ix_occurrences_skipped", "occurrences", "said_at")
    op.create_index("ix_tellings_day", "tellings", ["spec", "round", "closes_at", "subject"])


def _skipped(name: str, table: str, column: str) -> None:
    where = sa.text("state = 'skipped'")
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
