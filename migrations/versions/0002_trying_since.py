"""
Since when a message is being tried.

It is given up after so many tries over so many hours (`registry/deliveries/deliveries.py`);
`due_at` moves with every try, so it cannot tell.
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
