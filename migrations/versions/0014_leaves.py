"""
The leave of officials: from when to when, and who stands in.

Older rows have none: every official is at work.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leaves",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("stand_in_id", sa.Text(), nullable=False),
        sa.Column("stand_in_role_id", sa.Text(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_leaves_person_id"),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name="fk_leaves_role_id"),
        sa.ForeignKeyConstraint(["stand_in_id"], ["people.id"], name="fk_leaves_stand_in_id"),
        sa.ForeignKeyConstraint(["stand_in_role_id"], ["roles.id"], name="fk_leaves_stand_in_role_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leaves"),
    )
    op.create_index("ix_leaves_person_id", "leaves", ["person_id"])
    op.create_index("ix_leaves_place", "leaves", ["place"])
