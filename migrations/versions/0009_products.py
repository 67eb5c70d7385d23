"""
A product is a record, and a recognition belongs to it.

Until now the certificate was part of an application, so that a second course of a product had no link to its stars.
Every application becomes one course of a product; its name stays sealed in the answers until the next change.
The stars, the number and the days of a certificate become a recognition that stands.
The deadline of a certificate keeps its round, which is the id of its recognition now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STANDING = "state = 'standing'"
ASKED = "state = 'asked'"
# three stars came from the district under QĐ 148/QĐ-TTg, until QĐ 1489/QĐ-TTg of 06/7/2025
ISSUED_BY = (
    "CASE WHEN stars = 5 THEN 'central'"
    " WHEN stars = 3 AND certified_on >= '2023-02-24' AND certified_on <= '2025-07-05' THEN 'district'"
    " ELSE 'province' END"
)


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("keeper_id", sa.Text(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("product_group", sa.Text(), nullable=True),
        sa.Column("product_set", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_products_entity_id")),
        sa.ForeignKeyConstraint(["keeper_id"], ["people.id"], name=op.f("fk_products_keeper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    for column in ("entity_id", "keeper_id", "place"):
        op.create_index(op.f(f"ix_products_{column}"), "products", [column])
    op.create_table(
        "recognitions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("application_id", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("end_printed", sa.Boolean(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_recognitions_product_id")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_recognitions_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognitions")),
    )
    for column in ("product_id", "application_id"):
        op.create_index(op.f(f"ix_recognitions_{column}"), "recognitions", [column])
    op.create_index(
        "ix_recognitions_standing", "recognitions", ["product_id"], unique=True,
        sqlite_where=sa.text(STANDING), postgresql_where=sa.text(STANDING),
    )  # fmt: skip
    op.create_table(
        "claims",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_claims_entity_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_claims_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_person_id"), "claims", ["person_id"])
    op.create_index(
        "ix_claims_asked", "claims", ["entity_id", "person_id"], unique=True,
        sqlite_where=sa.text(ASKED), postgresql_where=sa.text(ASKED),
    )  # fmt: skip
    if op.get_bind().dialect.name == "sqlite":
        _rebuild()
    else:
        _alter()
    op.create_index(op.f("ix_applications_product_id"), "applications", ["product_id"])


def _alter() -> None:
    op.add_column("applications", sa.Column("product_id", sa.Text(), nullable=True))
    _fill(op.get_bind())
    op.alter_column("applications", "product_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_applications_product_id"), "applications", "products", ["product_id"], ["id"]
    )
    for column in ("stars", "certified_on", "expires_on", "certificate"):
        op.drop_column("applications", column)


def _rebuild() -> None:
    """
    Copy the table: SQLite adds no column that must not be empty.

    The helper of the migration library copies constraints in a changing order; here two upgrades give one schema.
    """
    op.add_column("applications", sa.Column("product_id", sa.Text(), nullable=True))
    _fill(op.get_bind())
    op.create_table(
        "applications_new",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("draft_key", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_group", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_applications_entity_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_applications_person_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_applications_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("code", name=op.f("uq_applications_code")),
        sa.UniqueConstraint("draft_key", name=op.f("uq_applications_draft_key")),
    )
    kept = (
        "id, code, draft_key, entity_id, product_id, person_id, place, kind, product_group, status, version,"
        " answers_sealed, holder, holder_since, due_on, submitted_at, updated_at"
    )
    op.execute(f"INSERT INTO applications_new ({kept}) SELECT {kept} FROM applications")
    op.drop_table("applications")
    op.rename_table("applications_new", "applications")
    for column in ("entity_id", "person_id", "place"):
        op.create_index(op.f(f"ix_applications_{column}"), "applications", [column])
    op.create_index("ix_applications_holder_status", "applications", ["holder", "status"])


def _fill(db: sa.Connection) -> None:
    """
    Each application becomes a product of its own, and its certificate a recognition; both take its id.

    An older program stored one end, printed or counted: it counts as printed.
    """
    db.execute(
        sa.text(
            "INSERT INTO products (id, entity_id, keeper_id, place, product_group, created_at)"
            " SELECT id, entity_id, person_id, place, product_group, submitted_at FROM applications"
        )
    )
    db.execute(sa.text("UPDATE applications SET product_id = id"))
    db.execute(
        sa.text(
            "INSERT INTO recognitions (id, product_id, application_id, stars, certificate, issued_on, ends_on,"
            " end_printed, issued_by, state, entered_at)"
            " SELECT id, id, id, stars, COALESCE(certificate, ''), certified_on, expires_on, expires_on IS NOT NULL,"
            f" {ISSUED_BY}, 'standing', submitted_at FROM applications"
            " WHERE stars IS NOT NULL AND certified_on IS NOT NULL"
        )
    )
