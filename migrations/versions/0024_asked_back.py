"""Questions that were asked back, with what was pressed; and the story a person may send to their official."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asked_back",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("unanswered_id", sa.Text, nullable=False),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pressed", sa.Integer),
        sa.Column("pressed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_asked_back"),
        sa.ForeignKeyConstraint(["unanswered_id"], ["unanswered.id"], name="fk_asked_back_unanswered_id_unanswered"),
    )
    op.create_index("ix_asked_back_unanswered_id", "asked_back", ["unanswered_id"])
    op.create_index("ix_asked_back_asked_at", "asked_back", ["asked_at"])
    op.create_table(
        "stories",
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("text_sealed", sa.LargeBinary, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_stories"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_stories_person_id_people"),
    )
    op.create_index("ix_stories_told_at", "stories", ["told_at"])
