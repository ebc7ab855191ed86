"""Whose address one who was erased had, so that links in old mails still unsubscribe whoever has it now.

Also, who has not confirmed is not marked as suppressed any more, but forgotten as all who do not confirm.
"""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
kind = "after"


def upgrade() -> None:
    op.create_index("ix_letters_address_key", "letters", ["address_key"])
    op.execute("ALTER TABLE subscribers ADD COLUMN was TEXT")
    named = text("was IS NOT NULL")
    op.create_index("ix_subscribers_was", "subscribers", ["was"], sqlite_where=named, postgresql_where=named)
    op.execute(
        "UPDATE subscribers SET status = 'pending', before = NULL"
        " WHERE status = 'suppressed' AND before = 'pending'"
    )
