"""
Things kept with the question they were sent under, spoken texts of the pack, and who hears every question.

Older rows have none, and nobody hears a question without asking for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("heard_aloud", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "enclosures",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("draft_key", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("spot_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("typed_by", sa.Text(), nullable=True),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_enclosures_person_id"),
        sa.ForeignKeyConstraint(["draft_key"], ["drafts.key"], name="fk_enclosures_draft_key"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_enclosures_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enclosures"),
    )
    for column in ("person_id", "draft_key", "file_id"):
        op.create_index(f"ix_enclosures_{column}", "enclosures", [column])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_enclosures_waiting", "enclosures", ["place", "sent_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table(
        "prompts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("words_print", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author"], ["people.id"], name="fk_prompts_author"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_prompts_file_id"),
        sa.PrimaryKeyConstraint("key", name="pk_prompts"),
    )
    for column in ("author", "file_id"):
        op.create_index(f"ix_prompts_{column}", "prompts", [column])
