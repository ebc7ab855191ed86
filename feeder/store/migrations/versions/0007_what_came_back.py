"""What came back of mail to readers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
kind = "before"


def upgrade() -> None:
    op.create_table(
        "returns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suppressed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name=op.f("fk_returns_subscriber_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_returns_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("delivery_id", "kind", name=op.f("uq_returns_delivery_id_kind")),
    )
    op.create_index("ix_returns_subscriber_id", "returns", ["subscriber_id"])
    op.create_index("ix_returns_at", "returns", ["at"])
