"""
Indexes of the rows that sweeps still have to look at.

Recognitions remember the end their deadline was made for.  Those with a deadline are looked at once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

LONG_AGO = "0001-01-01"
"""Not the end of any recognition."""


def upgrade() -> None:
    op.add_column("recognitions", sa.Column("followed_on", sa.Date(), nullable=True))
    followed = (
        f"update recognitions set followed_on = '{LONG_AGO}' where id in "  # noqa: S608  no words of people
        "(select round from deadlines where spec = 'certificate')"
    )
    op.execute(followed)
    op.create_index("ix_deadlines_round", "deadlines", ["round"])
    _partial("ix_recognitions_ahead", "recognitions", "ends_on", "state = 'standing' and followed_on is null")
    _partial(
        "ix_recognitions_unfollowed", "recognitions", "id",
        "(state = 'standing' and followed_on <> ends_on) or (state <> 'standing' and followed_on is not null)",
    )  # fmt: skip
    _partial("ix_deliveries_held_until", "deliveries", "not_after", "state = 'held'")
    _partial("ix_invitations_cards", "invitations", "code_print", "card_sealed is not null")
    _partial("ix_entries_papers", "entries", "id", "state = 'paper'")
    _partial("ix_entries_unreminded", "entries", "entered_at", "state = 'waiting' and reminded_at is null")


def _partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
