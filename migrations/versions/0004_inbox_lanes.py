"""
The index of waiting inbox rows, by account.

An index by id alone served the oldest events of all accounts first (`registry/store/inbox.py`).
This one serves every account's oldest event.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_inbox_waiting", table_name="inbox")
    op.create_index(
        "ix_inbox_lanes",
        "inbox",
        ["channel", "account", "id"],
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
