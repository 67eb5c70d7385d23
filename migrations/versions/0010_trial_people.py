"""
The people of a trial: testers, and those who wrote without an invitation.

A database without a trial has none; nothing else changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trial_people",
        sa.Column("person_id", sa.Text(), sa.ForeignKey("people.id", name="fk_trial_people_person_id"), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_trial_people"),
    )
