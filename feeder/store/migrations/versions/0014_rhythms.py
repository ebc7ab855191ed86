"""Rhythms, with which readers are due together; and an index in whose order deliveries are claimed.

Readers are due alone until the next issue is planned for them, so this touches none of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
kind = "before"


def upgrade() -> None:
    op.create_table(
        "rhythms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("next_issue_at", sa.BigInteger(), nullable=False),
        sa.Column("postponed", sa.Boolean(), nullable=False),
        sa.Column("period", sa.Text()),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rhythms")),
        sa.UniqueConstraint("digest", "zone", "hour", "day", name=op.f("uq_rhythms_digest_zone_hour_day")),
    )
    op.create_index("ix_rhythms_next_issue_at", "rhythms", ["next_issue_at"])
    for column in ("rhythm_id", "joined"):
        op.add_column("subscribers", sa.Column(column, sa.Integer()))
    op.create_index("ix_subscribers_rhythm_id", "subscribers", ["rhythm_id"])
    for index, table, columns, where in (
        ("ix_subscribers_alone", "subscribers", ["next_issue_at"], "next_issue_at IS NOT NULL"),
        # All of an issue are ready at the same moment: without ids each claim would sort all of them.
        (
            "ix_deliveries_ready",
            "deliveries",
            ["not_before", "id"],
            "state IN ('waiting', 'claimed', 'attempted')",
        ),
    ):
        condition = sa.text(where)
        op.create_index(index, table, columns, sqlite_where=condition, postgresql_where=condition)
