"""Indexes of the drafts that may be asked about, and of the people who take lessons."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _partial("ix_drafts_idle", "drafts", ["key"], "state = 'open' and left_at is null")
    _partial("ix_people_learning", "people", ["id"], "lessons is not null")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
