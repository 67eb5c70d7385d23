"""
A broadcast under edit by its author: its state before, the beginning of the edit, and the text typed so far.

All three are empty except during an edit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("broadcasts") as table:
        table.add_column(sa.Column("taken_from", sa.Text(), nullable=True))
        table.add_column(sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("edit_sealed", sa.LargeBinary(), nullable=True))
