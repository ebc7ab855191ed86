"""How many read feeds: what aggregators say, and how many others come each day."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
kind = "before"


def upgrade() -> None:
    op.create_table(
        "aggregators",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("subscribers", sa.Integer(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path", "agent", "feed_id", name=op.f("pk_aggregators")),
    )
    op.create_index("ix_aggregators_day", "aggregators", ["day"])
    op.create_table(
        "visitors",
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "feed", name=op.f("pk_visitors")),
    )
