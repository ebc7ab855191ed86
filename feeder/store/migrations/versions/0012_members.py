"""The processes that work for a site, and what each of them has claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
kind = "before"


def upgrade() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("beats", sa.Double(), nullable=False),
        sa.Column("seen", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    claimed = sa.text("state IN ('claimed', 'attempted')")
    op.create_index(
        "ix_deliveries_owner", "deliveries", ["owner"], sqlite_where=claimed, postgresql_where=claimed
    )
