"""The index of rhythms alone, of which another one is the beginning."""

from alembic import op

revision = "0018"
down_revision = "0017"
kind = "after"


def upgrade() -> None:
    op.drop_index("ix_subscribers_rhythm_id", "subscribers")
