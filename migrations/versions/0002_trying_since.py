"""
The moment of the first attempt to send a message.

A message is given up after a number of attempts over a number of hours
(`registry/deliveries/deliveries.py`); `due_at` moves with every attempt, so it cannot tell.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("trying_since", sa.DateTime(timezone=True), nullable=True))
