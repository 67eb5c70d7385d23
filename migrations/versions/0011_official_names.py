"""
The names of officials, and what an invitation says about the invited person.

Officials of older rows have no name: the bot asks for it once in their chat.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "official_names",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_official_names_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_official_names"),
    )
    with op.batch_alter_table("invitations") as table:
        table.add_column(sa.Column("card_sealed", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("until", sa.Date(), nullable=True))
