"""The history of a purchase's status, begun for those that exist with what they are now."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATUSES = "'draft', 'submitted', 'approved', 'rejected', 'ordered', 'received', 'cancelled'"


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.id"], name="fk_events_purchase_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint(f"status IN ({STATUSES})", name="ck_events_status"),
    )
    op.create_index("ix_events_purchase_id", "events", ["purchase_id"])
    op.execute(
        "INSERT INTO events (purchase_id, status, note, created_at) "
        "SELECT id, status, 'recorded when the history began', updated_at FROM purchases"
    )


def downgrade() -> None:
    op.drop_table("events")
