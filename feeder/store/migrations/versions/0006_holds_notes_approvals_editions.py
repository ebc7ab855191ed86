"""What people say of issues: stop, these words above it, yes; and the editions that the public reads."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
kind = "before"


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_holds")),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_digest", "notes", ["digest", "period"])
    op.create_table(
        "approvals",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("approved", sa.BigInteger()),
        sa.PrimaryKeyConstraint("digest", "period", name=op.f("pk_approvals")),
    )
    op.create_table(
        "editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sa.UniqueConstraint("digest", "period", name=op.f("uq_editions_digest_period")),
    )
    op.create_table(
        "edition_items",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_edition_items_edition_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_edition_items_item_id")),
        sa.PrimaryKeyConstraint("edition_id", "item_id", name=op.f("pk_edition_items")),
    )
    op.create_index("ix_edition_items_item_id", "edition_items", ["item_id"])
    op.create_index("ix_deliveries_issue", "deliveries", ["digest", "period", "id"])
