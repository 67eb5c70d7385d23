"""
Indexes for work in slices, and when an office was reminded of an application that nobody above can take.

An application of before is looked at once more: its office gets no second message, since the key is the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("applications", sa.Column("overdue_told_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_applications_holder_status", "applications")
    op.create_index("ix_applications_holder_status", "applications", ["holder", "status", "holder_since"])
    _partial("ix_applications_overdue", "applications", ["holder", "status", "due_on"], "overdue_told_at IS NULL")
    _partial("ix_applications_overdue_told", "applications", ["holder"], "overdue_told_at IS NOT NULL")
    _partial("ix_questions_waiting", "questions", ["holder", "escalated_at", "asked_at"], "answered_at IS NULL")
    _partial("ix_handed_papers_waiting", "handed_papers", ["id"], "state = 'waiting'")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
