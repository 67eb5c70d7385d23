"""
The answers of an office, and the people who asked.

A question that is there already keeps its text; who asked it was never stored, so nobody is notified of its answer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "office_answers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("question_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("source_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author"], ["people.id"], name="fk_office_answers_author"),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name="fk_office_answers_role_id"),
        sa.PrimaryKeyConstraint("id", name="pk_office_answers"),
    )
    op.create_index("ix_office_answers_state", "office_answers", ["state"])
    op.create_table(
        "askers",
        sa.Column("unanswered_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unanswered_id"], ["unanswered.id"], name="fk_askers_unanswered_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_askers_person_id"),
        sa.PrimaryKeyConstraint("unanswered_id", "person_id", name="pk_askers"),
    )
    op.create_index("ix_askers_person_id", "askers", ["person_id"])
    with op.batch_alter_table("unanswered") as table:
        table.add_column(sa.Column("answer_id", sa.Text(), nullable=True))
        table.add_column(sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True))
