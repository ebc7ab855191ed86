"""An index that tells who joined a rhythm since it last came round, without looking at all who go with it."""

from alembic import op

revision = "0017"
down_revision = "0016"
kind = "before"


def upgrade() -> None:
    op.create_index("ix_subscribers_rhythm", "subscribers", ["rhythm_id", "joined"])
