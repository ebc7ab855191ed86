"""Consent: what was asked, letters, suppressions, choices that can be undone; addresses known by a keyed hash."""

import hmac
import secrets
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
kind = "after"


def upgrade() -> None:
    for column in (
        "before TEXT",
        "language TEXT DEFAULT '' NOT NULL",
        "consent JSON",
        "links INTEGER DEFAULT 0 NOT NULL",
    ):
        op.execute(f"ALTER TABLE subscribers ADD COLUMN {column}")
    _hash_addresses(secrets.token_hex(32))
    _make_tables()
    for index, table, columns, where in (
        ("ix_subscribers_pending", "subscribers", ["created"], "status = 'pending'"),
        ("ix_requests_unanswered", "requests", ["asked"], "answered IS NULL"),
        ("ix_letters_waiting", "letters", ["not_before"], "state IN ('waiting', 'attempted')"),
    ):
        condition = sa.text(where)
        op.create_index(index, table, columns, sqlite_where=condition, postgresql_where=condition)
    # Who left before there was a list stands on it from now on.
    op.execute(
        "INSERT INTO suppressions (address_key, cause, at, reason)"
        " SELECT address_key, 'opt-out', created, '' FROM subscribers WHERE status = 'left'"
    )


def _hash_addresses(key: str) -> None:
    connection = op.get_bind()
    connection.execute(
        sa.text("INSERT INTO facts (name, value) VALUES ('address_key', :value)"), {"value": key}
    )
    there = connection.execute(sa.text("SELECT id, address FROM subscribers")).all()
    rows = [
        {
            "id": id_,
            "key": hmac.digest(bytes.fromhex(key), b"address\0" + address.lower().encode(), sha256).hex()[
                :32
            ],
        }
        for id_, address in there
    ]
    if rows:
        connection.execute(sa.text("UPDATE subscribers SET address_key = :key WHERE id = :id"), rows)


def _make_tables() -> None:
    op.create_table(
        "suppressions",
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("address_key", "cause", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ask", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.Integer()),
        sa.Column("wish", sa.JSON()),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("network", sa.Text()),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.BigInteger()),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_requests_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index("ix_requests_address_key", "requests", ["address_key", "asked"])
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.Integer()),
        sa.Column("about", sa.Integer()),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name=op.f("fk_letters_subscriber_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_table(
        "choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone", sa.BigInteger()),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name=op.f("fk_choices_subscriber_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choices")),
    )
    for table, columns in (
        ("requests", ("subscriber_id", "asked")),
        ("letters", ("subscriber_id", "created")),
        ("choices", ("subscriber_id", "at")),
    ):
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
