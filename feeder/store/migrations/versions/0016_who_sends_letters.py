"""Who attempts a letter, so that it is let go when they die."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
kind = "before"


def upgrade() -> None:
    op.add_column("letters", sa.Column("owner", sa.Text()))
