"""
The moment the invitations of a gathering are sent, and the official who changes it before that.

Invitations of older rows are sent already, or wait for a second official: both stay as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("gatherings") as table:
        table.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("taken_up_by", sa.Text(), nullable=True))
