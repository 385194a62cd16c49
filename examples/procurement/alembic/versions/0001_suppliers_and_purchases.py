"""Suppliers and purchases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATUSES = "'draft', 'submitted', 'approved', 'rejected', 'ordered', 'received', 'cancelled'"


def upgrade() -> None:
    now = sa.func.now()
    op.create_table(
        "suppliers",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(320)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suppliers"),
        sa.UniqueConstraint("name", name="uq_suppliers_name"),
    )
    op.create_table(
        "purchases",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(20), server_default="draft", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_purchases"),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.id"], name="fk_purchases_supplier_id"),
        sa.CheckConstraint(f"status IN ({STATUSES})", name="ck_purchases_status"),
    )
    op.create_index("ix_purchases_supplier_id", "purchases", ["supplier_id"])


def downgrade() -> None:
    op.drop_table("purchases")
    op.drop_table("suppliers")
