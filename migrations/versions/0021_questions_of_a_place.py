"""An index of the questions of a place by their moment: an office's week is counted without reading the others'."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_questions_place", "questions", ["place", "asked_at"])
