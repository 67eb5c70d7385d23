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
    _partial("ix_recognitions_ahead", "recognitions", "state = 'standing' and followed_on is null", "ends_on")
    _partial(
        "ix_recognitions_unfollowed", "recognitions",
        "(state = 'standing' and followed_on <> ends_on) or (state <> 'standing' and followed_on is not null)", "id",
    )  # fmt: skip
    _partial("ix_invitees_untold", "invitees", "told_at IS NULL", "gathering_id", "person_id")
    _partial("ix_invitees_coming", "invitees", "state = 'yes'", "gathering_id", "person_id")
    _partial("ix_invitees_waiting", "invitees", "state = 'waiting'", "gathering_id", "answered_at", "person_id")
    op.drop_index("ix_deliveries_broadcast_id", table_name="deliveries")
    _partial("ix_deliveries_copies", "deliveries", "broadcast_id is not null", "broadcast_id", "state")
    _partial("ix_deliveries_held_until", "deliveries", "state = 'held'", "not_after")
    _partial("ix_invitations_cards", "invitations", "card_sealed is not null", "code_print")
    _partial("ix_entries_papers", "entries", "state = 'paper'", "id")
    _partial("ix_entries_unreminded", "entries", "state = 'waiting' and reminded_at is null", "entered_at")


def _partial(name: str, table: str, where: str, *columns: str) -> None:
    op.create_index(name, table, list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))
