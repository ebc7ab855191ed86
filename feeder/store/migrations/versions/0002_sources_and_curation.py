"""What sources remember of each item, what is set by hand, and counts that need no counting."""

import sqlalchemy as sa
from alembic import op

from feeder.markup import text, urls

revision = "0002"
down_revision = "0001"
kind = "after"


def upgrade() -> None:
    _make_tables()
    # Plain statements: Alembic would make SQLite's tables anew, which others refer to. The defaults
    # are for the rows that are there; SQLite cannot take them off again.
    for table, column in _COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    for index, table in (("ix_items_unreleased", "items"), ("ix_item_tags_tag_id", "item_tags")):
        op.drop_index(index, table)
    op.create_index("ix_item_tags_tag_id", "item_tags", ["tag_id", "posted"])
    _make_indexes()
    _fill()


_COLUMNS = (
    ("items", "hidden BOOLEAN DEFAULT FALSE NOT NULL"),
    ("items", "place TEXT DEFAULT '' NOT NULL"),
    ("items", "version TEXT DEFAULT '' NOT NULL"),
    ("items", "edited JSON"),
    ("items", "merged_into INTEGER"),
    ("items", "piece_id INTEGER"),
    ("items", "corrected BIGINT"),
    ("items", "correction TEXT DEFAULT '' NOT NULL"),
    ("items", "address_key TEXT"),
    ("items", "title_key TEXT DEFAULT '' NOT NULL"),
    ("item_tags", "posted BIGINT"),
    ("sources", "failures INTEGER DEFAULT 0 NOT NULL"),
    ("sources", "next_try BIGINT"),
    ("feeds", "total INTEGER DEFAULT 0 NOT NULL"),
)


def _make_tables() -> None:
    op.create_table(
        "aliases",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_aliases_item_id")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_aliases")),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_history_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_item_id"), "history", ["item_id"])
    op.create_table(
        "twins",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("likeness", sa.Text(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_twins_item_id")),
        sa.ForeignKeyConstraint(["other_id"], ["items.id"], name=op.f("fk_twins_other_id")),
        sa.PrimaryKeyConstraint("item_id", "other_id", name=op.f("pk_twins")),
    )
    op.create_index(op.f("ix_twins_other_id"), "twins", ["other_id"])
    op.create_table(
        "verdicts",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("appearance_id", sa.Integer()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_verdicts_item_id")),
        sa.ForeignKeyConstraint(["appearance_id"], ["items.id"], name=op.f("fk_verdicts_appearance_id")),
        sa.PrimaryKeyConstraint("item_id", "proposal", name=op.f("pk_verdicts")),
    )


def _make_indexes() -> None:
    for name, columns, where in (
        ("public", ["posted", "uid"], "number IS NOT NULL"),
        (
            "unreleased",
            ["posted"],
            "number IS NULL AND gone IS NULL AND withheld IS FALSE AND hidden IS FALSE",
        ),
        ("merged_into", ["merged_into"], "merged_into IS NOT NULL"),
        ("piece_id", ["piece_id"], "piece_id IS NOT NULL"),
        ("key", ["key"], None),
        ("address_key", ["address_key"], None),
        ("title_key", ["title_key"], None),
    ):
        condition = sa.text(where) if where else None
        op.create_index(
            f"ix_items_{name}", "items", columns, sqlite_where=condition, postgresql_where=condition
        )


def _fill() -> None:
    """Work out, once, what is kept up from now on."""
    op.execute(
        "UPDATE item_tags SET posted = (SELECT items.posted FROM items"
        " WHERE items.id = item_tags.item_id AND items.number IS NOT NULL)"
    )
    op.execute(
        "UPDATE feeds SET total = (SELECT count(*) FROM item_tags"
        " WHERE item_tags.tag_id = feeds.subject AND item_tags.posted IS NOT NULL) WHERE selection = 'tag'"
    )
    op.execute(
        "UPDATE feeds SET total = (SELECT count(*) FROM items WHERE number IS NOT NULL)"
        " WHERE selection = 'everything'"
    )
    connection = op.get_bind()
    items = sa.table(
        "items", sa.column("id"), sa.column("url"), sa.column("title"),
        sa.column("address_key"), sa.column("title_key"),
    )  # fmt: skip
    rows = [
        {
            "item": item,
            "address": urls.address_key(url) if url else None,
            "titled": text.title_key(title),
        }
        for item, url, title in connection.execute(sa.select(items.c.id, items.c.url, items.c.title))
    ]
    if rows:
        filled = items.update().where(items.c.id == sa.bindparam("item"))
        connection.execute(
            filled.values(address_key=sa.bindparam("address"), title_key=sa.bindparam("titled")), rows
        )
