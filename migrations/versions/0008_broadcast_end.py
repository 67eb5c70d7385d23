"""
The end of a broadcast, after which nothing of it is delivered, and the day it first left.

Broadcasts of older rows keep no end: their parked copies have one of their own.  Their day is the hour they left at.
A gathering that is changed keeps the moment it was taken up, and the officials who wanted to approve it meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("broadcasts") as table:
        table.add_column(sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("dated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE broadcasts SET dated_at = due_at WHERE rounds > 0")
    with op.batch_alter_table("gatherings") as table:
        table.add_column(sa.Column("taken_up_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("turned_away", sa.JSON(), nullable=True))
