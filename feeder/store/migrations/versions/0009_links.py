"""The addresses at which outlets have the work, and what looking at them proves."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
kind = "before"


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("next_check", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("checked", sa.BigInteger()),
        sa.Column("since", sa.BigInteger()),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text()),
        sa.Column("declined", sa.Text()),
        sa.Column("copy_url", sa.Text()),
        sa.Column("copy_taken", sa.BigInteger()),
        sa.Column("asked", sa.BigInteger()),
        sa.Column("agreed", sa.BigInteger()),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_links_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_links")),
    )
    op.create_index("ix_links_next_check", "links", ["next_check"])
    op.create_index("ix_links_host", "links", ["host", "next_check"])
    op.create_index("ix_links_standing", "links", ["standing", "item_id"])
