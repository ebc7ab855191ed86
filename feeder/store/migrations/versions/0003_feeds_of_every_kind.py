"""Feeds of every kind, which items they list, archives and tombstones.

What each feed lists is worked out by the next publish, which makes everything anew.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
kind = "after"


def upgrade() -> None:
    connection = op.get_bind()
    there = connection.execute(
        sa.text(
            "SELECT feeds.id, feeds.uid, feeds.selection, COALESCE(tags.slug, ''), COALESCE(tags.name, ''),"
            " feeds.updated FROM feeds"
            " LEFT JOIN tags ON feeds.selection = 'tag' AND feeds.subject = tags.id ORDER BY feeds.id"
        )
    ).all()
    op.drop_table("dirty")
    op.drop_table("feeds")
    _make_tables()
    op.drop_index("ix_item_tags_tag_id", "item_tags")
    op.execute("ALTER TABLE item_tags DROP COLUMN posted")
    op.create_index("ix_item_tags_tag_id", "item_tags", ["tag_id", "item_id"])
    op.execute("ALTER TABLE documents ADD COLUMN stale BOOLEAN DEFAULT FALSE NOT NULL")
    for name, columns in (
        ("place", ["source", "place"]),
        ("outlet_id", ["outlet_id"]),
        ("language", ["language"]),
    ):
        op.create_index(f"ix_items_{name}", "items", columns)
    op.drop_index("ix_items_unreleased", "items")
    for index, table, columns, where in _PARTIAL:
        # SQLite finds such an index by the letter, and has 1 and 0 for true and false.
        in_sqlite = where.replace("IS TRUE", "IS 1").replace("IS FALSE", "IS 0")
        op.create_index(
            index, table, columns, sqlite_where=sa.text(in_sqlite), postgresql_where=sa.text(where)
        )
    _keep_feeds(there)
    op.execute("DELETE FROM facts WHERE name = 'look'")


_PARTIAL = (
    ("ix_documents_stale", "documents", ["path"], "stale IS TRUE"),
    ("ix_listings_open", "listings", ["feed_id"], "open IS TRUE"),
    ("ix_listings_archive", "listings", ["feed_id", "archive"], "archive IS NOT NULL"),
    (
        "ix_items_unreleased",
        "items",
        ["posted"],
        "number IS NULL AND gone IS NULL AND withheld IS FALSE AND hidden IS FALSE",
    ),
)


def _make_tables() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("updated", sa.BigInteger()),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("archives", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("heir", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("uid", name=op.f("uq_feeds_uid")),
        sa.UniqueConstraint("selection", "slug", name=op.f("uq_feeds_selection_slug")),
    )
    op.create_index("ix_feeds_heir", "feeds", ["heir"])
    op.create_table(
        "listings",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("posted", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("archive", sa.Integer()),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_listings_item_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_listings_feed_id")),
        sa.PrimaryKeyConstraint("item_id", "feed_id", name=op.f("pk_listings")),
    )
    op.create_index("ix_listings_feed_id", "listings", ["feed_id", "posted"])
    op.create_table(
        "entries",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.LargeBinary(), nullable=False)
            for name in ("atom", "rss", "json", "page", "line")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_entries_item_id")),
        sa.PrimaryKeyConstraint("item_id", "policy", name=op.f("pk_entries")),
    )
    op.create_table(
        "tombstones",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_tombstones_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", "uid", name=op.f("pk_tombstones")),
    )
    op.create_index(op.f("ix_tombstones_at"), "tombstones", ["at"])
    op.create_table(
        "dirty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer()),
        sa.Column("feed_id", sa.Integer()),
        sa.Column("archive", sa.Integer()),
        sa.Column("path", sa.Text()),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_dirty_item_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_dirty_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dirty")),
    )
    for column in ("item_id", "feed_id", "path"):
        op.create_index(op.f(f"ix_dirty_{column}"), "dirty", [column])


def _keep_feeds(there: Sequence[Any]) -> None:
    """Keep the ids of feeds that readers know, and the updates that they were told."""
    feeds = sa.table(
        "feeds",
        *map(sa.column, ("uid", "selection", "slug", "name", "updated", "total", "archives", "standing")),
    )
    rows = [
        {
            "uid": uid,
            "selection": selection,
            "slug": slug,
            "name": name,
            "updated": updated,
            "total": 0,
            "archives": 0,
            "standing": selection == "everything",
        }
        for _, uid, selection, slug, name, updated in there
    ]
    if rows:
        op.get_bind().execute(feeds.insert(), rows)
