"""
Papers that producers say they handed in.

Earlier programs recorded nothing: a press on "Tôi đã nộp giấy" stopped the reminders, and the office was not notified.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "handed_papers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("round", sa.Text(), nullable=False),
        sa.Column("application_id", sa.Text()),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_since", _MOMENT, nullable=False),
        sa.Column("said_at", _MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answered_by", sa.Text()),
        sa.Column("answered_at", _MOMENT),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name="fk_handed_papers_application_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_handed_papers_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_handed_papers"),
    )
    op.create_index("ix_handed_papers_person_id", "handed_papers", ["person_id"])
    op.create_index("ix_handed_papers_holder", "handed_papers", ["holder"])
    for name, column, condition in (
        ("uq_handed_papers_application", "application_id", "application_id IS NOT NULL"),
        ("uq_handed_papers_person", "person_id", "application_id IS NULL"),
    ):
        where = sa.text(condition)
        op.create_index(
            name, "handed_papers", [column, "spec", "round"], unique=True, sqlite_where=where, postgresql_where=where
        )
