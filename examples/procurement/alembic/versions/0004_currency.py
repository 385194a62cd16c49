"""A currency for each purchase; those from before were all in euro."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "purchases",
        sa.Column("currency", sa.String(3), server_default="EUR", nullable=False),
    )
    # Checked after it is added, so that the check does not hold writers off the table.
    op.execute(
        "ALTER TABLE purchases ADD CONSTRAINT ck_purchases_currency "
        "CHECK (currency ~ '^[A-Z]{3}$') NOT VALID"
    )
    op.execute("ALTER TABLE purchases VALIDATE CONSTRAINT ck_purchases_currency")


def downgrade() -> None:
    op.drop_column("purchases", "currency")
