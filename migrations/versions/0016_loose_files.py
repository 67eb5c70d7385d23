"""
Files that belong to no application get a day on which they are looked at; the bytes of all files are counted.

Older ones are looked at with the next sweep, which lets those go that nothing names.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

HERE = "state IN ('wanted', 'kept')"


def upgrade() -> None:
    op.add_column("files", sa.Column("loose_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_files_loose",
        "files",
        ["loose_until"],
        sqlite_where=sa.text("loose_until IS NOT NULL"),
        postgresql_where=sa.text("loose_until IS NOT NULL"),
    )
    op.execute(f"UPDATE files SET loose_until = created_at WHERE application_id IS NULL AND {HERE}")
    op.execute(
        "INSERT INTO installation (key, value) "
        f"SELECT 'file_bytes', CAST(COALESCE(SUM(size), 0) AS TEXT) FROM files WHERE {HERE}"
    )
