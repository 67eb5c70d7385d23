"""
The role that paused a broadcast.

Empty for a broadcast that is not paused, and for one paused by an older program: its author may resume it as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("broadcasts") as table:
        table.add_column(sa.Column("paused_role", sa.Text(), nullable=True))
