"""Line items of a purchase."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Numeric(12, 2), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.id"], name="fk_items_purchase_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("quantity > 0", name="ck_items_quantity"),
        sa.CheckConstraint("unit_price >= 0", name="ck_items_unit_price"),
    )
    op.create_index("ix_items_purchase_id", "items", ["purchase_id"])


def downgrade() -> None:
    op.drop_table("items")
